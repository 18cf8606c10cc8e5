//! A domain belongs to the connection that proves it in DNS, to one at a time, and only while the proof is there.
//! Incidents: domains that were registered again (Truffle, 2025), CVE-2024-27918.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::{Channel, Connection};
use vestibule::domain::limits;
use vestibule::flows::verified_domains::check_due;

use crate::support::browser::Browser;
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::dns_server::{Answers, DnsServer};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::TestHub;
use crate::support::sign_in::{
    Answer, Stage, add_client, ask, claims_of, code_of, http, provider_connection, read,
};

const HOST: &str = "_vestibule-challenge.acme.example";

/// A hub that asks a DNS server of the test, with two connections.
struct Domains {
    hub: TestHub,
    dns: DnsServer,
    acme: Connection,
    evil: Connection,
}

impl Domains {
    async fn on(database: TestDatabase) -> Self {
        let dns = DnsServer::start();
        let server = dns.address.to_string();
        let hub = TestHub::start_with(database, "http", &[("VESTIBULE_DNS_SERVERS", &server)]).await;
        let body = |name: &str| {
            json!({"name": name, "strategy": "oidc", "options": {
                "client_id": "x", "client_secret": "y", "discovery_url": "https://idp.example",
            }})
        };
        let (acme, evil) = (hub.connection(body("acme")).await, hub.connection(body("evil")).await);
        Self { hub, dns, acme, evil }
    }

    async fn call(&self, method: Method, of: &Connection, path: &str, body: Value) -> Answer {
        let url = self.hub.url(&format!("api/v2/connections/{}/domains{path}", of.id));
        let token = self.hub.management_token().await;
        let mut request = http().request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request).await
    }

    /// Claims `domain`; the record that proves it.
    async fn claim(&self, of: &Connection, domain: &str) -> (String, String) {
        let answer = self.call(Method::POST, of, "", json!({ "domain": domain })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.json["status"], "pending");
        (answer.text_of("verification_host"), answer.text_of("verification_txt"))
    }

    async fn check(&self, of: &Connection, domain: &str) -> Answer {
        self.call(Method::POST, of, &format!("/{domain}/verify"), Value::Null).await
    }

    async fn status(&self, of: &Connection, domain: &str) -> String {
        self.call(Method::GET, of, &format!("/{domain}"), Value::Null).await.text_of("status")
    }

    async fn verified(&self, of: &Connection) -> Vec<String> {
        let id = of.id.clone();
        let domains = self.hub.hub.store.read(move |tx| tx.verified_domains_of(&id)).await.unwrap();
        domains.into_iter().collect()
    }
}

#[actix_web::test]
async fn a_domain_is_verified_by_its_record_and_by_nothing_else() {
    for database in each_database() {
        let domains = Domains::on(database).await;
        let (host, value) = domains.claim(&domains.acme, "ACME.example").await;
        assert_eq!(host, HOST);
        let refused = async |why: &str| {
            let answer = domains.check(&domains.acme, "acme.example").await;
            assert_eq!((answer.status, answer.text_of("status").as_str()), (200, "pending"), "{why}");
            assert!(answer.text_of("problem").contains(why), "{answer:?}");
            assert!(domains.verified(&domains.acme).await.is_empty());
        };
        refused("has no TXT record").await;
        domains.dns.publish("acme.example", &[&value]);
        refused("has no TXT record").await;
        domains.dns.publish(HOST, &["vestibule-domain-verification=another"]);
        refused("its value is another one").await;
        let longer = format!("{value}x");
        domains.dns.publish(HOST, &["v=spf1 -all", &longer]);
        refused("has 2 TXT records").await;
        domains.dns.set(HOST, Answers::Failure);
        refused("no DNS server answers").await;

        // In the company of others, and in two pieces.
        let (first, second) = value.split_at(20);
        let pieces = vec![first.to_owned(), second.to_owned()];
        domains.dns.set(HOST, Answers::Texts(vec![vec!["v=spf1 -all".into()], pieces]));
        let answer = domains.check(&domains.acme, "acme.example").await;
        assert_eq!(answer.text_of("status"), "verified", "{answer:?}");
        assert_eq!(domains.verified(&domains.acme).await, ["acme.example"]);
        let asked = domains.dns.asked();
        assert!(asked.iter().all(|name| name == HOST), "{asked:?}");
    }
}

