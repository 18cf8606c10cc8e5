//! ID tokens that are not what they have to be (OpenID Connect Core §3.1.3.7, RFC 7515, RFC 7519, RFC 8725).

use serde_json::json;
use vestibule::crypto::jws::Algorithm;

use super::{BACK, BOTH, Fault};
use crate::support::keys::{Signature, TestKey, Token};

fn unsigned(token: &mut Token, algorithm: &str) {
    token.header.insert("alg".into(), algorithm.into());
    token.signature = Signature::Empty;
}

/// Signed by a key of the sender's own, under the name of the provider's.
fn foreign(token: &mut Token, name: &str, value: impl Into<serde_json::Value>) {
    token.header.insert(name.into(), value.into());
    token.signature = Signature::By(TestKey::intruder());
}

pub(super) fn signatures() -> Vec<Fault> {
    let algorithm = "id-token-algorithm";
    let signature = "id-token-signature";
    let key = "id-token-key";
    let mut faults = vec![
        Fault::id_token("alg none", BOTH, algorithm, |t, _| unsigned(t, "none")),
        Fault::id_token("alg None", BOTH, algorithm, |t, _| unsigned(t, "None")),
        Fault::id_token("alg nOnE", BOTH, algorithm, |t, _| unsigned(t, "nOnE")),
        Fault::id_token("HS256 with the client secret", BOTH, algorithm, |t, scene| {
            t.header.insert("alg".into(), "HS256".into());
            t.signature = Signature::Hmac(scene.client_secret.clone().into_bytes());
        }),
        Fault::id_token("HS256 with the public key as secret", BOTH, algorithm, |t, _| {
            t.header.insert("alg".into(), "HS256".into());
            t.signature = Signature::Hmac(TestKey::honest().public_pem().into_bytes());
        }),
        Fault::id_token("alg of another type of key", BOTH, signature, |t, _| {
            t.header.insert("alg".into(), "ES256".into());
        }),
        Fault::id_token("another alg of the same key", BOTH, signature, |t, _| {
            t.header.insert("alg".into(), "PS256".into());
        }),
        Fault::id_token("no signature", BOTH, signature, |t, _| t.signature = Signature::Empty),
        Fault::id_token("one bit of the signature flipped", BOTH, signature, |t, _| {
            t.rewrite = Some(|text| {
                let (message, signature) = text.rsplit_once('.').unwrap();
                let first = if signature.starts_with('A') { "Q" } else { "A" };
                format!("{message}.{first}{}", &signature[1..])
            });
        }),
        Fault::id_token("claims changed after signing", BOTH, signature, |t, _| {
            t.rewrite = Some(|text| {
                let parts: Vec<&str> = text.split('.').collect();
                let mut forged = Token::honest(json!({"sub": "admin"}));
                forged.signature = Signature::Empty;
                let payload = forged.write().split('.').nth(1).unwrap().to_owned();
                format!("{}.{payload}.{}", parts[0], parts[2])
            });
        }),
        Fault::id_token("signed by another key under the same kid", BOTH, signature, |t, _| {
            t.signature = Signature::By(TestKey::intruder());
        }),
        Fault::id_token("its own key in jwk", BOTH, signature, |t, _| {
            foreign(t, "jwk", TestKey::intruder().jwk.clone());
        }),
        Fault::id_token("its own key in jku", BOTH, signature, |t, scene| {
            foreign(t, "jku", format!("{}/keys", scene.issuer));
        }),
        Fault::id_token("its own certificate in x5u", BOTH, signature, |t, scene| {
            foreign(t, "x5u", format!("{}/certificate", scene.issuer));
        }),
        Fault::id_token("its own certificate in x5c", BOTH, signature, |t, _| {
            foreign(t, "x5c", json!([TestKey::intruder().public_pem()]));
        }),
        Fault::id_token("a kid nobody published", BOTH, key, |t, _| {
            foreign(t, "kid", TestKey::intruder().key_id());
        }),
        Fault::id_token("a kid that is a path", BOTH, key, |t, _| {
            foreign(t, "kid", "../../../../dev/null");
        }),
        Fault::id_token("a kid that is a query", BOTH, key, |t, _| {
            foreign(t, "kid", "x' UNION SELECT 'key");
        }),
        Fault::id_token("no kid and a foreign key", BOTH, key, |t, _| {
            t.header.remove("kid");
            t.signature = Signature::By(TestKey::intruder());
        }),
    ];
    faults.push(Fault {
        settings: |options| options.id_token_signed_response_algs = Some(vec![Algorithm::ES256]),
        ..Fault::id_token("an alg this connection does not allow", BOTH, algorithm, |_, _| {})
    });
    faults
}

