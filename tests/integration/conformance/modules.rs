//! The modules that the Basic, Implicit, Hybrid and Form Post plans share, each run as the plan asks.

use serde_json::{Value, json};
use url::Url;

use super::Module;
use super::plan::{OTHER_CALLBACK, Plan, asks_to_sign_in};
use crate::support::browser::Fields;
use crate::support::sign_in::{
    CALLBACK, EMAIL, NONCE, PERSON, STATE, add_client, changed, claims_of, code_of, error_code, fields, http,
    post_form, read,
};

/// What the suite asks of an application with this response type.
pub fn modules_of(response_type: &str) -> Vec<Module<Plan>> {
    let gives = |what: &str| response_type.split(' ').any(|word| word == what);
    let mut modules = SHARED.to_vec();
    if gives("code") || gives("token") {
        modules.extend(WITH_ACCESS_TOKEN);
    }
    if gives("code") {
        modules.extend(WITH_CODE);
    }
    modules.extend(if gives("id_token") { NONCE_NEEDED } else { NONCE_OPTIONAL });
    modules
}

/// Every response type.
const SHARED: &[Module<Plan>] = modules![
    oidcc_server,
    oidcc_response_type_missing,
    oidcc_idtoken_signature,
    oidcc_idtoken_unsigned,
    oidcc_scope_profile,
    oidcc_scope_email,
    oidcc_scope_address,
    oidcc_scope_phone,
    oidcc_scope_all,
    oidcc_alternate_happy_flow,
    oidcc_display_page,
    oidcc_display_popup,
    oidcc_prompt_login,
    oidcc_prompt_none_not_logged_in,
    oidcc_prompt_none_logged_in,
    oidcc_max_age_1,
    oidcc_max_age_10000,
    oidcc_ensure_request_with_unknown_parameter_succeeds,
    oidcc_id_token_hint,
    oidcc_login_hint,
    oidcc_ui_locales,
    oidcc_claims_locales,
    oidcc_ensure_request_with_acr_values_succeeds,
    oidcc_ensure_registered_redirect_uri,
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    oidcc_ensure_request_object_with_redirect_uri,
    oidcc_claims_essential,
];

/// Response types that lead to an access token.
const WITH_ACCESS_TOKEN: &[Module<Plan>] =
    modules![oidcc_userinfo_get, oidcc_userinfo_post_header, oidcc_userinfo_post_body];

/// Response types with a code.
const WITH_CODE: &[Module<Plan>] = modules![
    oidcc_codereuse,
    oidcc_codereuse_30seconds,
    oidcc_ensure_post_request_succeeds,
    oidcc_server_client_secret_post,
    oidcc_refresh_token,
    oidcc_ensure_request_with_valid_pkce_succeeds,
];

/// Response types with an ID token from the authorization endpoint.
const NONCE_NEEDED: &[Module<Plan>] = modules![oidcc_ensure_request_without_nonce_fails];

/// The others.
const NONCE_OPTIONAL: &[Module<Plan>] = modules![oidcc_ensure_request_without_nonce_succeeds_for_code_flow];

/// Module: oidcc-server
async fn oidcc_server(plan: &Plan) {
    let page = plan.stranger().walk(&plan.ask(&[]), PERSON).await;
    let given = plan.read(&page).await;
    if given.code.is_some() {
        let tokens = plan.exchange(&given, CALLBACK).await;
        let id_token = tokens.text_of("id_token");
        let access_token = tokens.text_of("access_token");
        plan.verify(&id_token, Some(NONCE), Some(&access_token), None).await;
        if let Some(front) = &given.id_token {
            let (front, back) = (claims_of(front), claims_of(&id_token));
            for name in ["iss", "sub", "aud", "auth_time", "sid"] {
                assert_eq!(front[name], back[name], "{name}");
            }
        }
    }
}

/// Module: oidcc-response-type-missing
async fn oidcc_response_type_missing(plan: &Plan) {
    let page = plan.member().await.walk(&plan.ask(&[("response_type", "")]), &[]).await;
    assert_eq!(crate::support::sign_in::error_of(&plan.stage, &page), "invalid_request");
}

