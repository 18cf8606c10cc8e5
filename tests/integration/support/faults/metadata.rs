//! Discovery documents and key sets that are wrong or dangerous (OpenID Connect Discovery §3, RFC 7517).

use serde_json::json;

use super::{BACK, Fault, NOT_PUBLIC};
use crate::support::fake_provider::Body;
use crate::support::keys::TestKey;

pub(super) fn documents() -> Vec<Fault> {
    let discovery = "discovery";
    let issuer = "discovery-issuer";
    let endpoint = "metadata-endpoint";
    vec![
        Fault::discovery("metadata of another issuer", issuer, |answer, _| {
            answer.set("issuer", "https://other.example");
        }),
        Fault::discovery("metadata without issuer", issuer, |answer, _| answer.remove("issuer")),
        Fault::discovery("an HTML page as metadata", discovery, |answer, _| answer.html()),
        Fault::discovery("metadata that are not there", discovery, |answer, _| answer.fail(404)),
        Fault::discovery("metadata that fail", discovery, |answer, _| answer.fail(500)),
        Fault::discovery("metadata elsewhere", discovery, |answer, scene| {
            answer.redirect(&format!("{}/moved/openid-configuration", scene.issuer));
        }),
        Fault::discovery("metadata without end", "outbound-size", |answer, _| answer.body = Body::Endless),
        Fault::discovery("metadata that never come", "outbound-timeout", |answer, _| {
            answer.body = Body::Never;
        }),
        Fault::discovery("metadata without jwks_uri", "metadata", |answer, _| answer.remove("jwks_uri")),
        Fault::discovery("metadata without authorization_endpoint", "metadata", |answer, _| {
            answer.remove("authorization_endpoint");
        }),
        Fault {
            channels: BACK,
            ..Fault::discovery("a token endpoint that is not public, by plain http", endpoint, |answer, _| {
                answer.set("token_endpoint", format!("http://{NOT_PUBLIC}/latest/meta-data/"));
            })
        },
        Fault {
            channels: BACK,
            ..Fault::discovery("a token endpoint that is not public", endpoint, |answer, _| {
                answer.set("token_endpoint", format!("https://{NOT_PUBLIC}/token"));
            })
        },
        Fault {
            channels: BACK,
            ..Fault::discovery(
                "a token endpoint that is not public, as a mapped address",
                endpoint,
                |answer, _| {
                    answer.set("token_endpoint", format!("https://[::ffff:{NOT_PUBLIC}]/token"));
                },
            )
        },
        Fault::discovery("keys in a file", endpoint, |answer, _| {
            answer.set("jwks_uri", "file:///etc/passwd");
        }),
        Fault::discovery("an authorization endpoint that is a script", endpoint, |answer, _| {
            answer.set("authorization_endpoint", "javascript:alert(1)");
        }),
        Fault::discovery("keys behind a name and password", endpoint, |answer, _| {
            answer.set("jwks_uri", "https://user:password@keys.example/keys");
        }),
    ]
}

pub(super) fn key_sets() -> Vec<Fault> {
    let keys = "keys";
    vec![
        Fault::keys("ten thousand keys", "outbound-size", |answer, _| {
            answer.set("keys", vec![TestKey::intruder().jwk.clone(); 10_000]);
        }),
        Fault::keys("no keys", keys, |answer, _| answer.set("keys", json!([]))),
        Fault::keys("no list of keys", keys, |answer, _| answer.set("keys", json!({"a": 1}))),
        Fault::keys("only symmetric keys", keys, |answer, scene| {
            let secret = &scene.client_secret;
            answer.set("keys", json!([{"kty": "oct", "kid": TestKey::honest().key_id(), "k": secret}]));
        }),
        Fault::keys("only encryption keys", keys, |answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key["use"] = json!("enc");
            answer.set("keys", json!([key]));
        }),
        Fault::keys("keys of a kind unknown here", keys, |answer, _| {
            answer.set("keys", json!([{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}, null, 5, "key"]));
        }),
        Fault::keys("a key of 24 bits", "id-token-signature", |answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key["n"] = json!("AQAB");
            answer.set("keys", json!([key]));
        }),
        Fault::keys("keys elsewhere", keys, |answer, scene| {
            answer.redirect(&format!("{}/moved/keys", scene.issuer))
        }),
        Fault::keys("an HTML page as keys", keys, |answer, _| answer.html()),
        Fault::keys("keys that fail", keys, |answer, _| answer.fail(500)),
        Fault::keys("keys without end", "outbound-size", |answer, _| answer.body = Body::Endless),
        Fault::keys("the keys of somebody else", "id-token-key", |answer, _| {
            answer.set("keys", json!([TestKey::intruder().jwk]));
        }),
    ]
}
