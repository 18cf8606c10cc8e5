//! Table `revisions`: counts the changes that other nodes must see, so that caches know when to look again.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::error::StoreError;
use super::schema::revisions;
use super::tx::{Tx, db};

/// How often each kind of record was changed. A cache compares it with what it saw last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    pub connections: i64,
    pub clients: i64,
    /// APIs and client grants.
    pub apis: i64,
    pub signing_keys: i64,
    /// Users blocked, unblocked or removed.
    pub users: i64,
    /// Sessions removed.
    pub sessions: i64,
    /// Documents of providers adopted.
    pub metadata: i64,
}

/// What a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Connections,
    Clients,
    Apis,
    SigningKeys,
    Users,
    Sessions,
    Metadata,
}

impl Changed {
    const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Clients => "clients",
            Self::Apis => "apis",
            Self::SigningKeys => "signing_keys",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Metadata => "metadata",
        }
    }
}

impl Tx<'_> {
    pub fn revisions(&mut self) -> Result<Revisions, StoreError> {
        let rows: Vec<(String, i64)> = db!(self, |db| revisions::table.load(db))?;
        let of = |changed: Changed| {
            rows.iter().find(|(name, _)| name == changed.name()).map_or(0, |(_, revision)| *revision)
        };
        Ok(Revisions {
            connections: of(Changed::Connections),
            clients: of(Changed::Clients),
            apis: of(Changed::Apis),
            signing_keys: of(Changed::SigningKeys),
            users: of(Changed::Users),
            sessions: of(Changed::Sessions),
            metadata: of(Changed::Metadata),
        })
    }

    /// Counts a change. Until this transaction ends, others that count the same kind of change wait.
    pub(super) fn bump(&mut self, changed: Changed) -> Result<(), StoreError> {
        self.count(changed).map(drop)
    }

    /// As [`Tx::bump`]; the revision that the change makes.
    pub(super) fn count(&mut self, changed: Changed) -> Result<i64, StoreError> {
        let row = (revisions::name.eq(changed.name()), revisions::revision.eq(1));
        db!(self, |db| diesel::insert_into(revisions::table)
            .values(row)
            .on_conflict(revisions::name)
            .do_update()
            .set(revisions::revision.eq(revisions::revision + excluded(revisions::revision)))
            .returning(revisions::revision)
            .get_result(db))
    }
}
