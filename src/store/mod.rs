//! The only folder that speaks SQL.
//!
//! [`Store`] runs reads and writes; [`Tx`] is what they work with, and each file of a table adds its queries to it.
//! Rules that no query decides (who may, when, what follows) live in `flows`.

mod address;
mod administrator_tickets;
mod administrators;
mod attribute_maps;
mod client_grants;
mod clients;
mod columns;
mod compiled;
mod connection_changes;
mod connection_diagnoses;
mod connection_keys;
mod connection_logos;
mod connection_routes;
mod connection_schema;
mod connections;
mod consents;
mod device_authorizations;
mod endings;
mod error;
mod expire;
mod grants;
mod identities;
mod initial_access_tokens;
mod local_accounts;
mod logins;
mod logout_notices;
mod logs;
mod mailings;
mod migrate;
mod open_access;
mod paging;
mod parked_requests;
mod places;
mod postgres;
mod postgres_pool;
mod provider_metadata;
mod refresh_tokens;
mod removed_connections;
mod removed_users;
mod resource_servers;
mod revisions;
mod schema;
mod session_clients;
mod sessions;
mod setup_tickets;
mod signing_keys;
mod sqlite;
mod sqlite_writer;
mod standing;
mod subject_salts;
mod test_logins;
mod tx;
mod upstream_tokens;
mod used_ids;
mod users;
mod verified_domains;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use diesel::RunQueryDsl as _;
use tokio::sync::Semaphore;

pub use self::address::DatabaseAddress;
pub use self::client_grants::ClientGrantFilter;
pub use self::connection_changes::ConnectionChanges;
pub use self::connection_diagnoses::KeptDiagnosis;
pub use self::connections::ConnectionFilter;
pub use self::consents::ConsentFilter;
use self::endings::Endings;
pub use self::error::StoreError;
pub use self::expire::Expired;
pub use self::logs::LogFilter;
use self::migrate::Direction;
pub use self::paging::{Page, Paged};
pub use self::parked_requests::RequestToPark;
use self::postgres::Postgres;
pub use self::refresh_tokens::RefreshTokenFound;
pub use self::revisions::Revisions;
use self::sqlite::Sqlite;
pub use self::tx::Tx;
use self::tx::{Vault, db};
pub use self::upstream_tokens::IdentityKey;
pub use self::users::UserFilter;
use crate::crypto::random::Random;
use crate::crypto::sealing::Sealer;
use crate::domain::limits;

/// The database. Clones share it; dropping the last one finishes queued writes.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    vault: Arc<Vault>,
    /// One per connection, so that waiting for one takes no thread.
    slots: Arc<Semaphore>,
    endings: Arc<Endings>,
    reads: AtomicU64,
    writes: AtomicU64,
}

enum Database {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// Reads and writes begun since the store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCounts {
    pub reads: u64,
    pub writes: u64,
}

/// Connections of the pool (of the readers, on SQLite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    pub in_use: u32,
    pub idle: u32,
}

