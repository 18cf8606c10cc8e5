//! `vestibule login`, `vestibule logout`, and the commands that speak for whoever signed in.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::vestibule;
use crate::support::administrators::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, first_administrator};
use crate::support::browser::Browser;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::hub::{MANAGEMENT_CLIENT, TestHub};
use crate::support::sign_in::{http, read};
use crate::support::site::Site;

const PATIENCE: Duration = Duration::from_secs(30);
const PERSON: [(&str, &str); 2] = [("email", ADMINISTRATOR), ("password", ADMINISTRATOR_PASSWORD)];

/// Port 8301 of this machine, which one test has at a time, whichever process it runs in.
async fn port() -> File {
    let path = std::env::temp_dir().join("vestibule-tests-8301.lock");
    let file = File::create(path).unwrap();
    tokio::task::spawn_blocking(move || {
        file.lock().unwrap();
        file
    })
    .await
    .unwrap()
}

/// A person at a terminal.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn credentials(&self) -> PathBuf {
        self.folder.path().join("settings/vestibule/credentials.json")
    }

    fn stored(&self) -> Value {
        serde_json::from_slice(&fs::read(self.credentials()).unwrap()).unwrap()
    }

    fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> std::process::Command {
        let home = self.folder.path().join("settings");
        let mut command = vestibule(self.folder.path(), arguments, settings);
        command.env("XDG_CONFIG_HOME", home).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments, &[]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Begins `vestibule login` and reads the address it prints.
    async fn login(&self, server: &str, more: &[&str]) -> Login {
        let arguments = [&["login", "--server", server, "--no-browser"], more].concat();
        Login::of(self.command(&arguments, &[])).await
    }

    /// Signs the first administrator in.
    async fn sign_in(&self, hub: &TestHub) {
        let login = self.login(&hub.issuer, &[]).await;
        let page = Browser::new().walk(&login.address, &PERSON).await;
        assert_eq!(page.url.as_str(), hub.url("terminal/done"), "{page:?}");
        let ended = login.end().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    /// As if the access token had come to its end.
    fn age(&self, hub: &TestHub) {
        let mut stored = self.stored();
        stored["servers"][&hub.issuer]["expires_at"] = json!(1);
        fs::write(self.credentials(), stored.to_string()).unwrap();
    }
}

/// The program while it waits for the browser.
struct Login {
    address: String,
    child: Child,
    lines: Receiver<String>,
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl Login {
    async fn of(mut command: std::process::Command) -> Self {
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        let (address, lines) = tokio::task::spawn_blocking(move || {
            let address = loop {
                match lines.recv_timeout(PATIENCE) {
                    Ok(line) if line.trim().starts_with("http") => break line.trim().to_owned(),
                    Ok(_) => {}
                    Err(_) => break String::new(),
                }
            };
            (address, lines)
        })
        .await
        .unwrap();
        Self { address, child, lines }
    }

    /// The answer that a browser would bring, with these changes to it.
    fn answer(&self, changes: &[(&str, &str)]) -> String {
        let asked = Url::parse(&self.address).unwrap();
        let state = asked.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let issuer = asked.join("/").unwrap();
        let mut parameters = vec![("code", "bogus"), ("state", state.as_str()), ("iss", issuer.as_str())];
        for change in changes {
            parameters.retain(|(name, _)| name != &change.0);
            parameters.push(*change);
        }
        parameters.retain(|(_, value)| !value.is_empty());
        Url::parse_with_params("http://localhost:8301/", parameters).unwrap().into()
    }

    async fn end(mut self) -> Ended {
        tokio::task::spawn_blocking(move || {
            let mut errors = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            let code = self.child.wait().unwrap().code();
            Ended { code, output: self.lines.iter().collect::<Vec<_>>().join("\n"), errors }
        })
        .await
        .unwrap()
    }
}

async fn api_status(hub: &TestHub, token: &str) -> u16 {
    read(http().get(hub.url("api/v2/connections")).bearer_auth(token)).await.status
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[actix_web::test]
async fn a_browser_signs_an_administrator_in_at_the_terminal_and_only_they_can_read_what_it_keeps() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    let terminal = Terminal::new();
    let login = terminal.login(&hub.issuer, &[]).await;
    let browser = Chromium::start().await;
    browser.open(&login.address).await;
    browser.fill("#email", ADMINISTRATOR).await;
    browser.click("#continue").await;
    browser.fill("#password", ADMINISTRATOR_PASSWORD).await;
    browser.click("#sign-in").await;
    let said = browser.text_at(&hub.url("terminal/done")).await;
    assert!(said.contains("You are signed in at your terminal"), "{said}");
    let ended = login.end().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let expected = format!("Signed in to {} as Grace Hopper <{ADMINISTRATOR}>.", hub.issuer);
    assert!(ended.output.contains(&expected), "{ended:?}");

    let path = terminal.credentials();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let own = terminal.stored()["servers"][&hub.issuer].clone();
    let token = own["access_token"].as_str().unwrap().to_owned();
    for secret in [&own["access_token"], &own["refresh_token"]] {
        assert!(!ended.output.contains(secret.as_str().unwrap()), "a token was printed");
    }
    assert_eq!(api_status(&hub, &token).await, 200);
    let listed = terminal.run(&["apps", "list", "--server", &hub.issuer, "--format", "json"]).await;
    assert!(listed.status.success(), "{listed:?}");
    assert!(String::from_utf8_lossy(&listed.stdout).contains(MANAGEMENT_CLIENT), "{listed:?}");

    // The browser has a session now, so a second terminal asks for nothing.
    let second = Terminal::new();
    let login = second.login(&hub.issuer, &[]).await;
    browser.open(&login.address).await;
    browser.arrive_at(&hub.url("terminal/done")).await;
    assert_eq!(login.end().await.code, Some(0));

    let ended = terminal.run(&["logout", "--server", &hub.issuer]).await;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(terminal.stored(), json!({"servers": {}}));
    assert_eq!(api_status(&hub, &token).await, 401, "revoked");
    let again = terminal.run(&["logout", "--server", &hub.issuer]).await;
    assert!(String::from_utf8_lossy(&again.stdout).contains("Nobody was signed in"), "{again:?}");
    let other = second.stored()["servers"][&hub.issuer]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(api_status(&hub, &other).await, 200, "the other terminal is another sign-in");
    hub.stop().await;
}

#[actix_web::test]
async fn a_sign_in_that_fails_says_why_ends_with_1_and_keeps_nothing() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    for (changes, why) in [
        (&[("state", "another")][..], "another sign-in"),
        (&[("state", "")], "another sign-in"),
        (&[("iss", "https://evil.example/")], "another hub"),
        (&[("iss", "")], "another hub"),
        (&[("code", ""), ("error", "access_denied"), ("error_description", "no")], "access_denied"),
        (&[], "the hub refuses"),
    ] {
        let terminal = Terminal::new();
        let login = terminal.login(&hub.issuer, &[]).await;
        // What does not look like an answer is passed over.
        assert_eq!(read(http().get("http://localhost:8301/favicon.ico")).await.status, 404);
        assert_eq!(read(http().get("http://localhost:8301/")).await.status, 404);
        let page = Browser::new().open(&login.answer(changes)).await;
        assert_eq!(page.url.as_str(), hub.url("terminal/done?error=failed"), "{changes:?}");
        let ended = login.end().await;
        assert_eq!(ended.code, Some(1), "{changes:?}: {ended:?}");
        assert!(ended.errors.contains(why), "{changes:?}: {ended:?}");
        assert!(!terminal.credentials().exists(), "{changes:?}");
    }
    hub.stop().await;
}

/// Whoever sees the address can have a code made for it, and send the browser here with that.
#[actix_web::test]
async fn a_code_that_was_made_for_another_nonce_signs_nobody_in() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    for nonce in [Some("another"), None] {
        let terminal = Terminal::new();
        let login = terminal.login(&hub.issuer, &[]).await;
        let mut asked = Url::parse(&login.address).unwrap();
        let kept: Vec<_> = asked.query_pairs().into_owned().filter(|(name, _)| name != "nonce").collect();
        asked.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(nonce.map(|nonce| ("nonce", nonce)));
        let page = Browser::new().walk(asked.as_str(), &PERSON).await;
        assert_eq!(page.url.as_str(), hub.url("terminal/done?error=failed"), "{nonce:?}");
        let ended = login.end().await;
        assert_eq!(ended.code, Some(1), "{nonce:?}: {ended:?}");
        assert!(ended.errors.contains("not for this sign-in: its nonce is another"), "{nonce:?}: {ended:?}");
        assert!(!terminal.credentials().exists(), "{nonce:?}");
    }
    hub.stop().await;
}

