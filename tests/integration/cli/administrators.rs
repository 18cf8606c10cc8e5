//! `vestibule serve` prints the link for the first administrator; `vestibule admins` works beside a hub that runs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::vestibule;
use crate::support::administrators::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, first_administrator, set_up};
use crate::support::browser::Browser;
use crate::support::databases::{TestDatabase, each_database};
use crate::support::html;
use crate::support::hub::{MASTER_KEY, TestHub};

/// The program as a hub, what it has printed so far, and what it logs.
struct Served {
    child: Child,
    link: Option<String>,
}

/// Starts the hub and reads what it prints until it is ready.
async fn serve(folder: &Path, database: &TestDatabase, port: u16) -> Served {
    let (issuer, listen) = (format!("http://localhost:{port}/"), format!("127.0.0.1:{port}"));
    let url = database.url();
    let settings = [
        ("VESTIBULE_ISSUER", issuer.as_str()),
        ("VESTIBULE_LISTEN", listen.as_str()),
        ("VESTIBULE_DATABASE_URL", url.as_str()),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY),
        ("VESTIBULE_ADMIN_EMAIL", "Ada@Hub.example"),
    ];
    let mut command = vestibule(folder, &["serve"], &settings);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let (sender, links) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        for line in lines.filter(|line| line.trim().starts_with("http")) {
            let _ = sender.send(line.trim().to_owned());
        }
    });
    let link = tokio::task::spawn_blocking(move || links.recv_timeout(Duration::from_secs(15)).ok());
    Served { child, link: link.await.unwrap() }
}

impl Served {
    /// Ends it; everything it logged.
    async fn stop(mut self) -> String {
        let mut errors = self.child.stderr.take().unwrap();
        let status =
            std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
        tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            assert_eq!(self.child.wait().unwrap().code(), Some(0));
            text
        })
        .await
        .unwrap()
    }
}

#[actix_web::test]
async fn a_hub_without_administrators_prints_a_link_at_every_start_and_logs_it_nowhere() {
    for database in each_database() {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut links = Vec::new();
        for _ in 0..2 {
            let hub = serve(folder.path(), &database, port).await;
            let link = hub.link.clone().expect("a link");
            assert!(link.starts_with(&format!("http://localhost:{port}/setup/")), "{link}");
            let page = Browser::new().open(&link).await;
            let email = html::attribute(&page.text, "email", "value");
            assert_eq!(email.as_deref(), Some("ada@hub.example"), "{page:?}");
            links.push(link.clone());
            let logged = hub.stop().await;
            let token = link.rsplit('/').next().unwrap();
            assert!(logged.contains("ready") && !logged.contains(token), "{logged}");
        }
        assert_ne!(links[0], links[1]);

        let hub = serve(folder.path(), &database, port).await;
        assert_eq!(set_up(&links[1], ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.status, 404, "void");
        let link = hub.link.clone().unwrap();
        assert_eq!(set_up(&link, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.status, 200);
        hub.stop().await;
    }
}

async fn admins(folder: &Path, database: &str, issuer: &str, arguments: &[&str]) -> Output {
    let settings = [
        ("VESTIBULE_ISSUER", issuer),
        ("VESTIBULE_DATABASE_URL", database),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY),
    ];
    let mut command = vestibule(folder, &[&["admins"], arguments].concat(), &settings);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[actix_web::test]
async fn administrators_are_listed_invited_and_removed_while_the_hub_runs() {
    for database in each_database() {
        let (folder, url) = (tempfile::tempdir().unwrap(), database.url());
        let hub = TestHub::start(database).await;
        let run = async |arguments: &[&str]| admins(folder.path(), &url, &hub.issuer, arguments).await;
        let listed = async || -> Value {
            let output = run(&["list", "--format", "json"]).await;
            assert!(output.status.success(), "{output:?}");
            serde_json::from_slice(&output.stdout).unwrap()
        };
        assert_eq!(listed().await, serde_json::json!([]));
        let user_id = first_administrator(&hub).await;
        let all = listed().await;
        assert_eq!((&all[0]["email"], &all[0]["user_id"]), (&ADMINISTRATOR.into(), &user_id.into()));
        let text = String::from_utf8(run(&["list"]).await.stdout).unwrap();
        assert!(text.starts_with("EMAIL") && text.contains(ADMINISTRATOR), "{text}");

        let invited = run(&["invite", "Ada@Hub.example"]).await;
        assert!(invited.status.success(), "{invited:?}");
        let said = String::from_utf8(invited.stdout).unwrap();
        let link = said.lines().map(str::trim).find(|line| line.starts_with("http")).unwrap();
        assert_eq!(set_up(link, "", "12345678").await.status, 200);
        assert_eq!(listed().await.as_array().unwrap().len(), 2);

        assert!(run(&["remove", "ada@hub.example"]).await.status.success());
        assert_eq!(listed().await.as_array().unwrap().len(), 1);
        for (arguments, what) in [
            (&["remove", "ada@hub.example"][..], "is no administrator"),
            (&["remove", "nobody"], "is not an e-mail address"),
            (&["invite", "nobody"], "is not an e-mail address"),
        ] {
            let refused = run(arguments).await;
            assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
            assert!(String::from_utf8_lossy(&refused.stderr).contains(what), "{refused:?}");
        }
        let log = hub.log().await;
        assert_eq!(log.iter().filter(|entry| entry.user_agent == "vestibule admins").count(), 2);
        hub.stop().await;
    }
}
