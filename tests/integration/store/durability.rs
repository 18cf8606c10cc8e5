//! What was answered is there, whatever happens to the process afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use vestibule::crypto::random::Random;
use vestibule::store::{DatabaseAddress, Store, StoreError};

use crate::support::databases::{postgres, sealer, sqlite};
use crate::support::samples::{self, NOW};

const DATABASE: &str = "VESTIBULE_TEST_CHILD_DATABASE";

#[tokio::test]
async fn answered_writes_survive_the_death_of_the_process() {
    let database = sqlite();
    drop(database.store());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::durability::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(DATABASE, database.sqlite_path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answered: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| Some(line.split_once("answered ")?.1.to_owned()))
        .take(500)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answered.len(), 500);
    let store = database.store();
    for login in answered {
        let is_first = store.write(move |tx| tx.finish_login(&login, NOW)).await.unwrap();
        assert!(!is_first, "an answered write is lost");
    }
}

#[tokio::test]
#[ignore = "the child of answered_writes_survive_the_death_of_the_process"]
async fn writes_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how a test speaks to its child")]
    let Ok(path) = std::env::var(DATABASE) else { return };
    let store = Store::open(&DatabaseAddress::Sqlite(path.into()), sealer(), Random::default()).unwrap();
    for round in 0.. {
        let write = |number: u32| {
            let (store, login) = (store.clone(), format!("{round}-{number}"));
            async move {
                let name = login.clone();
                assert!(store.write(move |tx| tx.finish_login(&name, NOW)).await.unwrap());
                println!("answered {login}");
            }
        };
        join_all((0..16).map(write)).await;
    }
}

#[tokio::test]
async fn closing_the_store_finishes_what_is_queued() {
    let database = sqlite();
    let store = database.store();
    // The callers queue their writes and go away.
    for number in 0..500_u32 {
        let write = store.write(move |tx| tx.add_user(&samples::user(&number.to_string())));
        assert!(write.now_or_never().is_none_or(|outcome| outcome.is_ok()));
    }
    drop(store);
    let wal = std::fs::metadata(format!("{}-wal", database.sqlite_path().display()));
    assert!(wal.map_or(0, |file| file.len()) == 0, "the journal is folded into the file");
    assert_eq!(database.values("SELECT CAST(count(*) AS TEXT) AS value FROM users"), ["500"]);
}

#[tokio::test]
async fn a_commit_that_fails_is_an_error_to_all_who_shared_it_and_the_next_one_works() {
    let database = sqlite();
    let store = database.store();
    let mut other_process = SqliteConnection::establish(database.sqlite_path().to_str().unwrap()).unwrap();
    other_process.batch_execute("BEGIN IMMEDIATE").unwrap();
    let finish = |login: u32| store.write(move |tx| tx.finish_login(&login.to_string(), NOW));
    let outcomes = join_all((0..10).map(finish)).await;
    let refused = |outcome: &Result<bool, StoreError>| matches!(outcome, Err(StoreError::Unavailable { .. }));
    assert!(refused(&outcomes[0]), "{outcomes:?}");
    other_process.batch_execute("ROLLBACK").unwrap();
    for (login, outcome) in (0..10).zip(outcomes) {
        // Refused is not there; answered is.
        assert_eq!(finish(login).await.unwrap(), refused(&outcome), "{outcome:?}");
    }
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let database = postgres();
    let store = database.store();
    store.ping().await.unwrap();
    let killed = database.values(
        "SELECT pg_terminate_backend(pid)::text AS value FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert!(!killed.is_empty());
    for login in 0..10 {
        assert!(store.write(move |tx| tx.finish_login(&login.to_string(), NOW)).await.unwrap());
    }
}

#[tokio::test]
async fn connections_that_postgres_has_closed_are_replaced_before_anybody_notices() {
    let database = postgres();
    let store = database.store();
    store.write(|tx| tx.add_client(&samples::client("app"))).await.unwrap();
    for round in 0..3 {
        let used = join_all((0..8).map(|_| store.read(|tx| tx.find_client("app")))).await;
        assert!(used.iter().all(Result::is_ok), "{used:?}");
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let write = |number: usize| {
            let id = format!("app-{round}-{number}");
            store.write(move |tx| tx.add_client(&samples::client(&id)))
        };
        let (read, wrote) = join(store.read(|tx| tx.find_client("app")), join_all((0..4).map(write))).await;
        assert!(read.is_ok(), "{read:?}");
        assert!(wrote.iter().all(Result::is_ok), "{wrote:?}");
    }
}
