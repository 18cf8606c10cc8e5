//! Bringing the database to the schema of this program.

use diesel::connection::Connection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::result::Error as QueryError;
use diesel::{PgConnection, RunQueryDsl as _, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// Names our lock among PostgreSQL's advisory locks: "vestibul" in ASCII.
const LOCK: i64 = 0x7665_7374_6962_756c;

/// Why the transaction of all migrations was rolled back.
enum Rollback {
    Ours(StoreError),
    Database(QueryError),
}

impl From<QueryError> for Rollback {
    fn from(error: QueryError) -> Self {
        Self::Database(error)
    }
}

impl From<Rollback> for StoreError {
    fn from(rollback: Rollback) -> Self {
        match rollback {
            Rollback::Ours(error) => error,
            Rollback::Database(error) => Self::from_query(error),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Rollback {
    Rollback::Ours(StoreError::Migration { reason: error.to_string() })
}

/// What to do inside the one transaction.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Up,
    Down,
}

pub(super) fn on_sqlite(db: &mut SqliteConnection, direction: Direction) -> Result<Vec<String>, StoreError> {
    // Another process waits at BEGIN IMMEDIATE until this one has committed.
    Ok(db.immediate_transaction(|db| go(db, direction))?)
}

pub(super) fn on_postgres(db: &mut PgConnection, direction: Direction) -> Result<Vec<String>, StoreError> {
    Ok(db.transaction(|db| {
        sql_query("SET LOCAL statement_timeout = 0").execute(db)?;
        sql_query("SET LOCAL lock_timeout = 0").execute(db)?;
        sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(db)?;
        go(db, direction)
    })?)
}

/// The versions applied or reverted.
fn go<C>(db: &mut C, direction: Direction) -> Result<Vec<String>, Rollback>
where
    C: Connection + MigrationHarness<C::Backend>,
{
    refuse_newer(db)?;
    let versions: Vec<MigrationVersion<'_>> = match direction {
        Direction::Up => db.run_pending_migrations(MIGRATIONS).map_err(failed)?,
        Direction::Down => db.revert_all_migrations(MIGRATIONS).map_err(failed)?,
    };
    Ok(versions.iter().map(ToString::to_string).collect())
}

/// A database that holds a migration unknown here belongs to a newer release.
fn refuse_newer<C>(db: &mut C) -> Result<(), Rollback>
where
    C: Connection + MigrationHarness<C::Backend>,
{
    let known: Vec<Box<dyn Migration<C::Backend>>> = MIGRATIONS.migrations().map_err(failed)?;
    let applied = db.applied_migrations().map_err(failed)?;
    let unknown = applied
        .into_iter()
        .find(|version| !known.iter().any(|migration| migration.name().version() == *version));
    match unknown {
        Some(version) => Err(Rollback::Ours(StoreError::SchemaTooNew { version: version.to_string() })),
        None => Ok(()),
    }
}
