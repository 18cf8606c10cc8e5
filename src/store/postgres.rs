//! PostgreSQL, or a distributed database that speaks like it: an ordinary pool of connections.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{CustomizeConnection, Error as PoolError, Pool, PooledConnection};
use diesel::result::Error as QueryError;
use diesel::{Connection as _, PgConnection};

use super::address::{safe_reason, with_parameter};
use super::endings::Endings;
use super::error::StoreError;
use super::postgres_pool::{Losses, Manager, Pooled};
use super::tx::{Db, Trouble, Tx, Vault};
use crate::domain::limits;
use crate::domain::secret::Secret;

/// How often a write that lost against simultaneous ones is begun.
const ATTEMPTS: u32 = 3;
/// Pause before the second attempt; the third waits twice as long.
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Postgres {
    pool: Pool<Manager>,
    losses: Losses,
    endings: Arc<Endings>,
}

/// Why a transaction was rolled back.
enum Rollback<E> {
    Caller(E),
    Database(QueryError),
}

impl<E> From<QueryError> for Rollback<E> {
    fn from(error: QueryError) -> Self {
        Self::Database(error)
    }
}

impl Postgres {
    pub(super) fn open(url: &Secret, connections: u32, endings: Arc<Endings>) -> Result<Self, StoreError> {
        let url = with_defaults(url.reveal());
        // The pool would retry in silence and hide the reason.
        PgConnection::establish(&url)
            .map_err(|error| StoreError::Unavailable { reason: safe_reason(&error.to_string()) })?;
        let losses = Losses::default();
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(Duration::from_millis(limits::DATABASE_WAIT_MILLIS))
            .error_handler(Box::new(Quiet))
            .connection_customizer(Box::new(SessionSettings))
            .build(Manager::new(url, losses.clone()))
            .map_err(unavailable)?;
        Ok(Self { pool, losses, endings })
    }

    pub(super) fn connect(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.pool.get().map_err(unavailable)
    }

    pub(super) fn open_and_idle(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }

    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        vault: &Vault,
        f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let mut pooled = self.connect()?;
            let mut tx = Tx::new(Db::Postgres(&mut pooled.db), vault);
            let outcome = f(&mut tx);
            let trouble = tx.trouble();
            if !self.was_lost(&mut pooled, trouble) {
                return outcome;
            }
        }
    }

    /// Whether the connection was gone before it was taken: another one can do what it should have done.
    fn was_lost(&self, pooled: &mut Pooled, trouble: Option<Trouble>) -> bool {
        if trouble.is_none() {
            pooled.has_worked();
        }
        let is_lost = trouble == Some(Trouble::Lost);
        if is_lost {
            self.losses.count();
        }
        is_lost && !pooled.was_asked()
    }

    /// Runs `f` in a transaction, and again if it lost against a simultaneous one.
    pub(super) fn write<T, E: From<StoreError>>(
        &self,
        vault: &Vault,
        f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            let (outcome, trouble, was_lost) = self.attempt(vault, f);
            let may_win_now = match trouble {
                // Nothing was committed: nobody had asked for that yet.
                Some(Trouble::Lost) => was_lost,
                Some(Trouble::Contended) => attempt < ATTEMPTS,
                // Another transaction may have inserted the same key meanwhile: now it can be found.
                Some(Trouble::Conflict) => attempt == 1,
                Some(Trouble::Final) | None => false,
            };
            if outcome.is_ok() || !may_win_now {
                return outcome;
            }
            if trouble == Some(Trouble::Contended) {
                thread::sleep(PAUSE * attempt);
            }
            attempt += 1;
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        vault: &Vault,
        f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> (Result<T, E>, Option<Trouble>, bool) {
        let mut pooled = match self.connect() {
            Ok(pooled) => pooled,
            Err(error) => return (Err(error.into()), None, false),
        };
        let (mut has_begun, mut trouble, mut ends_standings) = (false, None, false);
        let outcome = pooled.db.transaction(|db| {
            has_begun = true;
            let mut tx = Tx::new(Db::Postgres(db), vault);
            let outcome = f(&mut tx);
            trouble = tx.trouble();
            ends_standings = tx.ends_standings();
            tx.conclude(outcome).map_err(Rollback::Caller)
        });
        // Even where the commit seems to have failed: only its answer may have been lost.
        if ends_standings {
            self.endings.count();
        }
        let (outcome, trouble) = match outcome {
            Ok(kept) => (Ok(kept), trouble),
            Err(Rollback::Caller(error)) => (Err(error), trouble),
            Err(Rollback::Database(error)) => {
                let error = StoreError::from_query(error);
                let trouble = match (&error, trouble) {
                    (_, Some(Trouble::Lost)) => trouble,
                    (StoreError::Unavailable { .. }, _) if !has_begun => Some(Trouble::Lost),
                    (StoreError::Contended, _) => Some(Trouble::Contended),
                    _ => Some(Trouble::Final),
                };
                (Err(error.into()), trouble)
            }
        };
        let was_lost = self.was_lost(&mut pooled, trouble);
        (outcome, trouble, was_lost)
    }
}

/// The operator's URL, with what it leaves open: dead hosts are given up in seconds, and of several hosts the one that
/// accepts writes is taken.
fn with_defaults(url: &str) -> String {
    [
        ("connect_timeout", "3"),
        ("tcp_user_timeout", "10000"),
        ("target_session_attrs", "read-write"),
        ("application_name", "vestibule"),
    ]
    .into_iter()
    .fold(url.to_owned(), |url, (parameter, value)| with_parameter(&url, parameter, value))
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable { reason: pool_reason(&error.to_string()) }
}

/// r2d2 says `timed out waiting for connection: ` and then what libpq said.
fn pool_reason(message: &str) -> String {
    match message.split_once("waiting for connection: ") {
        Some((_, reason)) => safe_reason(reason),
        None => safe_reason(message),
    }
}

/// The pool's own account of failed connections, without the pieces of the URL that libpq may repeat.
#[derive(Debug)]
struct Quiet;

impl<E: std::error::Error> diesel::r2d2::HandleError<E> for Quiet {
    fn handle_error(&self, error: E) {
        tracing::warn!(reason = %pool_reason(&error.to_string()), "no connection to PostgreSQL");
    }
}

/// No statement, lock or forgotten transaction may hold a connection for long.
#[derive(Debug)]
struct SessionSettings;

impl CustomizeConnection<Pooled, PoolError> for SessionSettings {
    fn on_acquire(&self, pooled: &mut Pooled) -> Result<(), PoolError> {
        pooled
            .db
            .batch_execute(
                "SET statement_timeout = '15s'; SET lock_timeout = '5s'; \
             SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = 'warning';",
            )
            .map_err(PoolError::QueryError)
    }
}