/// What a hub says of whoever signs in: the claims of the ID token, and of UserInfo.
type Said = Arc<Mutex<(Value, Value)>>;

/// A hub that gives everybody tokens, and says of them what it is told to.
fn talking_hub(said: &Said) -> Site {
    let said = Arc::clone(said);
    Site::start("localhost", move |request| {
        let (claims, person) = said.lock().unwrap().clone();
        let id_token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
        HttpResponse::Ok().json(match request.path() {
            "/.well-known/openid-configuration" => {
                json!({"issuer": format!("http://{}/", request.connection_info().host())})
            }
            "/oauth/token" => json!({
                "access_token": "at", "refresh_token": "rt", "id_token": id_token, "expires_in": 3600,
            }),
            _ => person,
        })
    })
}

#[actix_web::test]
async fn tokens_of_another_sign_in_or_of_two_people_are_not_kept_whatever_the_hub_gives() {
    let _port = port().await;
    let said = Said::default();
    let hub = talking_hub(&said);
    for (change, why) in [
        (json!({}), ""),
        (json!({"iss": "https://evil.example/"}), "its iss is another"),
        (json!({"aud": "another"}), "its aud is another"),
        (json!({"nonce": "another"}), "its nonce is another"),
        (json!({"nonce": null}), "its nonce is another"),
        (json!({"exp": 1}), "has expired already"),
        (json!({"sub": "local|2"}), "names one person in the ID token and another at UserInfo"),
    ] {
        let terminal = Terminal::new();
        let login = terminal.login(&hub.url("/"), &[]).await;
        let asked = Url::parse(&login.address).unwrap();
        let nonce = asked.query_pairs().find(|(name, _)| name == "nonce").unwrap().1;
        let mut claims = json!({
            "iss": hub.url("/"), "aud": "vestibule-cli", "nonce": nonce, "sub": "local|1", "exp": 4_000_000_000_i64,
        });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        *said.lock().unwrap() = (claims, json!({"sub": "local|1", "email": ADMINISTRATOR}));
        let page = Browser::new().open(&login.answer(&[])).await;
        let ended = login.end().await;
        let is_good = why.is_empty();
        let end = if is_good { "/terminal/done" } else { "/terminal/done?error=failed" };
        assert_eq!(page.url.as_str(), hub.url(end), "{change}");
        assert_eq!(
            (ended.code, terminal.credentials().exists()),
            (Some(i32::from(!is_good)), is_good),
            "{change}"
        );
        assert!(ended.errors.contains(why), "{change}: {ended:?}");
    }
}

