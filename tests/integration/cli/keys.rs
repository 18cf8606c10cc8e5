//! `vestibule keys`: on the database of a hub that runs, which notices.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::vestibule;
use crate::support::databases::each_database;
use crate::support::hub::{MASTER_KEY, TestHub};

async fn keys(folder: &Path, database: &str, arguments: &[&str]) -> Output {
    let settings = [("VESTIBULE_DATABASE_URL", database), ("VESTIBULE_MASTER_KEY", MASTER_KEY)];
    let mut command = vestibule(folder, &[&["keys"], arguments].concat(), &settings);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn listed(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn with_status(keys: &[Value], status: &str) -> Vec<String> {
    let found = keys.iter().filter(|key| key["status"] == status);
    found.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn keys_are_listed_rotated_and_revoked_while_the_hub_runs() {
    for database in each_database() {
        let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
        let hub = TestHub::start(database).await;
        let run = async |arguments: &[&str]| keys(folder.path(), &url, arguments).await;
        let published = || hub.hub.keys.current().jwks().to_string();

        let before = listed(&run(&["list", "--format", "json"]).await);
        assert_eq!((with_status(&before, "current").len(), with_status(&before, "next").len()), (3, 3));
        let text = String::from_utf8(run(&["list"]).await.stdout).unwrap();
        assert_eq!(text.lines().count(), 7, "{text}");
        assert!(
            text.starts_with("KID") && before.iter().all(|key| text.contains(key["kid"].as_str().unwrap()))
        );

        let rotated = listed(&run(&["rotate", "--format", "json"]).await);
        assert_eq!(with_status(&rotated, "previous").len(), 3);
        let mut promoted = with_status(&rotated, "current");
        promoted.sort();
        let mut awaited = with_status(&before, "next");
        awaited.sort();
        assert_eq!(promoted, awaited);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(with_status(&rotated, "next").iter().all(|kid| published().contains(kid)));

        let leaked = with_status(&rotated, "current").remove(0);
        let revoked = listed(&run(&["revoke", &leaked, "--format", "json"]).await);
        assert_eq!(with_status(&revoked, "revoked"), std::slice::from_ref(&leaked));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!published().contains(&leaked));

        let log = hub.log().await;
        let made = log.iter().filter(|entry| entry.user_agent == "vestibule keys");
        assert_eq!(made.count(), 2, "both changes are logged");
        let refused = run(&["revoke", "nonsense"]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no signing key \"nonsense\""));
        hub.stop().await;
    }
}

#[actix_web::test]
async fn where_there_is_no_hub_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["list"][..], &["rotate"], &["revoke", "x"]] {
        let mut command = vestibule(folder.path(), &[&["keys"], arguments].concat(), &[]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("there is no database"), "{output:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
    }
}

#[actix_web::test]
async fn a_database_that_is_not_migrated_is_left_as_it_is_and_the_way_out_is_named() {
    for database in each_database() {
        let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
        drop(database.unmigrated_store());
        let output = keys(folder.path(), &url, &["rotate"]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("vestibule migrate"), "{output:?}");
        assert_eq!(database.columns(), Vec::<String>::new());
    }
}
