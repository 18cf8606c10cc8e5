//! A domain that another connection has proven, or that leads to others alone, is vouched for by no connection: neither at
//! a login nor in what was stored before.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::{Channel, Connection};
use vestibule::domain::home_realm::EmailDomain;
use vestibule::flows::directory::Directory;

use super::tenants::{assert_somebody, obedient};
use crate::support::browser::Browser;
use crate::support::databases::{TestDatabase, each_database};
use crate::support::dns_server::DnsServer;
use crate::support::hub::TestHub;
use crate::support::sign_in::{Stage, claims_of, code_of};

/// A hub with two connections: one that claims domains, and one whose provider asserts whatever it likes.
struct Neighbours {
    stage: Stage,
    dns: DnsServer,
    acme: Connection,
    evil: Connection,
    _providers: [crate::support::fake_provider::FakeProvider; 2],
}

impl Neighbours {
    async fn on(database: TestDatabase) -> Self {
        let dns = DnsServer::start();
        let server = dns.address.to_string();
        let hub = TestHub::start_with(database, "http", &[("VESTIBULE_DNS_SERVERS", &server)]).await;
        let settings =
            json!({"profile_claims": ["verified"], "refresh_token": {"rotation_type": "non-rotating"}});
        let stage = Stage::at(hub, settings).await;
        let providers = [obedient(&stage), obedient(&stage)];
        let acme = stage.federate("acme", &providers[0], Channel::BackChannel).await;
        let evil = stage.federate("evil", &providers[1], Channel::BackChannel).await;
        Self { stage, dns, acme, evil, _providers: providers }
    }

    /// Has the connection prove the domain.
    async fn prove(&self, of: &Connection, domain: &str) {
        let path = format!("connections/{}/domains", of.id);
        let claim = self.stage.manage(Method::POST, &path, json!({ "domain": domain })).await;
        let (host, value) = (claim.text_of("verification_host"), claim.text_of("verification_txt"));
        self.dns.publish(&host, &[&value]);
        let checked = self.stage.manage(Method::POST, &format!("{path}/{domain}/verify"), Value::Null).await;
        assert_eq!(checked.text_of("status"), "verified", "{checked:?}");
    }

    async fn set(&self, of: &Connection, options: Value) {
        let path = format!("connections/{}", of.id);
        self.stage.manage(Method::PATCH, &path, json!({ "options": options })).await;
    }

    /// Whether an ID token says that the address is verified, when `connection` asserts it.
    async fn is_vouched_for(&self, connection: &str, email: &str) -> bool {
        let claims = json!({"sub": "x", "email": email, "email_verified": true});
        let told = assert_somebody(&self.stage, connection, &claims).await.unwrap();
        assert_eq!(told["email"], email);
        told["email_verified"] == json!(true)
    }

    async fn last_login(&self) -> Value {
        let log = self.stage.hub.log().await;
        let entry = log.iter().rev().find(|entry| entry.log_type == "s").unwrap();
        json!(entry.details)["email_verified"].clone()
    }
}

#[actix_web::test]
async fn a_domain_that_another_connection_has_proven_is_not_vouched_for_in_any_spelling() {
    for database in each_database() {
        let neighbours = Neighbours::on(database).await;
        assert!(neighbours.is_vouched_for("evil", "ceo@a.example").await, "nobody else's so far");
        neighbours.prove(&neighbours.acme, "a.example").await;
        neighbours.prove(&neighbours.acme, "xn--bcher-kva.example").await;
        for email in [
            "ceo@a.example",
            "CEO@A.Example",
            "ceo@a.example.",
            "ceo@\u{ff41}.example",
            "ceo@a\u{3002}example",
            "ceo@eu.a.example",
            "ceo@b\u{fc}cher.example",
            "ceo@BU\u{308}CHER.example",
            "ceo@xn--bcher-kva.example",
            "\"ceo\"@a.example",
            "ceo@evil.example@a.example",
        ] {
            let claims = json!({"sub": "x", "email": email, "email_verified": true});
            let told = assert_somebody(&neighbours.stage, "evil", &claims).await.unwrap();
            assert_ne!(told["email_verified"], json!(true), "{email}");
        }
        assert!(!neighbours.is_vouched_for("evil", "ceo@a.example").await);
        let why = neighbours.last_login().await;
        assert!(why.as_str().unwrap().contains("another connection has proven that a.example"), "{why}");
        assert!(neighbours.is_vouched_for("acme", "ceo@a.example").await, "whose it is");
        // Look-alikes are nobody else's.
        for email in ["x@nota.example", "x@a.example.evil.io", "x@b.example"] {
            assert!(neighbours.is_vouched_for("evil", email).await, "{email}");
        }
        // Nor does its own policy, map or an administrator's route make it its own.
        neighbours
            .set(
                &neighbours.evil,
                json!({"domain_aliases": ["a.example"], "address_aliases": ["ceo@a.example"]}),
            )
            .await;
        assert!(!neighbours.is_vouched_for("evil", "ceo@a.example").await, "routed");
        for map in [
            json!({"mapping_mode": "use_map", "attributes": {
                "email": "${context.tokenset.email}", "email_verified": "true", "verified": "${context.tokenset.email_verified}",
            }}),
            json!({"mapping_mode": "use_map", "attributes": {
                "email": "ceo@a.example", "email_verified": true, "verified": null,
            }}),
            json!({"mapping_mode": "basic_profile", "attributes": null}),
        ] {
            for policy in ["as_asserted", "verified_domains_only", "never"] {
                let options = json!({"attribute_map": map, "email_verified_policy": policy});
                neighbours.set(&neighbours.evil, options).await;
                assert!(!neighbours.is_vouched_for("evil", "ceo@a.example").await, "{policy} {map}");
            }
        }
    }
}

