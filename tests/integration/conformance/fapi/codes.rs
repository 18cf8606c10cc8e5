//! What a code is good for, and what becomes of a refresh token.

use serde_json::json;

use super::Fapi;
use super::application::Application;
use crate::conformance::Module;
use crate::oauth::dpop::Holder;
use crate::support::sign_in::{Answer, claims_of, fields};

pub const MODULES: &[Module<Fapi>] = modules![
    fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client,
    fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second,
    fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code,
    fapi2_security_profile_final_refresh_token,
];

/// Module: fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client
async fn fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(fapi: &Fapi) {
    let code = fapi.code(&[]).await;
    let (other, form) = (&fapi.other, fapi.exchange(&code));
    let answer = fapi.send_with_proof("oauth/token", other, &form, &other.holder, &json!({})).await;
    assert_eq!(answer.error(), (400, "invalid_grant"));
    assert_eq!(fapi.redeem(&fapi.app.holder, &code).await.status, 200, "it cost the code nothing");
}

/// Module: fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second
async fn fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(fapi: &Fapi) {
    let (code, holder) = (fapi.code(&[]).await, &fapi.app.holder);
    let token = fapi.redeem(holder, &code).await.text_of("access_token");
    assert_eq!(fapi.userinfo(holder, &token, &json!({})).await.status, 200);
    fapi.stage.hub.clock.advance(1);
    assert_eq!(fapi.redeem(holder, &code).await.error(), (400, "invalid_grant"));
    let told = fapi.userinfo(holder, &token, &json!({})).await;
    assert_eq!(told.error(), (401, "invalid_token"), "what the code gave is dead: {told:?}");
}

/// Module: fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(fapi: &Fapi) {
    let code = fapi.code(&[]).await;
    fapi.stage.hub.clock.advance(62);
    assert_eq!(fapi.redeem(&fapi.app.holder, &code).await.error(), (400, "invalid_grant"));
}

/// Presents a refresh token as `app`, with a proof by `holder`.
async fn refresh(fapi: &Fapi, app: &Application, holder: &Holder, token: &str) -> Answer {
    let form = fields(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    fapi.send_with_proof("oauth/token", app, &form, holder, &json!({})).await
}

/// Module: fapi2-security-profile-final-refresh-token
///
/// It does not rotate (§5.3.2.1), so an answer that got lost costs nothing; its application alone can use it, with any
/// key, and never without one.
async fn fapi2_security_profile_final_refresh_token(fapi: &Fapi) {
    let first = fapi.tokens(&[]).await;
    let token = first.text_of("refresh_token");
    assert!(token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "RFC 6749 A.17");
    fapi.stage.hub.clock.advance(1);
    let another = Holder::new();
    let renewed = refresh(fapi, &fapi.app, &another, &token).await;
    assert_eq!((renewed.status, &renewed.json["token_type"]), (200, &json!("DPoP")), "{renewed:?}");
    let access_token = renewed.text_of("access_token");
    assert_ne!(access_token, first.text_of("access_token"));
    assert_eq!(claims_of(&access_token)["cnf"]["jkt"], another.thumbprint());
    let (before, after) = (claims_of(&first.text_of("id_token")), claims_of(&renewed.text_of("id_token")));
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert!(renewed.json.get("refresh_token").is_none_or(|next| *next == json!(token)), "{renewed:?}");
    fapi.stage.hub.clock.advance(30);
    assert_eq!(refresh(fapi, &fapi.app, &another, &token).await.status, 200, "the first answer was lost");
    let form = fields(&[("grant_type", "refresh_token"), ("refresh_token", &token)]);
    let bare = fapi.send("oauth/token", &fapi.app, &form).await;
    assert_eq!(bare.error(), (400, "invalid_request"), "without a proof");
    // The other application gets nothing for it, and nothing at UserInfo with a key of its own.
    let stolen = refresh(fapi, &fapi.other, &fapi.other.holder, &token).await;
    assert_eq!(stolen.error(), (400, "invalid_grant"));
    let stolen = fapi.userinfo(&fapi.other.holder, &access_token, &json!({})).await;
    assert_eq!(stolen.error(), (401, "invalid_token"));
    assert_eq!(refresh(fapi, &fapi.app, &fapi.app.holder, &token).await.status, 200, "it is still good");
}
