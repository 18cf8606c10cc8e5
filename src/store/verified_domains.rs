//! Table `verified_domains`: which domains connections claim, and have proven.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::verified_domains;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::domain_claim::DomainClaim;
use crate::domain::realm_index::{Lead, Route};

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = verified_domains, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: String,
    connection_id: String,
    domain: String,
    token: String,
    verified_at: Option<i64>,
    lapsed_at: Option<i64>,
    checked_at: Option<i64>,
    failing_since: Option<i64>,
    problem: Option<String>,
    due_at: i64,
    created_at: i64,
}

impl Row {
    fn of(claim: &DomainClaim) -> Result<Self, StoreError> {
        let DomainClaim { id, connection_id, domain, token, .. } = claim;
        let texts = [id, connection_id, domain, token].map(|text| Some(text.as_str()));
        refuse_nul(texts.into_iter().chain([claim.problem.as_deref()]))?;
        let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
        Ok(Self {
            id: id.clone(),
            connection_id: connection_id.clone(),
            domain: domain.clone(),
            token: token.clone(),
            verified_at: millis(claim.verified_at),
            lapsed_at: millis(claim.lapsed_at),
            checked_at: millis(claim.checked_at),
            failing_since: millis(claim.failing_since),
            problem: claim.problem.clone(),
            due_at: claim.due_at.millis(),
            created_at: claim.created_at.millis(),
        })
    }

    fn claim(self) -> DomainClaim {
        let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
        DomainClaim {
            id: self.id,
            connection_id: self.connection_id,
            domain: self.domain,
            token: self.token,
            verified_at: time(self.verified_at),
            lapsed_at: time(self.lapsed_at),
            checked_at: time(self.checked_at),
            failing_since: time(self.failing_since),
            problem: self.problem,
            due_at: Timestamp::from_millis(self.due_at),
            created_at: Timestamp::from_millis(self.created_at),
        }
    }
}

fn proof((value, connection_id): (String, String)) -> Route {
    Route { lead: Lead::Proof, value, connection_id }
}

