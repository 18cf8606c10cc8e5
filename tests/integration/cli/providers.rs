//! `vestibule providers` against a hub that runs and providers that are right or wrong.

use serde_json::{Value, json};

use super::terminal::Terminal;
use crate::api::server::Api;
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Answer, Behaviour, CLIENT_ID, CLIENT_SECRET, FakeProvider, Scene};

/// A hub, a provider that it can reach, and somebody at a terminal who has the secret in a file.
async fn stage() -> (Api, FakeProvider, Terminal) {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let terminal = Terminal::of(&api.server.issuer);
    std::fs::write(terminal.folder().join("secret"), format!("{CLIENT_SECRET}\n")).unwrap();
    (api, provider, terminal)
}

fn add<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own = [
        "providers",
        "add",
        "acme",
        "--url",
        url,
        "--client-id",
        CLIENT_ID,
        "--client-secret-file",
        "secret",
    ];
    [&own, more].concat()
}

async fn connection(api: &Api, name: &str) -> Option<Value> {
    let found = api.get(&format!("/connections?name={name}")).await.expect(200);
    let found = found.as_array().unwrap().first()?.clone();
    Some(api.get(&format!("/connections/{}", found["id"].as_str().unwrap())).await.expect(200))
}

#[actix_web::test]
async fn a_provider_is_added_listed_changed_tested_and_removed() {
    let (api, provider, terminal) = stage().await;
    let app = api.post("/clients", json!({"name": "Shop"})).await.expect(201);
    let flags =
        ["--domains", "acme.example,*.acme.example", "--enable-for", "Shop", "--display-name", "Acme"];
    let said = terminal.run(&add(&provider.issuer, &flags)).await.fine();
    assert!(said.contains(&format!("{}\n", api.server.url("login/callback/acme"))), "{said}");
    assert!(said.contains("People of acme.example, *.acme.example sign in here"), "{said}");

    let made = connection(&api, "acme").await.unwrap();
    assert_eq!(made["display_name"], "Acme");
    assert_eq!(made["enabled_clients"], json!([app["client_id"]]));
    assert_eq!(made["options"]["discovery_url"], provider.issuer.as_str());
    assert_eq!(made["options"]["has_client_secret"], true);
    assert_eq!(
        (&made["options"]["call_userinfo"], &made["options"]["groups_claim"]),
        (&json!("always"), &json!("groups"))
    );

    let listed = terminal.run(&["providers", "list"]).await.fine();
    let row = listed.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(row, ["acme", "oidc", provider.issuer.as_str(), "ready"]);
    let listed = terminal.run(&["providers", "list", "--format", "json"]).await.json();
    assert_eq!((&listed[0]["status"], &listed[0]["id"]), (&json!("ready"), &made["id"]));

    let said = terminal.run(&["providers", "test", "acme"]).await.fine();
    assert!(said.starts_with("acme: ready\n") && said.contains("client-credentials"), "{said}");

    let edit = ["providers", "edit", "acme", "--scopes", "openid email", "--disable-for", "Shop"];
    terminal.run(&edit).await.fine();
    let changed = connection(&api, "acme").await.unwrap();
    assert_eq!(
        (&changed["options"]["scope"], &changed["enabled_clients"]),
        (&json!("openid email"), &json!([]))
    );
    let mut expected = made.clone();
    expected["options"]["scope"] = json!("openid email");
    for name in ["options", "display_name", "realms", "metadata"] {
        assert_eq!(changed[name], expected[name], "{name}: nothing else was changed");
    }

    let said = terminal.run(&["providers", "edit", "acme", "--redirect-uri", "shared"]).await.fine();
    assert!(said.ends_with(&format!("  {}\n", api.server.url("login/callback"))), "{said}");
    assert_eq!(connection(&api, "acme").await.unwrap()["options"]["redirect_uri"], "shared");
    let said = terminal.run(&["providers", "test", "acme"]).await.fine();
    assert!(said.starts_with("acme: degraded\n") && said.contains("mix-up-possible"), "{said}");

    let said = terminal.answer(&["providers", "remove", "acme"], "n\n").await.complaint(1);
    assert!(said.contains("Remove acme?") && said.contains("nothing was done"), "{said}");
    assert!(connection(&api, "acme").await.is_some());
    assert_eq!(terminal.answer(&["providers", "remove", "acme"], "y\n").await.fine(), "Removed acme.\n");
    assert!(connection(&api, "acme").await.is_none());
    api.stop().await;
}

