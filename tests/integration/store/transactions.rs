//! A write is all or nothing, and its neighbours do not matter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures_util::future::join_all;
use vestibule::domain::limits;
use vestibule::store::{Store, StoreError};

use crate::support::databases::{each_database, postgres, sqlite};
use crate::support::samples::{self, NOW};

/// A flow's own error around the store's.
#[derive(Debug)]
enum FlowError {
    Refused,
    Store(StoreError),
}

impl From<StoreError> for FlowError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn users(store: &Store, names: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut found = Vec::new();
    for number in names {
        if store.read(move |tx| tx.find_user(&number.to_string())).await.unwrap().is_some() {
            found.push(number);
        }
    }
    found
}

#[tokio::test]
async fn an_error_of_the_caller_undoes_everything() {
    for database in each_database() {
        let store = database.store();
        let before = database.dump();
        let outcome: Result<(), FlowError> = store
            .write(|tx| {
                tx.add_client(&samples::client("app"))?;
                tx.add_user(&samples::user("0"))?;
                Err(FlowError::Refused)
            })
            .await;
        assert!(matches!(outcome, Err(FlowError::Refused)));
        assert_eq!(database.dump(), before);
        assert!(users(&store, 0..1).await.is_empty());
    }
}

#[tokio::test]
async fn a_write_cannot_succeed_past_a_failed_statement() {
    for database in each_database() {
        let store = database.store();
        let before = database.dump();
        let outcome: Result<(), FlowError> = store
            .write(|tx| {
                tx.add_user(&samples::user("0"))?;
                let _ = tx.add_user(&samples::user("0"));
                Ok(())
            })
            .await;
        assert!(matches!(outcome, Err(FlowError::Store(StoreError::Unfinished))), "{outcome:?}");
        assert_eq!(database.dump(), before);
    }
}

#[tokio::test]
async fn failing_neighbours_undo_only_themselves() {
    for database in each_database() {
        let store = database.store();
        let write = |number: usize| {
            store.write(move |tx| {
                // Holds the first commit, so that the others queue up behind it.
                if number == 0 {
                    std::thread::sleep(Duration::from_millis(100));
                }
                tx.add_user(&samples::user(&number.to_string()))?;
                match number % 3 {
                    0 => Ok(number),
                    1 => Err(FlowError::Refused),
                    _ => {
                        tx.add_user(&samples::user(&number.to_string()))?;
                        Ok(number)
                    }
                }
            })
        };
        let kept: Vec<usize> = join_all((0..60).map(write)).await.into_iter().flatten().collect();
        let expected: Vec<usize> = (0..60).step_by(3).collect();
        assert_eq!(kept, expected);
        assert_eq!(users(&store, 0..60).await, expected);
    }
}

#[tokio::test]
async fn a_panic_undoes_only_its_own_write() {
    for database in each_database() {
        let store = database.store();
        let write = |number: usize| {
            store.write(move |tx| {
                if number == 0 {
                    std::thread::sleep(Duration::from_millis(100));
                }
                tx.add_user(&samples::user(&number.to_string()))?;
                assert_ne!(number % 10, 5, "a write of this test panics on purpose");
                Ok::<_, StoreError>(number)
            })
        };
        let outcomes = join_all((0..40).map(write)).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            match number % 10 {
                5 => assert!(matches!(outcome, Err(StoreError::Interrupted)), "{outcome:?}"),
                _ => assert!(matches!(outcome, Ok(kept) if *kept == number), "{outcome:?}"),
            }
        }
        let expected: Vec<usize> = (0..40).filter(|number| number % 10 != 5).collect();
        assert_eq!(users(&store, 0..40).await, expected);
        assert!(store.write(|tx| tx.finish_login("after", NOW)).await.unwrap());
    }
}

#[tokio::test]
async fn an_answered_write_is_seen_by_every_reader() {
    for database in each_database() {
        let (store, node) = (database.store(), database.store());
        for number in 0..20 {
            store.write(move |tx| tx.add_user(&samples::user(&number.to_string()))).await.unwrap();
            assert_eq!(users(&node, [number]).await, [number]);
        }
    }
}

#[tokio::test]
async fn reads_cannot_write_on_sqlite() {
    let database = sqlite();
    let outcome = database.store().read(|tx| tx.add_user(&samples::user("0"))).await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn a_write_that_loses_against_another_is_run_again() {
    let database = postgres();
    let store = database.store();
    store
        .write(|tx| {
            tx.add_session(&samples::session("0", "ada", "con_1"))?;
            tx.add_session(&samples::session("1", "ada", "con_1"))
        })
        .await
        .unwrap();
    // Each holds one row and wants the other's: PostgreSQL breaks the deadlock by failing one of them.
    let runs = Arc::new(AtomicUsize::new(0));
    let both_hold = Arc::new(Barrier::new(2));
    let cross = |first: &'static str, second: &'static str| {
        let (runs, both_hold) = (Arc::clone(&runs), Arc::clone(&both_hold));
        store.write(move |tx| {
            tx.touch_session(first, NOW)?;
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                both_hold.wait();
            }
            tx.touch_session(second, NOW)
        })
    };
    let (one, other) = tokio::join!(cross("0", "1"), cross("1", "0"));
    assert!(one.unwrap() && other.unwrap());
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_full_queue_refuses_instead_of_growing() {
    let database = sqlite();
    let store = database.store();
    let write = |number: usize| {
        store.write(move |tx| {
            if number == 0 {
                std::thread::sleep(Duration::from_millis(300));
            }
            tx.finish_login(&number.to_string(), NOW)
        })
    };
    let outcomes = join_all((0..limits::QUEUED_WRITES + 200).map(write)).await;
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Busy))).count();
    let kept = outcomes.iter().filter(|outcome| matches!(outcome, Ok(true))).count();
    assert!(refused > 0);
    assert_eq!(kept + refused, outcomes.len());
}

#[tokio::test]
async fn reads_and_writes_are_counted() {
    for database in each_database() {
        let store = database.store();
        let before = store.statement_counts();
        store.ping().await.unwrap();
        store.read(|tx| tx.find_user("x")).await.unwrap();
        store.write(|tx| tx.finish_login("x", NOW)).await.unwrap();
        let after = store.statement_counts();
        assert_eq!((after.reads - before.reads, after.writes - before.writes), (2, 1));
        let pool = store.pool_state();
        assert_eq!(pool.in_use, 0);
        assert!(pool.idle > 0);
    }
}
