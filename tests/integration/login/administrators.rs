//! Who manages the hub: whoever came by the link that the hub printed, and nobody else.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::limits;

use crate::support::administrators::{
    ADMINISTRATOR, ADMINISTRATOR_PASSWORD, first_administrator, first_link, link_for, set_up,
};
use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::html;
use crate::support::hub::TestHub;
use crate::support::sign_in::{Stage, error_code, fields, http, read};

async fn managers(hub: &TestHub) -> Vec<String> {
    let all = hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap();
    all.iter().map(|one| one.user.email().unwrap().to_owned()).collect()
}

/// Everything that is stored, the log aside.
fn records(hub: &TestHub) -> Vec<String> {
    hub.database.dump().lines().filter(|line| !line.starts_with("logs.")).map(str::to_owned).collect()
}

fn is_refused(page: &Page) -> bool {
    page.status == 404 && error_code(page) == "set-up-link-unknown"
}

#[actix_web::test]
async fn the_link_makes_its_reader_the_administrator_once_and_is_logged() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let link = first_link(&hub).await.unwrap();
        let token = link.rsplit('/').next().unwrap();
        // Whoever only looks, as programs do that preview links, uses nothing up.
        for _ in 0..3 {
            assert_eq!(Browser::new().open(&link).await.status, 200);
            read(http().head(&link)).await;
        }
        assert!(managers(&hub).await.is_empty());
        let made = set_up(&link, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await;
        assert_eq!(made.status, 200, "{made:?}");
        let command = format!("vestibule login --server {}", hub.issuer);
        let shown = made.text.replace("<span class=\"word\">", "").replace("</span>", "");
        assert!(shown.contains(ADMINISTRATOR) && shown.contains(&command), "{made:?}");
        assert_eq!(managers(&hub).await, [ADMINISTRATOR]);

        assert!(is_refused(&Browser::new().open(&link).await), "a second look");
        let own = url::Url::parse(&link).unwrap();
        let again = Browser::new().post(&link, fields(&[("email", "eve@x.example")]), Some(&own)).await;
        assert!(is_refused(&again), "{again:?}");
        assert_eq!(first_link(&hub).await, None, "there is an administrator");

        let log = hub.log().await;
        let entry = log.iter().find(|entry| entry.description == "Become an administrator").unwrap();
        assert_eq!(entry.log_type, "sapi");
        assert_eq!(entry.connection.as_deref(), Some("administrators"));
        assert!(entry.user_id.as_deref().unwrap().starts_with("local|"));
        assert!(log.iter().any(|entry| entry.user_agent == "vestibule serve"));
        for secret in [token, ADMINISTRATOR_PASSWORD] {
            assert!(!hub.database.dump().contains(secret), "{secret} is stored");
            assert!(!log.iter().any(|entry| format!("{entry:?}").contains(secret)));
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_new_start_makes_a_new_link_and_the_old_one_is_void() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let old = first_link(&hub).await.unwrap();
        let new = first_link(&hub).await.unwrap();
        assert!(is_refused(&set_up(&old, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await));
        hub.clock.advance(limits::ADMINISTRATOR_TICKET_SECONDS - 1);
        assert_eq!(Browser::new().open(&new).await.status, 200);
        hub.clock.advance(1);
        assert!(is_refused(&set_up(&new, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await), "too old");
        assert!(managers(&hub).await.is_empty());
        hub.stop().await;
    }
}

#[actix_web::test]
async fn of_twenty_who_use_one_link_at_once_one_becomes_the_administrator() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let link = first_link(&hub).await.unwrap();
        let attempts = (0..20).map(|number| {
            let link = link.clone();
            async move { set_up(&link, &format!("somebody-{number}@x.example"), "12345678").await.status }
        });
        let outcomes = futures_util::future::join_all(attempts).await;
        assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 1, "{outcomes:?}");
        assert_eq!(managers(&hub).await.len(), 1);
        assert_eq!(hub.database.count("local_accounts"), 1);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn every_field_that_is_wrong_is_named_at_once_and_the_link_stays_good() {
    let hub = TestHub::start(sqlite()).await;
    let link = first_link(&hub).await.unwrap();
    let mut browser = Browser::new();
    let page = browser.open(&link).await;
    let form = page.forms().remove(0);
    let answers = [("email", "ada"), ("name", " "), ("password", "1234567"), ("repeated", "")];
    let refused = browser.submit(&page, &form, &answers).await;
    assert_eq!(refused.status, 422);
    for id in ["email", "name", "password"] {
        assert_eq!(html::attribute(&refused.text, id, "aria-invalid").as_deref(), Some("true"), "{id}");
        assert!(refused.text.contains(&format!("id=\"{id}-problem\"")), "{id}");
    }
    assert_eq!(html::attribute(&refused.text, "email", "value").as_deref(), Some("ada"));
    assert!(!refused.text.contains("1234567"), "the password came back");
    let answers =
        [("email", ADMINISTRATOR), ("name", "Grace"), ("password", "12345678"), ("repeated", "12345679")];
    let differ = browser.submit(&page, &form, &answers).await;
    assert_eq!(differ.status, 422);
    assert_eq!(html::attribute(&differ.text, "repeated", "aria-invalid").as_deref(), Some("true"));
    assert!(managers(&hub).await.is_empty());
    assert_eq!(set_up(&link, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.status, 200);
    hub.stop().await;
}

#[actix_web::test]
async fn a_form_of_another_origin_makes_nobody_an_administrator() {
    let hub = TestHub::start(sqlite()).await;
    let link = first_link(&hub).await.unwrap();
    let form = fields(&[
        ("email", "eve@x.example"),
        ("name", "Eve"),
        ("password", "12345678"),
        ("repeated", "12345678"),
    ]);
    let elsewhere = url::Url::parse("https://evil.example/").unwrap();
    let refused = Browser::new().post(&link, form, Some(&elsewhere)).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(managers(&hub).await.is_empty());
    assert_eq!(Browser::new().open(&link).await.status, 200, "the link is as good as before");
    hub.stop().await;
}

#[actix_web::test]
async fn strangers_without_a_link_write_nothing() {
    let hub = TestHub::start(sqlite()).await;
    let link = first_link(&hub).await.unwrap();
    let (before, logged) = (records(&hub), hub.log().await.len());
    // As many as a network may try before it has to wait.
    for number in 0..20 {
        let guess = format!("{link}{number}");
        let form = fields(&[
            ("email", "eve@x.example"),
            ("name", "Eve"),
            ("password", "12345678"),
            ("repeated", "12345678"),
        ]);
        let own = url::Url::parse(&guess).unwrap();
        assert!(is_refused(&Browser::new().post(&guess, form, Some(&own)).await));
    }
    assert_eq!((records(&hub), hub.log().await.len()), (before, logged));
    hub.stop().await;
}

#[actix_web::test]
async fn an_invitation_is_for_its_address_alone_and_gives_that_a_new_password() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        first_administrator(&hub).await;
        let stranger = link_for(&hub, "ada@hub.example").await;
        // Whatever is typed there.
        assert_eq!(set_up(&stranger, ADMINISTRATOR, "another password").await.status, 200);
        assert_eq!(managers(&hub).await, [ADMINISTRATOR, "ada@hub.example"]);
        let hashes = "SELECT password_hash AS value FROM local_accounts WHERE email = 'grace@hub.example'";
        let before = hub.database.values(hashes);

        // The way back in.
        let own = link_for(&hub, ADMINISTRATOR).await;
        assert_eq!(set_up(&own, "", "a new password").await.status, 200);
        assert_eq!(managers(&hub).await.len(), 2);
        assert_ne!(hub.database.values(hashes), before);
        assert!(is_refused(&set_up(&own, "", "a third password").await), "used");
        hub.stop().await;
    }
}