#[actix_web::test]
async fn whoever_is_no_administrator_hears_what_makes_one() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    let terminal = Terminal::new();
    let login = terminal.login(&hub.issuer, &[]).await;
    Browser::new().open(&login.address).await;
    let ended = login.end().await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("`vestibule serve` printed"), "{ended:?}");

    let user_id = first_administrator(&hub).await;
    hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap();
    let login = terminal.login(&hub.issuer, &[]).await;
    Browser::new().walk(&login.address, &PERSON).await;
    let ended = login.end().await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("`vestibule admins invite`"), "{ended:?}");
    assert!(!terminal.credentials().exists());
    hub.stop().await;
}

#[actix_web::test]
async fn nothing_is_asked_of_a_person_where_no_answer_could_come() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    let terminal = Terminal::new();
    let login = ["login", "--no-browser", "--server", &hub.issuer];
    for address in ["127.0.0.1:8301", "[::1]:8301"] {
        // Not every machine has the second.
        let Ok(busy) = TcpListener::bind(address) else { continue };
        let refused = terminal.run(&login).await;
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("port 8301"), "{refused:?}");
        drop(busy);
    }
    let late = terminal.run(&[&login[..], &["--timeout", "1"]].concat()).await;
    assert_eq!(late.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&late.stderr).contains("within 1 seconds"), "{late:?}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = terminal.run(&["login", "--server", &format!("http://localhost:{free}")]).await;
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot be reached"), "{nowhere:?}");
    for usage in [&["--timeout", "0"][..], &["--server", "http://hub.example/"], &["--unknown"]] {
        let refused = terminal.run(&[&["login"], usage].concat()).await;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    hub.stop().await;
}

