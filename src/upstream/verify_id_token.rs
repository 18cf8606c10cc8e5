//! Whether an ID token is what it has to be (OpenID Connect Core §3.1.3.7, §3.2.2.11): strict where security
//! needs it, blind to every other claim.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::claims::{self, ClaimFault};
use super::error::{UpstreamError, quoted};
use super::issuer::{IssuerChecks, check_issuer};
use super::provider::Provider;
use super::trace::Trace;
use super::verify_signature::{SignatureChecks, is_no_identity};
use crate::crypto::digest::secrets_match;
use crate::crypto::jws::{Algorithm, Jws};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{OidcOptions, SUBJECT_CLAIM};
use crate::domain::limits;

/// What the claims are held against.
#[derive(Clone, Copy)]
pub(super) struct TokenRules<'a> {
    pub(super) provider: &'a Provider,
    pub(super) options: &'a OidcOptions,
    pub(super) nonce: &'a str,
    /// The `max_age` asked for, in seconds, and when it was asked.
    pub(super) max_age: Option<(i64, Timestamp)>,
    /// What came with the token.
    pub(super) access_token: Option<&'a str>,
    pub(super) code: Option<&'a str>,
    pub(super) trace: &'a Trace,
    pub(super) now: Timestamp,
}

/// The claim by which a provider bounds our session.
pub(super) const SESSION_EXPIRY: &str = "session_expiry";

/// The names of its signature checks.
pub(super) const ID_TOKEN: SignatureChecks = SignatureChecks {
    token: "ID token",
    format: "id-token-format",
    algorithm: "id-token-algorithm",
    token_type: "id-token-type",
    key: "id-token-key",
    signature: "id-token-signature",
    is_foreign: is_no_identity,
};

const ISSUER: IssuerChecks = IssuerChecks { issuer: "id-token-issuer", tenant: "id-token-tenant" };

/// Reads the claims of a token whose signature is verified, and checks them by `rules`.
///
/// # Errors
/// `id-token-…`, one name per claim.
pub(super) fn check_claims(
    jws: &Jws<'_>,
    algorithm: Algorithm,
    rules: &TokenRules<'_>,
) -> Result<Map<String, Value>, UpstreamError> {
    let claims: Map<String, Value> = serde_json::from_slice(&jws.payload).map_err(|_| {
        UpstreamError::invalid(
            "id-token-format",
            "claims as a JSON object",
            "something else",
            "Make your provider issue ID tokens by OpenID Connect Core, section 2.",
        )
    })?;
    let trace = rules.trace;
    let of_issuer: &[&str] = match rules.provider.tenant_ids.is_empty() {
        true => &["id-token-issuer"],
        false => &["id-token-tenant", "id-token-issuer"],
    };
    trace.tell(of_issuer, check_issuer(&claims, rules.provider, ISSUER))?;
    trace.tell(&["id-token-audience", "id-token-authorized-party"], check_audience(&claims, rules))?;
    let times = ["id-token-expiry", "id-token-issued-at", "id-token-not-before"];
    trace.tell(&times, check_times(&claims, rules))?;
    trace.tell(&["id-token-nonce"], check_nonce(&claims, rules))?;
    trace.tell(&["id-token-subject"], check_name(&claims, "id-token-subject", SUBJECT_CLAIM))?;
    if rules.options.user_id_attribute != SUBJECT_CLAIM {
        let named = check_name(&claims, "id-token-user-id", &rules.options.user_id_attribute);
        trace.tell(&["id-token-user-id"], named)?;
    }
    if rules.options.id_token_session_expiry_supported {
        trace.tell(&["id-token-session-expiry"], check_session_expiry(&claims, rules.now))?;
    }
    for (check, name, companion) in
        [("id-token-at-hash", "at_hash", rules.access_token), ("id-token-c-hash", "c_hash", rules.code)]
    {
        if check_hash(&claims, algorithm, check, name, companion)? {
            trace.passed(check);
        }
    }
    check_authentication_time(&claims, rules)?;
    if rules.max_age.is_some() {
        trace.passed("id-token-authentication-time");
    }
    Ok(claims)
}

fn fault(
    check: &'static str,
    expected: impl Into<Cow<'static, str>>,
    came: impl Into<Cow<'static, str>>,
    advice: impl Into<Cow<'static, str>>,
) -> UpstreamError {
    UpstreamError::invalid(check, expected, came, advice)
}