impl Store {
    /// Opens the database with a pool of four connections per core. Blocks; call it before serving.
    ///
    /// # Errors
    /// [`StoreError::Address`] and [`StoreError::Unavailable`], saying what to mend.
    pub fn open(address: &DatabaseAddress, sealer: Sealer, random: Random) -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let connections = u32::try_from(cores).unwrap_or(1).saturating_mul(4).clamp(4, 64);
        Self::open_with(address, sealer, random, connections)
    }

    /// As [`Store::open`], with a pool of `connections` on PostgreSQL.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(
        address: &DatabaseAddress,
        sealer: Sealer,
        random: Random,
        connections: u32,
    ) -> Result<Self, StoreError> {
        let vault = Arc::new(Vault { sealer, random });
        let endings = Arc::new(Endings::default());
        let (database, connections) = match address.clone().checked()? {
            DatabaseAddress::Sqlite(path) => {
                let sqlite = Sqlite::open(&path, Arc::clone(&vault), Arc::clone(&endings))?;
                (Database::Sqlite(Arc::new(sqlite)), limits::SQLITE_READERS)
            }
            DatabaseAddress::Postgres(url) => {
                let connections = connections.max(1);
                (
                    Database::Postgres(Arc::new(Postgres::open(&url, connections, Arc::clone(&endings))?)),
                    connections,
                )
            }
        };
        let slots = Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(1)));
        let (reads, writes) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { shared: Arc::new(Shared { database, vault, slots, endings, reads, writes }) })
    }

    /// Applies the migrations that are missing, all or none, and returns them. Several nodes may start together: the
    /// others wait for the first. Blocks.
    ///
    /// # Errors
    /// [`StoreError::SchemaTooNew`], [`StoreError::Migration`] or why the database does not answer.
    pub fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.migrate_to(Direction::Up)
    }

    /// Undoes every migration, and with them all data; returns them. Blocks.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub fn revert_all(&self) -> Result<Vec<String>, StoreError> {
        self.migrate_to(Direction::Down)
    }

    fn migrate_to(&self, direction: Direction) -> Result<Vec<String>, StoreError> {
        match &self.shared.database {
            Database::Sqlite(sqlite) => migrate::on_sqlite(&mut sqlite.connect()?, direction),
            Database::Postgres(postgres) => migrate::on_postgres(&mut postgres.connect()?.db, direction),
        }
    }

    /// Runs `f`, which only reads. There is no transaction around it: every query sees the latest commit.
    ///
    /// # Errors
    /// What `f` returns, or a [`StoreError`] if it could not run.
    pub async fn read<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.shared.reads.fetch_add(1, Ordering::Relaxed);
        match &self.shared.database {
            Database::Sqlite(sqlite) => {
                let sqlite = Arc::clone(sqlite);
                self.on_blocking_thread(move |vault| sqlite.read(vault, &f)).await
            }
            Database::Postgres(postgres) => {
                let postgres = Arc::clone(postgres);
                self.on_blocking_thread(move |vault| postgres.read(vault, &f)).await
            }
        }
    }

    /// Runs `f` in one transaction: all of it is durable when this returns `Ok`, nothing of it is kept otherwise.
    ///
    /// `f` may run several times: it lost against a simultaneous write (PostgreSQL), or a neighbour in the same commit
    /// failed (SQLite). A failed statement undoes everything, even if `f` ignores it.
    ///
    /// # Errors
    /// What `f` returns, or a [`StoreError`] if it could not run or be committed.
    pub async fn write<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.shared.writes.fetch_add(1, Ordering::Relaxed);
        match &self.shared.database {
            Database::Sqlite(sqlite) => sqlite.writer.write(f).await,
            Database::Postgres(postgres) => {
                let postgres = Arc::clone(postgres);
                self.on_blocking_thread(move |vault| postgres.write(vault, &f)).await
            }
        }
    }

    async fn on_blocking_thread<T, E>(
        &self,
        job: impl FnOnce(&Vault) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let wait = Duration::from_millis(limits::DATABASE_WAIT_MILLIS);
        let slot = tokio::time::timeout(wait, Arc::clone(&self.shared.slots).acquire_owned())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| StoreError::Interrupted)?;
        let vault = Arc::clone(&self.shared.vault);
        tokio::task::spawn_blocking(move || {
            // Held until the connection is back in the pool.
            let _slot = slot;
            job(&vault)
        })
        .await
        .unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|tx| db!(tx, |db| diesel::sql_query("SELECT 1").execute(db)).map(drop)).await
    }

    /// How often this node committed a change after which a grant, a session or a user may be worth less. What was read
    /// after taking this number is as good as new while it stays the same, changes by other nodes aside.
    pub fn endings(&self) -> u64 {
        self.shared.endings.counted()
    }

    pub fn statement_counts(&self) -> StatementCounts {
        StatementCounts {
            reads: self.shared.reads.load(Ordering::Relaxed),
            writes: self.shared.writes.load(Ordering::Relaxed),
        }
    }

    pub fn pool_state(&self) -> PoolState {
        let (open, idle) = match &self.shared.database {
            Database::Sqlite(sqlite) => sqlite.readers_open_and_idle(),
            Database::Postgres(postgres) => postgres.open_and_idle(),
        };
        PoolState { in_use: open.saturating_sub(idle), idle }
    }
}
