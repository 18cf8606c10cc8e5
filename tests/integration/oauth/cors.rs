//! Scripts of other origins read what they need and nothing else (Fetch Standard, CORS).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::databases::{each_database, sqlite};
use crate::support::routes::every_route;
use crate::support::sign_in::{Answer, Stage, add_client, changed, http, post_form, read};

const OWN: &str = "https://app.example";
const REGISTERED: &str = "https://spa.example:8443";
const OF_ANOTHER: &str = "https://another.example";
const OF_NOBODY: &str = "https://evil.example";
/// What single-page applications call.
const FOR_APPLICATIONS: [(&str, &str); 4] =
    [("oauth/token", "POST"), ("oauth/revoke", "POST"), ("oauth/par", "POST"), ("userinfo", "GET, POST")];
const FOR_EVERYBODY: [&str; 3] =
    [".well-known/openid-configuration", ".well-known/oauth-authorization-server", ".well-known/jwks.json"];

/// A single-page application with redirect URI at [`OWN`], and another one.
async fn stage(database: crate::support::databases::TestDatabase) -> Stage {
    let settings = json!({"app_type": "spa", "allowed_origins": [REGISTERED]});
    let stage = Stage::with_client(database, settings).await;
    add_client(&stage.hub, json!({"callbacks": ["https://x.example/"], "web_origins": [OF_ANOTHER]})).await;
    stage
}

async fn preflight(stage: &Stage, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http().request(Method::OPTIONS, stage.hub.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request).await
}

fn asking(origin: &str) -> [(&str, &str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "auth0-client, dpop, authorization"),
    ]
}

/// The origin that may read the answer; never with cookies, and caches are told that it matters.
fn reader(answer: &Answer) -> String {
    assert_eq!(answer.header("access-control-allow-credentials"), "", "{answer:?}");
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert!(vary.iter().any(|value| *value == "Origin"), "{answer:?}");
    answer.header("access-control-allow-origin").to_owned()
}