fn check_audience(claims: &Map<String, Value>, rules: &TokenRules<'_>) -> Result<(), UpstreamError> {
    let client_id = rules.options.client_id.as_str();
    let wrong = |check, expected: String, came: String| {
        let advice = "Compare the client id of this connection with the application registered at your \
                      provider; its ID tokens must be made for that application.";
        fault(check, expected, came, advice)
    };
    let expected = || format!("aud {}", quoted(client_id));
    let audiences = claims::audiences(claims)
        .map_err(|fault| wrong("id-token-audience", expected(), fault.came().into()))?;
    if !audiences.contains(&client_id) {
        return Err(wrong("id-token-audience", expected(), quoted(&audiences.join(", "))));
    }
    let expected = || format!("azp {}", quoted(client_id));
    match claims::optional_text(claims, "azp") {
        Ok(Some(party)) if party == client_id => Ok(()),
        Ok(None) if audiences.iter().all(|audience| *audience == client_id) => Ok(()),
        Ok(Some(party)) => Err(wrong("id-token-authorized-party", expected(), quoted(party))),
        Ok(None) => {
            Err(wrong("id-token-authorized-party", expected(), "several audiences and no azp".into()))
        }
        Err(fault) => Err(wrong("id-token-authorized-party", expected(), fault.came().into())),
    }
}

fn check_times(claims: &Map<String, Value>, rules: &TokenRules<'_>) -> Result<(), UpstreamError> {
    let now = rules.now.seconds();
    let leeway = limits::CLOCK_LEEWAY_SECONDS;
    let wrong = |check, expected: String, came: String| {
        fault(
            check,
            expected,
            came,
            "Check the clock of your provider, and that its ID tokens carry times by RFC 7519.",
        )
    };
    let typed = |check, name: &str, fault: &ClaimFault| {
        wrong(check, format!("{name} as a number of seconds"), fault.came().into())
    };
    let date = |seconds| Timestamp::from_seconds(seconds).iso8601();

    let expires =
        claims::required_seconds(claims, "exp").map_err(|fault| typed("id-token-expiry", "exp", &fault))?;
    if expires + leeway <= now {
        return Err(wrong("id-token-expiry", format!("exp after {}", rules.now.iso8601()), date(expires)));
    }
    let issued = claims::required_seconds(claims, "iat")
        .map_err(|fault| typed("id-token-issued-at", "iat", &fault))?;
    let oldest = now - limits::UPSTREAM_TOKEN_AGE_SECONDS - leeway;
    if issued > now + leeway || issued < oldest {
        let expected = format!("iat between {} and {}", date(oldest), rules.now.iso8601());
        return Err(wrong("id-token-issued-at", expected, date(issued)));
    }
    let not_before = claims::optional_seconds(claims, "nbf")
        .map_err(|fault| typed("id-token-not-before", "nbf", &fault))?;
    if let Some(not_before) = not_before.filter(|not_before| *not_before > now + leeway) {
        let expected = format!("nbf before {}", rules.now.iso8601());
        return Err(wrong("id-token-not-before", expected, date(not_before)));
    }
    Ok(())
}

fn check_nonce(claims: &Map<String, Value>, rules: &TokenRules<'_>) -> Result<(), UpstreamError> {
    let came = match claims::required_text(claims, "nonce") {
        Ok(nonce) if secrets_match(nonce.as_bytes(), rules.nonce.as_bytes()) => return Ok(()),
        Ok(_) => "another one",
        Err(fault) => fault.came(),
    };
    Err(fault(
        "id-token-nonce",
        "the nonce of this login",
        came,
        "Make your provider copy the nonce of the request into the ID token (OpenID Connect Core, section \
         3.1.3.6); if it does, this answer belongs to another login.",
    ))
}

/// Who somebody is: `sub`, and the claim that the connection takes instead.
fn check_name(claims: &Map<String, Value>, check: &'static str, claim: &str) -> Result<(), UpstreamError> {
    let came = match claims::required_text(claims, claim) {
        Ok("") => "an empty text",
        Ok(subject) if subject.chars().any(char::is_control) => "a text with control characters",
        Ok(subject) if subject.chars().count() > limits::SUBJECT_CHARACTERS => "a longer one",
        Ok(_) => return Ok(()),
        Err(fault) => fault.came(),
    };
    Err(fault(
        check,
        format!("{claim} as a text of 1 to {} characters", limits::SUBJECT_CHARACTERS),
        came,
        format!(
            "Make your provider name the person in the claim {claim} of the ID token, by OpenID Connect Core, section 2."
        ),
    ))
}

