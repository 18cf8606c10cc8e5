//! Token endpoints that do not answer with tokens (RFC 6749 §5, OpenID Connect Core §3.1.3.3).

use serde_json::{Value, json};

use vestibule::domain::connection::TokenEndpointAuthMethod;

use super::{Fault, NOT_PUBLIC};
use crate::support::fake_provider::{Answer, Body, CLIENT_SECRET};

fn error(answer: &mut Answer, status: u16, body: Value) {
    answer.status = status;
    answer.body = Body::Json(body);
}

fn text(answer: &mut Answer, text: String) {
    answer.body = Body::Text(text);
}

pub(super) fn faults() -> Vec<Fault> {
    let refused = "token-answer";
    let id_token = "token-id-token";
    vec![
        Fault::token("status 500", refused, |answer, _| answer.fail(500)),
        Fault::token("status 503 with an HTML page", refused, |answer, _| {
            answer.html();
            answer.status = 503;
        }),
        Fault::token("invalid_client", "token-client", |answer, _| {
            error(answer, 401, json!({"error": "invalid_client"}));
        }),
        Fault::token("invalid_grant with status 200", "token-code", |answer, _| {
            error(answer, 200, json!({"error": "invalid_grant"}));
        }),
        Fault::token("an error that repeats code and secret", "token-code", |answer, scene| {
            let words = format!("code {} of {} is gone", scene.code, scene.client_secret);
            error(answer, 400, json!({"error": "invalid_grant", "error_description": words}));
        }),
        Fault {
            settings: |options| {
                options.token_endpoint_auth_method = TokenEndpointAuthMethod::ClientSecretBasic;
            },
            ..Fault::token("an error that repeats the secret of a header", "token-code", |answer, _| {
                let words = format!("{CLIENT_SECRET} may not redeem this");
                error(answer, 400, json!({"error": "invalid_grant", "error_description": words}));
            })
        },
        Fault::token("an HTML page", refused, |answer, _| answer.html()),
        Fault::token("nothing", refused, |answer, _| text(answer, String::new())),
        Fault::token("a list", refused, |answer, _| text(answer, "[]".into())),
        Fault::token("half an answer", refused, |answer, _| {
            text(answer, r#"{"token_type":"Bearer","id_to"#.into());
        }),
        Fault::token("a form, not JSON", refused, |answer, scene| {
            text(answer, format!("access_token={}&token_type=bearer", scene.access_token));
        }),
        Fault::token("a redirect to itself", refused, |answer, scene| {
            answer.redirect(&format!("{}/token", scene.issuer));
        }),
        Fault::token("tokens elsewhere", refused, |answer, scene| {
            answer.redirect(&format!("{}/moved/token", scene.issuer));
        }),
        Fault::token("a redirect to where nothing is public", refused, |answer, _| {
            answer.redirect(&format!("http://{NOT_PUBLIC}/latest/meta-data/"));
        }),
        Fault::token("an answer without end", "outbound-size", |answer, _| answer.body = Body::Endless),
        Fault::token("no answer", "outbound-timeout", |answer, _| answer.body = Body::Never),
        Fault::token("no ID token", id_token, |answer, _| answer.remove("id_token")),
        Fault::token("an ID token that is an object", id_token, |answer, _| {
            answer.set("id_token", json!({"sub": "alice"}));
        }),
        Fault::token("a line break in the access token", "token-access-token", |answer, _| {
            answer.set("access_token", "abc\r\nX-Injected: 1");
        }),
        Fault::token("another access token than the one hashed", "id-token-at-hash", |answer, _| {
            answer.set("access_token", "of another login");
        }),
        Fault::token("two ID tokens, the second no token", "id-token-format", |answer, _| {
            let first = answer.document().to_string();
            let twice = first.strip_suffix('}').unwrap().to_owned() + r#","id_token":"second"}"#;
            text(answer, twice);
        }),
    ]
}
