//! The process serves until it is asked to stop, and starts again where it was.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::vestibule;
use crate::support::databases::each_database;
use crate::support::hub::reqwest_client;

/// Longest a start or stop may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

async fn wait_until_ready(port: u16) {
    let url = format!("http://localhost:{port}/readyz");
    let ready = async {
        while !matches!(reqwest_client().get(&url).send().await, Ok(answer) if answer.status() == 200) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.expect("the hub becomes ready");
}

async fn published_keys(port: u16) -> String {
    let url = format!("http://localhost:{port}/.well-known/jwks.json");
    reqwest_client().get(url).send().await.unwrap().text().await.unwrap()
}

fn terminate(child: &Child) {
    let status =
        std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[actix_web::test]
async fn sigterm_ends_with_0_and_a_new_start_has_the_same_keys() {
    for database in each_database() {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (issuer, listen) = (format!("http://localhost:{port}/"), format!("127.0.0.1:{port}"));
        let url = database.url();
        let settings = [
            ("VESTIBULE_ISSUER", issuer.as_str()),
            ("VESTIBULE_LISTEN", listen.as_str()),
            ("VESTIBULE_DATABASE_URL", url.as_str()),
            ("VESTIBULE_MASTER_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
            ("VESTIBULE_LOG", "warn"),
        ];
        let mut keys = Vec::new();
        for _ in 0..2 {
            let mut child =
                vestibule(folder.path(), &["serve"], &settings).stderr(Stdio::inherit()).spawn().unwrap();
            wait_until_ready(port).await;
            keys.push(published_keys(port).await);
            terminate(&child);
            let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
            assert_eq!(ended.code(), Some(0));
        }
        assert_eq!(keys[0], keys[1]);
    }
}