#[actix_web::test]
async fn a_preflight_request_is_answered_for_the_origins_of_applications_alone() {
    for database in each_database() {
        let stage = stage(database).await;
        for (path, methods) in FOR_APPLICATIONS {
            for origin in [OWN, REGISTERED, OF_ANOTHER] {
                let answer = preflight(&stage, path, &asking(origin)).await;
                assert_eq!((answer.status, reader(&answer).as_str()), (204, origin), "{path}");
                assert_eq!(answer.header("access-control-allow-methods"), methods, "{path}");
                let asked = answer.header("access-control-allow-headers");
                assert_eq!(asked, "auth0-client, dpop, authorization", "{path}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
            }
            for origin in [OF_NOBODY, "null", "https://app.example:8443", "http://app.example", "*"] {
                let answer = preflight(&stage, path, &asking(origin)).await;
                assert_eq!((answer.status, reader(&answer).as_str()), (403, ""), "{path} {origin}");
                assert_eq!(answer.header("access-control-allow-methods"), "", "{path}");
            }
            let two = [&asking(OWN)[..], &asking(OF_NOBODY)[..1]].concat();
            assert_eq!(reader(&preflight(&stage, path, &two).await), "", "two origins are none");
        }
        let log = stage.hub.log().await;
        let refused: Vec<_> = log.iter().filter(|entry| entry.log_type == "fco").collect();
        assert!(refused.iter().any(|entry| entry.description.contains(OF_NOBODY)), "{refused:?}");
    }
}

#[actix_web::test]
async fn the_token_endpoint_is_read_from_the_origins_of_the_application_that_calls() {
    for database in each_database() {
        let stage = stage(database).await;
        let url = stage.hub.url("oauth/token");
        for (origin, expected) in [(OWN, OWN), (REGISTERED, REGISTERED), (OF_ANOTHER, ""), (OF_NOBODY, "")] {
            let fields = stage.exchange(&stage.code(&[]).await);
            let answer = post_form(&url, &fields, &[("origin", origin)]).await;
            assert_eq!((answer.status, reader(&answer).as_str()), (200, expected), "{origin}");
            // A refusal is read like an answer.
            let again = post_form(&url, &fields, &[("origin", origin)]).await;
            assert_eq!((again.error(), reader(&again).as_str()), ((400, "invalid_grant"), expected));
        }
        // Whose refusal this is, nobody knows: whoever has an application here may read it.
        let fields = changed(&stage.exchange("x"), "client_id", "");
        for (origin, expected) in [(OF_ANOTHER, OF_ANOTHER), (OF_NOBODY, "")] {
            let answer = post_form(&url, &fields, &[("origin", origin)]).await;
            assert!(answer.status >= 400);
            assert_eq!(reader(&answer), expected);
        }
        let without = post_form(&url, &fields, &[]).await;
        assert_eq!(reader(&without), "");
        let own_page = post_form(&url, &fields, &[("origin", stage.hub.issuer.trim_end_matches('/'))]).await;
        assert_eq!(reader(&own_page), "");
        let log = stage.hub.log().await;
        let refused: Vec<_> = log.iter().filter(|entry| entry.log_type == "fco").collect();
        assert_eq!(refused.len(), 4, "one for each call that was not read: {refused:?}");
        assert!(refused.iter().all(|entry| entry.client_id.as_deref() == Some(&stage.app.client_id)));
        assert!(
            refused[0].description.contains(OF_ANOTHER) && refused[0].description.contains("allowed_origins")
        );
    }
}

#[actix_web::test]
async fn userinfo_is_read_from_the_origins_of_the_application_whose_token_it_is() {
    for database in each_database() {
        let stage = stage(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let url = stage.hub.url("userinfo");
        for (origin, expected) in [(REGISTERED, REGISTERED), (OF_ANOTHER, ""), (OF_NOBODY, "")] {
            let by_header = read(http().get(&url).bearer_auth(&token).header("origin", origin)).await;
            let form = vec![("access_token".to_owned(), token.clone())];
            let by_form = post_form(&url, &form, &[("origin", origin)]).await;
            for answer in [by_header, by_form] {
                assert_eq!((answer.status, reader(&answer).as_str()), (200, expected), "{origin}");
            }
        }
        let refused = read(http().get(&url).bearer_auth("x.y.z").header("origin", REGISTERED)).await;
        assert_eq!((refused.status, reader(&refused).as_str()), (401, REGISTERED));
        let exposed = refused.header("access-control-expose-headers");
        for name in ["WWW-Authenticate", "DPoP-Nonce"] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
}

#[actix_web::test]
async fn origins_that_are_registered_or_removed_count_at_once() {
    for database in each_database() {
        let stage = stage(database).await;
        let path = format!("clients/{}", stage.app.client_id);
        let may_ask = async || preflight(&stage, "userinfo", &asking(OF_NOBODY)).await.status == 204;
        assert!(!may_ask().await);
        stage.manage(Method::PATCH, &path, json!({"allowed_origins": [OF_NOBODY]})).await;
        assert!(may_ask().await);
        stage.manage(Method::PATCH, &path, json!({"allowed_origins": []})).await;
        assert!(!may_ask().await);
        // The redirect URIs of what is no single-page application say nothing of where its scripts run.
        assert_eq!(preflight(&stage, "userinfo", &asking(OWN)).await.status, 204);
        let web = json!({"app_type": "regular_web", "token_endpoint_auth_method": "none"});
        stage.manage(Method::PATCH, &path, web).await;
        assert_eq!(preflight(&stage, "userinfo", &asking(OWN)).await.status, 403);
    }
}

#[actix_web::test]
async fn what_is_the_same_for_everybody_is_read_from_anywhere() {
    let stage = stage(sqlite()).await;
    for path in FOR_EVERYBODY {
        for origin in [None, Some(OF_NOBODY)] {
            let mut request = http().get(stage.hub.url(path));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let answer = read(request).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            assert_eq!(answer.header("vary"), "", "{path}: caches keep one answer");
        }
        let answer = preflight(&stage, path, &asking(OF_NOBODY)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"), "{path}");
    }
}

/// Not even from an origin that may read the token endpoint.
#[actix_web::test]
async fn pages_the_management_api_and_everything_else_are_read_by_nobody() {
    let stage = stage(sqlite()).await;
    let token = stage.hub.management_token().await;
    let mut paths: Vec<String> = every_route().iter().map(|route| route.path()).collect();
    paths.retain(|path| {
        !FOR_EVERYBODY.contains(&path.as_str()) && FOR_APPLICATIONS.iter().all(|(shared, _)| shared != path)
    });
    paths.extend(["oauth/token/", "nowhere", "api/v2/nowhere"].map(str::to_owned));
    for path in &paths {
        let request = http().get(stage.hub.url(path)).bearer_auth(&token).header("origin", REGISTERED);
        let answers = [read(request).await, preflight(&stage, path, &asking(REGISTERED)).await];
        for answer in answers {
            for name in answer.headers.keys() {
                assert!(!name.as_str().starts_with("access-control"), "{path}: {name}");
            }
        }
        assert!(preflight(&stage, path, &asking(REGISTERED)).await.status >= 404, "{path}");
    }
    let plain = preflight(&stage, "oauth/token", &[]).await;
    assert_eq!((plain.status, plain.json), (405, Value::Null), "OPTIONS that is no preflight request");
}
