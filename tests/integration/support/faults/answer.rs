//! Answers that come back with the browser otherwise than asked (RFC 6749 §4.1.2, RFC 9207, OpenID Connect
//! Core §3.2.2.5).

use serde_json::json;

use super::{BACK, BOTH, FRONT, Fault};
use crate::support::fake_provider::Behaviour;

pub(super) fn faults() -> Vec<Fault> {
    let refused = "provider-answer";
    let duplicate = "answer-duplicate";
    let issuer = "answer-issuer";
    let parameters = "answer-parameters";
    vec![
        Fault::reply("access_denied", BOTH, refused, |reply, _| {
            reply.remove("code");
            reply.remove("id_token");
            reply.add("error", "access_denied");
        }),
        Fault::reply("an error that describes itself in HTML, at length", BOTH, refused, |reply, _| {
            reply.remove("code");
            reply.remove("id_token");
            reply.add("error", "server_error");
            let script = "<script>alert(document.domain)</script>\r\nSet-Cookie: a=b\u{202e}";
            reply.add("error_description", &script.repeat(40));
        }),
        Fault::reply("an error that is itself markup", BOTH, refused, |reply, _| {
            reply.remove("code");
            reply.remove("id_token");
            reply.add("error", "\"><img src=x onerror=alert(1)>");
        }),
        Fault::reply("an error beside what was asked for", BOTH, refused, |reply, _| {
            reply.add("error", "interaction_required");
        }),
        Fault::reply("no code", BACK, parameters, |reply, _| reply.remove("code")),
        Fault::reply("an empty code", BACK, parameters, |reply, _| reply.set("code", "")),
        Fault::reply("a code nobody issued", BACK, "token-code", |reply, _| reply.set("code", "invented")),
        Fault::reply("no ID token in the front channel", FRONT, parameters, |reply, _| {
            reply.remove("id_token")
        }),
        Fault::reply("code twice", BACK, duplicate, |reply, _| reply.add("code", "injected")),
        Fault::reply("id_token twice", FRONT, duplicate, |reply, _| reply.add("id_token", "injected")),
        Fault::reply("an unknown parameter twice", BOTH, duplicate, |reply, _| {
            reply.add("session_state", "1");
            reply.add("session_state", "2");
        }),
        Fault::reply("an answer with iss of another provider", BOTH, issuer, |reply, _| {
            reply.add("iss", "https://other.example");
        }),
        Fault::new(
            "no iss beside a code, although metadata promise it",
            BACK,
            issuer,
            Behaviour {
                discovery: Some(|answer, _| {
                    answer.set("authorization_response_iss_parameter_supported", json!(true));
                }),
                ..Behaviour::default()
            },
        ),
        Fault::reply("an ID token in the address", FRONT, "answer-mode", |reply, _| {
            reply.by_form_post = false
        }),
        Fault::reply("a code in the front channel", FRONT, parameters, |reply, _| {
            reply.add("code", "mixed in")
        }),
        Fault::reply("a code in place of an ID token", FRONT, parameters, |reply, _| {
            reply.remove("id_token");
            reply.add("code", "in its place");
        }),
        Fault::reply("an ID token in the back channel", BACK, parameters, |reply, _| {
            reply.add("id_token", "mixed.in.here");
        }),
    ]
}
