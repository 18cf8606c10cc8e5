//! Tables `connection_domains` and `connection_routes`: what leads to a connection.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::connections::ROWS_PER_QUERY;
use super::error::StoreError;
use super::schema::{connection_domains, connection_routes};
use super::tx::{Tx, db};
use crate::domain::connection::Connection;
use crate::domain::realm_index::{Lead, Route, routes_of};

impl Tx<'_> {
    /// Every pair (domain, connection id) among `domains`, which are compared as they are: lower case, and
    /// `*.example.com` for the wildcard.
    pub fn connection_ids_for_domains(
        &mut self,
        domains: &[String],
    ) -> Result<Vec<(String, String)>, StoreError> {
        refuse_nul(domains.iter().map(|domain| Some(domain.as_str())))?;
        db!(self, |db| connection_domains::table
            .filter(connection_domains::domain.eq_any(domains))
            .order((connection_domains::domain, connection_domains::connection_id))
            .load(db))
    }

    /// The ids of the connections with this address or code, sorted.
    pub fn connection_ids_for_route(&mut self, lead: Lead, value: &str) -> Result<Vec<String>, StoreError> {
        let value = plain(value)?;
        db!(self, |db| connection_routes::table
            .filter(connection_routes::kind.eq(lead.name()))
            .filter(connection_routes::value.eq(value))
            .select(connection_routes::connection_id)
            .order(connection_routes::connection_id)
            .load(db))
    }

    /// At most `take` of all there is, in order, from behind `after` on.
    pub fn routes_after(&mut self, after: Option<&Route>, take: i64) -> Result<Vec<Route>, StoreError> {
        let domains = match after {
            Some(route) if route.lead != Lead::Domain => Vec::new(),
            domain => self.domains_after(domain, take)?,
        };
        let room = take.saturating_sub(i64::try_from(domains.len()).unwrap_or(take));
        let behind = after.filter(|route| route.lead != Lead::Domain);
        let others = if room > 0 { self.others_after(behind, room)? } else { Vec::new() };
        Ok(domains.into_iter().chain(others).collect())
    }

    fn domains_after(&mut self, after: Option<&Route>, take: i64) -> Result<Vec<Route>, StoreError> {
        use connection_domains::dsl;
        let rows: Vec<(String, String)> = db!(self, |db| {
            let mut query = dsl::connection_domains.order((dsl::domain, dsl::connection_id)).into_boxed();
            if let Some(route) = after {
                let same = dsl::domain.eq(&route.value).and(dsl::connection_id.gt(&route.connection_id));
                query = query.filter(dsl::domain.gt(&route.value).or(same));
            }
            query.limit(take).load(db)
        })?;
        let route = |(value, connection_id)| Route { lead: Lead::Domain, value, connection_id };
        Ok(rows.into_iter().map(route).collect())
    }

    fn others_after(&mut self, after: Option<&Route>, take: i64) -> Result<Vec<Route>, StoreError> {
        use connection_routes::dsl;
        let rows: Vec<(String, String, String)> = db!(self, |db| {
            let mut query =
                dsl::connection_routes.order((dsl::kind, dsl::value, dsl::connection_id)).into_boxed();
            if let Some(route) = after {
                let kind = route.lead.name();
                let same_value = dsl::value.eq(&route.value).and(dsl::connection_id.gt(&route.connection_id));
                let same_kind = dsl::kind.eq(kind).and(dsl::value.gt(&route.value).or(same_value));
                query = query.filter(dsl::kind.gt(kind).or(same_kind));
            }
            query.limit(take).load(db)
        })?;
        rows.into_iter()
            .map(|(kind, value, connection_id)| {
                let lead =
                    Lead::from_name(&kind).ok_or(StoreError::Corrupt { what: "connection_routes.kind" })?;
                Ok(Route { lead, value, connection_id })
            })
            .collect()
    }

    pub(super) fn add_routes(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let routes = routes_of(connection);
        refuse_nul(routes.iter().map(|route| Some(route.value.as_str())))?;
        let (domains, others): (Vec<_>, Vec<_>) = routes.iter().partition(|route| route.lead == Lead::Domain);
        let domains: Vec<_> = domains
            .into_iter()
            .map(|route| {
                (
                    connection_domains::domain.eq(&route.value),
                    connection_domains::connection_id.eq(&route.connection_id),
                )
            })
            .collect();
        let others: Vec<_> = others
            .into_iter()
            .map(|route| {
                (
                    connection_routes::kind.eq(route.lead.name()),
                    connection_routes::value.eq(&route.value),
                    connection_routes::connection_id.eq(&route.connection_id),
                )
            })
            .collect();
        for domains in domains.chunks(ROWS_PER_QUERY) {
            db!(self, |db| diesel::insert_into(connection_domains::table).values(domains).execute(db))?;
        }
        for others in others.chunks(ROWS_PER_QUERY) {
            db!(self, |db| diesel::insert_into(connection_routes::table).values(others).execute(db))?;
        }
        Ok(())
    }

    pub(super) fn remove_routes(&mut self, connection_id: &str) -> Result<(), StoreError> {
        db!(self, |db| {
            diesel::delete(
                connection_domains::table.filter(connection_domains::connection_id.eq(connection_id)),
            )
            .execute(db)?;
            diesel::delete(
                connection_routes::table.filter(connection_routes::connection_id.eq(connection_id)),
            )
            .execute(db)
        })?;
        Ok(())
    }
}