#[actix_web::test]
async fn a_domain_or_address_that_leads_to_others_alone_is_not_vouched_for() {
    for database in each_database() {
        let neighbours = Neighbours::on(database).await;
        let (acme, evil) = (&neighbours.acme, &neighbours.evil);
        neighbours.set(acme, json!({"domain_aliases": ["a.example", "*.a.example"]})).await;
        neighbours.set(acme, json!({"address_aliases": ["boss@b.example"]})).await;
        for email in ["ceo@a.example", "ceo@mail.a.example", "boss@b.example", "Boss@B.example"] {
            assert!(!neighbours.is_vouched_for("evil", email).await, "{email}");
            let why = neighbours.last_login().await;
            assert!(why.as_str().unwrap().contains("leads to other connections"), "{email}: {why}");
            assert!(neighbours.is_vouched_for("acme", email).await, "{email}: where it leads");
        }
        assert!(neighbours.is_vouched_for("evil", "other@b.example").await);
        // Once it leads to both, it is no more the one's than the other's.
        neighbours.set(evil, json!({"domain_aliases": ["*.a.example", "b.example"]})).await;
        assert!(neighbours.is_vouched_for("evil", "ceo@mail.a.example").await);
        assert!(!neighbours.is_vouched_for("evil", "ceo@a.example").await);
        assert!(
            !neighbours.is_vouched_for("evil", "boss@b.example").await,
            "the address goes before its domain"
        );
    }
}

/// What was true when it was stored is told no more, at once and everywhere.
#[actix_web::test]
async fn a_stored_mark_is_told_no_more_once_another_has_proven_the_domain() {
    for database in each_database() {
        let neighbours = Neighbours::on(database).await;
        let stage = &neighbours.stage;
        // Kept by the connection, so that no later login mends it.
        neighbours.set(&neighbours.evil, json!({"set_user_root_attributes": "on_first_login"})).await;
        let hint = json!({"sub": "x", "email": "ceo@a.example", "email_verified": true}).to_string();
        let changes =
            [("connection", "evil"), ("login_hint", hint.as_str()), ("scope", "openid email offline_access")];
        let code =
            code_of(&Browser::new().stopping_at("https://app.example/").open(&stage.ask(&changes)).await);
        let tokens = stage.redeem(&code).await;
        let marks = async || {
            let refresh = [
                ("grant_type".to_owned(), "refresh_token".to_owned()),
                ("client_id".to_owned(), stage.app.client_id.clone()),
                ("client_secret".to_owned(), stage.app.secret.clone()),
                ("refresh_token".to_owned(), tokens.text_of("refresh_token")),
            ];
            let refreshed = stage.token(&refresh).await;
            let listed = stage.manage(Method::GET, "users-by-email?email=ceo@a.example", Value::Null).await;
            let read = stage.manage(Method::GET, "users/oidc%7Cevil%7Cx", Value::Null).await;
            [
                stage.userinfo(&tokens.text_of("access_token")).await.json["email_verified"].clone(),
                claims_of(&refreshed.text_of("id_token"))["email_verified"].clone(),
                listed.json[0]["email_verified"].clone(),
                read.json["email_verified"].clone(),
                read.json["identities"][0]["profileData"]["email_verified"].clone(),
            ]
        };
        assert_eq!(marks().await, [true, true, true, true, true].map(Value::from));
        neighbours.prove(&neighbours.acme, "a.example").await;
        assert_eq!(marks().await, [false, false, false, false, false].map(Value::from));
        // And again, when the domain is given up.
        let path = format!("connections/{}/domains/a.example", neighbours.acme.id);
        stage.manage(Method::DELETE, &path, Value::Null).await;
        assert_eq!(marks().await, [true, true, true, true, true].map(Value::from));
    }
}

#[actix_web::test]
async fn a_trial_of_a_map_and_another_node_say_the_same() {
    for database in each_database() {
        let neighbours = Neighbours::on(database).await;
        let stage = &neighbours.stage;
        let node = stage.hub.another_node(&[]).await;
        neighbours.prove(&neighbours.acme, "a.example").await;
        let path = format!("connections/{}/attribute-map/try", neighbours.evil.id);
        let claims = json!({"sub": "x", "email": "ceo@a.example", "email_verified": true});
        let tried = stage.manage(Method::POST, &path, json!({ "claims": claims })).await;
        assert_eq!(tried.json["profile"]["email_verified"], json!(false), "{tried:?}");
        assert_eq!(tried.json["rules"]["email_verified"]["kind"], "others_domain");
        // On another node within a second; of the database, and of the index in memory.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let fresh = Directory::new(stage.hub.hub.store.clone());
        let (address, domain) = EmailDomain::of("ceo@eu.a.example").unwrap();
        let expected = [("a.example".to_owned(), neighbours.acme.id.clone())];
        for directory in [&node.hub.directory, &fresh] {
            assert_eq!(directory.leads_of(&address, &domain).await.unwrap().proofs, expected);
        }
        fresh.index_realms().await.unwrap();
        assert_eq!(fresh.leads_of(&address, &domain).await.unwrap().proofs, expected);
    }
}
