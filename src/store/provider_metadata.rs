//! Table `provider_metadata`: the metadata document that logins through each connection go by.

use std::sync::Arc;

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::columns::{from_json, plain, to_json};
use super::error::StoreError;
use super::revisions::Changed;
use super::schema::provider_metadata;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::provider_metadata::{KeptMetadata, Metadata};

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = provider_metadata, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    connection_id: String,
    source: String,
    document: String,
    adopted_at: i64,
    waiting_document: Option<String>,
    waiting_since: Option<i64>,
}

impl Row {
    fn of(connection_id: &str, kept: &KeptMetadata) -> Result<Self, StoreError> {
        let json = |metadata: &Metadata| to_json("provider_metadata.document", &metadata.document);
        Ok(Self {
            connection_id: plain(connection_id)?.to_owned(),
            source: kept.source.clone(),
            document: json(&kept.adopted)?,
            adopted_at: kept.adopted.at.millis(),
            waiting_document: kept.waiting.as_ref().map(json).transpose()?,
            waiting_since: kept.waiting.as_ref().map(|waiting| waiting.at.millis()),
        })
    }

    fn kept(self) -> Result<KeptMetadata, StoreError> {
        let metadata = |text: &str, at: i64| {
            let document: Map<String, Value> = from_json("provider_metadata.document", text)?;
            Ok::<_, StoreError>(Metadata::new(document, Timestamp::from_millis(at)))
        };
        let waiting = match (&self.waiting_document, self.waiting_since) {
            (Some(text), Some(at)) => Some(metadata(text, at)?),
            (_, None) | (None, _) => None,
        };
        let adopted = Arc::new(metadata(&self.document, self.adopted_at)?);
        Ok(KeptMetadata { adopted, waiting, source: self.source })
    }
}

impl Tx<'_> {
    pub fn find_provider_metadata(
        &mut self,
        connection_id: &str,
    ) -> Result<Option<KeptMetadata>, StoreError> {
        let connection_id = plain(connection_id)?;
        let row: Option<Row> = db!(self, |db| provider_metadata::table
            .find(connection_id)
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::kept).transpose()
    }

    /// Keeps `kept` in place of whatever was there; every node goes by it within a second.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn keep_provider_metadata(
        &mut self,
        connection_id: &str,
        kept: &KeptMetadata,
    ) -> Result<(), StoreError> {
        let row = Row::of(connection_id, kept)?;
        db!(self, |db| diesel::insert_into(provider_metadata::table)
            .values(&row)
            .on_conflict(provider_metadata::connection_id)
            .do_update()
            .set(&row)
            .execute(db))?;
        self.bump(Changed::Metadata)
    }
}
