//! Every module of every plan "As OpenID Provider" has a test that names it and is run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::fapi::{profile_modules, signing_modules};
use super::modules::modules_of;

const BASIC: &[&str] = &[
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
];

/// What the plans of response types with an ID token from the authorization endpoint ask instead.
const WITHOUT_NONCE: &str = "oidcc-ensure-request-without-nonce-fails";

/// Modules of [`BASIC`] that need a code.
const WITH_CODE: &[&str] = &[
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
];

/// Modules of [`BASIC`] that need an access token.
const WITH_ACCESS_TOKEN: &[&str] =
    &["oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body"];

const CONFIG: &[&str] = &["oidcc-discovery-endpoint-verification"];

const DYNAMIC: &[&str] = &[
    "oidcc-idtoken-rs256",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-rs256",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-OK",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-regfrag",
    "oidcc-discovery-endpoint-verification",
    "oidcc-server",
    "oidcc-registration-logo-uri",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
    "oidcc-registration-jwks-uri",
    "oidcc-registration-sector-uri",
    "oidcc-registration-sector-bad",
    "oidcc-server-rotate-keys",
    "oidcc-refresh-token-rp-key-rotation",
    "oidcc-request-uri-unsigned",
    "oidcc-request-uri-signed-rs256",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
];

const THIRD_PARTY_INITIATED_LOGIN: &[&str] =
    &["oidcc-3rd_party-init-login", "oidcc-3rd_party-init-login-nohttps"];

const LOGOUT: &[&str] = &[
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
    "oidcc-backchannel-logout-discovery-endpoint-verification",
    "oidcc-backchannel-rp-initiated-logout",
    "oidcc-frontchannel-logout-discovery-endpoint-verification",
    "oidcc-frontchannel-rp-initiated-logout",
];

/// Modules of both FAPI 2.0 plans, without [`FAPI`].
const SECURITY_PROFILE: &[&str] = &[
    "discovery-end-point-verification",
    "happy-flow",
    "user-rejects-authentication",
    "ensure-authorization-request-without-state-success",
    "ensure-authorization-request-without-nonce-success",
    "ensure-authorization-request-with-64-char-nonce-success",
    "ensure-other-scope-order-succeeds",
    "test-claims-parameter-identity-claims",
    "access-token-type-header-case-sensitivity",
    "check-dpop-proof-nbf-exp",
    "ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "ensure-mismatched-dpop-jkt-fails",
    "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "ensure-dpopproof-at-par-endpoint-binding-success",
    "ensure-dpop-auth-code-binding-success",
    "ensure-different-nonce-inside-and-outside-request-object",
    "ensure-different-state-inside-and-outside-request-object",
    "ensure-authorization-request-with-long-nonce",
    "ensure-authorization-request-with-long-state",
    "state-only-outside-request-object-not-used",
    "ensure-request-object-without-redirect-uri-fails",
    "ensure-registered-redirect-uri",
    "plain-fapi-ensure-registered-redirect-uri",
    "ensure-unsigned-authorization-request-without-using-par-fails",
    "ensure-redirect-uri-in-authorization-request",
    "ensure-response-type-code-idtoken-fails",
    "ensure-response-type-token-fails",
    "ensure-client-id-in-token-endpoint",
    "ensure-holder-of-key-required",
    "ensure-authorization-code-is-bound-to-client",
    "attempt-reuse-authorization-code-after-one-second",
    "ensure-token-endpoint-fails-with-expired-auth-code",
    "ensure-signed-client-assertion-with-RS256-fails",
    "ensure-client-assertion-in-token-endpoint",
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "ensure-client-assertion-with-wrong-aud-fails",
    "ensure-client-assertion-with-no-sub-fails",
    "dpop-negative-tests",
    "refresh-token",
    "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "par-attempt-reuse-request_uri",
    "par-attempt-to-use-expired-request_uri",
    "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "par-attempt-to-use-request_uri-for-different-client",
    "par-authorization-request-containing-request_uri-form-param",
    "par-attempt-invalid-http-method",
    "par-ensure-pkce-required",
    "ensure-pkce-code-verifier-required",
    "incorrect-pkce-code-verifier-rejected",
    "par-plain-pkce-rejected",
    "par-without-duplicate-parameters",
    "par-test-array-as-audience-fails",
    "par-test-par-endpoint-url-as-audience-fails",
    "par-test-token-endpoint-url-as-audience-fails",
];

/// What message signing asks beside [`SECURITY_PROFILE`].
const MESSAGE_SIGNING: &[&str] = &[
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
    "ensure-request-object-without-exp-fails",
    "ensure-request-object-without-nbf-fails",
    "ensure-expired-request-object-fails",
    "ensure-request-object-with-bad-aud-fails",
    "ensure-request-object-with-exp-over-60-fails",
    "ensure-request-object-with-nbf-over-60-fails",
    "ensure-signed-request-object-with-RS256-fails",
    "ensure-request-object-signature-algorithm-is-not-none",
    "ensure-request-object-with-invalid-signature-fails",
    "ensure-matching-key-in-authorization-request",
    "ensure-unsigned-request-at-par-endpoint-fails",
    "par-authorization-request-containing-request_uri",
];

