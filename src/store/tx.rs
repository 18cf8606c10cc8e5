//! What the code of a read or write works with: one database connection, whichever database it is.

use diesel::result::Error as QueryError;
use diesel::{PgConnection, SqliteConnection};

use super::error::StoreError;
use crate::crypto::random::Random;
use crate::crypto::sealing::{Purpose, Sealer};
use crate::domain::secret::Secret;

/// The two concrete connections.
pub(super) enum Db<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Runs one query, written once and checked for both databases: `db!(self, |db| users::table.count().get_result(db))`.
///
/// The body is a `QueryResult`, and may use `?` on others. One record is read by `get_result`: `first` adds `LIMIT ?`,
/// whose value SQLite looks at, so it compiles the statement anew at every use.
macro_rules! db {
    ($tx:expr, |$db:ident| $query:expr) => {{
        let answer = match &mut $tx.db {
            #[allow(clippy::redundant_closure_call)]
            $crate::store::tx::Db::Sqlite(db) => {
                (|$db: &mut ::diesel::SqliteConnection| -> ::diesel::QueryResult<_> { $query })(db)
            }
            #[allow(clippy::redundant_closure_call)]
            $crate::store::tx::Db::Postgres(db) => {
                (|$db: &mut ::diesel::PgConnection| -> ::diesel::QueryResult<_> { $query })(db)
            }
        };
        answer.map_err(|error| $tx.note(error))
    }};
}
pub(super) use db;

/// Seals secrets on their way into the database, and opens them on their way out.
#[derive(Debug)]
pub(super) struct Vault {
    pub sealer: Sealer,
    pub random: Random,
}

/// Reads and writes of one transaction; each file of this folder adds those of its table.
pub struct Tx<'a> {
    pub(super) db: Db<'a>,
    vault: &'a Vault,
    trouble: Option<Trouble>,
    ends_standings: bool,
}

/// What the first failed statement of a transaction means for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection is gone.
    Lost,
    /// Lost against a simultaneous transaction; may succeed when run again.
    Contended,
    /// Found its key taken. If another transaction took it meanwhile, running again will find the record.
    Conflict,
    Final,
}

impl<'a> Tx<'a> {
    pub(super) fn new(db: Db<'a>, vault: &'a Vault) -> Self {
        Self { db, vault, trouble: None, ends_standings: false }
    }

    /// Says that a grant, session or user that was good may be so no more, or that a user was edited.
    pub(super) fn end_standings(&mut self) {
        self.ends_standings = true;
    }

    /// Whether anything said [`Tx::end_standings`].
    pub(super) fn ends_standings(&self) -> bool {
        self.ends_standings
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Translates a failed statement, and remembers that this transaction can no longer be kept.
    pub(super) fn note(&mut self, error: QueryError) -> StoreError {
        let error = StoreError::from_query(error);
        self.trouble.get_or_insert(match error {
            StoreError::Unavailable { .. } => Trouble::Lost,
            StoreError::Contended => Trouble::Contended,
            StoreError::Conflict { .. } => Trouble::Conflict,
            _ => Trouble::Final,
        });
        error
    }

    /// The outcome of a whole write: it cannot succeed if a statement of it failed.
    pub(super) fn conclude<T, E: From<StoreError>>(&self, outcome: Result<T, E>) -> Result<T, E> {
        if self.trouble.is_some() { outcome.and(Err(StoreError::Unfinished.into())) } else { outcome }
    }

    /// Seals `secret` for the column of `purpose` in the record `id`.
    pub(super) fn seal(&self, purpose: Purpose, id: &str, secret: &Secret) -> String {
        self.vault.sealer.seal(purpose, id.as_bytes(), secret.reveal().as_bytes(), &self.vault.random)
    }

    /// Opens what [`Tx::seal`] made for the same purpose and record.
    pub(super) fn open(
        &self,
        purpose: Purpose,
        id: &str,
        sealed: &str,
        what: &'static str,
    ) -> Result<Secret, StoreError> {
        let plain = self
            .vault
            .sealer
            .open(purpose, id.as_bytes(), sealed)
            .map_err(|reason| StoreError::Unsealable { what, reason })?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| StoreError::Corrupt { what })
    }
}
