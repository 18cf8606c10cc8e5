//! Table `attribute_maps`: the versions of each connection's attribute map.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::connection_schema::attribute_maps;
use super::error::StoreError;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::connection::AttributeMapVersion;
use crate::domain::limits;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = attribute_maps)]
struct Row {
    connection_id: String,
    version: i64,
    attribute_map: String,
    client_id: Option<String>,
    created_at: i64,
}

impl Row {
    fn version(self) -> Result<AttributeMapVersion, StoreError> {
        Ok(AttributeMapVersion {
            version: self.version,
            attribute_map: from_json("attribute_maps.attribute_map", &self.attribute_map)?,
            client_id: self.client_id,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

impl Tx<'_> {
    /// The versions of a connection's attribute map, newest first.
    pub fn list_attribute_maps(
        &mut self,
        connection_id: &str,
    ) -> Result<Vec<AttributeMapVersion>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| attribute_maps::table
            .filter(attribute_maps::connection_id.eq(connection_id))
            .select(Row::as_select())
            .order(attribute_maps::version.desc())
            .load(db))?;
        rows.into_iter().map(Row::version).collect()
    }

    pub fn find_attribute_map(
        &mut self,
        connection_id: &str,
        version: i64,
    ) -> Result<Option<AttributeMapVersion>, StoreError> {
        let connection_id = plain(connection_id)?;
        let row = db!(self, |db| attribute_maps::table
            .find((connection_id, version))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::version).transpose()
    }

    /// Adds a version, and drops those beyond [`limits::ATTRIBUTE_MAP_VERSIONS`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is this version, [`StoreError::Gone`] if there is no such connection.
    pub fn add_attribute_map(
        &mut self,
        connection_id: &str,
        version: &AttributeMapVersion,
    ) -> Result<(), StoreError> {
        refuse_nul([Some(connection_id), version.client_id.as_deref()])?;
        let oldest = version.version.saturating_sub(limits::ATTRIBUTE_MAP_VERSIONS);
        let row = Row {
            connection_id: connection_id.to_owned(),
            version: version.version,
            attribute_map: to_json("attribute_maps.attribute_map", &version.attribute_map)?,
            client_id: version.client_id.clone(),
            created_at: version.created_at.millis(),
        };
        db!(self, |db| {
            diesel::insert_into(attribute_maps::table).values(&row).execute(db)?;
            diesel::delete(attribute_maps::table)
                .filter(attribute_maps::connection_id.eq(connection_id))
                .filter(attribute_maps::version.le(oldest))
                .execute(db)
        })?;
        Ok(())
    }
}