#[actix_web::test]
async fn the_first_link_is_void_once_somebody_became_an_administrator_by_another() {
    let hub = TestHub::start(sqlite()).await;
    let first = first_link(&hub).await.unwrap();
    let invited = link_for(&hub, ADMINISTRATOR).await;
    assert_eq!(set_up(&invited, "", ADMINISTRATOR_PASSWORD).await.status, 200);
    assert!(is_refused(&set_up(&first, "eve@x.example", "12345678").await));
    assert_eq!(managers(&hub).await, [ADMINISTRATOR]);
    hub.stop().await;
}

#[actix_web::test]
async fn the_first_link_gives_no_account_a_new_password() {
    let hub = TestHub::start(sqlite()).await;
    let user_id = first_administrator(&hub).await;
    hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap();
    let refused = set_up(&first_link(&hub).await.unwrap(), ADMINISTRATOR, "another password").await;
    assert_eq!(refused.status, 422);
    assert_eq!(html::attribute(&refused.text, "email", "aria-invalid").as_deref(), Some("true"));
    assert!(managers(&hub).await.is_empty());
    hub.stop().await;
}

#[actix_web::test]
async fn what_the_hub_made_for_itself_is_left_as_it_is() {
    let stage = Stage::on(sqlite()).await;
    first_administrator(&stage.hub).await;
    let own = stage.hub.hub.directory.connection_named("administrators").await.unwrap().unwrap();
    assert_eq!(own.enabled_clients.iter().collect::<Vec<_>>(), ["vestibule-cli"]);
    let own = own.id.clone();
    let app = stage.app.client_id.clone();
    let mut changed = Vec::new();
    for (method, path, body) in [
        (Method::PATCH, format!("connections/{own}"), json!({"enabled_clients": [app]})),
        (Method::PATCH, format!("connections/{own}"), json!({"is_domain_connection": true})),
        (Method::PATCH, format!("connections/{own}/clients"), json!([{"client_id": app, "status": true}])),
        (Method::POST, format!("connections/{own}/domains"), json!({"domain": "hub.example"})),
        (Method::POST, format!("connections/{own}/setup-tickets"), json!({})),
        (Method::DELETE, format!("connections/{own}/logo"), Value::Null),
        (Method::POST, format!("connections/{own}/attribute-map/versions/1/restore"), Value::Null),
        (Method::DELETE, format!("connections/{own}"), Value::Null),
        (Method::PATCH, "clients/vestibule-cli".into(), json!({"callbacks": ["https://evil.example/"]})),
        (Method::PATCH, "clients/vestibule-cli".into(), json!({"is_first_party": true})),
        (Method::POST, "clients/vestibule-cli/rotate-secret".into(), json!({})),
        (Method::DELETE, "clients/vestibule-cli".into(), Value::Null),
    ] {
        let before = records(&stage.hub);
        let token = stage.hub.management_token().await;
        let request = http().request(method.clone(), stage.hub.url(&format!("api/v2/{path}")));
        let request = request.bearer_auth(token).header("content-type", "application/json");
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let refused = read(request).await;
        if ![400, 403].contains(&refused.status) || before != records(&stage.hub) {
            changed.push(format!("{method} {path} {body}: {}", refused.status));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}
