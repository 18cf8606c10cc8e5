//! Checks over documents, keys and clocks that a test writes down.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::connection::TokenEndpointAuthMethod;
use crate::domain::limits;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other}"),
    }
}

/// A provider by its book.
fn evidence(change: Value) -> Evidence {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut document = object(json!({
        "issuer": "https://idp.example",
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://idp.example/keys",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }));
    document.extend(object(change));
    Evidence {
        now,
        discovery_url: "https://idp.example/.well-known/openid-configuration".into(),
        discovery: Asked::Came(document),
        compared: None,
        keys: Asked::Came(object(
            json!({"keys": [{"kty": "RSA", "n": format!("{}w", "_".repeat(341)), "e": "AQAB"}]}),
        )),
        token: Asked::Came(TokenAnswer::CodeRefused("invalid_grant".into())),
        authorization: Asked::Came(AuthorizationAnswer::CameBack(Some("login_required".into()))),
        redirect_uri: "https://hub.example/login/callback".into(),
        own_redirect_uri: "https://hub.example/login/callback/acme".into(),
        certificates: BTreeMap::from([(
            "idp.example".to_owned(),
            Certificate::Trusted {
                ends_at: Some(now.plus_seconds(limits::CERTIFICATE_EXPIRY_NOTICE_SECONDS)),
            },
        )]),
        provider_time: Some((now, now)),
        guarded: BTreeMap::new(),
        allows_plain_http: false,
        needs_userinfo: false,
    }
}

fn codes(options: &OidcOptions, evidence: &Evidence) -> Vec<String> {
    Diagnosis::of(options, evidence).findings.into_iter().filter_map(|finding| finding.code).collect()
}

#[test]
fn a_provider_by_its_book_is_ready_and_every_check_has_a_name_of_its_own() {
    let diagnosis = Diagnosis::of(&OidcOptions::default(), &evidence(json!({})));
    assert_eq!(diagnosis.state(), State::Ready, "{diagnosis:#?}");
    let names: std::collections::BTreeSet<&str> =
        diagnosis.findings.iter().map(|finding| finding.check.as_ref()).collect();
    assert_eq!(names.len(), diagnosis.findings.len());
}

#[test]
fn plain_http_breaks_a_provider_unless_it_is_on_this_machine_and_the_operator_allows_it() {
    for (endpoint, allows, expected) in [
        ("http://idp.example/authorize", false, State::Broken),
        ("http://localhost:8081/authorize", false, State::Broken),
        ("http://idp.example/authorize", true, State::Degraded),
        ("http://localhost:8081/authorize", true, State::Ready),
        ("http://127.0.0.1:8081/authorize", true, State::Ready),
        ("http://[::1]:8081/authorize", true, State::Ready),
        ("http://localhost.evil.example/authorize", true, State::Degraded),
        ("https://idp.example/authorize#x", true, State::Broken),
    ] {
        let mut evidence = evidence(json!({"authorization_endpoint": endpoint}));
        evidence.allows_plain_http = allows;
        let state = Diagnosis::of(&OidcOptions::default(), &evidence).state();
        assert_eq!(state, expected, "{endpoint} {allows}");
    }
}

#[test]
fn a_clock_counts_as_far_as_its_tokens_are_refused() {
    for (ahead, expected) in [
        (0, None),
        (limits::CLOCK_DRIFT_SECONDS, None),
        (-limits::CLOCK_DRIFT_SECONDS, None),
        (limits::CLOCK_DRIFT_SECONDS + 1, Some("clock-drifts")),
        (limits::CLOCK_LEEWAY_SECONDS, Some("clock-drifts")),
        (limits::CLOCK_LEEWAY_SECONDS + 1, Some("clock-off")),
        (-limits::UPSTREAM_TOKEN_AGE_SECONDS, Some("clock-drifts")),
        (-limits::UPSTREAM_TOKEN_AGE_SECONDS - limits::CLOCK_LEEWAY_SECONDS - 1, Some("clock-off")),
    ] {
        let mut evidence = evidence(json!({}));
        evidence.provider_time = Some((evidence.now.plus_seconds(ahead), evidence.now));
        let found = codes(&OidcOptions::default(), &evidence);
        assert_eq!(found.first().map(String::as_str), expected, "{ahead}");
    }
}

#[test]
fn a_clock_is_off_by_one_second_or_by_several() {
    for (ahead, expected) in [
        (0, "the same second"),
        (1, "a clock 1 second ahead"),
        (-1, "a clock 1 second behind"),
        (2, "a clock 2 seconds ahead"),
        (-2, "a clock 2 seconds behind"),
    ] {
        let mut evidence = evidence(json!({}));
        evidence.provider_time = Some((evidence.now.plus_seconds(ahead), evidence.now));
        assert_eq!(clock::clock(&evidence).came, expected);
    }
}

#[test]
fn which_of_id_and_secret_is_wrong_is_said_only_where_the_provider_says_it() {
    for (came, expected) in [
        ("invalid_client (The OAuth client was not found.)", "client-id-unknown"),
        ("invalid_client (Invalid value for 'client_id' parameter.)", "client-id-unknown"),
        (
            "invalid_client (AADSTS700016: Application with identifier 'x' was not found in the directory)",
            "client-id-unknown",
        ),
        (
            "invalid_client (The client secret supplied for a confidential client is invalid.)",
            "client-secret-wrong",
        ),
        (
            "invalid_client (AADSTS7000222: The provided client secret keys for app 'x' are expired.)",
            "client-secret-expired",
        ),
        ("invalid_client (Invalid client or Invalid client credentials)", "client-refused"),
        ("invalid_client (client_id or client_secret is wrong)", "client-refused"),
        ("invalid_client", "client-refused"),
        ("access_denied (Unauthorized)", "client-refused"),
        ("unauthorized_client (The client secret is fine)", "client-not-allowed"),
    ] {
        let mut evidence = evidence(json!({}));
        evidence.token = Asked::Came(TokenAnswer::ClientRefused(came.into()));
        assert_eq!(codes(&OidcOptions::default(), &evidence), [expected], "{came}");
    }
}

#[test]
fn a_provider_that_wants_the_secret_of_a_public_client_is_told_so() {
    let options =
        OidcOptions { token_endpoint_auth_method: TokenEndpointAuthMethod::None, ..OidcOptions::default() };
    let advertised = json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "none"]});
    for (came, expected) in [
        ("invalid_client", "client-secret-missing"),
        ("invalid_client (client_id or client_secret is wrong)", "client-secret-missing"),
        ("invalid_client (The OAuth client was not found.)", "client-id-unknown"),
    ] {
        let mut evidence = evidence(advertised.clone());
        evidence.token = Asked::Came(TokenAnswer::ClientRefused(came.into()));
        assert_eq!(codes(&options, &evidence), [expected], "{came}");
    }
}

