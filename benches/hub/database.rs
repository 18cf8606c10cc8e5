//! A fresh database for one run, and what was written into it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use diesel::sql_types::{self, BigInt};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};

use crate::postgres;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database, and a look into it past the hub.
pub struct Database {
    pub url: String,
    watch: Watch,
}

enum Watch {
    Sqlite { path: String, db: SqliteConnection },
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    value: String,
}

impl Database {
    /// # Errors
    /// The database cannot be made.
    pub fn fresh(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        match kind {
            Kind::Sqlite => {
                let path = folder.join("hub.db").to_str().context("a folder that is not UTF-8")?.to_owned();
                let db = SqliteConnection::establish(&path)?;
                Ok(Self { url: format!("sqlite:{path}"), watch: Watch::Sqlite { path, db } })
            }
            Kind::Postgres => {
                static MADE: AtomicU32 = AtomicU32::new(0);
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let name = format!("vestibule_benchmark_{}_{number}", std::process::id());
                let mut server = PgConnection::establish(&postgres::url_of("postgres"))?;
                sql_query(format!("CREATE DATABASE {name}")).execute(&mut server)?;
                let url = postgres::url_of(&name);
                Ok(Self { watch: Watch::Postgres(PgConnection::establish(&url)?), url })
            }
        }
    }

    /// PostgreSQL tidies up by itself within a minute after much was written; this has it done before anything is
    /// measured instead of meanwhile.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn tidy(&mut self) -> anyhow::Result<()> {
        if let Watch::Postgres(db) = &mut self.watch {
            // Tables that are still empty would be remembered as such, and read from end to end ever after.
            sql_query("VACUUM ANALYZE connections, connection_clients, connection_domains").execute(db)?;
        }
        Ok(())
    }

    /// What everybody together has written so far, in numbers without a unit: equal ones mean nothing.
    ///
    /// SQLite: a number that changes with every commit of somebody else, and the size of the journal. PostgreSQL: of
    /// every table how many rows it has, and the newest transaction that wrote one of them.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn written(&mut self) -> anyhow::Result<Vec<i64>> {
        match &mut self.watch {
            Watch::Sqlite { path, db } => {
                let version: Number =
                    sql_query("SELECT data_version AS value FROM pragma_data_version").get_result(db)?;
                let journal = std::fs::metadata(format!("{path}-wal"))?.len();
                Ok(vec![version.value, i64::try_from(journal)?])
            }
            Watch::Postgres(db) => {
                let tables: Vec<Text> = sql_query(
                    "SELECT table_name::text AS value FROM information_schema.tables \
                     WHERE table_schema = current_schema() ORDER BY 1",
                )
                .load(db)?;
                let mut numbers = Vec::new();
                for Text { value: table } in tables {
                    for number in ["count(*)", "coalesce(max(xmin::text::bigint), 0)"] {
                        let query = format!("SELECT {number} AS value FROM {table}");
                        numbers.push(sql_query(query).get_result::<Number>(db)?.value);
                    }
                }
                Ok(numbers)
            }
        }
    }
}
