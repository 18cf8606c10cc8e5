//! Fresh databases of both kinds, and a look into them past the store.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use tempfile::TempDir;
use vestibule::crypto::master_key::MasterKey;
use vestibule::crypto::random::Random;
use vestibule::crypto::sealing::Sealer;
use vestibule::domain::secret::Secret;
use vestibule::store::{DatabaseAddress, Store};

use super::postgres;

/// A fresh, empty database; gone when this is dropped.
pub struct TestDatabase {
    pub kind: Kind,
    pub address: DatabaseAddress,
    /// Holds the SQLite file.
    _folder: Option<TempDir>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// One database of each kind.
pub fn each_database() -> [TestDatabase; 2] {
    [sqlite(), postgres()]
}

pub fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().unwrap();
    let address = DatabaseAddress::Sqlite(folder.path().join("hub.db"));
    TestDatabase { kind: Kind::Sqlite, address, _folder: Some(folder) }
}

pub fn postgres() -> TestDatabase {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("vestibule_test_{}_{count}", std::process::id());
    on_server(&format!("CREATE DATABASE {name}"));
    let address = DatabaseAddress::Postgres(Secret::new(postgres::url_of(&name)));
    TestDatabase { kind: Kind::Postgres, address, _folder: None }
}

fn on_server(statement: &str) {
    let mut db = PgConnection::establish(&postgres::url_of("postgres")).unwrap();
    sql_query(statement).execute(&mut db).unwrap();
}

/// The master key of every test hub, unless it says otherwise.
pub fn sealer() -> Sealer {
    Sealer::new(MasterKey::new([7; MasterKey::LENGTH]), [])
}

impl TestDatabase {
    /// A fresh one of the same kind.
    pub fn another(&self) -> Self {
        match self.kind {
            Kind::Sqlite => sqlite(),
            Kind::Postgres => postgres(),
        }
    }

    /// A store on it, migrated.
    pub fn store(&self) -> Store {
        let store = self.unmigrated_store();
        store.migrate().unwrap();
        store
    }

    pub fn unmigrated_store(&self) -> Store {
        self.store_sealed_by(sealer())
    }

    pub fn store_sealed_by(&self, sealer: Sealer) -> Store {
        Store::open(&self.address, sealer, Random::default()).unwrap()
    }

    /// The address as a setting of the hub.
    pub fn url(&self) -> String {
        match &self.address {
            DatabaseAddress::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        }
    }

    pub fn sqlite_path(&self) -> &Path {
        match &self.address {
            DatabaseAddress::Sqlite(path) => path,
            DatabaseAddress::Postgres(_) => panic!("not a SQLite database"),
        }
    }

    /// Runs SQL past the store.
    pub fn execute(&self, statement: &str) {
        match &self.address {
            DatabaseAddress::Sqlite(path) => {
                let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                sql_query("PRAGMA busy_timeout = 5000").execute(&mut db).unwrap();
                sql_query(statement).execute(&mut db).unwrap();
            }
            DatabaseAddress::Postgres(url) => {
                let mut db = PgConnection::establish(url.reveal()).unwrap();
                sql_query(statement).execute(&mut db).unwrap();
            }
        }
    }

    /// Lets nobody change `table` for a second, so that all who come meanwhile have read it as it is now. SQLite needs
    /// no such thing: its one writer reads and changes for one after the other.
    pub fn hold_back_changes(&self, table: &str) {
        let DatabaseAddress::Postgres(url) = &self.address else { return };
        let mut db = PgConnection::establish(url.reveal()).unwrap();
        db.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")).unwrap();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            db.batch_execute("COMMIT").unwrap();
        });
    }

    /// Drops a PostgreSQL database under whoever has it open.
    pub fn take_away(&self) {
        on_server(&format!("DROP DATABASE {} WITH (FORCE)", self.name()));
    }

    fn name(&self) -> String {
        let url = self.url();
        url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap().to_owned()
    }

    /// The column `value` of a query past the store.
    pub fn values(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Value {
            #[diesel(sql_type = Text)]
            value: String,
        }
        let rows: Vec<Value> = match &self.address {
            DatabaseAddress::Sqlite(path) => {
                let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                sql_query("PRAGMA busy_timeout = 5000").execute(&mut db).unwrap();
                sql_query(query).load(&mut db).unwrap()
            }
            DatabaseAddress::Postgres(url) => {
                let mut db = PgConnection::establish(url.reveal()).unwrap();
                sql_query(query).load(&mut db).unwrap()
            }
        };
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Rows of `table`.
    pub fn count(&self, table: &str) -> usize {
        self.values(&format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}"))[0].parse().unwrap()
    }

    /// Every column of our tables, as `table.column`.
    pub fn columns(&self) -> Vec<String> {
        self.values(match self.kind {
            Kind::Sqlite => {
                "SELECT m.name || '.' || p.name AS value FROM sqlite_master m, pragma_table_info(m.name) p \
                 WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY 1"
            }
            Kind::Postgres => {
                "SELECT (table_name || '.' || column_name)::text AS value FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%' ORDER BY 1"
            }
        })
    }

    /// Every stored value as text, to look for what must not be there.
    pub fn dump(&self) -> String {
        let mut dump = String::new();
        for column in self.columns() {
            let (table, name) = column.split_once('.').unwrap();
            let query = format!("SELECT coalesce(CAST({name} AS TEXT), '') AS value FROM {table}");
            for value in self.values(&query) {
                dump.push_str(&format!("{column}: {value}\n"));
            }
        }
        dump
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.kind == Kind::Postgres {
            on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name()));
        }
    }
}