#[actix_web::test]
async fn a_domain_that_one_connection_has_proven_is_no_others() {
    for database in each_database() {
        let domains = Domains::on(database).await;
        // The other claims it first, which keeps nobody away.
        let (_, of_evil) = domains.claim(&domains.evil, "acme.example").await;
        let (_, of_acme) = domains.claim(&domains.acme, "acme.example").await;
        assert_ne!(of_evil, of_acme);
        domains.dns.publish(HOST, &[&of_acme]);
        // Another's record proves nothing.
        assert_eq!(domains.check(&domains.evil, "acme.example").await.text_of("status"), "pending");
        assert_eq!(domains.check(&domains.acme, "acme.example").await.text_of("status"), "verified");
        // Not even with a record of its own, as long as the first one has it.
        domains.dns.publish(HOST, &[&of_acme, &of_evil]);
        let refused = domains.check(&domains.evil, "acme.example").await;
        assert_eq!((refused.status, &refused.json["errorCode"]), (409, &json!("domain_conflict")));
        assert!(domains.verified(&domains.evil).await.is_empty());
        let again = domains.call(Method::POST, &domains.acme, "", json!({"domain": "acme.example"})).await;
        assert_eq!(again.status, 409);
        // A claim that begins later is told at once.
        let removed = domains.call(Method::DELETE, &domains.evil, "/acme.example", Value::Null).await;
        assert_eq!(removed.status, 204);
        let late = domains.call(Method::POST, &domains.evil, "", json!({"domain": "acme.example"})).await;
        assert_eq!(late.status, 409, "{late:?}");
        // Given up, it is free, and what was proven before has to be proven again.
        domains.call(Method::DELETE, &domains.acme, "/acme.example", Value::Null).await;
        assert!(domains.verified(&domains.acme).await.is_empty());
        let (_, anew) = domains.claim(&domains.acme, "acme.example").await;
        assert_ne!(anew, of_acme);
        assert_eq!(domains.check(&domains.acme, "acme.example").await.text_of("status"), "pending");
    }
}

#[actix_web::test]
async fn a_domain_whose_proof_stays_away_lapses_and_is_free_for_its_new_owner() {
    for database in each_database() {
        let domains = Domains::on(database).await;
        let hub = &domains.hub.hub;
        let (_, value) = domains.claim(&domains.acme, "acme.example").await;
        domains.dns.publish(HOST, &[&value]);
        domains.check(&domains.acme, "acme.example").await;
        let looks = domains.dns.asked().len();
        check_due(hub).await.unwrap();
        assert_eq!(domains.dns.asked().len(), looks, "not due yet");
        domains.hub.clock.advance(limits::DOMAIN_RECHECK_SECONDS);
        check_due(hub).await.unwrap();
        assert!(domains.dns.asked().len() > looks);
        assert_eq!(domains.status(&domains.acme, "acme.example").await, "verified");

        domains.dns.remove(HOST);
        domains.hub.clock.advance(limits::DOMAIN_RECHECK_SECONDS);
        check_due(hub).await.unwrap();
        assert_eq!(domains.status(&domains.acme, "acme.example").await, "failing");
        assert_eq!(domains.verified(&domains.acme).await, ["acme.example"], "for a while");
        domains.dns.set(HOST, Answers::Failure);
        domains.hub.clock.advance(limits::DOMAIN_GRACE_SECONDS);
        check_due(hub).await.unwrap();
        assert_eq!(domains.status(&domains.acme, "acme.example").await, "lapsed");
        assert!(domains.verified(&domains.acme).await.is_empty());
        let log = domains.hub.log().await;
        let told: Vec<&str> = log
            .iter()
            .filter(|entry| entry.log_type == "domain_verification_warning")
            .map(|entry| entry.description.as_str())
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("is gone") && told[1].contains("no longer verified"), "{told:?}");
        assert!(log.iter().any(|entry| entry.connection.as_deref() == Some("acme")));

        let (_, of_evil) = domains.claim(&domains.evil, "acme.example").await;
        domains.dns.publish(HOST, &[&of_evil]);
        assert_eq!(domains.check(&domains.evil, "acme.example").await.text_of("status"), "verified");
    }
}

