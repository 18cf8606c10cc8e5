//! A dry run of a connection: whatever is wrong with its provider has a code and a remedy of its own, and nothing is kept.

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::clock::Clock;
use vestibule::domain::limits;
use vestibule::domain::locale::Locale;
use vestibule::views::Views;

use super::server::{Answer, Api, MANAGEMENT_CLIENT};
use crate::support::broken_providers::{self, Broken};
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Behaviour, Body, CLIENT_ID, CLIENT_SECRET, FakeProvider};

/// A body that would make a connection to `provider`.
pub(super) fn body(provider: &FakeProvider) -> Value {
    json!({"name": "acme", "strategy": "oidc", "options": {
        "discovery_url": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
    }})
}

/// Every finding that is neither ok nor skipped, as `check code`.
pub(super) fn findings(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = answer["checks"].as_array().unwrap().iter();
    let wrong = checks.filter(|check| !["ok", "skipped"].contains(&check["outcome"].as_str().unwrap()));
    wrong.map(|check| format!("{} {}", text(&check["check"]), text(&check["code"]))).collect()
}

/// The outcome of a check.
pub(super) fn outcome<'a>(answer: &'a Value, check: &str) -> &'a str {
    let checks = answer["checks"].as_array().unwrap();
    let found = checks.iter().find(|one| one["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {answer}"))["outcome"].as_str().unwrap()
}

/// Sentences that a French page would show in English. What came in a check that was made may be a provider's own words.
fn untold_in_french(answer: &Value) -> Vec<String> {
    let views = Views::load().unwrap();
    let mut untold = Vec::new();
    for check in answer["checks"].as_array().unwrap() {
        let skipped = check["outcome"] == "skipped";
        for name in ["expected", "remedy", "came"] {
            let Some(text) = check[name].as_str().filter(|_| name != "came" || skipped) else { continue };
            if views.finding(Locale::Fr, text).is_none() {
                untold.push(text.to_owned());
            }
        }
    }
    untold
}

/// What is not as `case` says; nothing if all is.
async fn difference(api: &Api, case: &Broken) -> Option<String> {
    let provider = FakeProvider::start(&api.server.clock);
    provider.behave(case.behaviour);
    let mut body = body(&provider);
    (case.options)(&mut body["options"]);
    let told = api.post("/connections/check", body).await;
    let answer = told.expect(200);
    let found = findings(&answer);
    let checks = answer["checks"].as_array().unwrap();
    let first = checks.iter().find(|check| check["check"].as_str() == case.findings[0].split(' ').next());
    let remedy = first.and_then(|check| check["remedy"].as_str()).unwrap_or_default();
    let complete = checks.iter().filter(|check| !check["code"].is_null()).all(|check| {
        ["expected", "came", "remedy"]
            .iter()
            .all(|name| check[name].as_str().is_some_and(|text| !text.is_empty()))
    });
    let untold = untold_in_french(&answer);
    let is_right = found == case.findings
        && untold.is_empty()
        && answer["state"] == case.state
        && remedy.contains(case.remedy)
        && complete
        && !told.text.contains("canary-client-secret");
    (!is_right).then(|| format!("{}: {found:?}\n{answer:#}\nnot in French: {untold:?}", case.name))
}

