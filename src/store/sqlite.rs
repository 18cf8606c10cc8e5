//! SQLite: one file, several readers, one writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::{Connection as _, SqliteConnection};

use super::endings::Endings;
use super::error::StoreError;
use super::sqlite_writer::Writer;
use super::tx::{Db, Tx, Vault};
use crate::domain::limits;

/// Waiting for another process that writes to the same file, in milliseconds.
const BUSY_TIMEOUT_MILLIS: u32 = 5_000;
/// Page cache of the writer and of each reader, in KiB: the operating system caches the file as well.
const WRITER_CACHE_KIB: u32 = 2_000;
const READER_CACHE_KIB: u32 = 1_000;

pub(super) struct Sqlite {
    path: PathBuf,
    readers: Pool<ConnectionManager<SqliteConnection>>,
    pub writer: Writer,
}

impl Sqlite {
    pub(super) fn open(path: &Path, vault: Arc<Vault>, endings: Arc<Endings>) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(|error| unavailable(path, &error.to_string()))?;
        create_private(&path).map_err(|error| unavailable(&path, &error.to_string()))?;
        let writer = Writer::start(path.clone(), vault, endings)?;
        let readers = Pool::builder()
            .max_size(limits::SQLITE_READERS)
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_customizer(Box::new(ReaderPragmas))
            .build(ConnectionManager::new(text(&path)?))
            .map_err(|error| unavailable(&path, &error.to_string()))?;
        Ok(Self { path, readers, writer })
    }

    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        vault: &Vault,
        f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = self.readers.get().map_err(|error| unavailable(&self.path, &error.to_string()))?;
        f(&mut Tx::new(Db::Sqlite(&mut db), vault))
    }

    /// Connections of the readers: open, and idle among them.
    pub(super) fn readers_open_and_idle(&self) -> (u32, u32) {
        let state = self.readers.state();
        (state.connections, state.idle_connections)
    }

    /// A connection of its own, for migrations.
    pub(super) fn connect(&self) -> Result<SqliteConnection, StoreError> {
        connect_writer(&self.path)
    }
}

/// Opens the file for writing: durable at every commit, and foreign keys are checked.
pub(super) fn connect_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let failed = |reason: String| unavailable(path, &reason);
    let mut db = SqliteConnection::establish(text(path)?).map_err(|error| failed(error.to_string()))?;
    db.batch_execute(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLIS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -{WRITER_CACHE_KIB}; PRAGMA temp_store = MEMORY; \
         PRAGMA journal_size_limit = 67108864;"
    ))
    .map_err(|error| failed(error.to_string()))?;
    Ok(db)
}

#[derive(Debug)]
struct ReaderPragmas;

impl CustomizeConnection<SqliteConnection, PoolError> for ReaderPragmas {
    fn on_acquire(&self, db: &mut SqliteConnection) -> Result<(), PoolError> {
        db.batch_execute(&format!(
            "PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLIS}; PRAGMA query_only = ON; \
             PRAGMA cache_size = -{READER_CACHE_KIB}; PRAGMA temp_store = MEMORY;"
        ))
        .map_err(PoolError::QueryError)
    }
}

/// Creates the file, for its owner alone, where it does not exist. SQLite gives its journal the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

fn text(path: &Path) -> Result<&str, StoreError> {
    path.to_str().ok_or_else(|| unavailable(path, "its name is not UTF-8"))
}

fn unavailable(path: &Path, reason: &str) -> StoreError {
    StoreError::Unavailable { reason: format!("{}: {reason}", path.display()) }
}
