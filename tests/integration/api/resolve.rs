//! The explanation of home-realm discovery says what the login page does.

use serde_json::json;

use super::server::{Api, segment};
use crate::support::databases::sqlite;

#[actix_web::test]
async fn the_decision_is_explained() {
    let api = Api::start(sqlite()).await;
    let client = api.add_client("App").await["client_id"].as_str().unwrap().to_owned();
    let ask = async |email: &str| {
        let email = segment(email);
        api.get(&format!("/connections/resolve?client_id={client}&email={email}")).await.expect(200)
    };
    assert_eq!(ask("ada@acme.example").await["decision"], "login_page");
    let mut ids = Vec::new();
    for (name, domain) in [
        ("acme", "acme.example"),
        ("branch", "*.acme.example"),
        ("twin", "twins.example"),
        ("twin2", "twins.example"),
    ] {
        let connection = api.add_connection(name, json!({"domain_aliases": [domain]})).await;
        ids.push(connection["id"].as_str().unwrap().to_owned());
    }
    // Not enabled for the application yet: as if it were not there.
    assert_eq!(ask("ada@acme.example").await["decision"], "login_page");
    for id in &ids {
        let body = json!([{"client_id": client, "status": true}]);
        api.patch(&format!("/connections/{id}/clients"), body).await.expect(204);
    }
    for (email, decision, names) in [
        ("Ada@ACME.example", "connection", &["acme"][..]),
        ("ada@eu.acme.example", "connection", &["branch"]),
        ("ada@twins.example", "chooser", &["twin", "twin2"]),
        ("ada@evilacme.example", "login_page", &[]),
    ] {
        let answer = ask(email).await;
        assert_eq!(answer["decision"], decision, "{email}");
        let mut found: Vec<&str> = answer["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, names);
        assert!(!answer["reason"].as_str().unwrap().is_empty());
    }
    let refused = api.get("/connections/resolve?email=nonsense").await;
    refused.expect_refusal(400, "invalid_query_string");
    assert_eq!(refused.problem_paths(), ["client_id", "email"]);
    api.get("/connections/resolve?client_id=nobody").await.expect_refusal(404, "inexistent_client");
    api.stop().await;
}

#[actix_web::test]
async fn every_rule_says_what_it_found_and_what_it_dropped() {
    let api = Api::start(sqlite()).await;
    let client = api.add_client("App").await["client_id"].as_str().unwrap().to_owned();
    let enabled = json!([{"client_id": client, "status": true}]);
    for (name, options, is_enabled) in [
        ("acme", json!({"domain_aliases": ["acme.example"], "organization_code": "acme"}), true),
        ("vip", json!({"address_aliases": ["boss@acme.example"]}), true),
        ("closed", json!({"domain_aliases": ["acme.example", "closed.example"]}), false),
        ("wild", json!({"domain_aliases": ["*.acme.example", "*.example.com"]}), true),
    ] {
        let made = api.add_connection(name, options).await;
        if is_enabled {
            let path = format!("/connections/{}/clients", made["id"].as_str().unwrap());
            api.patch(&path, enabled.clone()).await.expect(204);
        }
    }
    let ask = async |more: &str| {
        let answer = api.get(&format!("/connections/resolve?client_id={client}{more}")).await.expect(200);
        let steps = answer["steps"].as_array().unwrap().iter().map(|step| {
            let texts = ["rule", "outcome"].map(|name| step[name].as_str().unwrap().to_owned());
            texts.join(" ")
        });
        (answer["decision"].as_str().unwrap().to_owned(), steps.collect::<Vec<String>>(), answer)
    };
    let first = ["connection not_given", "organization not_given", "remembered not_given"];
    for (more, decision, steps) in [
        ("&email=boss%40acme.example", "connection", vec!["address decided"]),
        ("&email=ada%40acme.example", "connection", vec!["address nothing_found", "domain decided"]),
        (
            "&login_hint=ada%40x.eu.acme.example",
            "connection",
            vec![
                "address nothing_found",
                "domain nothing_found",
                "wildcard nothing_found",
                "wildcard decided",
            ],
        ),
        ("&domain_hint=acme.example", "connection", vec!["domain decided"]),
        (
            "&email=ada%40closed.example",
            "login_page",
            vec![
                "address nothing_found",
                "domain all_dropped",
                "classic_accounts nothing_found",
                "only_connection nothing_found",
                "login_page decided",
            ],
        ),
        (
            "&domain_hint=nonsense%40",
            "login_page",
            vec!["classic_accounts not_given", "only_connection nothing_found", "login_page decided"],
        ),
    ] {
        let (found, told, _) = ask(more).await;
        assert_eq!(found, decision, "{more}");
        assert_eq!(told, first.iter().copied().chain(steps).collect::<Vec<_>>(), "{more}");
    }
    let (decision, steps, answer) = ask("&email=ada%40acme.example").await;
    assert_eq!((decision.as_str(), steps.len()), ("connection", 5));
    let candidates = answer["steps"][4]["candidates"].as_array().unwrap();
    let dropped: Vec<_> = candidates
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["dropped_because"].as_str()))
        .collect();
    assert!(dropped.contains(&("acme", None)), "{dropped:?}");
    assert!(dropped.contains(&("closed", Some("the connection is not enabled for this application"))));
    for (more, decision, last) in [
        ("&connection=vip&email=ada%40acme.example", "connection", "connection decided"),
        ("&connection=closed", "refused", "connection decided"),
        ("&organization=ACME&remembered=vip", "connection", "organization decided"),
        ("&organization=unknown&remembered=vip", "remembered", "remembered decided"),
        ("&remembered=closed&email=boss%40acme.example", "connection", "address decided"),
    ] {
        let (found, told, _) = ask(more).await;
        assert_eq!((found.as_str(), told.last().unwrap().as_str()), (decision, last), "{more}");
    }
    api.stop().await;
}
