//! Providers that take pushed requests (RFC 9126) or bind tokens to a key (RFC 9449), and do it wrong.

use serde_json::json;
use vestibule::crypto::jws::Algorithm;
use vestibule::domain::connection::{OidcOptions, PushedRequests};

use super::{BACK, BOTH, Fault};
use crate::support::fake_provider::{Answer, Behaviour, Scene};

fn pushed(name: &'static str, check: &'static str, edit: fn(&mut Answer, &Scene)) -> Fault {
    Fault {
        settings: |options| options.pushed_authorization_requests = PushedRequests::Always,
        ..Fault::new(name, BOTH, check, Behaviour { pushed: Some(edit), ..Behaviour::default() })
    }
}

pub(super) fn requests() -> Vec<Fault> {
    let answer = "par-answer";
    let no_endpoint = Behaviour {
        discovery: Some(|answer, _| answer.remove("pushed_authorization_request_endpoint")),
        ..Behaviour::default()
    };
    let demands_and_has_none = Behaviour {
        discovery: Some(|answer, _| {
            answer.remove("pushed_authorization_request_endpoint");
            answer.set("require_pushed_authorization_requests", true);
        }),
        ..Behaviour::default()
    };
    vec![
        pushed("a pushed request that is refused", "par-request", |answer, _| {
            answer.set("error", "invalid_request");
            answer.status = 400;
        }),
        pushed("a pushed request of nobody known", "par-client", |answer, _| {
            answer.set("error", "invalid_client");
            answer.status = 401;
        }),
        pushed("a pushed request answered by a page", answer, |answer, _| answer.html()),
        pushed("a pushed request answered elsewhere", answer, |answer, scene| {
            answer.redirect(&format!("{}/par", scene.issuer));
        }),
        pushed("a pushed request without a reference", answer, |answer, _| answer.remove("request_uri")),
        pushed("a reference that is a number", answer, |answer, _| answer.set("request_uri", 5)),
        pushed("a reference that is no URI", answer, |answer, _| answer.set("request_uri", "the one before")),
        Fault {
            settings: |options| options.pushed_authorization_requests = PushedRequests::Always,
            ..Fault::new("nowhere to push requests to", BOTH, "metadata", no_endpoint)
        },
        Fault::new("demands pushed requests and takes none", BOTH, "metadata", demands_and_has_none),
    ]
}

fn bound(name: &'static str, check: &'static str, behaviour: Behaviour) -> Fault {
    let settings: fn(&mut OidcOptions) = |options| options.dpop_signing_alg = Some(Algorithm::ES256);
    Fault { settings, ..Fault::new(name, BACK, check, behaviour) }
}

pub(super) fn bindings() -> Vec<Fault> {
    let token = |edit| Behaviour { token: Some(edit), ..Behaviour::default() };
    let discovery = |edit| Behaviour { discovery: Some(edit), ..Behaviour::default() };
    vec![
        bound(
            "a token that anybody can use, where one bound to a key was asked for",
            "token-type",
            token(|answer, _| {
                answer.set("token_type", "Bearer");
            }),
        ),
        bound("a bound token of no type", "token-type", token(|answer, _| answer.remove("token_type"))),
        bound(
            "a proof that is not taken",
            "token-proof",
            token(|answer, _| {
                answer.set("error", "invalid_dpop_proof");
                answer.status = 400;
            }),
        ),
        bound(
            "proofs by another algorithm alone",
            "dpop-algorithm",
            discovery(|answer, _| {
                answer.set("dpop_signing_alg_values_supported", json!(["RS256"]));
            }),
        ),
        bound(
            "no word of proofs",
            "dpop-algorithm",
            discovery(|answer, _| {
                answer.remove("dpop_signing_alg_values_supported");
            }),
        ),
    ]
}
