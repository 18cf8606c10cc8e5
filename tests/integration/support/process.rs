//! The real program: `vestibule serve` on a port of its own, with its log and its memory.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::databases::TestDatabase;
use super::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, MASTER_KEY};
use super::sign_in::{self, CALLBACK, fields, http, post_form, read};

/// Longest a start or stop may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often another port is tried.
const STARTS: usize = 5;

/// A hub process; killed with the value, if it still runs.
pub struct Process {
    child: Killed,
    pub port: u16,
    /// The issuer: ends with a slash.
    pub issuer: String,
    folder: TempDir,
    database: TestDatabase,
}

impl Process {
    /// Starts it on `database`, over http on localhost, with more or other settings, and waits until it is ready.
    pub async fn start(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start_over("http", database, settings).await
    }

    /// The same over http or https, for which the settings name a certificate.
    pub async fn start_over(scheme: &str, database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        // Another test may take the port that was free a moment ago.
        let mut process = Self::spawn(scheme, database, settings);
        for _ in 0..STARTS {
            if process.is_ready().await {
                return process;
            }
            assert!(
                process.log().contains("is it in use?"),
                "the hub does not become ready: {}",
                process.log()
            );
            let Self { database, .. } = process;
            process = Self::spawn(scheme, database, settings);
        }
        panic!("no port stays free");
    }

    fn spawn(scheme: &str, database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let issuer = format!("{scheme}://localhost:{port}/");
        // As many systems start programs: with few files that they may open, and leave to raise that.
        let child = Command::new("sh")
            .args(["-c", "ulimit -S -n 256 && exec \"$0\" serve", env!("CARGO_BIN_EXE_vestibule")])
            .current_dir(folder.path())
            .env_clear()
            .env("VESTIBULE_ISSUER", &issuer)
            .env("VESTIBULE_LISTEN", format!("127.0.0.1:{port}"))
            .env("VESTIBULE_DATABASE_URL", database.url())
            .env("VESTIBULE_MASTER_KEY", MASTER_KEY)
            .env("VESTIBULE_CONNECTION_CHECKS", "0")
            .env("VESTIBULE_MANAGEMENT_CLIENT_ID", MANAGEMENT_CLIENT)
            .env("VESTIBULE_MANAGEMENT_CLIENT_SECRET", MANAGEMENT_SECRET)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { child: Killed(child), port, issuer, folder, database }
    }

    async fn is_ready(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.log().contains(" ready ") {
                return true;
            }
            if self.child.0.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// What it has written to standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Memory that it holds now, in bytes.
    pub fn resident_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes * 1_024
    }

    /// Most files that it may hold open: the limit that it goes by, and the one that it cannot raise.
    pub fn open_file_limits(&self) -> (u64, u64) {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.child.0.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        (numbers[0], numbers[1])
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let id = self.child.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "the hub does not stop: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes what `body` describes, by the Management API.
    pub async fn create(&self, kind: &str, body: Value) -> Value {
        let token = self.management_token().await;
        let request = http()
            .request(Method::POST, self.url(&format!("api/v2/{kind}")))
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let answer = read(request).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json
    }

    pub async fn management_token(&self) -> String {
        let form = fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", MANAGEMENT_CLIENT),
            ("client_secret", MANAGEMENT_SECRET),
            ("audience", &self.url("api/v2/")),
        ]);
        post_form(&self.url("oauth/token"), &form, &[]).await.text_of("access_token")
    }

    /// An application, and a connection with the classic account of [`sign_in::PERSON`]; the address at which a sign-in
    /// begins.
    pub async fn stage(&self) -> String {
        let app = self.create("clients", json!({"name": "App", "callbacks": [CALLBACK]})).await;
        let client_id = app["client_id"].as_str().unwrap();
        let people = json!({"name": "people", "strategy": "local", "enabled_clients": [client_id]});
        self.create("connections", people).await;
        let person = json!({"connection": "people", "email": sign_in::EMAIL, "password": sign_in::PASSWORD});
        self.create("users", person).await;
        sign_in::ask(&self.issuer, client_id, &[])
    }
}

/// Ended with the value.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
