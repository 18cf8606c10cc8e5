//! UserInfo that tells of somebody else, or nothing (OpenID Connect Core §5.3).

use serde_json::json;
use vestibule::domain::connection::CallUserInfo;

use super::{BACK, Fault};
use crate::support::fake_provider::{Answer, Behaviour, Body, Scene};
use crate::support::keys::{Signature, TestKey, Token};

fn userinfo(name: &'static str, check: &'static str, edit: fn(&mut Answer, &Scene)) -> Fault {
    Fault {
        settings: |options| options.call_userinfo = CallUserInfo::Always,
        ..Fault::new(name, BACK, check, Behaviour { userinfo: Some(edit), ..Behaviour::default() })
    }
}

/// The answer as a signed token, changed by `edit`.
fn signed(answer: &mut Answer, edit: impl FnOnce(&mut Token)) {
    let mut token = Token::honest(answer.document().clone());
    edit(&mut token);
    answer.content_type = "application/jwt";
    answer.body = Body::Text(token.write());
}

pub(super) fn faults() -> Vec<Fault> {
    let subject = "userinfo-subject";
    vec![
        userinfo("UserInfo of another person", subject, |answer, _| answer.set("sub", "bob")),
        userinfo("UserInfo of nobody", subject, |answer, _| answer.remove("sub")),
        userinfo("UserInfo with a number for a person", subject, |answer, _| answer.set("sub", 5)),
        userinfo("an HTML page as UserInfo", "userinfo", |answer, _| answer.html()),
        userinfo("UserInfo that refuses the access token", "userinfo", |answer, _| answer.fail(401)),
        userinfo("UserInfo elsewhere", "userinfo", |answer, scene| {
            answer.redirect(&format!("{}/moved/userinfo", scene.issuer));
        }),
        userinfo("UserInfo without end", "outbound-size", |answer, _| answer.body = Body::Endless),
        userinfo("UserInfo signed by another key", "userinfo-signature", |answer, _| {
            signed(answer, |token| token.signature = Signature::By(TestKey::intruder()));
        }),
        userinfo("UserInfo with alg none", "userinfo-algorithm", |answer, _| {
            signed(answer, |token| {
                token.header.insert("alg".into(), "none".into());
                token.signature = Signature::Empty;
            });
        }),
        userinfo("UserInfo signed for another application", "userinfo-audience", |answer, _| {
            signed(answer, |token| token.set("aud", json!(["other"])));
        }),
        userinfo("UserInfo signed by another issuer", "userinfo-issuer", |answer, _| {
            signed(answer, |token| token.set("iss", "https://other.example"));
        }),
    ]
}
