//! Table `client_grants`: what applications may have at APIs.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::revisions::Changed;
use super::schema::{client_grants, resource_servers};
use super::tx::{Tx, db};
use crate::domain::client_grant::{ClientGrant, GrantSubject};
use crate::domain::clock::Timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = client_grants)]
struct Row {
    id: String,
    client_id: String,
    subject_type: String,
    scope: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl Row {
    fn grant(self, audience: String) -> Result<ClientGrant, StoreError> {
        Ok(ClientGrant {
            subject_type: GrantSubject::from_name(&self.subject_type)
                .ok_or(StoreError::Corrupt { what: "client_grants.subject_type" })?,
            scope: self.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            id: self.id,
            client_id: self.client_id,
            audience,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        })
    }
}

/// Which client grants; `None` is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientGrantFilter {
    pub client_id: Option<String>,
    pub audience: Option<String>,
    pub subject_type: Option<GrantSubject>,
}

impl Tx<'_> {
    pub fn find_client_grant(&mut self, id: &str) -> Result<Option<ClientGrant>, StoreError> {
        let id = plain(id)?;
        let row: Option<(Row, String)> = db!(self, |db| client_grants::table
            .inner_join(resource_servers::table)
            .filter(client_grants::id.eq(id))
            .select((Row::as_select(), resource_servers::identifier))
            .get_result(db)
            .optional())?;
        row.map(|(row, audience)| row.grant(audience)).transpose()
    }

    /// Every grant of an application.
    pub fn client_grants_of(&mut self, client_id: &str) -> Result<Vec<ClientGrant>, StoreError> {
        let client_id = plain(client_id)?;
        let rows: Vec<(Row, String)> = db!(self, |db| client_grants::table
            .inner_join(resource_servers::table)
            .filter(client_grants::client_id.eq(client_id))
            .order(client_grants::id)
            .select((Row::as_select(), resource_servers::identifier))
            .load(db))?;
        rows.into_iter().map(|(row, audience)| row.grant(audience)).collect()
    }

    /// A page of the grants that `filter` lets through, sorted by id.
    pub fn list_client_grants(
        &mut self,
        filter: &ClientGrantFilter,
        page: &Page,
    ) -> Result<Paged<ClientGrant>, StoreError> {
        refuse_nul([page.after(), filter.client_id.as_deref(), filter.audience.as_deref()])?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let mut query = client_grants::table.inner_join(resource_servers::table).into_boxed();
                if let Some(client_id) = &filter.client_id {
                    query = query.filter(client_grants::client_id.eq(client_id));
                }
                if let Some(audience) = &filter.audience {
                    query = query.filter(resource_servers::identifier.eq(audience));
                }
                if let Some(subject_type) = filter.subject_type {
                    query = query.filter(client_grants::subject_type.eq(subject_type.name()));
                }
                query
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let mut query = matching();
            if let Some(after) = page.after() {
                query = query.filter(client_grants::id.gt(after));
            }
            let rows: Vec<(Row, String)> = query
                .select((Row::as_select(), resource_servers::identifier))
                .order(client_grants::id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, |(row, _)| &row.id).try_map(|(row, audience)| row.grant(audience))
    }

    /// Adds `grant`, which is for the API with the id `resource_server_id`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the application has one for this API and subject; [`StoreError::Gone`] if
    /// application or API does not exist.
    pub fn add_client_grant(
        &mut self,
        grant: &ClientGrant,
        resource_server_id: &str,
    ) -> Result<(), StoreError> {
        let scope = grant.scope.join(" ");
        refuse_nul([&grant.id, &grant.client_id, &scope].map(|text| Some(text.as_str())))?;
        let row = (
            client_grants::id.eq(&grant.id),
            client_grants::client_id.eq(&grant.client_id),
            client_grants::resource_server_id.eq(plain(resource_server_id)?),
            client_grants::subject_type.eq(grant.subject_type.name()),
            client_grants::scope.eq(scope),
            client_grants::created_at.eq(grant.created_at.millis()),
            client_grants::updated_at.eq(grant.updated_at.millis()),
            client_grants::version.eq(grant.version),
        );
        db!(self, |db| diesel::insert_into(client_grants::table).values(row).execute(db))?;
        self.bump(Changed::Apis)
    }

    /// Stores the scopes of `grant`, which was read at its `version`, and returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed or removed since.
    pub fn change_client_grant(&mut self, grant: &ClientGrant) -> Result<i64, StoreError> {
        let version = grant.version.saturating_add(1);
        let scope = grant.scope.join(" ");
        refuse_nul([Some(scope.as_str())])?;
        let changed = db!(self, |db| diesel::update(client_grants::table)
            .filter(client_grants::id.eq(&grant.id))
            .filter(client_grants::version.eq(grant.version))
            .set((
                client_grants::scope.eq(scope),
                client_grants::updated_at.eq(grant.updated_at.millis()),
                client_grants::version.eq(version),
            ))
            .execute(db))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        self.bump(Changed::Apis)?;
        Ok(version)
    }

    /// Removes a grant; whether there was one.
    pub fn remove_client_grant(&mut self, id: &str) -> Result<bool, StoreError> {
        let id = plain(id)?;
        let removed = db!(self, |db| diesel::delete(client_grants::table.find(id)).execute(db))?;
        if removed > 0 {
            self.bump(Changed::Apis)?;
        }
        Ok(removed > 0)
    }
}
