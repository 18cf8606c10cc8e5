//! Table `resource_servers`: the APIs that accept our access tokens.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::revisions::Changed;
use super::schema::{application_consents, grants, resource_servers};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::resource_server::ResourceServer;

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = resource_servers, treat_none_as_default_value = false)]
struct Row {
    id: String,
    identifier: String,
    settings: String,
    is_system: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl Row {
    fn of(api: &ResourceServer) -> Result<Self, StoreError> {
        refuse_nul([Some(api.id.as_str()), Some(api.identifier.as_str())])?;
        Ok(Self {
            id: api.id.clone(),
            identifier: api.identifier.clone(),
            settings: to_json("resource_servers.settings", &api.settings)?,
            is_system: api.is_system,
            created_at: api.created_at.millis(),
            updated_at: api.updated_at.millis(),
            version: api.version,
        })
    }

    fn api(self) -> Result<ResourceServer, StoreError> {
        Ok(ResourceServer {
            settings: from_json("resource_servers.settings", &self.settings)?,
            id: self.id,
            identifier: self.identifier,
            is_system: self.is_system,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        })
    }
}

impl Tx<'_> {
    pub fn find_resource_server(&mut self, id: &str) -> Result<Option<ResourceServer>, StoreError> {
        let id = plain(id)?;
        let row = db!(self, |db| resource_servers::table
            .find(id)
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::api).transpose()
    }

    /// The API whose audience is `identifier`.
    pub fn find_resource_server_by_identifier(
        &mut self,
        identifier: &str,
    ) -> Result<Option<ResourceServer>, StoreError> {
        let identifier = plain(identifier)?;
        let row = db!(self, |db| resource_servers::table
            .filter(resource_servers::identifier.eq(identifier))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::api).transpose()
    }

    /// The API with this id, or else with this identifier.
    pub fn find_resource_server_by_name(
        &mut self,
        id_or_identifier: &str,
    ) -> Result<Option<ResourceServer>, StoreError> {
        match self.find_resource_server(id_or_identifier)? {
            Some(api) => Ok(Some(api)),
            None => self.find_resource_server_by_identifier(id_or_identifier),
        }
    }

    /// A page of the APIs, or of those among `identifiers` unless it is empty, sorted by id.
    pub fn list_resource_servers(
        &mut self,
        identifiers: &[String],
        page: &Page,
    ) -> Result<Paged<ResourceServer>, StoreError> {
        refuse_nul([page.after()])?;
        refuse_nul(identifiers.iter().map(|identifier| Some(identifier.as_str())))?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let query = resource_servers::table.into_boxed();
                if identifiers.is_empty() {
                    query
                } else {
                    query.filter(resource_servers::identifier.eq_any(identifiers))
                }
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let mut query = matching();
            if let Some(after) = page.after() {
                query = query.filter(resource_servers::id.gt(after));
            }
            let rows: Vec<Row> = query
                .select(Row::as_select())
                .order(resource_servers::id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, |row| &row.id).try_map(Row::api)
    }

    /// # Errors
    /// [`StoreError::Conflict`] if the identifier is taken.
    pub fn add_resource_server(&mut self, api: &ResourceServer) -> Result<(), StoreError> {
        let row = Row::of(api)?;
        db!(self, |db| diesel::insert_into(resource_servers::table).values(row).execute(db))?;
        self.bump(Changed::Apis)
    }

    /// Stores `api`, which was read at its `version`, and returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed or removed since.
    pub fn change_resource_server(&mut self, api: &ResourceServer) -> Result<i64, StoreError> {
        let version = api.version.saturating_add(1);
        let row = Row { version, ..Row::of(api)? };
        let changed = db!(self, |db| diesel::update(resource_servers::table)
            .filter(resource_servers::id.eq(&api.id))
            .filter(resource_servers::version.eq(api.version))
            .set(row)
            .execute(db))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        self.bump(Changed::Apis)?;
        Ok(version)
    }

    /// Removes an API with its client grants and the consents to it, and revokes what people granted for it: another
    /// API by the same name starts with nothing.
    pub fn remove_resource_server(
        &mut self,
        api: &ResourceServer,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let identifier = plain(&api.identifier)?;
        let removed = db!(self, |db| {
            diesel::update(grants::table)
                .filter(grants::audience.eq(identifier))
                .filter(grants::revoked_at.is_null())
                .set(grants::revoked_at.eq(now.millis()))
                .execute(db)?;
            diesel::delete(application_consents::table.filter(application_consents::audience.eq(identifier)))
                .execute(db)?;
            // Its client grants go with it.
            diesel::delete(resource_servers::table.find(&api.id)).execute(db)
        })?;
        if removed > 0 {
            self.end_standings();
            self.bump(Changed::Apis)?;
        }
        Ok(removed > 0)
    }
}