pub(super) fn formats() -> Vec<Fault> {
    let format = "id-token-format";
    vec![
        Fault::id_token("encrypted (five parts)", BOTH, format, |t, _| {
            t.rewrite = Some(|text| format!("{text}.AAAA.AAAA"));
        }),
        Fault::id_token("two parts", BOTH, format, |t, _| {
            t.rewrite = Some(|text| text.rsplit_once('.').unwrap().0.to_owned());
        }),
        Fault::id_token("no token at all", BOTH, format, |t, _| {
            t.rewrite = Some(|_| "please sign in".to_owned());
        }),
        Fault::id_token("a header that is a list", BOTH, format, |t, _| {
            t.rewrite = Some(|text| format!("W10.{}", text.split_once('.').unwrap().1));
        }),
        Fault::id_token("a payload that is no JSON", BOTH, format, |t, _| {
            t.payload = Some("sub=alice".into());
        }),
        Fault::id_token("a payload that is a list", BOTH, format, |t, _| {
            t.payload = Some(r#"["alice"]"#.into());
        }),
        Fault::id_token("a critical extension", BOTH, format, |t, _| {
            t.header.insert("crit".into(), json!(["b64"]));
            t.header.insert("b64".into(), json!(false));
        }),
        Fault::id_token("a payload nested a thousand times", BOTH, format, |t, _| {
            t.payload = Some(format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)));
        }),
        Fault::id_token("an access token (typ at+jwt)", BOTH, "id-token-type", |t, _| {
            t.header.insert("typ".into(), "at+jwt".into());
        }),
        Fault::id_token("a logout token", BOTH, "id-token-type", |t, _| {
            t.header.insert("typ".into(), "application/logout+jwt".into());
        }),
        Fault::id_token("larger than any ID token", BACK, "outbound-size", |t, _| {
            t.set("picture", "x".repeat(300_000));
        }),
    ]
}

