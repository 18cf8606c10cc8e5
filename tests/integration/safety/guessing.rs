//! Whatever can be guessed is guarded by network, whoever asks at whichever endpoint; and whoever knows what is right goes
//! on from their own network.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::json;

use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, TestHub};
use crate::support::sign_in::{Answer, Stage, add_client, fields, http, post_form, read};

const SETTINGS: [(&str, &str); 2] = [
    ("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1"),
    ("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token"),
];
/// Where clients authenticate.
const ENDPOINTS: [&str; 5] =
    ["oauth/token", "oauth/revoke", "oauth/introspect", "oauth/par", "oauth/device/code"];

async fn stage(database: TestDatabase) -> Stage {
    let hub = TestHub::start_with(database, "http", &SETTINGS).await;
    Stage::at(hub, json!({})).await
}

/// A request of a client with these credentials.
async fn present(stage: &Stage, endpoint: &str, ip: &str, credentials: &[(&str, &str)]) -> Answer {
    let form = fields(credentials);
    post_form(&stage.hub.url(endpoint), &form, &[("x-forwarded-for", ip)]).await
}

fn assert_put_off(answer: &Answer) {
    assert_eq!(answer.error(), (429, "temporarily_unavailable"), "{answer:?}");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&seconds), "{answer:?}");
}

#[actix_web::test]
async fn secrets_are_guessed_at_no_endpoint_and_the_application_goes_on_from_its_own_network() {
    for database in each_database() {
        let stage = stage(database).await;
        let id = stage.app.client_id.as_str();
        let right = [("client_id", id), ("client_secret", stage.app.secret.as_str())];
        assert_eq!(present(&stage, "oauth/revoke", "203.0.113.5", &right).await.error().1, "invalid_request");
        // 100 first guesses of as many networks, and 200 more, wherever they were made.
        let forged = format!("{}.{}.AAAA", part(&json!({"alg": "HS256"})), part(&json!({"sub": id})));
        let by_assertion = [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", forged.as_str()),
        ];
        let wrong = [("client_id", id), ("client_secret", "wrong")];
        let mut answers = Vec::new();
        for number in 0..420 {
            let ip = format!("198.51.{}.7", number % 105);
            let endpoint = ENDPOINTS[number % ENDPOINTS.len()];
            let credentials = if number % 2 == 0 { &wrong } else { &by_assertion };
            answers.push(present(&stage, endpoint, &ip, credentials).await);
        }
        let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
        assert!((300..400).contains(&looked_at), "{looked_at}");
        let put_off: Vec<&Answer> = answers.iter().filter(|answer| answer.status != 401).collect();
        assert!(put_off.len() > 20, "{}", put_off.len());
        put_off.into_iter().for_each(assert_put_off);
        let mut strangers = 0;
        for endpoint in ENDPOINTS {
            // Time gives a guess back every second: one of three is put off, whichever.
            let mut put_off = 0;
            for net in 0..3 {
                strangers += 1;
                let answer =
                    present(&stage, endpoint, &format!("198.51.{}.7", strangers + net * 20), &right).await;
                put_off += usize::from(answer.status == 429);
            }
            assert!(put_off > 0, "{endpoint}");
            let own = present(&stage, endpoint, "203.0.113.77", &right).await;
            assert!(![401, 429].contains(&own.status), "{endpoint}: {own:?}");
        }
        // Another application is not concerned.
        let other = add_client(&stage.hub, json!({})).await;
        let right = [("client_id", other.client_id.as_str()), ("client_secret", other.secret.as_str())];
        assert_eq!(present(&stage, "oauth/revoke", "198.51.3.7", &right).await.error().1, "invalid_request");
    }
}

