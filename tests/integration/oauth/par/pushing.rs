//! What may be pushed, and by whom (RFC 9126 §2.1 to §2.3, §3).

use reqwest::Method;
use serde_json::json;
use vestibule::crypto::digest;
use vestibule::domain::limits;

use super::{public, push, pushed, request};
use crate::oauth::request_objects::{changed_claims, request_object, signing_stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::sign_in::{CALLBACK, Stage, changed, http, post_form, read};

#[actix_web::test]
async fn a_request_is_answered_with_a_reference_that_cannot_be_guessed_and_soon_expires() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let answer = push(&stage, &[]).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!((5..600).contains(&answer.json["expires_in"].as_i64().unwrap()), "{answer:?}");
        let uri = answer.text_of("request_uri");
        let random = uri.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
        assert_eq!(random.len(), 43, "256 bits");
        assert_ne!(pushed(&stage, &[]).await, uri);
        // At rest there is neither the reference nor the request.
        let secret = pushed(&stage, &[("state", "canary-state-7f3a")]).await;
        let dump = stage.hub.database.dump();
        assert!(dump.contains(&format!("parked_requests.client_id: {}", stage.app.client_id)));
        assert!(!dump.contains("canary-state-7f3a") && !dump.contains(secret.rsplit(':').next().unwrap()));
    }
}

#[actix_web::test]
async fn a_request_is_checked_whole_when_it_is_pushed() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for (name, value, expected) in [
            ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
            ("request_uri", "https://app.example/r", "invalid_request"),
            ("redirect_uri", "", "invalid_request"),
            ("redirect_uri", "https://evil.example/", "invalid_request"),
            ("response_type", "", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "code id_token", "unauthorized_client"),
            ("scope", "a\"b", "invalid_scope"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge", "tooshort", "invalid_request"),
            ("max_age", "soon", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("claims", "{", "invalid_request"),
            ("id_token_hint", "a.b.c", "invalid_request"),
            ("registration", "{}", "registration_not_supported"),
            ("request", "a.b.c", "invalid_request_object"),
        ] {
            let answer = push(&stage, &[(name, value)]).await;
            assert_eq!(answer.error(), (400, expected), "{name}={value}");
            assert!(answer.text_of("error_description").len() > 10);
        }
        let log = stage.hub.log().await;
        let entry = log.last().unwrap();
        let client_id = Some(stage.app.client_id.as_str());
        assert_eq!((entry.log_type.as_str(), entry.client_id.as_deref()), ("fpar", client_id));
        let mut twice = request(&stage, &[]);
        twice.push(("state".into(), "again".into()));
        let answer = post_form(&stage.hub.url("oauth/par"), &twice, &[]).await;
        assert_eq!(answer.error(), (400, "invalid_request"), "the same parameter twice");
        assert_eq!(stage.count("parked_requests"), 0);
    }
}

#[actix_web::test]
async fn the_application_proves_who_it_is_as_at_the_token_endpoint() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for change in
            [("client_secret", "wrong"), ("client_secret", ""), ("client_id", "unknown"), ("client_id", "")]
        {
            assert_eq!(push(&stage, &[change]).await.error(), (401, "invalid_client"), "{change:?}");
        }
        use base64::Engine as _;
        let basic = format!("{}:{}", stage.app.client_id, stage.app.secret);
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(basic));
        let bare = request(&stage, &[("client_secret", ""), ("client_id", "")]);
        let answer = post_form(&stage.hub.url("oauth/par"), &bare, &[("authorization", &basic)]).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let other = changed(&bare, "client_id", "other");
        let answer = post_form(&stage.hub.url("oauth/par"), &other, &[("authorization", &basic)]).await;
        assert_eq!(answer.error(), (400, "invalid_request"));
    }
}