/// Module: oidcc-idtoken-signature
async fn oidcc_idtoken_signature(plan: &Plan) {
    let given = plan.given(&[]).await;
    let id_token = plan.id_token(&given).await;
    let header = claims_of(&format!(".{}", id_token.split('.').next().unwrap()));
    assert_eq!(header["alg"], "RS256");
    let keys = read(http().get(plan.stage.hub.url(".well-known/jwks.json"))).await;
    let keys = keys.json["keys"].as_array().unwrap().clone();
    assert!(keys.iter().any(|key| key["kid"] == header["kid"]), "{header} is not of {keys:?}");
}

/// Module: oidcc-idtoken-unsigned
async fn oidcc_idtoken_unsigned(plan: &Plan) {
    let metadata = read(http().get(plan.stage.hub.url(".well-known/openid-configuration"))).await;
    for name in ["id_token_signing_alg_values_supported", "authorization_signing_alg_values_supported"] {
        assert!(!metadata.json[name].as_array().unwrap().contains(&json!("none")), "{name}");
    }
    let id_token = plan.id_token(&plan.given(&[]).await).await;
    assert!(!id_token.ends_with('.'));
}

/// Module: oidcc-userinfo-get
async fn oidcc_userinfo_get(plan: &Plan) {
    let told = plan.told(&plan.given(&[]).await).await;
    assert_eq!(told["sub"], plan.stage.user_id.as_str());
}

async fn access_token(plan: &Plan) -> String {
    let given = plan.given(&[]).await;
    match given.access_token {
        Some(token) => token,
        None => plan.exchange(&given, CALLBACK).await.text_of("access_token"),
    }
}

/// Module: oidcc-userinfo-post-header
async fn oidcc_userinfo_post_header(plan: &Plan) {
    let authorization = format!("Bearer {}", access_token(plan).await);
    let url = plan.stage.hub.url("userinfo");
    let answer = post_form(&url, &[], &[("authorization", &authorization)]).await;
    assert_eq!((answer.status, &answer.json["sub"]), (200, &json!(plan.stage.user_id)));
}

/// Module: oidcc-userinfo-post-body
async fn oidcc_userinfo_post_body(plan: &Plan) {
    let form = fields(&[("access_token", &access_token(plan).await)]);
    let answer = post_form(&plan.stage.hub.url("userinfo"), &form, &[]).await;
    assert_eq!((answer.status, &answer.json["sub"]), (200, &json!(plan.stage.user_id)));
}

/// Module: oidcc-ensure-request-without-nonce-fails
async fn oidcc_ensure_request_without_nonce_fails(plan: &Plan) {
    let page = plan.member().await.walk(&plan.ask(&[("nonce", "")]), &[]).await;
    assert_eq!(plan.error(&page), "invalid_request");
}

/// Module: oidcc-ensure-request-without-nonce-succeeds-for-code-flow
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(plan: &Plan) {
    let page = plan.member().await.walk(&plan.ask(&[("nonce", "")]), &[]).await;
    let given = plan.read_with(&page, Some(STATE), None).await;
    assert_eq!(plan.claims(&given).await["nonce"], Value::Null);
}

async fn assert_told(plan: &Plan, scope: &str, names: &[&str], others: &[&str]) {
    let told = plan.told(&plan.given(&[("scope", scope)]).await).await;
    for name in names {
        assert!(!told[name].is_null(), "{scope} leaves out {name}: {told}");
    }
    for name in others {
        assert!(told[name].is_null(), "{scope} tells {name}: {told}");
    }
}

const PROFILE: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// Module: oidcc-scope-profile
async fn oidcc_scope_profile(plan: &Plan) {
    assert_told(plan, "openid profile", PROFILE, &["email", "address", "phone_number"]).await;
}

/// Module: oidcc-scope-email
async fn oidcc_scope_email(plan: &Plan) {
    assert_told(plan, "openid email", &["email", "email_verified"], &["name", "address", "phone_number"])
        .await;
}

/// Module: oidcc-scope-address
async fn oidcc_scope_address(plan: &Plan) {
    assert_told(plan, "openid address", &["address"], &["name", "email", "phone_number"]).await;
}