#[actix_web::test]
async fn remove_with_force_is_content_where_there_is_nothing_and_without_it_is_not() {
    let (api, provider, terminal) = stage().await;
    terminal.run(&add(&provider.issuer, &["--no-check"])).await.fine();
    for _ in 0..2 {
        terminal.run(&["providers", "remove", "acme", "--force"]).await.fine();
        assert!(connection(&api, "acme").await.is_none());
    }
    let said = terminal.run(&["providers", "remove", "acme"]).await.complaint(1);
    assert!(said.contains("there is no connection \"acme\""), "{said}");
    api.stop().await;
}

#[actix_web::test]
async fn what_is_wrong_is_named_by_its_flag_and_nothing_is_added() {
    let (api, provider, terminal) = stage().await;
    let issuer = provider.issuer.clone();
    let nowhere = format!("{issuer}/nowhere");
    let none: Behaviour = Behaviour::default();
    let token = |answers: fn(&mut Answer, &Scene)| Behaviour { token: Some(answers), ..Behaviour::default() };
    for (behaviour, url, blamed) in [
        (none, "http://127.0.0.1:1", "--url  ("),
        (none, &nowhere, "--url  ("),
        (
            token(|answer, _| refuse(answer, "The OAuth client was not found.")),
            &issuer,
            "--client-id  (client-id-unknown)",
        ),
        (
            token(|answer, _| refuse(answer, "Invalid client secret")),
            &issuer,
            "--client-secret  (client-secret-wrong)",
        ),
        (token(|answer, _| refuse(answer, "")), &issuer, "--client-"),
    ] {
        provider.behave(behaviour);
        let said = terminal.run(&add(url, &[])).await.complaint(1);
        assert!(said.contains("acme was not added") && said.contains("    fix  "), "{said}");
        let named: Vec<&str> =
            said.lines().filter(|line| line.starts_with("  --") && line.contains('(')).collect();
        assert!(!named.is_empty() && named.iter().all(|line| line.contains(blamed)), "{blamed}: {said}");
        assert!(connection(&api, "acme").await.is_none());
    }
    api.stop().await;
}

fn refuse(answer: &mut Answer, description: &str) {
    *answer = Answer::json(json!({"error": "invalid_client", "error_description": description}));
    answer.status = 401;
}

#[actix_web::test]
async fn force_adds_all_the_same_and_tells_and_a_broken_provider_fails_its_test() {
    let (api, _provider, terminal) = stage().await;
    let forced = terminal.run(&add("http://127.0.0.1:1", &["--force"])).await;
    assert!(forced.err.contains("warning: people cannot sign in"), "{forced:?}");
    assert!(forced.fine().contains("Added acme"));
    assert!(connection(&api, "acme").await.is_some());
    let said = terminal.run(&["providers", "test", "acme"]).await;
    assert_eq!(said.status.code(), Some(1));
    assert!(
        said.out.contains("failed   discovery") && said.err.contains("people cannot sign in"),
        "{said:?}"
    );
    let listed = terminal.run(&["providers", "list"]).await.fine();
    assert!(listed.trim_end().ends_with("broken"), "{listed}");
    api.stop().await;
}

#[actix_web::test]
async fn a_change_that_would_lock_people_out_is_not_made_and_the_secret_is_known_from_before() {
    let (api, provider, terminal) = stage().await;
    terminal.run(&add(&provider.issuer, &[])).await.fine();
    let before = connection(&api, "acme").await.unwrap();
    // The stored secret goes nowhere else; not even to see whether it would do.
    let edit = ["providers", "edit", "acme", "--url", "http://127.0.0.1:1"];
    let said = terminal.run(&edit).await.complaint(1);
    assert!(said.contains("options.client_secret") && said.contains("sent again"), "{said}");
    let said = terminal.run(&[&edit[..], &["--no-check"]].concat()).await.complaint(1);
    assert!(said.contains("options.client_secret") && said.contains("sent again"), "{said}");
    let said = terminal.run(&[&edit[..], &["--client-secret", "another"]].concat()).await.complaint(1);
    assert!(said.contains("acme was not changed") && said.contains("--url"), "{said}");
    assert_eq!(connection(&api, "acme").await.unwrap(), before);
    terminal.run(&["providers", "edit", "acme", "--pkce", "S256"]).await.fine();
    api.stop().await;
}