/// `session_expiry` (IPSIE SL1): when the provider wants the sign-in to end.
fn check_session_expiry(claims: &Map<String, Value>, now: Timestamp) -> Result<(), UpstreamError> {
    let came = match claims::optional_seconds(claims, SESSION_EXPIRY) {
        Ok(Some(seconds)) if seconds <= now.seconds() => Timestamp::from_seconds(seconds).iso8601(),
        Ok(_) => return Ok(()),
        Err(fault) => fault.came().into(),
    };
    Err(fault(
        "id-token-session-expiry",
        format!("{SESSION_EXPIRY} as a number of seconds, after {}", now.iso8601()),
        came,
        "Make your provider say in session_expiry when the session of this sign-in ends, or turn off \
         id_token_session_expiry_supported of this connection.",
    ))
}

/// `at_hash` and `c_hash` (OpenID Connect Core §3.1.3.6, §3.3.2.11), where both sides are there; whether they were.
fn check_hash(
    claims: &Map<String, Value>,
    algorithm: Algorithm,
    check: &'static str,
    name: &'static str,
    companion: Option<&str>,
) -> Result<bool, UpstreamError> {
    let Some(companion) = companion else { return Ok(false) };
    let came = match claims::optional_text(claims, name) {
        Ok(None) => return Ok(false),
        Ok(Some(hash)) if secrets_match(hash.as_bytes(), algorithm.left_half_hash(companion).as_bytes()) => {
            return Ok(true);
        }
        Ok(Some(_)) => "another one",
        Err(fault) => fault.came(),
    };
    Err(fault(
        check,
        format!("{name} as the hash of what came with the ID token"),
        came,
        "The ID token belongs to another answer than the one it came in, or your provider computes its hashes \
         by another algorithm than it signs by.",
    ))
}