#[actix_web::test]
async fn nothing_but_a_form_by_post_is_taken() {
    let stage = Stage::on(sqlite()).await;
    let url = stage.hub.url("oauth/par");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = read(http().request(method.clone(), &url)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    let answer = read(http().post(&url).header("content-type", "application/json").body("{}")).await;
    assert_eq!(answer.error(), (415, "invalid_request"));
}

#[actix_web::test]
async fn a_public_application_pushes_with_pkce() {
    for database in each_database() {
        let stage = Stage::with_client(database, public()).await;
        pushed(&stage, &[]).await;
        let without = push(&stage, &[("code_challenge", ""), ("code_challenge_method", "")]).await;
        assert_eq!(without.error(), (400, "invalid_request"));
    }
}

#[actix_web::test]
async fn a_request_object_may_be_pushed_and_then_nothing_beside_it_counts() {
    for database in each_database() {
        let stage = signing_stage(database, json!({"require_signed_request_object": true})).await;
        let object = request_object(&stage, &json!({})).write();
        pushed(&stage, &[("request", &object), ("redirect_uri", ""), ("code_challenge", "")]).await;
        pushed(&stage, &[("request", &object), ("redirect_uri", "https://evil.example/")]).await;
        assert_eq!(push(&stage, &[]).await.error(), (400, "invalid_request"), "unsigned");
        let without = request_object(&stage, &json!({"redirect_uri": null})).write();
        assert_eq!(push(&stage, &[("request", &without)]).await.error(), (400, "invalid_request"));
        let mut unsigned = request_object(&stage, &json!({}));
        unsigned.header.insert("alg".into(), json!("none"));
        unsigned.signature = Signature::Empty;
        let forged =
            Token { signature: Signature::By(TestKey::intruder()), ..request_object(&stage, &json!({})) };
        let expired = request_object(&stage, &json!({"exp": 1}));
        let type_differs = changed_claims(&stage, &json!({"response_type": "code id_token"}));
        for (name, token, expected) in [
            ("unsigned", unsigned, "invalid_request_object"),
            ("forged", forged, "invalid_request_object"),
            ("expired", expired, "invalid_request_object"),
            ("another response type", Token::honest(type_differs.into()), "invalid_request"),
        ] {
            assert_eq!(push(&stage, &[("request", &token.write())]).await.error(), (400, expected), "{name}");
        }
    }
}

#[actix_web::test]
async fn a_network_that_pushes_without_end_drives_out_its_own_oldest_and_nobody_elses() {
    for database in each_database() {
        let trust = ("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1");
        let hub = TestHub::start_with(database, "http", &[trust]).await;
        let stage = Stage::at(hub, public()).await;
        let other = crate::support::sign_in::add_client(&stage.hub, public()).await;
        let of_other = [("client_id", other.client_id.as_str()), ("redirect_uri", CALLBACK)];
        let by = async |ip: &str, changes: &[(&str, &str)]| {
            let form = request(&stage, changes);
            post_form(&stage.hub.url("oauth/par"), &form, &[("x-forwarded-for", ip)]).await
        };
        let mut honest = Vec::new();
        for net in 0..20 {
            let answer = by(&format!("203.0.{net}.1"), &[]).await;
            let uri = answer.text_of("request_uri");
            honest.push(digest::sha256_base64url(uri.rsplit(':').next().unwrap()));
        }
        let room = limits::PUSHED_REQUESTS.places;
        for number in 0..room + 10 {
            let changes = if number % 2 == 0 { &of_other[..] } else { &[] };
            let answer = by(&format!("198.51.100.{}", number % 250), changes).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        // Large ones too: bytes are bounded, however many places are left.
        let state = "s".repeat(7_000);
        for _ in 0..60 {
            assert_eq!(by("198.51.100.7", &[("state", &state)]).await.status, 201);
        }
        assert_eq!(by("203.0.113.1", &of_other).await.status, 201, "others go on");
        let kept = stage.hub.database.values("SELECT reference_hash AS value FROM parked_requests");
        assert!(honest.iter().all(|hash| kept.contains(hash)), "what others pushed is there");
        assert!(kept.len() <= room + 21, "{}", kept.len());
        let sum =
            "SELECT CAST(sum(bytes) AS TEXT) AS value FROM parked_requests WHERE network = '198.51.100.0/24'";
        let bytes: i64 = stage.hub.database.values(sum)[0].parse().unwrap();
        assert!(bytes <= limits::PUSHED_REQUESTS.bytes, "{bytes}");
    }
}

#[actix_web::test]
async fn an_application_that_proves_itself_pushes_from_one_network_as_many_as_it_needs_and_no_more() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for _ in 0..2 * limits::PUSHED_REQUESTS.places {
            pushed(&stage, &[]).await;
        }
        assert_eq!(stage.count("parked_requests"), 2 * limits::PUSHED_REQUESTS.places);
        // Its sections are full.
        let later = stage.hub.clock.now().plus_seconds(60).millis();
        stage.hub.database.execute(&format!(
            "INSERT INTO parked_requests (reference_hash, request_sealed, expires_at, client_id, asked_by, section, \
             network, bytes) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400), \
             s(section) AS (SELECT DISTINCT section FROM parked_requests) \
             SELECT 'r' || s.section || i, 'sealed', {later}, '{0}', '{0}', s.section, '192.0.2.0/24', 6 FROM n, s",
            stage.app.client_id
        ));
        let sections =
            stage.hub.database.values("SELECT DISTINCT section AS value FROM parked_requests").len();
        for _ in 0..200 {
            pushed(&stage, &[]).await;
        }
        let most = limits::PUSHED_REQUESTS_OF_CLIENT.places;
        let full = "SELECT CAST(max(c) AS TEXT) AS value FROM (SELECT count(*) AS c FROM parked_requests GROUP BY section \
                    HAVING count(*) <= 160) AS counted";
        assert!(stage.count("parked_requests") < sections * 400, "what was too much is gone");
        assert_eq!(stage.hub.database.values(full), [most.to_string()]);
    }
}