/// Module: oidcc-scope-phone
async fn oidcc_scope_phone(plan: &Plan) {
    let names = ["phone_number", "phone_number_verified"];
    assert_told(plan, "openid phone", &names, &["name", "email", "address"]).await;
}

/// Module: oidcc-scope-all
async fn oidcc_scope_all(plan: &Plan) {
    let more = ["email", "email_verified", "address", "phone_number", "phone_number_verified"];
    assert_told(plan, "openid profile email address phone", &[PROFILE, &more].concat(), &[]).await;
}

/// Module: oidcc-alternate-happy-flow
async fn oidcc_alternate_happy_flow(plan: &Plan) {
    let changes = [("redirect_uri", OTHER_CALLBACK), ("scope", "email openid"), ("state", "")];
    let page = plan.member().await.walk(&plan.ask(&changes), &[]).await;
    assert!(page.url.as_str().starts_with(OTHER_CALLBACK), "{page:?}");
    let given = plan.read_with(&page, None, Some(NONCE)).await;
    if given.code.is_some() {
        let tokens = plan.exchange(&given, OTHER_CALLBACK).await;
        assert_eq!(claims_of(&tokens.text_of("id_token"))["nonce"], NONCE);
    }
}

/// A page for somebody who has to sign in, an answer for somebody who need not.
async fn succeeds(plan: &Plan, change: (&str, &str)) {
    let page = plan.stranger().walk(&plan.ask(&[change]), &[]).await;
    assert!(asks_to_sign_in(&page), "{page:?}");
    plan.given(&[change]).await;
}

/// Module: oidcc-display-page
async fn oidcc_display_page(plan: &Plan) {
    succeeds(plan, ("display", "page")).await;
}

/// Module: oidcc-display-popup
async fn oidcc_display_popup(plan: &Plan) {
    succeeds(plan, ("display", "popup")).await;
}

async fn auth_time(plan: &Plan, given: &super::plan::Given) -> i64 {
    plan.claims(given).await["auth_time"].as_i64().unwrap()
}

/// Module: oidcc-prompt-login
async fn oidcc_prompt_login(plan: &Plan) {
    let mut browser = plan.stranger();
    let first = plan.read(&browser.walk(&plan.ask(&[]), PERSON).await).await;
    let first = auth_time(plan, &first).await;
    plan.stage.hub.clock.advance(2);
    let page = browser.walk(&plan.ask(&[("prompt", "login")]), &[]).await;
    assert!(asks_to_sign_in(&page), "{page:?}");
    let second = plan.read(&browser.walk_on(page, PERSON).await).await;
    assert!(auth_time(plan, &second).await >= first + 2);
}

/// Module: oidcc-prompt-none-not-logged-in
async fn oidcc_prompt_none_not_logged_in(plan: &Plan) {
    let page = plan.stranger().walk(&plan.ask(&[("prompt", "none")]), &[]).await;
    assert_eq!(plan.error(&page), "login_required");
}

/// Module: oidcc-prompt-none-logged-in
async fn oidcc_prompt_none_logged_in(plan: &Plan) {
    let first = auth_time(plan, &plan.given(&[]).await).await;
    let second = plan.given(&[("prompt", "none")]).await;
    let claims = plan.claims(&second).await;
    assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!(plan.stage.user_id), &json!(first)));
}

/// Module: oidcc-max-age-1
async fn oidcc_max_age_1(plan: &Plan) {
    let mut browser = plan.stranger();
    let first = plan.read(&browser.walk(&plan.ask(&[]), PERSON).await).await;
    let first = auth_time(plan, &first).await;
    plan.stage.hub.clock.advance(2);
    let page = browser.walk(&plan.ask(&[("max_age", "1")]), &[]).await;
    assert!(asks_to_sign_in(&page), "{page:?}");
    let second = plan.read(&browser.walk_on(page, PERSON).await).await;
    assert!(auth_time(plan, &second).await >= first + 2);
}

/// Module: oidcc-max-age-10000
async fn oidcc_max_age_10000(plan: &Plan) {
    let first = auth_time(plan, &plan.given(&[]).await).await;
    let second = plan.given(&[("max_age", "10000")]).await;
    assert_eq!(auth_time(plan, &second).await, first, "nobody had to sign in again");
}