/// A setting of the connection: its word about an address counts only in domains that it has proven.
#[actix_web::test]
async fn an_address_counts_as_verified_only_while_its_domain_is_proven() {
    for database in each_database() {
        let dns = DnsServer::start();
        let server = dns.address.to_string();
        let hub = TestHub::start_with(database, "http", &[("VESTIBULE_DNS_SERVERS", &server)]).await;
        let stage = Stage::at(hub, json!({})).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("email", json!("alice@acme.example"));
                token.set("email_verified", json!(true));
            }),
            ..Behaviour::default()
        });
        let mut body =
            provider_connection("initech", &provider, Channel::BackChannel, &[&stage.app.client_id]);
        body["options"]["email_verified_policy"] = json!("verified_domains_only");
        let initech = stage.hub.connection(body).await;
        let is_verified = async || {
            let page = stage.browser().open(&stage.ask(&[("connection", "initech")])).await;
            let claims = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
            assert_eq!(claims["email"], "alice@acme.example");
            claims["email_verified"] == json!(true)
        };
        assert!(!is_verified().await);
        let path = format!("connections/{}/domains", initech.id);
        let claim = stage.manage(Method::POST, &path, json!({"domain": "acme.example"})).await;
        assert!(!is_verified().await, "claimed");
        dns.publish(HOST, &[&claim.text_of("verification_txt")]);
        stage.manage(Method::POST, &format!("{path}/acme.example/verify"), Value::Null).await;
        assert!(is_verified().await, "proven");
        stage.manage(Method::DELETE, &format!("{path}/acme.example"), Value::Null).await;
        assert!(!is_verified().await, "given up");
    }
}

/// A setting of the connection: a domain leads there only while it is proven.
#[actix_web::test]
async fn where_the_connection_asks_for_it_only_a_proven_domain_leads_there() {
    for database in each_database() {
        let dns = DnsServer::start();
        let server = dns.address.to_string();
        let hub = TestHub::start_with(database, "http", &[("VESTIBULE_DNS_SERVERS", &server)]).await;
        let provider = FakeProvider::start(&hub.clock);
        let app = add_client(&hub, json!({})).await.client_id;
        hub.connection(json!({"name": "people", "strategy": "local", "enabled_clients": [app]})).await;
        let mut body = provider_connection("initech", &provider, Channel::BackChannel, &[&app]);
        body["options"]["domain_aliases"] = json!(["acme.example", "*.acme.example"]);
        body["options"]["address_aliases"] = json!(["boss@acme.example"]);
        body["options"]["require_verified_domains"] = json!(true);
        let initech = hub.connection(body).await;
        let domains = Domains { hub, dns, acme: initech.clone(), evil: initech.clone() };
        let leads = async |email: &str| {
            let asked = ask(&domains.hub.issuer, &app, &[("login_hint", email)]);
            let page = Browser::new().stopping_at("http://127.0.0.1:").open(&asked).await;
            page.url.as_str().starts_with(&provider.issuer)
        };
        assert!(!leads("x@acme.example").await && !leads("x@eu.acme.example").await);
        assert!(leads("boss@acme.example").await, "an address is named one by one");
        let (_, value) = domains.claim(&initech, "acme.example").await;
        assert!(!leads("x@acme.example").await, "claimed");
        domains.dns.publish(HOST, &[&value]);
        domains.check(&initech, "acme.example").await;
        assert!(leads("x@acme.example").await && leads("x@eu.acme.example").await, "proven");
        domains.call(Method::DELETE, &initech, "/acme.example", Value::Null).await;
        assert!(!leads("x@acme.example").await, "given up");
    }
}

#[actix_web::test]
async fn bad_claims_change_nothing_and_say_what_to_write() {
    let domains = Domains::on(sqlite()).await;
    for body in [
        json!({}),
        json!({"domain": "*.acme.example"}),
        json!({"domain": "example"}),
        json!({"domain": "ada@acme.example"}),
        json!({"domain": 5}),
        json!({"domain": "acme.example", "token": "mine"}),
    ] {
        let refused = domains.call(Method::POST, &domains.acme, "", body.clone()).await;
        assert_eq!((refused.status, &refused.json["errorCode"]), (400, &json!("invalid_body")), "{body}");
        assert!(!refused.json["problems"].as_array().unwrap().is_empty());
    }
    let nowhere = Connection { id: "con_0123456789abcdef".into(), ..domains.acme.clone() };
    let body = json!({"domain": "acme.example"});
    assert_eq!(domains.call(Method::POST, &nowhere, "", body).await.status, 404);
    assert_eq!(domains.call(Method::GET, &nowhere, "", Value::Null).await.status, 404);
    assert_eq!(domains.check(&domains.acme, "acme.example").await.status, 404);
    let listed = domains.call(Method::GET, &domains.acme, "", Value::Null).await;
    assert_eq!(listed.json, json!({"domains": []}));
}
