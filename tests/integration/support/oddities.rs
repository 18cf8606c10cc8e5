//! Oddities of real providers that harm nobody: with each of them a person still signs in.

use serde_json::{Value, json};
use vestibule::domain::connection::{CallUserInfo, Channel, OidcOptions};

use super::fake_provider::{Answer, Behaviour, Body, Reply, Scene};
use super::faults::{BACK, BOTH, FRONT};
use super::keys::{TestKey, Token};
use super::tenants::{TENANT, for_every_tenant, of_several_tenants};

#[derive(Clone, Copy, Debug)]
pub struct Oddity {
    pub name: &'static str,
    pub channels: &'static [Channel],
    pub behaviour: Behaviour,
    pub settings: fn(&mut OidcOptions),
}

impl Oddity {
    const fn new(name: &'static str, channels: &'static [Channel], behaviour: Behaviour) -> Self {
        Self { name, channels, behaviour, settings: |_| {} }
    }

    fn id_token(name: &'static str, edit: fn(&mut Token, &Scene)) -> Self {
        Self::new(name, BOTH, Behaviour { id_token: Some(edit), ..Behaviour::default() })
    }

    fn token(name: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BACK, Behaviour { token: Some(edit), ..Behaviour::default() })
    }

    fn discovery(name: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BOTH, Behaviour { discovery: Some(edit), ..Behaviour::default() })
    }

    fn keys(name: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BOTH, Behaviour { keys: Some(edit), ..Behaviour::default() })
    }

    fn reply(name: &'static str, edit: fn(&mut Reply, &Scene)) -> Self {
        Self::new(name, BOTH, Behaviour { reply: Some(edit), ..Behaviour::default() })
    }

    fn userinfo(name: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self {
            settings: |options| options.call_userinfo = CallUserInfo::Always,
            ..Self::new(name, BACK, Behaviour { userinfo: Some(edit), ..Behaviour::default() })
        }
    }
}

fn all() -> Vec<Oddity> {
    [claims(), tokens(), answers(), metadata()].concat()
}

/// Every oddity in every channel it applies to.
pub fn every_case() -> Vec<(Oddity, Channel)> {
    all()
        .into_iter()
        .flat_map(|oddity| oddity.channels.iter().map(move |channel| (oddity, *channel)))
        .collect()
}

/// Entra's key sets say of each key whose tokens it signs.
const FOR_EVERY_TENANT: Behaviour = Behaviour {
    discovery: Some(for_every_tenant),
    id_token: Some(|token, scene| {
        token.set("tid", TENANT);
        token.set("iss", format!("{}/{TENANT}/v2.0", scene.issuer));
    }),
    keys: Some(|answer, scene| {
        let mut key = TestKey::honest().jwk.clone();
        key["issuer"] = json!(format!("{}/{{tenantid}}/v2.0", scene.issuer));
        answer.set("keys", json!([key]));
    }),
    ..Behaviour::HONEST
};

fn claims() -> Vec<Oddity> {
    vec![
        Oddity::id_token("email_verified a text", |t, _| t.set("email_verified", "true")),
        Oddity::id_token("email_verified 1", |t, _| t.set("email_verified", 1)),
        Oddity::id_token("email null", |t, _| t.set("email", Value::Null)),
        Oddity::id_token("amr a text", |t, _| t.set("amr", "pwd")),
        Oddity::id_token("amr null", |t, _| t.set("amr", Value::Null)),
        Oddity::id_token("acr a number", |t, _| t.set("acr", 1)),
        Oddity::id_token("address a text", |t, _| t.set("address", "1 Main Street")),
        Oddity::id_token("locale a number", |t, _| t.set("locale", 1033)),
        Oddity::id_token("locale with an underscore", |t, _| t.set("locale", "en_US")),
        Oddity::id_token("name an object", |t, _| t.set("name", json!({"first": "Alice"}))),
        Oddity::id_token("name a number", |t, _| t.set("name", 5)),
        Oddity::id_token("names in languages", |t, _| t.set("name#ja-Kana-JP", "アリス")),
        Oddity::id_token("birthdate a number", |t, _| t.set("birthdate", 1990)),
        Oddity::id_token("picture empty", |t, _| t.set("picture", "")),
        Oddity::id_token("phone_number_verified a word", |t, _| t.set("phone_number_verified", "yes")),
        Oddity::id_token("updated_at garbage", |t, _| t.set("updated_at", "the other day")),
        Oddity::id_token("updated_at beyond time", |t, _| t.set("updated_at", 1e30)),
        Oddity::id_token("updated_at a date", |t, _| t.set("updated_at", "2026-01-01T00:00:00Z")),
        Oddity::id_token("auth_time a text", |t, scene| t.set("auth_time", scene.now.to_string())),
        Oddity::id_token("groups in an object", |t, _| t.set("groups", json!({"0": "staff"}))),
        Oddity::id_token("claims nobody knows", |t, _| {
            t.set("https://acme.example/claims/level", json!([{"deep": [1, 2, {"deeper": null}]}]));
            t.set("_claim_names", json!({"groups": "src1"}));
            t.set("_claim_sources", json!({"src1": {"endpoint": "https://graph.example/groups"}}));
        }),
        Oddity::id_token("reserved words as claims", |t, _| {
            t.set("user_id", "admin");
            t.set("constructor", "x");
            t.set("__proto__", json!({"isAdmin": true}));
            t.set("app_metadata", json!({"role": "admin"}));
        }),
    ]
}