/// Module: oidcc-ensure-request-with-unknown-parameter-succeeds
async fn oidcc_ensure_request_with_unknown_parameter_succeeds(plan: &Plan) {
    succeeds(plan, ("extra", "foobar")).await;
}

/// Module: oidcc-id-token-hint
async fn oidcc_id_token_hint(plan: &Plan) {
    let hint = plan.id_token(&plan.given(&[]).await).await;
    let given = plan.given(&[("prompt", "none"), ("id_token_hint", &hint)]).await;
    assert_eq!(plan.claims(&given).await["sub"], plan.stage.user_id.as_str());
}

/// Module: oidcc-login-hint
async fn oidcc_login_hint(plan: &Plan) {
    let mut browser = plan.stranger();
    let page = browser.walk(&plan.ask(&[("login_hint", EMAIL)]), &[]).await;
    let forms = page.forms();
    let typed = forms.iter().flat_map(|form| &form.fields).find(|field| field.name == "email");
    assert_eq!(typed.map(|field| field.value.as_str()), Some(EMAIL), "{page:?}");
    plan.read(&browser.walk_on(page, PERSON).await).await;
}

/// Module: oidcc-ui-locales
async fn oidcc_ui_locales(plan: &Plan) {
    let mut browser = plan.stranger();
    let page = browser.walk(&plan.ask(&[("ui_locales", "se fr")]), &[]).await;
    assert!(page.text.contains("<html lang=\"fr\">"), "{page:?}");
    plan.read(&browser.walk_on(page, PERSON).await).await;
}

/// Module: oidcc-claims-locales
async fn oidcc_claims_locales(plan: &Plan) {
    succeeds(plan, ("claims_locales", "se")).await;
}

/// Module: oidcc-ensure-request-with-acr-values-succeeds
async fn oidcc_ensure_request_with_acr_values_succeeds(plan: &Plan) {
    succeeds(plan, ("acr_values", "1 2")).await;
}

/// Module: oidcc-ensure-registered-redirect-uri
async fn oidcc_ensure_registered_redirect_uri(plan: &Plan) {
    for unregistered in ["https://app.example/callback/more", "https://evil.example/callback"] {
        let page = plan.member().await.walk(&plan.ask(&[("redirect_uri", unregistered)]), &[]).await;
        assert_eq!(error_code(&page), "redirect-uri-mismatch");
        assert!(page.text.contains("redirect_uri"), "{page:?}");
    }
}

/// An unsigned object is refused in words that the suite knows.
async fn refused_as_unsupported(plan: &Plan, name: &str, value: &str) {
    let page = plan.member().await.walk(&plan.ask(&[(name, value)]), &[]).await;
    let error = plan.error(&page);
    let known = [
        format!("{name}_not_supported"),
        "invalid_request".to_owned(),
        "invalid_request_object".to_owned(),
        "invalid_request_uri".to_owned(),
    ];
    assert!(known.contains(&error), "{error}");
}

/// Module: oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(plan: &Plan) {
    refused_as_unsupported(plan, "request_uri", "https://app.example/request.jwt").await;
}

fn unsigned(claims: &Value) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({"alg": "none"})), part(claims))
}

/// Module: oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(plan: &Plan) {
    let object = unsigned(&json!({"scope": "openid email", "state": "inside"}));
    refused_as_unsupported(plan, "request", &object).await;
}

/// Module: oidcc-ensure-request-object-with-redirect-uri
async fn oidcc_ensure_request_object_with_redirect_uri(plan: &Plan) {
    let object = unsigned(&json!({"redirect_uri": "https://evil.example/", "state": "inside"}));
    refused_as_unsupported(plan, "request", &object).await;
}

/// Module: oidcc-claims-essential
async fn oidcc_claims_essential(plan: &Plan) {
    let target = if plan.gives("code") || plan.gives("token") { "userinfo" } else { "id_token" };
    let claims = json!({target: {"name": {"essential": true}}}).to_string();
    let told = plan.told(&plan.given(&[("scope", "openid"), ("claims", &claims)]).await).await;
    assert_eq!(told["name"], "Ada Lovelace", "{told}");
    assert_eq!(told["email"], Value::Null, "{told}");
}