#[test]
fn what_real_providers_leave_out_or_advertise_beyond_their_keys_breaks_nothing() {
    // Entra says nothing of PKCE, Keycloak lists every algorithm it knows, Google no response modes.
    let change = json!({
        "code_challenge_methods_supported": null,
        "id_token_signing_alg_values_supported": ["PS384", "RS256", "EdDSA", "ES256", "HS256", "none"],
    });
    assert_eq!(codes(&OidcOptions::default(), &evidence(change)), Vec::<String>::new());
}

#[test]
fn a_secret_that_expires_is_told_in_time() {
    let evidence = evidence(json!({}));
    let notice = limits::SECRET_EXPIRY_NOTICE_SECONDS;
    for (left, expected) in [
        (-1, Some("secret-expired")),
        (0, Some("secret-expired")),
        (notice - 1, Some("secret-expires-soon")),
        (notice, None),
    ] {
        let expires_at = Some(evidence.now.seconds() + left);
        let options = OidcOptions { client_secret_expires_at: expires_at, ..OidcOptions::default() };
        assert_eq!(codes(&options, &evidence).first().map(String::as_str), expected, "{left}");
    }
}

#[test]
fn a_mix_up_is_possible_only_where_nothing_tells_answers_apart() {
    use crate::domain::connection::{Channel, RedirectUri};
    let promise = |value: Value| evidence(json!({"authorization_response_iss_parameter_supported": value}));
    let silent = evidence(json!({}));
    let entered = Evidence { discovery: Asked::Not("every endpoint is entered"), ..evidence(json!({})) };
    let trouble = Trouble { cause: "timeout", expected: "a".into(), came: "b".into(), remedy: "c".into() };
    let down = Evidence { discovery: Asked::Failed(trouble), ..evidence(json!({})) };
    let (ok, warning, skipped) = (Outcome::Ok, Outcome::Warning, Outcome::Skipped);
    let (back, front) = (Channel::BackChannel, Channel::FrontChannel);
    let (own, shared) = (RedirectUri::Connection, RedirectUri::Shared);
    for (channel, redirect_uri, demands_issuer, evidence, outcome, code) in [
        (back, own, false, &silent, ok, None),
        (back, own, false, &down, ok, None),
        (front, shared, false, &silent, ok, None),
        (back, shared, false, &promise(json!(true)), ok, None),
        (back, shared, true, &promise(json!(true)), ok, None),
        (back, shared, false, &promise(json!("true")), warning, Some("mix-up-possible")),
        (back, shared, false, &promise(json!(false)), warning, Some("mix-up-possible")),
        (back, shared, false, &silent, warning, Some("mix-up-possible")),
        (back, shared, false, &entered, warning, Some("mix-up-possible")),
        (back, shared, false, &down, skipped, None),
        (back, shared, true, &down, ok, None),
        (back, shared, true, &silent, warning, Some("issuer-no-longer-promised")),
    ] {
        let options = OidcOptions { channel, redirect_uri, demands_issuer, ..OidcOptions::default() };
        let finding = mix_up::finding(&options, evidence);
        assert_eq!((finding.outcome, finding.code.as_deref()), (outcome, code), "{options:?}");
        if outcome == warning {
            let remedy = finding.remedy.unwrap();
            assert!(remedy.contains("exactly https://hub.example/login/callback/acme to"), "{remedy}");
        }
    }
}