#[actix_web::test]
async fn what_the_hub_refuses_is_told_with_every_path_and_names_of_others_steer_no_terminal() {
    let (api, provider, terminal) = stage().await;
    let mut bad = add(&provider.issuer, &["--scopes", "email", "--domains", "not a domain"]);
    bad[2] = "acme--x";
    let said = terminal.run(&bad).await.complaint(1);
    for path in ["name must be", "options.scope must contain openid", "options.domain_aliases"] {
        assert!(said.contains(path), "{path}: {said}");
    }
    let said = terminal.run(&add(&provider.issuer, &["--enable-for", "Shop,Wiki"])).await.complaint(2);
    assert!(said.contains("\"Shop\"") && said.contains("\"Wiki\""), "{said}");
    // No longer taken from anybody, but an older release may have stored it.
    api.post("/clients", json!({"name": "Evil _shop"})).await.expect(201);
    api.server
        .database
        .execute("UPDATE clients SET settings = replace(settings, 'Evil _shop', 'Evil \u{202e}shop')");
    let listed = terminal.run(&["apps", "list"]).await.fine();
    assert!(listed.contains("Evil ?shop"), "{listed}");
    api.stop().await;
}

#[actix_web::test]
async fn the_secret_is_read_from_standard_input_and_from_the_environment() {
    let (api, provider, mut terminal) = stage().await;
    let mut arguments = add(&provider.issuer, &["--format", "json"]);
    arguments[8] = "-";
    let made = terminal.answer(&arguments, &format!("{CLIENT_SECRET}\n")).await.json();
    assert_eq!(made["options"]["has_client_secret"], true);
    terminal.set("VESTIBULE_PROVIDER_CLIENT_SECRET", CLIENT_SECRET);
    terminal.set("VESTIBULE_PROVIDER_CLIENT_ID", CLIENT_ID);
    std::fs::write(terminal.folder().join(".env"), format!("VESTIBULE_PROVIDER_URL={}\n", provider.issuer))
        .unwrap();
    terminal.run(&["providers", "add", "other"]).await.fine();
    let listed = terminal.run(&["providers", "list"]).await.fine();
    assert_eq!(listed.matches("ready").count(), 2, "{listed}");
    api.stop().await;
}

#[actix_web::test]
async fn a_provider_without_discovery_is_added_by_its_endpoints() {
    let (api, provider, terminal) = stage().await;
    let issuer = provider.issuer.clone();
    let [authorize, token, keys] = ["authorize", "token", "keys"].map(|path| format!("{issuer}/{path}"));
    let own = [
        "providers",
        "add",
        "acme",
        "--no-discovery",
        "--issuer",
        &issuer,
        "--authorization-endpoint",
        &authorize,
        "--token-endpoint",
        &token,
        "--jwks-uri",
        &keys,
        "--client-id",
        CLIENT_ID,
        "--client-secret-file",
        "secret",
    ];
    terminal.run(&own).await.fine();
    let made = connection(&api, "acme").await.unwrap();
    assert!(made["options"].get("discovery_url").is_none_or(Value::is_null));
    assert_eq!(made["options"]["jwks_uri"], keys.as_str());
    api.stop().await;
}

#[actix_web::test]
async fn a_reader_that_stops_reading_is_no_error() {
    let (api, provider, terminal) = stage().await;
    for name in ["a", "b", "c"] {
        let body = json!({"name": name, "strategy": "oidc", "options": {
            "discovery_url": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        }});
        api.post("/connections", body).await.expect(201);
    }
    let issuer = &api.server.issuer;
    let program = env!("CARGO_BIN_EXE_vestibule");
    let line = format!("set -o pipefail; {program} providers list --server {issuer} | head -n 1");
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &line]).current_dir(terminal.folder()).env_clear().env("PATH", "/usr/bin:/bin");
    command.env("VESTIBULE_MANAGEMENT_CLIENT_ID", crate::support::hub::MANAGEMENT_CLIENT);
    command.env("VESTIBULE_MANAGEMENT_CLIENT_SECRET", crate::support::hub::MANAGEMENT_SECRET);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(output.stdout.starts_with(b"NAME"));
    api.stop().await;
}