async fn reuse(plan: &Plan, after_seconds: i64) {
    let given = plan.given(&[]).await;
    let tokens = plan.exchange(&given, CALLBACK).await;
    assert_eq!(plan.stage.userinfo(&tokens.text_of("access_token")).await.status, 200);
    plan.stage.hub.clock.advance(after_seconds);
    let again = plan.stage.redeem(given.code.as_deref().unwrap()).await;
    assert_eq!(again.error(), (400, "invalid_grant"));
    for token in [Some(tokens.text_of("access_token")), given.access_token].into_iter().flatten() {
        assert_eq!(plan.stage.userinfo(&token).await.status, 401, "what the answer gave is dead");
    }
}

/// Module: oidcc-codereuse
async fn oidcc_codereuse(plan: &Plan) {
    reuse(plan, 0).await;
}

/// Module: oidcc-codereuse-30seconds
async fn oidcc_codereuse_30seconds(plan: &Plan) {
    reuse(plan, 30).await;
}

/// Module: oidcc-ensure-post-request-succeeds
async fn oidcc_ensure_post_request_succeeds(plan: &Plan) {
    let url = Url::parse(&plan.ask(&[])).unwrap();
    let form: Fields = url.query_pairs().into_owned().collect();
    let mut browser = plan.stranger();
    let page = browser.post(&plan.stage.hub.url("authorize"), form, None).await;
    plan.read(&browser.walk_on(page, PERSON).await).await;
}

/// Module: oidcc-server-client-secret-post
async fn oidcc_server_client_secret_post(plan: &Plan) {
    let given = plan.given(&[]).await;
    let form = plan.stage.exchange(given.code.as_deref().unwrap());
    assert!(form.iter().any(|(name, _)| name == "client_secret"));
    let wrong = changed(&form, "client_secret", "wrong");
    assert_eq!(plan.stage.token(&wrong).await.error(), (401, "invalid_client"));
    assert_eq!(plan.stage.token(&form).await.status, 200);
}

/// Module: oidcc-refresh-token
async fn oidcc_refresh_token(plan: &Plan) {
    let scope = [("scope", "openid email offline_access"), ("prompt", "consent")];
    let page = plan.member().await.walk(&plan.ask(&scope), &[]).await;
    let given = plan.read(&page).await;
    let tokens = plan.exchange(&given, CALLBACK).await;
    let refresh = |token: &str| {
        let form = changed(&plan.stage.exchange(""), "grant_type", "refresh_token");
        let form = ["code", "redirect_uri", "code_verifier"]
            .iter()
            .fold(form, |form, name| changed(&form, name, ""));
        changed(&form, "refresh_token", token)
    };
    let renewed = plan.stage.token(&refresh(&tokens.text_of("refresh_token"))).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(plan.stage.userinfo(&renewed.text_of("access_token")).await.status, 200);
    let (before, after) = (claims_of(&tokens.text_of("id_token")), claims_of(&renewed.text_of("id_token")));
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    // It is of no use to another application, and none the worse for it.
    let form = refresh(&renewed.text_of("refresh_token"));
    let other = add_client(&plan.stage.hub, json!({})).await;
    let stolen = changed(&changed(&form, "client_id", &other.client_id), "client_secret", &other.secret);
    assert_eq!(plan.stage.token(&stolen).await.error(), (400, "invalid_grant"));
    assert_eq!(plan.stage.token(&form).await.status, 200);
}

/// Module: oidcc-ensure-request-with-valid-pkce-succeeds
async fn oidcc_ensure_request_with_valid_pkce_succeeds(plan: &Plan) {
    let page = plan.member().await.walk(&plan.ask(&[]), &[]).await;
    let code = code_of(&page);
    let without = changed(&plan.stage.exchange(&code), "code_verifier", "");
    assert_eq!(plan.stage.token(&without).await.error(), (400, "invalid_grant"));
    plan.exchange(&plan.given(&[]).await, CALLBACK).await;
}