#[actix_web::test]
async fn whatever_is_wrong_with_a_provider_has_its_own_code_and_remedy_and_no_other_finding() {
    let cases = broken_providers::all();
    let names: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.name).collect();
    assert!(names.len() == cases.len() && cases.len() >= 50, "{}", cases.len());
    let mut wrong: Vec<String> = Vec::new();
    // No more than one caller may have checked at once.
    for cases in cases.chunks(usize::try_from(limits::DIAGNOSES_BURST).unwrap()) {
        let api = Api::start(sqlite()).await;
        let differences = stream::iter(cases).map(|case| difference(&api, case)).buffer_unordered(6);
        wrong.extend(differences.filter_map(std::future::ready).collect::<Vec<String>>().await);
        api.stop().await;
    }
    assert!(wrong.is_empty(), "{} cases ended otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[actix_web::test]
async fn a_provider_that_is_right_is_ready_in_either_channel_and_by_either_url() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let issuer = &provider.issuer;
    let endpoints = json!({
        "discovery_url": null, "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
    });
    for (name, change, skipped) in [
        ("base", json!({}), vec!["userinfo-endpoint"]),
        (
            "full URL",
            json!({"discovery_url": format!("{issuer}/.well-known/openid-configuration")}),
            vec!["userinfo-endpoint"],
        ),
        ("a slash", json!({"issuer": format!("{issuer}/")}), vec!["userinfo-endpoint"]),
        ("UserInfo", json!({"call_userinfo": "always"}), vec![]),
        (
            "front channel",
            json!({"type": "front_channel"}),
            vec![
                "token-endpoint",
                "userinfo-endpoint",
                "pkce",
                "client-authentication-method",
                "client-credentials",
            ],
        ),
        (
            "endpoints alone",
            endpoints,
            vec![
                "discovery",
                "issuer",
                "userinfo-endpoint",
                "signature-algorithms",
                "response-type",
                "response-mode",
                "pkce",
                "client-authentication-method",
            ],
        ),
    ] {
        let mut body = body(&provider);
        let (Value::Object(options), Value::Object(change)) = (&mut body["options"], change) else {
            panic!()
        };
        options.extend(change);
        options.retain(|_, value| !value.is_null());
        let answer = api.post("/connections/check", body).await.expect(200);
        assert_eq!(answer["state"], "ready", "{name}: {answer:#}");
        let not_made: Vec<&str> = answer["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["outcome"] == "skipped")
            .filter(|check| {
                let elsewhere = ["client-secret-expiry", "metadata-drift", "tls"];
                !elsewhere.contains(&check["check"].as_str().unwrap())
            })
            .map(|check| check["check"].as_str().unwrap())
            .collect();
        assert_eq!(not_made, skipped, "{name}");
        assert_eq!(answer.get("oidc_metadata").is_some(), name != "endpoints alone");
    }
    let local = json!({"name": "people", "strategy": "local"});
    assert_eq!(api.post("/connections/check", local).await.expect(200)["state"], "unknown");
    api.stop().await;
}

#[actix_web::test]
async fn a_clock_that_is_off_is_told_before_its_tokens_are_refused() {
    for (seconds, code, state) in [
        (-120, "clock clock-off", "broken"),
        (40, "clock clock-drifts", "degraded"),
        (700, "clock clock-off", "broken"),
    ] {
        let api = Api::start(sqlite()).await;
        let provider = FakeProvider::start(&Clock::default());
        api.server.clock.advance(seconds);
        let answer = api.post("/connections/check", body(&provider)).await.expect(200);
        assert_eq!(findings(&answer), [code], "{seconds}");
        assert_eq!(answer["state"], state);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_check_stores_nothing_and_shows_no_secret_even_where_the_provider_repeats_it() {
    for api in Api::each().await {
        let provider = FakeProvider::start(&api.server.clock);
        provider.behave(Behaviour {
            token: Some(|answer, scene| {
                answer.status = 401;
                let words = format!("{} is not the secret of {}", scene.client_secret, scene.client_id);
                answer.body = Body::Json(json!({"error": "invalid_client", "error_description": words}));
            }),
            ..Behaviour::default()
        });
        api.server.log().await;
        let before = api.server.database.dump();
        let told = api.post("/connections/check", body(&provider)).await;
        let answer = told.expect(200);
        assert_eq!(findings(&answer), ["client-credentials client-secret-wrong"]);
        assert!(told.text.contains("*** is not the secret"), "{}", told.text);
        assert!(!told.text.contains("canary-client-secret"));
        api.server.log().await;
        assert_eq!(api.server.database.dump(), before);
        assert_eq!(provider.counts().token(), 1);
        // A name that is taken may be tried: whoever changes a connection wants to know first.
        api.post("/connections", body(&provider)).await.expect(201);
        api.post("/connections/check", body(&provider)).await.expect(200);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_body_that_could_not_be_created_is_refused_and_its_provider_not_asked() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let mut wrong = body(&provider);
    wrong["options"]["scope"] = json!("profile");
    wrong["colour"] = json!("red");
    let refused = api.post("/connections/check", wrong).await;
    refused.expect_refusal(400, "invalid_body");
    let mut paths = refused.problem_paths();
    paths.sort();
    assert_eq!(paths, ["colour", "options.scope"]);
    let mut unknown = body(&provider);
    unknown["enabled_clients"] = json!(["nobody"]);
    assert_eq!(api.post("/connections/check", unknown).await.problem_paths(), ["enabled_clients"]);
    assert_eq!(provider.counts().discovery(), 0);
    api.stop().await;
}

#[actix_web::test]
async fn whoever_may_make_or_change_connections_may_check_one_and_nobody_else() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let call = async |scope: &str| {
        let request =
            api.request(Method::POST, "/connections/check").bearer_auth(api.token_for(Some(scope)).await);
        let request = request.header("content-type", "application/json").body(body(&provider).to_string());
        Answer::of(request.send().await.unwrap()).await
    };
    let refused = call("read:connections delete:connections create:clients").await;
    let told = refused.expect_refusal(403, "insufficient_scope");
    assert_eq!(told["message"], "Insufficient scope, expected any of: create:connections,update:connections");
    let without = Answer::of(api.request(Method::POST, "/connections/check").send().await.unwrap()).await;
    without.expect_refusal(401, "missing_token");
    assert_eq!(provider.counts().discovery(), 0);
    call("create:connections").await.expect(200);
    call("update:connections").await.expect(200);
    api.stop().await;
}

#[actix_web::test]
async fn a_check_goes_only_where_this_hub_may_send_requests() {
    let api = Api::start_with(sqlite(), &[("VESTIBULE_OUTBOUND_ALLOW", "192.0.2.0/24")]).await;
    let provider = FakeProvider::start(&api.server.clock);
    let answer = api.post("/connections/check", body(&provider)).await.expect(200);
    assert_eq!(findings(&answer), ["discovery discovery-address"]);
    let port = provider.issuer.rsplit(':').next().unwrap();
    let mut by_name = body(&provider);
    // Neither is its certificate looked at: that would say whether anybody listens there.
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        by_name["options"]["discovery_url"] = json!(format!("https://{host}:{port}/"));
        let answer = api.post("/connections/check", by_name.clone()).await.expect(200);
        assert_eq!(findings(&answer), ["discovery discovery-address"], "{host}");
        assert_eq!(outcome(&answer, "tls"), "skipped", "{host}");
    }
    let mut endpoints = body(&provider);
    let (Value::Object(options), issuer) = (&mut endpoints["options"], &provider.issuer) else { panic!() };
    options.remove("discovery_url");
    for (name, path) in [
        ("issuer", ""),
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("jwks_uri", "/keys"),
    ] {
        options.insert(name.into(), json!(format!("{issuer}{path}")));
    }
    let answer = api.post("/connections/check", endpoints).await.expect(200);
    assert!(
        findings(&answer).contains(&"client-credentials client-credentials-address".to_owned()),
        "{answer:#}"
    );
    let counts = provider.counts();
    assert_eq!((counts.discovery(), counts.keys(), counts.token()), (0, 0, 0));
    api.stop().await;
}

#[actix_web::test]
async fn one_caller_cannot_turn_the_hub_against_a_provider() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let burst = usize::try_from(limits::DIAGNOSES_BURST).unwrap();
    let (mut refused, started) = (0, std::time::Instant::now());
    for _ in 0..2 * burst {
        let told = api.post("/connections/check", body(&provider)).await;
        if told.status == 429 {
            told.expect_refusal(429, "too_many_requests");
            assert_eq!(told.header("retry-after"), limits::DIAGNOSIS_REFILL_SECONDS.to_string());
            refused += 1;
        }
    }
    let refilled = started.elapsed().as_secs() / limits::DIAGNOSIS_REFILL_SECONDS + 1;
    assert!(refused > 0);
    assert!(provider.counts().token() <= burst + usize::try_from(refilled).unwrap());
    api.server.clock.advance(3 * i64::try_from(limits::DIAGNOSIS_REFILL_SECONDS).unwrap());
    api.post("/connections/check", body(&provider)).await.expect(200);
    api.stop().await;
}

#[actix_web::test]
async fn a_change_is_tried_with_the_secret_from_before_and_leaves_nothing_but_a_log_entry() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let made = api.post("/connections", body(&provider)).await.expect(201);
    let path = format!("/connections/{}", made["id"].as_str().unwrap());
    let check = format!("{path}/check");
    for (change, state) in [
        (json!({}), "ready"),
        (json!({"options": {"scope": "openid email"}}), "ready"),
        (json!({"options": {"client_secret": "canary of another application"}}), "broken"),
        (
            json!({"options": {"discovery_url": format!("{}/nowhere", provider.issuer), "client_secret": "canary"}}),
            "broken",
        ),
    ] {
        let told = api.post(&check, change.clone()).await;
        assert_eq!(told.expect(200)["state"], state, "{change}");
    }
    assert_eq!(api.get(&path).await.expect(200), made, "nothing is changed");
    let refused =
        api.post(&check, json!({"options": {"scope": "email", "nonsense": 1}, "name": "other"})).await;
    let problems = refused.expect(400)["problems"].as_array().unwrap().len();
    assert_eq!(problems, 3, "{}", refused.text);
    let log = api.server.log().await;
    let tried: Vec<_> = log.iter().filter(|one| one.description.starts_with("Check a change")).collect();
    let [whole, scope, secret, address, refused] = tried[..] else { panic!("{tried:#?}") };
    // Whoever has it sent is written down, with what of the connection they tried to change.
    for (entry, properties) in [
        (whole, json!([])),
        (scope, json!(["options.scope"])),
        (secret, json!(["options.client_secret"])),
        (address, json!(["options.client_secret", "options.discovery_url"])),
    ] {
        assert_eq!((entry.log_type.as_str(), &entry.details["properties"]), ("sapi", &properties));
        assert_eq!(entry.details["changed"], json!({"resource": "connection", "id": made["id"]}));
        assert_eq!(entry.connection.as_deref(), Some("acme"));
        assert_eq!(entry.client_id.as_deref(), Some(MANAGEMENT_CLIENT));
    }
    assert_eq!((refused.log_type.as_str(), refused.client_id.as_deref()), ("fapi", Some(MANAGEMENT_CLIENT)));
    let text = format!("{tried:?}");
    assert!(!text.contains("canary") && !text.contains("nowhere"), "{text}");
    let unknown = api.post("/connections/con_0123456789abcdef/check", json!({})).await;
    assert_eq!(unknown.status, 404);
    api.stop().await;
}
