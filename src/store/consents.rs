//! Table `application_consents`: what people let applications have, one row per application and API.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::schema::{application_consents as consents, grants};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::consent::{Consent, together};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = consents)]
struct Row {
    id: String,
    user_id: String,
    client_id: String,
    /// Empty without an API.
    audience: String,
    scope: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn consent(self) -> Consent {
        Consent {
            id: self.id,
            user_id: self.user_id,
            client_id: self.client_id,
            audience: Some(self.audience).filter(|audience| !audience.is_empty()),
            scope: self.scope,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        }
    }
}

/// Which consents; `None` is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentFilter {
    pub user_id: Option<String>,
    pub client_id: Option<String>,
    pub audience: Option<String>,
}

impl Tx<'_> {
    /// What a user let an application have, for an API or for their profile alone.
    pub fn find_consent(
        &mut self,
        user_id: &str,
        client_id: &str,
        audience: Option<&str>,
    ) -> Result<Option<Consent>, StoreError> {
        refuse_nul([Some(user_id), Some(client_id), audience])?;
        let row: Option<Row> = db!(self, |db| consents::table
            .filter(consents::user_id.eq(user_id))
            .filter(consents::client_id.eq(client_id))
            .filter(consents::audience.eq(audience.unwrap_or_default()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::consent))
    }

    /// Everything a user let an application have.
    pub fn consents_of(&mut self, user_id: &str, client_id: &str) -> Result<Vec<Consent>, StoreError> {
        refuse_nul([Some(user_id), Some(client_id)])?;
        let rows: Vec<Row> = db!(self, |db| consents::table
            .filter(consents::user_id.eq(user_id))
            .filter(consents::client_id.eq(client_id))
            .order(consents::audience)
            .select(Row::as_select())
            .load(db))?;
        Ok(rows.into_iter().map(Row::consent).collect())
    }

    pub fn find_consent_by_id(&mut self, id: &str) -> Result<Option<Consent>, StoreError> {
        let id = plain(id)?;
        let row =
            db!(self, |db| consents::table.find(id).select(Row::as_select()).get_result(db).optional())?;
        Ok(row.map(Row::consent))
    }

    /// A page of the consents that `filter` lets through, sorted by id.
    pub fn list_consents(
        &mut self,
        filter: &ConsentFilter,
        page: &Page,
    ) -> Result<Paged<Consent>, StoreError> {
        let texts = [&filter.user_id, &filter.client_id, &filter.audience].map(Option::as_deref);
        refuse_nul(texts.into_iter().chain([page.after()]))?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let mut query = consents::table.into_boxed();
                if let Some(user_id) = &filter.user_id {
                    query = query.filter(consents::user_id.eq(user_id));
                }
                if let Some(client_id) = &filter.client_id {
                    query = query.filter(consents::client_id.eq(client_id));
                }
                if let Some(audience) = &filter.audience {
                    query = query.filter(consents::audience.eq(audience));
                }
                query
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let mut query = matching();
            if let Some(after) = page.after() {
                query = query.filter(consents::id.gt(after));
            }
            let rows: Vec<Row> = query
                .select(Row::as_select())
                .order(consents::id)
                .limit(page.limit())
                .offset(page.offset())
                .load(db)?;
            Ok((rows, total))
        })?;
        let Paged { items, total, next } = page.cut(rows, total, |row| &row.id);
        Ok(Paged { items: items.into_iter().map(Row::consent).collect(), total, next })
    }

    /// Adds the scopes of `consent` to what was consented to before for the same application and API.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the user or the application does not exist.
    pub fn save_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let before = self.find_consent(&consent.user_id, &consent.client_id, consent.audience.as_deref())?;
        let scope = together(before.as_ref().map_or("", |before| &before.scope), &consent.scope);
        refuse_nul([Some(consent.id.as_str()), Some(scope.as_str())])?;
        let content = (consents::scope.eq(&scope), consents::updated_at.eq(consent.updated_at.millis()));
        let row = Row {
            id: consent.id.clone(),
            user_id: consent.user_id.clone(),
            client_id: consent.client_id.clone(),
            audience: consent.audience.clone().unwrap_or_default(),
            scope: scope.clone(),
            created_at: consent.created_at.millis(),
            updated_at: consent.updated_at.millis(),
        };
        db!(self, |db| diesel::insert_into(consents::table)
            .values(row)
            .on_conflict((consents::user_id, consents::client_id, consents::audience))
            .do_update()
            .set(content)
            .execute(db))?;
        Ok(())
    }

    /// Removes what a user let an application have, and revokes every grant it has of them; whether there was any.
    pub fn end_access(&mut self, user_id: &str, client_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        refuse_nul([Some(user_id), Some(client_id)])?;
        let (removed, revoked) = db!(self, |db| {
            let removed = diesel::delete(consents::table)
                .filter(consents::user_id.eq(user_id))
                .filter(consents::client_id.eq(client_id))
                .execute(db)?;
            let revoked = diesel::update(grants::table)
                .filter(grants::user_id.eq(user_id))
                .filter(grants::client_id.eq(client_id))
                .filter(grants::revoked_at.is_null())
                .set(grants::revoked_at.eq(now.millis()))
                .execute(db)?;
            Ok((removed, revoked))
        })?;
        self.end_standings();
        Ok(removed + revoked > 0)
    }

    /// Removes a consent and revokes the grants that rest on it, and with them their refresh tokens; how many grants
    /// that were still good.
    pub fn revoke_consent(&mut self, consent: &Consent, now: Timestamp) -> Result<usize, StoreError> {
        let id = plain(&consent.id)?;
        self.end_standings();
        db!(self, |db| {
            diesel::delete(consents::table.find(id)).execute(db)?;
            let of_application = diesel::update(grants::table)
                .filter(grants::user_id.eq(&consent.user_id))
                .filter(grants::client_id.eq(&consent.client_id))
                .filter(grants::revoked_at.is_null())
                .set(grants::revoked_at.eq(now.millis()));
            match &consent.audience {
                Some(audience) => of_application.filter(grants::audience.eq(audience)).execute(db),
                None => of_application.filter(grants::audience.is_null()).execute(db),
            }
        })
    }
}