/// With `max_age`, the person has to have authenticated no longer before the request than that
/// (OpenID Connect Core §3.1.2.1).
fn check_authentication_time(
    claims: &Map<String, Value>,
    rules: &TokenRules<'_>,
) -> Result<(), UpstreamError> {
    let Some((max_age, asked_at)) = rules.max_age else { return Ok(()) };
    let earliest = asked_at.seconds().saturating_sub(max_age).saturating_sub(limits::CLOCK_LEEWAY_SECONDS);
    let latest = rules.now.seconds() + limits::CLOCK_LEEWAY_SECONDS;
    let came = match claims::lenient_seconds(claims, "auth_time") {
        Some(at) if (earliest..=latest).contains(&at) => return Ok(()),
        Some(at) => Timestamp::from_seconds(at).iso8601(),
        None => "none that is a number of seconds".into(),
    };
    Err(fault(
        "id-token-authentication-time",
        format!("auth_time not before {}", Timestamp::from_seconds(earliest).iso8601()),
        came,
        "Make your provider honour max_age and say in auth_time when the person authenticated.",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::test_provider::{
        ACCESS_TOKEN, CLIENT_ID, CODE, NONCE, good_claims, now, provider, raw_token,
    };

    const ISSUER: &str = "https://idp.example";
    static UNHEARD: Trace = Trace::off();

    /// A provider and a connection to it, for as long as the tests run.
    fn side(issuer: &str, options: OidcOptions) -> (&'static Provider, &'static OidcOptions) {
        let mut provider = provider(issuer);
        provider.tenant_ids = options.tenant_ids.clone();
        (Box::leak(Box::new(provider)), Box::leak(Box::new(options)))
    }

    fn rules() -> TokenRules<'static> {
        rules_with(ISSUER, OidcOptions { client_id: CLIENT_ID.into(), ..OidcOptions::default() })
    }

    fn rules_with(issuer: &str, options: OidcOptions) -> TokenRules<'static> {
        let (provider, options) = side(issuer, options);
        TokenRules {
            provider,
            options,
            nonce: NONCE,
            max_age: None,
            access_token: Some(ACCESS_TOKEN),
            code: Some(CODE),
            trace: &UNHEARD,
            now: now(),
        }
    }

    /// The outcome for good claims with `changes` merged in; `"REMOVE"` takes a claim out.
    fn outcome(changes: &Value, rules: &TokenRules<'_>) -> Result<Map<String, Value>, &'static str> {
        let mut claims = good_claims(&rules.provider.issuer);
        for (name, value) in changes.as_object().unwrap() {
            if value == "REMOVE" {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let token = raw_token(&json!({"alg": "RS256"}), &claims.to_string(), b"unverified here");
        let jws = Jws::parse(&token).unwrap();
        check_claims(&jws, Algorithm::RS256, rules).map_err(|error| {
            assert!(!error.to_string().contains(NONCE) && !error.advice.contains(NONCE), "{error}");
            error.check
        })
    }

    #[test]
    fn every_fault_that_matters_is_refused_by_its_own_check() {
        let at = |seconds: i64| now().seconds() + seconds;
        let leeway = limits::CLOCK_LEEWAY_SECONDS;
        for (changes, check) in [
            (json!({"iss": "REMOVE"}), "id-token-issuer"),
            (json!({"iss": "https://idp.example/"}), "id-token-issuer"),
            (json!({"iss": "https://IDP.example"}), "id-token-issuer"),
            (json!({"iss": [ISSUER]}), "id-token-issuer"),
            (json!({"aud": "REMOVE"}), "id-token-audience"),
            (json!({"aud": null}), "id-token-audience"),
            (json!({"aud": "client-2"}), "id-token-audience"),
            (json!({"aud": ["client-2"], "azp": CLIENT_ID}), "id-token-audience"),
            (json!({"aud": []}), "id-token-audience"),
            (json!({"aud": [CLIENT_ID, 5]}), "id-token-audience"),
            (json!({"aud": {CLIENT_ID: true}}), "id-token-audience"),
            (json!({"aud": format!("{CLIENT_ID} client-2")}), "id-token-audience"),
            (json!({"aud": [CLIENT_ID, "client-2"]}), "id-token-authorized-party"),
            (json!({"aud": [CLIENT_ID, "client-2"], "azp": "client-2"}), "id-token-authorized-party"),
            (json!({"azp": "client-2"}), "id-token-authorized-party"),
            (json!({"azp": ""}), "id-token-authorized-party"),
            (json!({"azp": [CLIENT_ID]}), "id-token-authorized-party"),
            (json!({"exp": "REMOVE"}), "id-token-expiry"),
            (json!({"exp": null}), "id-token-expiry"),
            (json!({"exp": "9999999999"}), "id-token-expiry"),
            (json!({"exp": [at(300)]}), "id-token-expiry"),
            (json!({"exp": -1}), "id-token-expiry"),
            (json!({"exp": 1e30}), "id-token-expiry"),
            (json!({"exp": true}), "id-token-expiry"),
            (json!({"exp": at(-leeway)}), "id-token-expiry"),
            (json!({"iat": "REMOVE"}), "id-token-issued-at"),
            (json!({"iat": 0}), "id-token-issued-at"),
            (json!({"iat": "now"}), "id-token-issued-at"),
            (json!({"iat": at(leeway + 1)}), "id-token-issued-at"),
            (json!({"iat": at(-limits::UPSTREAM_TOKEN_AGE_SECONDS - leeway - 1)}), "id-token-issued-at"),
            (json!({"nbf": at(leeway + 1)}), "id-token-not-before"),
            (json!({"nbf": "0"}), "id-token-not-before"),
            (json!({"nbf": [0]}), "id-token-not-before"),
            (json!({"nonce": "REMOVE"}), "id-token-nonce"),
            (json!({"nonce": ""}), "id-token-nonce"),
            (json!({"nonce": "nonce-of-another-login"}), "id-token-nonce"),
            (json!({"nonce": [NONCE]}), "id-token-nonce"),
            (json!({"nonce": 1}), "id-token-nonce"),
            (json!({"sub": "REMOVE"}), "id-token-subject"),
            (json!({"sub": ""}), "id-token-subject"),
            (json!({"sub": null}), "id-token-subject"),
            (json!({"sub": 5}), "id-token-subject"),
            (json!({"sub": "a\nb"}), "id-token-subject"),
            (json!({"sub": "a\u{0}"}), "id-token-subject"),
            (json!({"sub": "a".repeat(limits::SUBJECT_CHARACTERS + 1)}), "id-token-subject"),
            (json!({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}), "id-token-at-hash"),
            (json!({"at_hash": 5}), "id-token-at-hash"),
            (json!({"at_hash": ""}), "id-token-at-hash"),
            (json!({"c_hash": "77QmUPtjPfzWtF2AnpK9RQ"}), "id-token-c-hash"),
        ] {
            assert_eq!(outcome(&changes, &rules()), Err(check), "{changes}");
        }
    }

    #[test]
    fn harmless_oddities_do_not_break_a_sign_in_and_stay_as_they_came() {
        let at = |seconds: i64| now().seconds() + seconds;
        let hash = |text: &str| Algorithm::RS256.left_half_hash(text);
        for changes in [
            json!({"email_verified": "true"}),
            json!({"email_verified": 1}),
            json!({"phone_number_verified": "x"}),
            json!({"amr": "pwd"}),
            json!({"acr": 1}),
            json!({"address": "1 Main Street"}),
            json!({"locale": 5}),
            json!({"updated_at": "garbage"}),
            json!({"updated_at": 1e30}),
            json!({"birthdate": 1990}),
            json!({"name": {"first": "Ann"}}),
            json!({"name": 5}),
            json!({"picture": "", "email": null}),
            json!({"auth_time": "123"}),
            json!({"auth_time": "yesterday"}),
            json!({"jti": ["x"], "sid": 5}),
            json!({"azp": CLIENT_ID}),
            json!({"azp": null}),
            json!({"aud": [CLIENT_ID]}),
            json!({"aud": [CLIENT_ID, CLIENT_ID]}),
            json!({"aud": [CLIENT_ID, "client-2"], "azp": CLIENT_ID}),
            json!({"exp": at(300) as f64, "iat": at(0) as f64 + 0.25}),
            json!({"exp": at(1 - limits::CLOCK_LEEWAY_SECONDS)}),
            json!({"iat": at(limits::CLOCK_LEEWAY_SECONDS), "nbf": at(limits::CLOCK_LEEWAY_SECONDS)}),
            json!({"nbf": 0}),
            json!({"at_hash": hash(ACCESS_TOKEN), "c_hash": hash(CODE)}),
            json!({"at_hash": null}),
            json!({"sub": "é".repeat(limits::SUBJECT_CHARACTERS)}),
            json!({"_claim_names": {"x": "src1"}, "_claim_sources": {"src1": {"endpoint": "http://10.0.0.1/"}}}),
        ] {
            let claims = outcome(&changes, &rules()).unwrap_or_else(|check| panic!("{changes}: {check}"));
            for (name, value) in changes.as_object().unwrap() {
                assert_eq!(&claims[name], value, "{name} as sent");
            }
        }
    }

    #[test]
    fn an_issuer_need_not_be_a_url() {
        let rules = rules_with(
            "accounts.google.com",
            OidcOptions { client_id: CLIENT_ID.into(), ..OidcOptions::default() },
        );
        assert!(outcome(&json!({}), &rules).is_ok());
        assert_eq!(outcome(&json!({"iss": "https://accounts.google.com"}), &rules), Err("id-token-issuer"));
    }

    #[test]
    fn a_tenant_is_on_the_list_and_names_itself_as_issuer() {
        const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        const OTHER: &str = "11111111-2222-3333-4444-555555555555";
        let options = OidcOptions {
            client_id: CLIENT_ID.into(),
            tenant_ids: vec![TENANT.into(), "99999999-2222-3333-4444-555555555555".into()],
            ..OidcOptions::default()
        };
        let rules = rules_with("https://login.example/{tenantid}/v2.0", options);
        let of = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
        for (changes, check) in [
            (json!({"tid": TENANT, "iss": of(TENANT)}), None),
            (json!({"tid": OTHER, "iss": of(OTHER)}), Some("id-token-tenant")),
            (json!({"tid": TENANT, "iss": of(OTHER)}), Some("id-token-issuer")),
            (json!({"tid": OTHER, "iss": of(TENANT)}), Some("id-token-tenant")),
            (
                json!({"tid": TENANT, "iss": of("99999999-2222-3333-4444-555555555555")}),
                Some("id-token-issuer"),
            ),
            (json!({"tid": TENANT, "iss": of("{tenantid}")}), Some("id-token-issuer")),
            (json!({"tid": "{tenantid}", "iss": of("{tenantid}")}), Some("id-token-tenant")),
            (json!({"tid": "REMOVE", "iss": of(TENANT)}), Some("id-token-tenant")),
            (json!({"tid": [TENANT], "iss": of(TENANT)}), Some("id-token-tenant")),
            (json!({"tid": TENANT.to_uppercase(), "iss": of(TENANT)}), Some("id-token-tenant")),
            (json!({"tid": TENANT, "iss": of(&TENANT.to_uppercase())}), Some("id-token-issuer")),
        ] {
            assert_eq!(outcome(&changes, &rules).err(), check, "{changes}");
        }
    }

    #[test]
    fn another_claim_than_sub_says_who_somebody_is_where_the_connection_wants_it() {
        let options = OidcOptions {
            client_id: CLIENT_ID.into(),
            user_id_attribute: "oid".into(),
            ..OidcOptions::default()
        };
        let rules = rules_with(ISSUER, options);
        assert!(outcome(&json!({"oid": "o-1"}), &rules).is_ok());
        for oid in [json!("REMOVE"), json!(""), json!(5), json!(null), json!(["o-1"]), json!("a\nb")] {
            assert_eq!(outcome(&json!({"oid": oid}), &rules).err(), Some("id-token-user-id"), "{oid}");
        }
        assert_eq!(outcome(&json!({"oid": "o-1", "sub": "REMOVE"}), &rules).err(), Some("id-token-subject"));
    }

    #[test]
    fn the_end_of_a_session_is_a_time_to_come_where_the_connection_heeds_it() {
        let options = |id_token_session_expiry_supported| OidcOptions {
            client_id: CLIENT_ID.into(),
            id_token_session_expiry_supported,
            ..OidcOptions::default()
        };
        let (heeding, blind) = (rules_with(ISSUER, options(true)), rules_with(ISSUER, options(false)));
        let at = |seconds: i64| now().seconds() + seconds;
        for (expiry, is_good) in [
            (json!(at(1)), true),
            (json!("REMOVE"), true),
            (json!(at(0)), false),
            (json!(at(-3600)), false),
            (json!(at(3600).to_string()), false),
            (json!([at(3600)]), false),
            (json!(-1), false),
        ] {
            let changes = json!({"session_expiry": expiry});
            let refused = (!is_good).then_some("id-token-session-expiry");
            assert_eq!(outcome(&changes, &heeding).err(), refused, "{changes}");
            assert!(outcome(&changes, &blind).is_ok(), "{changes}");
        }
    }

    #[test]
    fn hashes_are_not_demanded_where_their_companion_is_missing() {
        let rules = TokenRules { access_token: None, code: None, ..rules() };
        assert!(outcome(&json!({"at_hash": "anything", "c_hash": "anything"}), &rules).is_ok());
    }

    #[test]
    fn max_age_counts_back_from_the_request() {
        let asked_at = now().plus_seconds(-600);
        let rules = |max_age| TokenRules { max_age: Some((max_age, asked_at)), ..rules() };
        let at = |seconds: i64| json!({"auth_time": asked_at.seconds() + seconds});
        let refused = Err("id-token-authentication-time");
        let leeway = limits::CLOCK_LEEWAY_SECONDS;
        assert!(outcome(&at(30), &rules(0)).is_ok());
        assert!(outcome(&at(-leeway), &rules(0)).is_ok());
        assert_eq!(outcome(&at(-leeway - 1), &rules(0)), refused);
        assert!(outcome(&at(-300), &rules(300)).is_ok());
        assert!(outcome(&json!({"auth_time": asked_at.seconds().to_string()}), &rules(0)).is_ok());
        assert_eq!(outcome(&at(600 + leeway + 1), &rules(300)), refused, "in the future");
        assert_eq!(outcome(&json!({}), &rules(300)), refused);
        assert_eq!(outcome(&json!({"auth_time": "recently"}), &rules(300)), refused);
        assert_eq!(outcome(&at(0), &rules(i64::MAX)).map(drop), Ok(()));
    }

    #[test]
    fn claims_that_are_no_object_or_too_deep_are_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        for payload in ["", "[]", "null", "\"x\"", "{", r#"{"exp":1e400}"#, &deep] {
            let token = raw_token(&json!({"alg": "RS256"}), payload, b"x");
            let jws = Jws::parse(&token).unwrap();
            let error = check_claims(&jws, Algorithm::RS256, &rules()).unwrap_err();
            assert_eq!(error.check, "id-token-format");
        }
    }
}