#[actix_web::test]
async fn of_commands_at_the_same_time_one_refreshes_and_the_others_take_what_it_got() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    let terminal = Terminal::new();
    terminal.sign_in(&hub).await;
    let before = terminal.stored();
    terminal.age(&hub);
    let list = ["providers", "list", "--server", &hub.issuer];
    let runs = (0..6).map(|_| terminal.run(&list));
    for output in futures_util::future::join_all(runs).await {
        assert!(output.status.success(), "{output:?}");
    }
    let log = hub.log().await;
    assert_eq!(log.iter().filter(|entry| entry.log_type == "sertft").count(), 1, "one refresh");
    assert_ne!(terminal.stored(), before);
    assert_eq!(mode(&terminal.credentials()), 0o600);
    let left: Vec<_> = fs::read_dir(terminal.credentials().parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
    hub.stop().await;
}

#[actix_web::test]
async fn a_sign_in_that_has_ended_is_told_and_forgotten() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    let user_id = first_administrator(&hub).await;
    let terminal = Terminal::new();
    terminal.sign_in(&hub).await;
    hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap();
    let list = ["providers", "list", "--server", &hub.issuer];
    let refused = terminal.run(&list).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("vestibule login"), "{refused:?}");
    terminal.age(&hub);
    let refused = terminal.run(&list).await;
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(errors.contains("no longer signed in") && errors.contains(ADMINISTRATOR), "{errors}");
    assert_eq!(terminal.stored(), json!({"servers": {}}));
    hub.stop().await;
}

#[actix_web::test]
async fn a_file_that_others_could_read_is_not_used() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    let terminal = Terminal::new();
    terminal.sign_in(&hub).await;
    for open in [0o640, 0o604, 0o620] {
        fs::set_permissions(terminal.credentials(), fs::Permissions::from_mode(open)).unwrap();
        let refused = terminal.run(&["providers", "list", "--server", &hub.issuer]).await;
        assert_eq!(refused.status.code(), Some(1), "{open:o}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("chmod 600"), "{refused:?}");
    }
    fs::set_permissions(terminal.credentials(), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(terminal.run(&["providers", "list", "--server", &hub.issuer]).await.status.success());
    fs::write(terminal.credentials(), "{\"servers\": canary").unwrap();
    let refused = terminal.run(&["providers", "list", "--server", &hub.issuer]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("canary"), "{refused:?}");
    hub.stop().await;
}

#[actix_web::test]
async fn the_persons_browser_is_asked_to_open_the_address_unless_they_say_no() {
    let _port = port().await;
    let hub = TestHub::start(sqlite()).await;
    let terminal = Terminal::new();
    let tools = terminal.folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let (opener, opened) = (tools.join("xdg-open"), tools.join("opened"));
    fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", opened.display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = tools.display().to_string();
    let arguments = ["login", "--server", &hub.issuer, "--timeout", "2"];
    let silent =
        Login::of(terminal.command(&[&arguments[..], &["--no-browser"]].concat(), &[("PATH", &path)]));
    silent.await.end().await;
    assert!(!opened.exists());
    let login = Login::of(terminal.command(&arguments, &[("PATH", &path)])).await;
    let address = login.address.clone();
    login.end().await;
    assert_eq!(fs::read_to_string(&opened).unwrap(), address);
    let without = Login::of(terminal.command(&arguments, &[("PATH", "/nonexistent")])).await.end().await;
    assert!(without.output.contains("open that address yourself"), "{without:?}");
    hub.stop().await;
}
