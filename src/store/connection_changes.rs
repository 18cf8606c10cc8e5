//! Table `connection_changes`: which connection each of the newest changes was about, so that nobody reads all of them
//! again because one was edited.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::connections::ROWS_PER_QUERY;
use super::error::StoreError;
use super::revisions::Changed;
use super::schema::connection_changes;
use super::tx::{Tx, db};
use crate::domain::limits;

/// What has happened to connections between two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionChanges {
    /// These were made, changed or removed, and no other.
    Of(BTreeSet<String>),
    /// It is not known which.
    Any,
}

impl Tx<'_> {
    /// Counts a change of the connection `id`, or of connections nobody has listed. Until this transaction ends, others
    /// that do so wait: revisions become visible in their order.
    pub(super) fn count_connection_change(&mut self, id: Option<&str>) -> Result<(), StoreError> {
        let revision = self.count(Changed::Connections)?;
        let row = (connection_changes::revision.eq(revision), connection_changes::connection_id.eq(id));
        let forgotten = revision.saturating_sub(limits::CONNECTION_CHANGES_KEPT);
        db!(self, |db| {
            diesel::insert_into(connection_changes::table).values(row).execute(db)?;
            diesel::delete(connection_changes::table.find(forgotten)).execute(db)
        })?;
        Ok(())
    }

    /// What has happened after the revision `known`, up to `current`.
    pub fn connection_changes(&mut self, known: i64, current: i64) -> Result<ConnectionChanges, StoreError> {
        let passed = usize::try_from(current.saturating_sub(known)).unwrap_or(usize::MAX);
        if passed > ROWS_PER_QUERY {
            return Ok(ConnectionChanges::Any);
        }
        let ids: Vec<Option<String>> = db!(self, |db| connection_changes::table
            .filter(connection_changes::revision.gt(known))
            .filter(connection_changes::revision.le(current))
            .select(connection_changes::connection_id)
            .load(db))?;
        // A revision without a row is one that is forgotten, or was made by a node of an older release.
        if ids.len() < passed {
            return Ok(ConnectionChanges::Any);
        }
        let ids: Option<BTreeSet<String>> = ids.into_iter().collect();
        Ok(ids.map_or(ConnectionChanges::Any, ConnectionChanges::Of))
    }
}