fn part(value: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

async fn get(stage: &Stage, path: &str, ip: &str, bearer: Option<&str>) -> Answer {
    let mut request = http().get(stage.hub.url(path)).header("x-forwarded-for", ip);
    if let Some(token) = bearer {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    read(request).await
}

#[actix_web::test]
async fn every_kind_of_ticket_draws_on_one_allowance_of_the_network() {
    for database in each_database() {
        let stage = stage(database).await;
        let made = stage.manage(Method::POST, "initial-access-tokens", json!({"count": 3})).await;
        let token = made.text_of("token");
        let mut put_off = 0;
        for number in 0..40 {
            let ip = format!("198.51.100.{number}");
            let answer = match number % 5 {
                0 => get(&stage, "setup/wrong", &ip, None).await,
                1 => get(&stage, "connections/people/setup?ticket=wrong", &ip, None).await,
                2 => get(&stage, "connections/people/checks?ticket=wrong", &ip, None).await,
                3 => get(&stage, "connections/people/test?ticket=wrong", &ip, None).await,
                _ => register(&stage, &ip, "wrong").await,
            };
            match answer.status {
                401 | 404 => assert!(put_off < 10, "{answer:?}"),
                429 => {
                    put_off += 1;
                    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 10, "{answer:?}");
                    let words = "You can try again in";
                    assert!(answer.json["error"].is_string() || answer.text.contains(words), "{answer:?}");
                }
                other => panic!("{other}: {answer:?}"),
            }
        }
        assert!((5..=10).contains(&put_off), "{put_off}");
        assert_eq!(register(&stage, "198.51.101.1", &token).await.status, 201, "another network's is not");
    }
}

async fn register(stage: &Stage, ip: &str, token: &str) -> Answer {
    let request = http()
        .post(stage.hub.url("oidc/register"))
        .header("x-forwarded-for", ip)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(json!({"redirect_uris": ["https://app.example/callback"]}).to_string());
    read(request).await
}

#[actix_web::test]
async fn a_registrations_token_is_guarded_as_its_applications_secret() {
    for database in each_database() {
        let stage = stage(database).await;
        let made = stage.manage(Method::POST, "initial-access-tokens", json!({"count": 3})).await;
        let registered = register(&stage, "203.0.113.1", &made.text_of("token")).await;
        let (id, token) = (registered.text_of("client_id"), registered.text_of("registration_access_token"));
        let path = format!("oidc/register/{id}");
        assert_eq!(get(&stage, &path, "203.0.113.1", Some(&token)).await.status, 200);
        let mut statuses = Vec::new();
        for number in 0..130 {
            let ip = format!("198.51.100.{}", number % 250);
            statuses.push(get(&stage, &path, &ip, Some("wrong")).await.status);
        }
        assert_eq!((statuses[0], statuses[99]), (401, 401), "{statuses:?}");
        assert!(statuses.iter().filter(|status| **status == 429).count() > 5, "{statuses:?}");
        assert_eq!(get(&stage, &path, "203.0.113.9", Some(&token)).await.status, 200);
    }
}

#[actix_web::test]
async fn tokens_we_never_signed_are_looked_at_only_so_often_and_good_ones_go_on() {
    for database in each_database() {
        let stage = stage(database).await;
        let form = fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", MANAGEMENT_CLIENT),
            ("client_secret", MANAGEMENT_SECRET),
            ("audience", &stage.hub.url("api/v2/")),
        ]);
        let token = stage.token(&form).await.text_of("access_token");
        assert_eq!(get(&stage, "api/v2/clients", "203.0.113.5", Some(&token)).await.status, 200);
        let mut statuses = Vec::new();
        for number in 0..160 {
            let path = if number % 2 == 0 { "api/v2/clients" } else { "userinfo" };
            let answer = get(&stage, path, &format!("198.51.100.{number}"), Some("a.b.c")).await;
            assert!(answer.status != 429 || !answer.header("retry-after").is_empty(), "{answer:?}");
            statuses.push(answer.status);
        }
        assert_eq!((statuses[0], statuses[99]), (401, 401), "{statuses:?}");
        assert!(statuses.iter().filter(|status| **status == 429).count() > 10, "{statuses:?}");
        for number in 0..120 {
            let ip = format!("203.0.113.{number}");
            assert_eq!(get(&stage, "userinfo", &ip, Some("a.b.c")).await.status, 401);
        }
        assert_eq!(get(&stage, "api/v2/clients", "203.0.113.5", Some(&token)).await.status, 200);
    }
}
