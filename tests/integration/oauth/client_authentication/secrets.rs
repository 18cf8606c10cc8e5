//! Applications at the token endpoint: who they are, and what a malformed request gets (RFC 6749 §2.3, §3.2, §5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::support::databases::{each_database, sqlite};
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET};
use crate::support::sign_in::{Answer, Stage, add_client, changed, fields, http, post_form, read};

fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}")))
}

/// RFC 6749 §5.1, §5.2: nothing of the token endpoint is kept by anybody on the way.
fn assert_not_stored(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
}

impl Stage {
    async fn redeem_by_header(&self, form: &[(String, String)], authorization: &str) -> Answer {
        post_form(&self.hub.url("oauth/token"), form, &[("authorization", authorization)]).await
    }
}

#[actix_web::test]
async fn a_secret_is_taken_in_the_header_or_in_the_body() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let posted = stage.redeem(&stage.code(&[]).await).await;
        assert_eq!(posted.status, 200, "{posted:?}");
        assert_not_stored(&posted);
        assert_eq!(posted.json["token_type"], "Bearer");
        let form = stage.exchange(&stage.code(&[]).await);
        let form = changed(&changed(&form, "client_secret", ""), "client_id", "");
        let header = basic(&stage.app.client_id, &stage.app.secret);
        let by_header = stage.redeem_by_header(&form, &header).await;
        assert_eq!(by_header.status, 200, "{by_header:?}");
    }
}

#[actix_web::test]
async fn a_public_application_names_itself_and_sends_no_secret() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"token_endpoint_auth_method": "none"})).await;
        assert_eq!(stage.tokens(&[]).await.status, 200);
        let with_secret = changed(&stage.exchange(&stage.code(&[]).await), "client_secret", "anything");
        assert_eq!(stage.token(&with_secret).await.error(), (401, "invalid_client"));
        let form = stage.exchange(&stage.code(&[]).await);
        let answer = stage.redeem_by_header(&form, &basic(&stage.app.client_id, "")).await;
        assert_eq!(answer.error(), (401, "invalid_client"));
        // Nor may a confidential application pose as a public one.
        let confidential = add_client(&stage.hub, json!({})).await;
        let form = changed(&form, "client_id", &confidential.client_id);
        assert_eq!(stage.token(&form).await.error(), (401, "invalid_client"));
    }
}

#[actix_web::test]
async fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        let wrong = stage.token(&changed(&stage.exchange(&code), "client_secret", "wrong")).await;
        let unknown = stage.token(&changed(&stage.exchange(&code), "client_id", "unknown")).await;
        assert_eq!(wrong.error(), (401, "invalid_client"));
        assert_eq!((wrong.status, &wrong.text), (unknown.status, &unknown.text));
        assert_not_stored(&wrong);
        assert_eq!(wrong.header("www-authenticate"), "", "the body was tried, not the header");
        let form = changed(&stage.exchange(&code), "client_secret", "");
        let wrong = stage.redeem_by_header(&form, &basic(&stage.app.client_id, "wrong")).await;
        let unknown = stage.redeem_by_header(&changed(&form, "client_id", ""), &basic("unknown", "x")).await;
        assert_eq!(wrong.error(), (401, "invalid_client"));
        assert_eq!((wrong.status, &wrong.text), (unknown.status, &unknown.text));
        assert!(wrong.header("www-authenticate").starts_with("Basic "), "{wrong:?}");
        assert!(unknown.header("www-authenticate").starts_with("Basic "), "{unknown:?}");
        // None of this touched the code.
        assert_eq!(stage.redeem(&code).await.status, 200);
    }
}

#[actix_web::test]
async fn two_methods_at_once_and_malformed_headers_are_refused() {
    let stage = Stage::on(sqlite()).await;
    let code = stage.code(&[]).await;
    let form = stage.exchange(&code);
    let right = basic(&stage.app.client_id, &stage.app.secret);
    assert_eq!(stage.redeem_by_header(&form, &right).await.error(), (400, "invalid_request"), "two methods");
    let without_secret = changed(&form, "client_secret", "");
    let contradicting = changed(&without_secret, "client_id", "another");
    let answer = stage.redeem_by_header(&contradicting, &right).await;
    assert_eq!(answer.error(), (400, "invalid_request"), "two names");
    for header in ["Basic", "Basic !!!", "Basic ", "Bearer abc", "Digest x", "Basic Og==", "Basic YWJj"] {
        let answer = stage.redeem_by_header(&without_secret, header).await;
        assert_eq!(answer.error(), (401, "invalid_client"), "{header:?}: {answer:?}");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{header:?}");
    }
    assert_eq!(stage.redeem_by_header(&without_secret, &right).await.status, 200, "the code is still good");
}

