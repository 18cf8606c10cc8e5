//! The terminal session of the documentation, "Connecting an OpenID Connect identity provider", with a certified provider
//! over https and a person in Chromium: name, URL or domain, client id and client secret are all there is to say.

use serde_json::{Value, json};

use super::terminal::Terminal;
use crate::support::application::{Application, CALLBACK};
use crate::support::certificates::Certificates;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::hub::{JsonAnswer as _, TestHub, reqwest_client};
use crate::support::node::CertifiedProvider;

const CLIENT_ID: &str = "post";

struct Stage {
    hub: TestHub,
    provider: CertifiedProvider,
    terminal: Terminal,
    /// Without `https://`.
    domain: String,
    secret: String,
    _certificates: Certificates,
}

/// A hub that is registered at the provider; name, email and groups of its people are in UserInfo alone.
async fn stage() -> Stage {
    let certificates = Certificates::generate();
    let authority = certificates.authority.display().to_string();
    let settings = [("VESTIBULE_OUTBOUND_CA_FILE", authority.as_str())];
    let hub = TestHub::start_with(sqlite(), "http", &settings).await;
    let provider = CertifiedProvider::with(&json!({
        "redirect_uris": [hub.url("login/callback")],
        "host": "localhost",
        "tls": certificates.for_node(),
        "claims_in_id_token": false,
        "groups": {"alice": ["staff", "night shift"]},
    }));
    let terminal = Terminal::of(&hub.issuer);
    let domain = provider.issuer.strip_prefix("https://").unwrap().to_owned();
    let secret = provider.connection(CLIENT_ID, &hub.clock).client_secret.unwrap().reveal().to_owned();
    Stage { hub, provider, terminal, domain, secret, _certificates: certificates }
}

fn add<'a>(url: &'a str, client_id: &'a str, secret: &'a str) -> [&'a str; 9] {
    ["providers", "add", "acme", "--url", url, "--client-id", client_id, "--client-secret", secret]
}

async fn users(hub: &TestHub) -> Value {
    let request = reqwest_client().get(hub.url("api/v2/users")).bearer_auth(hub.management_token().await);
    request.send().await.unwrap().json_value().await
}

#[actix_web::test]
async fn a_provider_is_connected_by_its_domain_and_a_person_signs_in_with_name_email_and_groups_of_userinfo()
{
    let Stage { hub, provider, terminal, domain, secret, _certificates } = stage().await;
    let app = Application::register(&hub).await;
    let said = terminal.run(&add(&domain, CLIENT_ID, &secret)).await.fine();
    assert!(said.contains(&hub.url("login/callback")) && !said.contains(&secret), "{said}");
    let listed = terminal.run(&["providers", "list"]).await.fine();
    let row = listed.lines().find(|line| line.starts_with("acme")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["acme", "oidc", &provider.issuer, "ready"]);
    let chromium = Chromium::start().await;
    let link = terminal.run(&["providers", "test", "acme", "--login", "--format", "json"]).await.json();
    let link = link["url"].as_str().unwrap();
    assert!(link.starts_with(&hub.issuer), "{link}");
    let said = terminal.run(&["providers", "test", "acme", "--login"]).await.fine();
    assert!(said.contains(&hub.issuer) && said.contains("Open this link"), "{said}");

    terminal.run(&["providers", "edit", "acme", "--enable-for", "Application"]).await.fine();
    let asked = app.ask(&[("connection", "acme")]);
    chromium.window.goto(&asked.url).await.unwrap();
    chromium.fill("#login", "alice").await;
    chromium.click("#submit").await;
    chromium.arrive_at(CALLBACK).await;
    let url = chromium.window.current_url().await.unwrap();
    let code = url
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap_or_else(|| panic!("no code: {url}"))
        .1
        .into_owned();
    let (status, tokens) = asked.redeem(&app, &code).await;
    assert_eq!(status, 200, "{tokens}");
    chromium.close().await;

    let users = users(&hub).await;
    let alice = users.as_array().unwrap().iter().find(|one| one["user_id"] == "oidc|acme|alice").unwrap();
    assert_eq!((&alice["name"], &alice["email"]), (&json!("Alice Adams"), &json!("alice@acme.example")));
    assert_eq!(alice["groups"], json!(["staff", "night shift"]), "{alice}");
    hub.stop().await;
}

#[actix_web::test]
async fn of_url_client_id_and_client_secret_the_wrong_one_is_named_and_nothing_is_added() {
    let Stage { hub, provider: _provider, terminal, domain, secret, _certificates } = stage().await;
    let elsewhere = format!("{domain}/elsewhere");
    for (arguments, blamed) in [
        (add(&elsewhere, CLIENT_ID, &secret), "--url"),
        (add(&domain, "nobody", &secret), "--client-id"),
        (add(&domain, CLIENT_ID, "not the secret"), "--client-secret"),
    ] {
        let said = terminal.run(&arguments).await.complaint(1);
        assert!(said.contains("acme was not added") && !said.contains(&secret), "{said}");
        let named: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("  --") && line.contains("  ("))
            .map(|line| line.split("  (").next().unwrap().trim())
            .collect();
        assert!(!named.is_empty() && named.iter().all(|flag| *flag == blamed), "{blamed}: {said}");
    }
    let listed = terminal.run(&["providers", "list"]).await.fine();
    assert!(!listed.contains("acme"), "{listed}");
    hub.stop().await;
}