const FAPI: &str = "fapi2-security-profile-final-";

/// How the modules of the plans "As Relying Party" begin, which tests name as well.
const RELYING_PARTY: &str = "oidcc-client-test";

/// Every module there is, once.
fn every_module() -> BTreeSet<String> {
    let plain = [BASIC, CONFIG, DYNAMIC, THIRD_PARTY_INITIATED_LOGIN, LOGOUT, &[WITHOUT_NONCE]];
    let fapi = [SECURITY_PROFILE, MESSAGE_SIGNING].concat();
    let plain = plain.concat().into_iter().map(str::to_owned);
    plain.chain(fapi.iter().map(|name| format!("{FAPI}{name}"))).collect()
}

/// The sources of these tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut open = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration"))];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// Module → the functions that name it by `/// Module: NAME` and are run: as tests, or by a plan.
fn named_modules() -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources() {
        let listed = text.split("modules![").skip(1).filter_map(|rest| rest.split(']').next());
        let listed: BTreeSet<&str> = listed.flat_map(|list| list.split(',')).map(str::trim).collect();
        let (mut modules, mut is_test) = (Vec::new(), false);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("/// Module: ") {
                modules.push(name);
            } else if line.starts_with("#[") {
                is_test |= line.ends_with("test]");
            } else if !line.starts_with("///") {
                let function = line.split_once("fn ").map(|(_, rest)| rest.split('(').next().unwrap_or(rest));
                for module in modules.drain(..) {
                    let function =
                        function.unwrap_or_else(|| panic!("{}: {module} is no function", path.display()));
                    let is_run = is_test || listed.contains(function);
                    assert!(is_run, "{}: nothing runs {function}, which is {module}", path.display());
                    named
                        .entry(module.to_owned())
                        .or_default()
                        .push(format!("{}::{function}", path.display()));
                }
                is_test = false;
            }
        }
    }
    named
}

#[test]
fn every_module_is_named_by_a_test_that_is_run() {
    let (every, named) = (every_module(), named_modules());
    let missing: Vec<&String> = every.iter().filter(|module| !named.contains_key(*module)).collect();
    assert!(missing.is_empty(), "no test names {missing:#?}");
    let unknown: Vec<_> = named
        .iter()
        .filter(|(module, _)| !every.contains(*module) && !module.starts_with(RELYING_PARTY))
        .collect();
    assert!(unknown.is_empty(), "no plan has {unknown:#?}");
}

/// Names of functions have neither hyphens nor capitals.
fn as_function(name: &str) -> String {
    name.replace('-', "_").to_lowercase()
}

fn assert_runs(plan: &str, run: &[&str], asked: impl IntoIterator<Item = String>) {
    let run: BTreeSet<String> = run.iter().map(|name| (*name).to_owned()).collect();
    let asked: BTreeSet<String> = asked.into_iter().collect();
    let missing: Vec<&String> = asked.difference(&run).collect();
    let beside: Vec<&String> = run.difference(&asked).collect();
    assert!(missing.is_empty() && beside.is_empty(), "{plan} leaves out {missing:#?}, runs {beside:#?}");
}

#[test]
fn every_plan_runs_its_modules_and_no_others() {
    for response_type in
        ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]
    {
        let gives = |what: &str| response_type.split(' ').any(|word| word == what);
        let fits = |name: &&str| {
            (gives("code") || !WITH_CODE.contains(name))
                && (gives("code") || gives("token") || !WITH_ACCESS_TOKEN.contains(name))
                && (!gives("id_token") || !name.contains("without-nonce"))
        };
        let nonce = gives("id_token").then_some(WITHOUT_NONCE);
        let asked = BASIC.iter().copied().filter(fits).chain(nonce).map(as_function);
        let run: Vec<&str> = modules_of(response_type).iter().map(|(name, _)| *name).collect();
        assert_runs(response_type, &run, asked);
    }
    let asked =
        |names: &[&str]| names.iter().map(|name| as_function(&format!("{FAPI}{name}"))).collect::<Vec<_>>();
    let run: Vec<&str> = profile_modules().iter().map(|(name, _)| *name).collect();
    assert_runs("the security profile", &run, asked(SECURITY_PROFILE));
    let run: Vec<&str> = signing_modules().iter().map(|(name, _)| *name).collect();
    assert_runs("message signing", &run, asked(&[SECURITY_PROFILE, MESSAGE_SIGNING].concat()));
}