/// Every malformed request: the specified error, one log entry, and the code it carried is still good.
#[actix_web::test]
async fn a_malformed_token_request_changes_nothing_and_leaves_one_log_entry() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let url = stage.hub.url("oauth/token");
        let code = stage.code(&[]).await;
        let form = stage.exchange(&code);
        let form_text = serde_urlencoded::to_string(&form).unwrap();
        const FORM: &str = "application/x-www-form-urlencoded";
        let long = "x".repeat(9 * 1024);
        let giant = format!("{form_text}&padding={}", "x".repeat(70 * 1024));
        for (name, content_type, body, expected) in [
            ("JSON", "application/json", json!({"code": code}).to_string(), (415, "invalid_request")),
            ("no content type", "", form_text.clone(), (415, "invalid_request")),
            ("multipart", "multipart/form-data; boundary=x", form_text.clone(), (415, "invalid_request")),
            ("a giant body", FORM, giant, (413, "invalid_request")),
            ("a long value", FORM, format!("{form_text}&more={long}"), (400, "invalid_request")),
            ("no grant type", FORM, form_text.replace("grant_type", "grant"), (400, "invalid_request")),
            ("a code twice", FORM, format!("{form_text}&code={code}"), (400, "invalid_request")),
            ("a parameter twice", FORM, format!("{form_text}&x=1&x=2"), (400, "invalid_request")),
            (
                "an unknown grant",
                FORM,
                form_text.replace("authorization_code", "password"),
                (400, "unsupported_grant_type"),
            ),
            (
                "a grant not registered",
                FORM,
                form_text.replace("authorization_code", "client_credentials"),
                (400, "unauthorized_client"),
            ),
            ("no code", FORM, form_text.replace("code=", "kode="), (400, "invalid_request")),
            ("a NUL", FORM, format!("{form_text}%00"), (400, "invalid_request")),
            ("nothing", FORM, String::new(), (401, "invalid_client")),
        ] {
            let before = stage.hub.log().await.len();
            let mut request = http().post(&url).body(body);
            if !content_type.is_empty() {
                request = request.header(CONTENT_TYPE, content_type);
            }
            let answer = read(request).await;
            assert_eq!(answer.error(), expected, "{name}: {answer:?}");
            assert_not_stored(&answer);
            assert!(!answer.text.contains(&code) && !answer.text.contains(&stage.app.secret), "{name}");
            let log = stage.hub.log().await;
            assert_eq!(log.len(), before + 1, "{name}: {:?}", &log[before..]);
        }
        let with_more = changed(&form, "unknown", "1");
        assert_eq!(stage.token(&with_more).await.status, 200, "what is not known is ignored");
    }
}

#[actix_web::test]
async fn the_token_endpoint_takes_nothing_but_post() {
    let stage = Stage::on(sqlite()).await;
    let code = stage.code(&[]).await;
    let query = serde_urlencoded::to_string(stage.exchange(&code)).unwrap();
    let answer = read(http().get(stage.hub.url(&format!("oauth/token?{query}")))).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), "POST", "{answer:?}");
    // Nor does it read the query of a POST.
    let answer = post_form(&stage.hub.url(&format!("oauth/token?{query}")), &[], &[]).await;
    assert_eq!(answer.error(), (401, "invalid_client"));
    assert_eq!(stage.redeem(&code).await.status, 200);
}

#[actix_web::test]
async fn client_credentials_open_the_management_api_to_its_application_alone() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"grant_types": ["client_credentials"]})).await;
        let audience = stage.hub.url("api/v2/");
        let own = fields(&[
            ("grant_type", "client_credentials"),
            ("client_id", MANAGEMENT_CLIENT),
            ("client_secret", MANAGEMENT_SECRET),
            ("audience", &audience),
        ]);
        let narrow = changed(&own, "scope", "read:users no:such");
        assert_eq!(stage.token(&narrow).await.json["scope"], "read:users");
        assert_eq!(stage.token(&changed(&own, "scope", "no:such")).await.error(), (400, "invalid_scope"));
        assert_eq!(stage.token(&changed(&own, "audience", "")).await.error(), (400, "invalid_request"));
        let other = changed(&own, "audience", "https://api.example/");
        assert_eq!(stage.token(&other).await.error(), (400, "invalid_target"));
        let stranger = changed(&own, "client_id", &stage.app.client_id);
        let stranger = changed(&stranger, "client_secret", &stage.app.secret);
        assert_eq!(stage.token(&stranger).await.error(), (400, "access_denied"));
    }
}