impl Tx<'_> {
    /// # Errors
    /// [`StoreError::Conflict`] if the connection claims the domain already; [`StoreError::Gone`] if there is no such
    /// connection.
    pub fn add_domain_claim(&mut self, claim: &DomainClaim) -> Result<(), StoreError> {
        let row = Row::of(claim)?;
        db!(self, |db| diesel::insert_into(verified_domains::table).values(row).execute(db))?;
        Ok(())
    }

    /// Stores the claim as it is now; `false` if it is gone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it says verified, and another connection's claim to the domain does so already.
    pub fn change_domain_claim(&mut self, claim: &DomainClaim) -> Result<bool, StoreError> {
        let row = Row::of(claim)?;
        let changed =
            db!(self, |db| diesel::update(verified_domains::table.find(&claim.id)).set(row).execute(db))?;
        if changed > 0 {
            self.count_connection_change(Some(&claim.connection_id))?;
        }
        Ok(changed > 0)
    }

    pub fn find_domain_claim(
        &mut self,
        connection_id: &str,
        domain: &str,
    ) -> Result<Option<DomainClaim>, StoreError> {
        let (connection_id, domain) = (plain(connection_id)?, plain(domain)?);
        let row = db!(self, |db| verified_domains::table
            .filter(verified_domains::connection_id.eq(connection_id))
            .filter(verified_domains::domain.eq(domain))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::claim))
    }

    /// Every claim of a connection, by domain.
    pub fn domain_claims_of(&mut self, connection_id: &str) -> Result<Vec<DomainClaim>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| verified_domains::table
            .filter(verified_domains::connection_id.eq(connection_id))
            .order(verified_domains::domain)
            .select(Row::as_select())
            .load(db))?;
        Ok(rows.into_iter().map(Row::claim).collect())
    }

    /// The domains that a connection has proven to be its own.
    pub fn verified_domains_of(&mut self, connection_id: &str) -> Result<BTreeSet<String>, StoreError> {
        let connection_id = plain(connection_id)?;
        let domains: Vec<String> = db!(self, |db| verified_domains::table
            .filter(verified_domains::connection_id.eq(connection_id))
            .filter(verified_domains::verified_at.is_not_null())
            .select(verified_domains::domain)
            .load(db))?;
        Ok(domains.into_iter().collect())
    }

    /// Whose a domain is, by proof: a connection's id.
    pub fn holder_of_domain(&mut self, domain: &str) -> Result<Option<String>, StoreError> {
        let domain = plain(domain)?;
        db!(self, |db| verified_domains::table
            .filter(verified_domains::domain.eq(domain))
            .filter(verified_domains::verified_at.is_not_null())
            .select(verified_domains::connection_id)
            .get_result(db)
            .optional())
    }

    /// Every pair (domain, connection id) among `domains` that is proven.
    pub fn holders_of_domains(&mut self, domains: &[String]) -> Result<Vec<(String, String)>, StoreError> {
        refuse_nul(domains.iter().map(|domain| Some(domain.as_str())))?;
        db!(self, |db| verified_domains::table
            .filter(verified_domains::domain.eq_any(domains))
            .filter(verified_domains::verified_at.is_not_null())
            .select((verified_domains::domain, verified_domains::connection_id))
            .load(db))
    }

    /// What these connections have proven, in no order.
    pub fn proofs_of(&mut self, connection_ids: &BTreeSet<String>) -> Result<Vec<Route>, StoreError> {
        let rows: Vec<(String, String)> = db!(self, |db| verified_domains::table
            .filter(verified_domains::connection_id.eq_any(connection_ids))
            .filter(verified_domains::verified_at.is_not_null())
            .select((verified_domains::domain, verified_domains::connection_id))
            .load(db))?;
        Ok(rows.into_iter().map(proof).collect())
    }

    /// At most `take` of all proven domains, in order, from behind the domain `after` on.
    pub fn proofs_after(&mut self, after: &str, take: i64) -> Result<Vec<Route>, StoreError> {
        let after = plain(after)?;
        let rows: Vec<(String, String)> = db!(self, |db| verified_domains::table
            .filter(verified_domains::domain.gt(after))
            .filter(verified_domains::verified_at.is_not_null())
            .select((verified_domains::domain, verified_domains::connection_id))
            .order(verified_domains::domain)
            .limit(take)
            .load(db))?;
        Ok(rows.into_iter().map(proof).collect())
    }

    /// Whether there was one.
    pub fn remove_domain_claim(&mut self, connection_id: &str, domain: &str) -> Result<bool, StoreError> {
        let (connection_id, domain) = (plain(connection_id)?, plain(domain)?);
        let removed = db!(self, |db| diesel::delete(
            verified_domains::table
                .filter(verified_domains::connection_id.eq(connection_id))
                .filter(verified_domains::domain.eq(domain))
        )
        .execute(db))?;
        if removed > 0 {
            self.count_connection_change(Some(connection_id))?;
        }
        Ok(removed > 0)
    }

    /// Takes at most `limit` claims that are due for a look; nobody else gets them before `lease_end`.
    pub fn take_due_domain_claims(
        &mut self,
        now: Timestamp,
        lease_end: Timestamp,
        limit: i64,
    ) -> Result<Vec<DomainClaim>, StoreError> {
        let rows: Vec<Row> = db!(self, |db| {
            let is_due = || verified_domains::due_at.le(now.millis());
            let ids: Vec<String> = verified_domains::table
                .filter(is_due())
                .order(verified_domains::due_at)
                .limit(limit)
                .select(verified_domains::id)
                .load(db)?;
            // Asked again in the update: another node may have been faster.
            diesel::update(verified_domains::table.filter(verified_domains::id.eq_any(ids)).filter(is_due()))
                .set(verified_domains::due_at.eq(lease_end.millis()))
                .returning(Row::as_returning())
                .get_results(db)
        })?;
        Ok(rows.into_iter().map(Row::claim).collect())
    }
}