pub(super) fn claims() -> Vec<Fault> {
    let issuer = "id-token-issuer";
    let audience = "id-token-audience";
    let party = "id-token-authorized-party";
    let nonce = "id-token-nonce";
    let subject = "id-token-subject";
    vec![
        Fault::id_token("iss of another provider", BOTH, issuer, |t, _| {
            t.set("iss", "https://other.example");
        }),
        Fault::id_token("iss with a slash more", BOTH, issuer, |t, scene| {
            t.set("iss", format!("{}/", scene.issuer));
        }),
        Fault::id_token("no iss", BOTH, issuer, |t, _| t.remove("iss")),
        Fault::id_token("iss a list", BOTH, issuer, |t, scene| t.set("iss", json!([scene.issuer]))),
        Fault::id_token("no aud", BOTH, audience, |t, _| t.remove("aud")),
        Fault::id_token("aud of another application", BOTH, audience, |t, _| t.set("aud", "other")),
        Fault::id_token("aud an empty list", BOTH, audience, |t, _| t.set("aud", json!([]))),
        Fault::id_token("aud a list with a number", BOTH, audience, |t, scene| {
            t.set("aud", json!([scene.client_id, 1]));
        }),
        Fault::id_token("several audiences without azp", BOTH, party, |t, scene| {
            t.set("aud", json!([scene.client_id, "other"]));
        }),
        Fault::id_token("several audiences with azp of another", BOTH, party, |t, scene| {
            t.set("aud", json!([scene.client_id, "other"]));
            t.set("azp", "other");
        }),
        Fault::id_token("azp of another application", BOTH, party, |t, _| t.set("azp", "other")),
        Fault::id_token("no nonce", BOTH, nonce, |t, _| t.remove("nonce")),
        Fault::id_token("an empty nonce", BOTH, nonce, |t, _| t.set("nonce", "")),
        Fault::id_token("another nonce", BOTH, nonce, |t, _| {
            t.set("nonce", "c3RvbGVuIGZyb20gYW5vdGhlciBsb2dpbiwgaW5kZWU");
        }),
        Fault::id_token("half the nonce", BOTH, nonce, |t, scene| t.set("nonce", &scene.nonce[..20])),
        Fault::id_token("no sub", BOTH, subject, |t, _| t.remove("sub")),
        Fault::id_token("sub null", BOTH, subject, |t, _| t.set("sub", json!(null))),
        Fault::id_token("an empty sub", BOTH, subject, |t, _| t.set("sub", "")),
        Fault::id_token("sub a number", BOTH, subject, |t, _| t.set("sub", 5)),
        Fault::id_token("sub of 300 characters", BOTH, subject, |t, _| t.set("sub", "a".repeat(300))),
        Fault::id_token("sub with a line break", BOTH, subject, |t, _| t.set("sub", "alice\nadmin")),
        Fault::id_token("at_hash of another access token", BACK, "id-token-at-hash", |t, _| {
            t.set("at_hash", Algorithm::RS256.left_half_hash("another access token"));
        }),
        Fault::id_token("at_hash a number", BACK, "id-token-at-hash", |t, _| t.set("at_hash", 5)),
        Fault::id_token("c_hash of another code", BACK, "id-token-c-hash", |t, _| {
            t.set("c_hash", Algorithm::RS256.left_half_hash("another code"));
        }),
    ]
}

pub(super) fn times() -> Vec<Fault> {
    let expiry = "id-token-expiry";
    let issued = "id-token-issued-at";
    let not_before = "id-token-not-before";
    vec![
        Fault::id_token("no exp", BOTH, expiry, |t, _| t.remove("exp")),
        Fault::id_token("exp past", BOTH, expiry, |t, scene| t.set("exp", scene.now - 120)),
        Fault::id_token("exp a text", BOTH, expiry, |t, _| t.set("exp", "9999999999")),
        Fault::id_token("exp a list", BOTH, expiry, |t, scene| t.set("exp", json!([scene.now + 300]))),
        Fault::id_token("exp negative", BOTH, expiry, |t, _| t.set("exp", -1)),
        Fault::id_token("exp true", BOTH, expiry, |t, _| t.set("exp", true)),
        Fault::id_token("exp in the year 31 688 738 506", BOTH, expiry, |t, _| t.set("exp", 1e18)),
        Fault::id_token("exp beyond every number", BOTH, "id-token-format", |t, _| {
            let honest = format!("\"exp\":{}", t.claims["exp"]);
            let claims = serde_json::Value::Object(t.claims.clone()).to_string();
            t.payload = Some(claims.replace(&honest, "\"exp\":1e400"));
        }),
        Fault::id_token("no iat", BOTH, issued, |t, _| t.remove("iat")),
        Fault::id_token("iat a text", BOTH, issued, |t, scene| t.set("iat", scene.now.to_string())),
        Fault::id_token("iat to come", BOTH, issued, |t, scene| t.set("iat", scene.now + 600)),
        Fault::id_token("iat of a year ago", BOTH, issued, |t, scene| {
            t.set("iat", scene.now - 365 * 24 * 3600);
        }),
        Fault::id_token("nbf to come", BOTH, not_before, |t, scene| t.set("nbf", scene.now + 600)),
        Fault::id_token("nbf a text", BOTH, not_before, |t, _| t.set("nbf", "now")),
    ]
}
