//! What must not be guessed (RFC 6749 §10.10, RFC 6819 §5.1.4.2.2): at least 160 bits, and never twice.

use std::collections::HashSet;

use serde_json::json;

use crate::support::databases::sqlite;
use crate::support::sign_in::{Stage, claims_of, fields, post_form};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[actix_web::test]
async fn codes_tokens_and_secrets_have_160_bits_and_never_come_twice() {
    let settings = json!({"grant_types": ["authorization_code", "refresh_token", DEVICE_CODE]});
    let stage = Stage::with_client(sqlite(), settings).await;
    let own = [("client_id", stage.app.client_id.as_str()), ("client_secret", stage.app.secret.as_str())];
    let mut drawn: Vec<(&str, Vec<String>)> = Vec::new();
    let mut draw = |name, value: String| match drawn.iter_mut().find(|(known, _)| *known == name) {
        Some((_, values)) => values.push(value),
        None => drawn.push((name, vec![value])),
    };
    for _ in 0..16 {
        let code = stage.code(&[("scope", "openid offline_access")]).await;
        let tokens = stage.redeem(&code).await;
        draw("code", code);
        draw("refresh token", tokens.text_of("refresh_token"));
        let access = claims_of(&tokens.text_of("access_token"));
        draw("jti", access["jti"].as_str().unwrap().to_owned());
        let device = post_form(&stage.hub.url("oauth/device/code"), &fields(&own), &[]).await;
        draw("device code", device.text_of("device_code"));
        let asked = url::Url::parse(&stage.ask(&[])).unwrap();
        let mut request: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        request.push(("client_secret".into(), stage.app.secret.clone()));
        let pushed = post_form(&stage.hub.url("oauth/par"), &request, &[]).await.text_of("request_uri");
        draw("request_uri", pushed.rsplit(':').next().unwrap().to_owned());
        draw("client secret", stage.hub.client(json!({"name": "Another"})).await.secret);
    }
    for (name, values) in drawn {
        assert_eq!(values.iter().collect::<HashSet<_>>().len(), values.len(), "{name}");
        // A family's refresh tokens share its half; of different families nothing is the same.
        let shortest = values.iter().map(String::len).min().unwrap();
        let varied = (0..shortest)
            .filter(|&at| values.iter().map(|value| value.as_bytes()[at]).collect::<HashSet<_>>().len() > 1);
        // Six bits for each character of base64url that is not always the same.
        let bits = varied.count() * 6;
        assert!(bits >= 160, "{name}: {bits} bits at most");
    }
}
