//! Tokens that leave open who somebody is, of which tenant, or for how long.

use serde_json::json;
use vestibule::domain::connection::OidcOptions;

use super::{BOTH, Fault};
use crate::support::fake_provider::{Answer, Behaviour, Scene};
use crate::support::keys::{TestKey, Token};
use crate::support::tenants::{
    ANOTHER_LISTED_TENANT, FOREIGN_TENANT, TENANT, for_every_tenant, of_several_tenants,
};

type Settings = fn(&mut OidcOptions);

fn with(name: &'static str, check: &'static str, settings: Settings, edit: fn(&mut Token, &Scene)) -> Fault {
    Fault { settings, ..Fault::id_token(name, BOTH, check, edit) }
}

/// At a provider for every tenant.
fn tenant(name: &'static str, check: &'static str, edit: fn(&mut Token, &Scene)) -> Fault {
    let behaviour =
        Behaviour { discovery: Some(for_every_tenant), id_token: Some(edit), ..Behaviour::default() };
    Fault { settings: of_several_tenants, ..Fault::new(name, BOTH, check, behaviour) }
}

fn tenant_metadata(name: &'static str, settings: Settings, edit: fn(&mut Answer, &Scene)) -> Fault {
    Fault { settings, ..Fault::discovery(name, "discovery-issuer", edit) }
}

fn says(token: &mut Token, scene: &Scene, tid: &str, issuer_of: &str) {
    token.set("tid", tid);
    token.set("iss", format!("{}/{issuer_of}/v2.0", scene.issuer));
}

pub(super) fn tenants() -> Vec<Fault> {
    let tid = "id-token-tenant";
    vec![
        tenant("a tenant that is not listed", tid, |t, s| says(t, s, FOREIGN_TENANT, FOREIGN_TENANT)),
        tenant("a tenant that is not listed under the issuer of one that is", tid, |t, s| {
            says(t, s, FOREIGN_TENANT, TENANT);
        }),
        tenant("a listed tenant under the issuer of one that is not", "id-token-issuer", |t, s| {
            says(t, s, TENANT, FOREIGN_TENANT);
        }),
        tenant("a listed tenant under the issuer of another", "id-token-issuer", |t, s| {
            says(t, s, TENANT, ANOTHER_LISTED_TENANT);
        }),
        tenant("the placeholder as tenant", tid, |t, s| says(t, s, "{tenantid}", "{tenantid}")),
        tenant("a listed tenant under the placeholder", "id-token-issuer", |t, s| {
            says(t, s, TENANT, "{tenantid}");
        }),
        tenant("no tenant", tid, |t, s| {
            says(t, s, TENANT, TENANT);
            t.remove("tid");
        }),
        tenant("several tenants", tid, |t, s| {
            says(t, s, TENANT, TENANT);
            t.set("tid", json!([TENANT]));
        }),
        Fault {
            settings: of_several_tenants,
            ..Fault::new(
                "a key that signs for another tenant alone",
                BOTH,
                "id-token-key-issuer",
                Behaviour {
                    discovery: Some(for_every_tenant),
                    id_token: Some(|t, s| says(t, s, TENANT, TENANT)),
                    keys: Some(|answer, scene| {
                        let mut key = TestKey::honest().jwk.clone();
                        key["issuer"] = json!(format!("{}/{ANOTHER_LISTED_TENANT}/v2.0", scene.issuer));
                        answer.set("keys", json!([key]));
                    }),
                    ..Behaviour::default()
                },
            )
        },
        tenant_metadata("an issuer for every tenant where none is listed", |_| {}, for_every_tenant),
        tenant_metadata("an issuer for every tenant of somebody else", of_several_tenants, |answer, _| {
            answer.set("issuer", "https://other.example/{tenantid}/v2.0");
        }),
    ]
}

pub(super) fn people() -> Vec<Fault> {
    let user_id = "id-token-user-id";
    let by_oid: Settings = |options| options.user_id_attribute = "oid".into();
    vec![
        with("nothing in the claim that names people", user_id, by_oid, |_, _| {}),
        with("a number in the claim that names people", user_id, by_oid, |t, _| t.set("oid", 5)),
        with("an empty text in the claim that names people", user_id, by_oid, |t, _| t.set("oid", "")),
        with("a line break in the claim that names people", user_id, by_oid, |t, _| t.set("oid", "a\nb")),
        with("people named by a claim, and no sub", "id-token-subject", by_oid, |t, _| {
            t.set("oid", "o-1");
            t.remove("sub");
        }),
    ]
}

pub(super) fn sessions() -> Vec<Fault> {
    let expiry = "id-token-session-expiry";
    let heeds: Settings = |options| options.id_token_session_expiry_supported = true;
    vec![
        with("a session that is over", expiry, heeds, |t, s| t.set("session_expiry", s.now)),
        with("a session with an end in words", expiry, heeds, |t, s| {
            t.set("session_expiry", (s.now + 600).to_string());
        }),
    ]
}