fn tokens() -> Vec<Oddity> {
    vec![
        Oddity::id_token("times with fractions", |t, scene| {
            #[expect(clippy::cast_precision_loss, reason = "seconds are small numbers")]
            let now = scene.now as f64;
            t.set("exp", now + 300.5);
            t.set("iat", now + 0.25);
        }),
        Oddity::id_token("a clock half a minute ahead", |t, scene| {
            t.set("iat", scene.now + 30);
            t.set("nbf", scene.now + 30);
        }),
        Oddity::id_token("a token expired half a minute ago", |t, scene| t.set("exp", scene.now - 30)),
        Oddity::id_token("aud a list of one", |t, scene| t.set("aud", json!([scene.client_id]))),
        Oddity::id_token("several audiences and azp", |t, scene| {
            t.set("aud", json!(["other", scene.client_id]));
            t.set("azp", scene.client_id.clone());
        }),
        Oddity::id_token("no kid", |t, _| drop(t.header.remove("kid"))),
        Oddity::id_token("no typ", |t, _| drop(t.header.remove("typ"))),
        Oddity::id_token("keys and links in the header of an honest token", |t, scene| {
            t.header.insert("jwk".into(), TestKey::intruder().jwk.clone());
            t.header.insert("jku".into(), format!("{}/elsewhere", scene.issuer).into());
            t.header.insert("x5t".into(), "AAAA".into());
        }),
        Oddity::id_token("sub of 255 characters", |t, _| t.set("sub", "é".repeat(255))),
        Oddity::id_token("no at_hash", |t, _| t.remove("at_hash")),
    ]
}

fn answers() -> Vec<Oddity> {
    vec![
        Oddity::token("expires_in a text", |answer, _| answer.set("expires_in", "300")),
        Oddity::token("expires_in missing", |answer, _| answer.remove("expires_in")),
        Oddity::token("token_type in capitals", |answer, _| answer.set("token_type", "BEARER")),
        Oddity::token("token_type missing", |answer, _| answer.remove("token_type")),
        Oddity::token("scope a list", |answer, _| answer.set("scope", json!(["openid", "email"]))),
        Oddity::token("no access token", |answer, _| answer.remove("access_token")),
        Oddity::token("JSON as text/html", |answer, _| answer.content_type = "text/html"),
        Oddity::token("JSON after a byte order mark", |answer, _| {
            let text = format!("\u{feff}{}", answer.document());
            answer.body = Body::Text(text);
        }),
        Oddity::reply("iss although nobody asked", |reply, scene| reply.add("iss", &scene.issuer)),
        Oddity {
            channels: FRONT,
            ..Oddity::discovery("iss promised, and none beside an ID token", |answer, _| {
                answer.set("authorization_response_iss_parameter_supported", true);
            })
        },
        Oddity::reply("session_state and other additions", |reply, _| {
            reply.add("session_state", "5e2a.c0");
            reply.add("client_info", "e30");
        }),
        Oddity::userinfo("UserInfo with odd claims", |answer, _| {
            answer.set("email_verified", "yes");
            answer.set("address", "1 Main Street");
            answer.set("locale", 1033);
        }),
        Oddity::userinfo("UserInfo signed", |answer, _| {
            let token = Token::honest(answer.document().clone());
            answer.content_type = "application/jwt; charset=utf-8";
            answer.body = Body::Text(token.write());
        }),
    ]
}

fn metadata() -> Vec<Oddity> {
    vec![
        Oddity::discovery("no subject_types_supported", |answer, _| answer.remove("subject_types_supported")),
        Oddity::discovery("no signing algorithms", |answer, _| {
            answer.remove("id_token_signing_alg_values_supported");
        }),
        Oddity::discovery("unknown algorithms", |answer, _| {
            answer.set("id_token_signing_alg_values_supported", json!(["RS256", "ML-DSA-44", 5]));
        }),
        Oddity::discovery("no PKCE methods", |answer, _| answer.remove("code_challenge_methods_supported")),
        Oddity::discovery("PKCE methods a text", |answer, _| {
            answer.set("code_challenge_methods_supported", "S256");
        }),
        Oddity::discovery("only plain PKCE", |answer, _| {
            answer.set("code_challenge_methods_supported", json!(["plain"]));
        }),
        Oddity::discovery("userinfo_endpoint empty", |answer, _| answer.set("userinfo_endpoint", "")),
        Oddity::discovery("end_session_endpoint no URL", |answer, _| answer.set("end_session_endpoint", "-")),
        Oddity::discovery("metadata as text/plain", |answer, _| answer.content_type = "text/plain"),
        Oddity::new("an issuer with a slash at its end, everywhere", BOTH, SLASHED),
        Oddity {
            settings: of_several_tenants,
            ..Oddity::new("a key that signs for every tenant", BOTH, FOR_EVERY_TENANT)
        },
        Oddity::keys("keys without kid", |answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key.as_object_mut().unwrap().remove("kid");
            answer.set("keys", json!([key]));
        }),
        Oddity::keys("keys without use, with alg", |answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key.as_object_mut().unwrap().remove("use");
            key["alg"] = json!("RS256");
            answer.set("keys", json!([key]));
        }),
        Oddity::keys("keys padded", |answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key["n"] = json!(format!("{}==", key["n"].as_str().unwrap()));
            answer.set("keys", json!([key]));
        }),
        Oddity::keys("unknown keys beside the right one", |answer, _| {
            let honest = TestKey::honest().jwk.clone();
            answer.set("keys", json!([{"kty": "AKP"}, null, {"kty": "oct", "k": "AAAA"}, honest]));
        }),
    ]
}

const SLASHED: Behaviour = Behaviour {
    id_token: Some(|token, scene| token.set("iss", format!("{}/", scene.issuer))),
    reply: Some(|reply, scene| reply.add("iss", &format!("{}/", scene.issuer))),
    discovery: Some(|answer, scene| answer.set("issuer", format!("{}/", scene.issuer))),
    ..Behaviour::HONEST
};
