//! What the metadata document says of issuer, response types, response modes and PKCE (OpenID Connect Discovery §3, RFC
//! 8414 §2).

use serde_json::Value;

use super::evidence::{Asked, Evidence};
use super::finding::{self, Finding, Words, listed};
use crate::domain::connection::{Channel, OidcOptions, PkceMode};
use crate::domain::issuer_template;
use crate::domain::provider_text::quoted;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";
const NO_METADATA: &str = "there are no metadata to look at";

pub(super) fn discovery(evidence: &Evidence) -> Finding {
    let check = finding::DISCOVERY;
    match &evidence.discovery {
        Asked::Not(why) => Finding::skipped(check, *why),
        Asked::Failed(trouble) => trouble.finding(check),
        Asked::Came(document) => Finding::ok(
            check,
            format!("the metadata at {}", evidence.discovery_url),
            format!("a document with {} members", document.len()),
        ),
    }
}

/// The issuer of the document is the one entered, or without one that of its own address, up to a slash at the end
/// (OpenID Connect Discovery §4.3).
pub(super) fn issuer(options: &OidcOptions, evidence: &Evidence) -> Finding {
    let check = finding::ISSUER;
    let Some(document) = evidence.document() else { return Finding::skipped(check, NO_METADATA) };
    let url = &evidence.discovery_url;
    let implied = url.split('?').next().unwrap_or_default();
    let implied = implied.strip_suffix(WELL_KNOWN).unwrap_or(implied);
    let wanted = options.issuer.as_deref().unwrap_or(implied);
    let expected = format!("issuer {}", quoted(wanted));
    let same =
        |came: &str| came.strip_suffix('/').unwrap_or(came) == wanted.strip_suffix('/').unwrap_or(wanted);
    let is_of_tenants = |came: &str| issuer_template::is_template(came) && !options.tenant_ids.is_empty();
    match document.get("issuer").and_then(Value::as_str).map(str::trim).filter(|issuer| !issuer.is_empty()) {
        Some(came) if same(came) || (is_of_tenants(came) && issuer_template::is_of(came, wanted)) => {
            Finding::ok(check, expected, format!("issuer {}", quoted(came)))
        }
        Some(came) if issuer_template::is_template(came) && options.tenant_ids.is_empty() => Finding::failed(
            check,
            "issuer-of-every-tenant",
            Words::new(
                expected,
                format!("issuer {}, which stands for every tenant of the provider", quoted(came)),
                "Enter the discovery URL of one tenant, or list the tenants whose people may sign in as tenant_ids of this \
                 connection.",
            ),
        ),
        Some(came) => Finding::failed(
            check,
            "issuer-mismatch",
            Words::new(
                expected,
                format!("issuer {}", quoted(came)),
                format!(
                    "Make \"issuer\" in {url} and the issuer entered for this connection the same, letter for letter."
                ),
            ),
        ),
        None => Finding::failed(
            check,
            "issuer-missing",
            Words::new(
                expected,
                "metadata without an issuer",
                format!("Publish \"issuer\" in the metadata at {url}."),
            ),
        ),
    }
}

pub(super) fn response_type(options: &OidcOptions, evidence: &Evidence) -> Finding {
    const NAME: &str = "response_types_supported";
    let check = finding::RESPONSE_TYPE;
    if evidence.document().is_none() {
        return Finding::skipped(check, NO_METADATA);
    }
    let wanted = match options.channel {
        Channel::BackChannel => "code",
        Channel::FrontChannel => "id_token",
    };
    let expected = format!("{wanted} in {NAME}");
    let Some(advertised) = evidence.list(NAME) else {
        let remedy = format!("Publish {NAME} in the metadata; it has to contain {wanted}.");
        return Finding::warning(
            check,
            "response-types-not-advertised",
            Words::new(expected, format!("metadata without {NAME}"), remedy),
        );
    };
    let came = listed(&advertised);
    if advertised.contains(&wanted) {
        return Finding::ok(check, expected, came);
    }
    let other = match options.channel {
        Channel::BackChannel => "",
        Channel::FrontChannel => ", or set type of this connection to back_channel",
    };
    let remedy = format!("Allow the response type {wanted} for this application at the provider{other}.");
    Finding::failed(check, "response-type-not-supported", Words::new(expected, came, remedy))
}

pub(super) fn response_mode(options: &OidcOptions, evidence: &Evidence) -> Finding {
    const NAME: &str = "response_modes_supported";
    let check = finding::RESPONSE_MODE;
    if evidence.document().is_none() {
        return Finding::skipped(check, NO_METADATA);
    }
    let advertised = evidence.list(NAME);
    let came = advertised
        .as_deref()
        .map_or_else(|| format!("metadata without {NAME}, which means query, fragment"), listed);
    // What a provider that is silent supports (OpenID Connect Discovery §3).
    let has = |mode: &str| advertised.as_deref().unwrap_or(&["query", "fragment"]).contains(&mode);
    let remedy = |mode: &str| format!("Allow the response mode {mode} for this application at the provider");
    match options.channel {
        Channel::BackChannel if has("query") => Finding::ok(check, format!("query in {NAME}"), came),
        // Nothing asks for it: it is what a code comes by unless somebody says otherwise.
        Channel::BackChannel => Finding::warning(
            check,
            "query-not-supported",
            Words::new(format!("query in {NAME}"), came, format!("{}.", remedy("query"))),
        ),
        Channel::FrontChannel if has("form_post") => Finding::ok(check, format!("form_post in {NAME}"), came),
        Channel::FrontChannel => {
            let remedy = format!("{}, or set type of this connection to back_channel.", remedy("form_post"));
            let words = Words::new(format!("form_post in {NAME}"), came, remedy);
            match advertised {
                Some(_) => Finding::failed(check, "form-post-not-supported", words),
                None => Finding::warning(check, "form-post-not-advertised", words),
            }
        }
    }
}

pub(super) fn pkce(options: &OidcOptions, evidence: &Evidence) -> Finding {
    const NAME: &str = "code_challenge_methods_supported";
    let check = finding::PKCE;
    if options.channel == Channel::FrontChannel {
        return Finding::skipped(check, "the front channel brings no code to protect");
    }
    if evidence.document().is_none() {
        return Finding::skipped(check, NO_METADATA);
    }
    let expected = |method: &str| format!("{method} in {NAME}");
    let Some(advertised) = evidence.list(NAME).filter(|methods| !methods.is_empty()) else {
        let came = "a provider that says nothing of PKCE: what it does not know, it ignores";
        return match options.connection_settings.pkce {
            PkceMode::Disabled => Finding::ok(check, "nothing: PKCE is disabled for this connection", came),
            PkceMode::Auto | PkceMode::S256 | PkceMode::Plain => Finding::ok(check, expected("S256"), came),
        };
    };
    let (s256, plain) = (advertised.contains(&"S256"), advertised.contains(&"plain"));
    let came = listed(&advertised);
    let support = "Make the provider support PKCE with S256 for this application";
    match options.connection_settings.pkce {
        PkceMode::Auto | PkceMode::S256 if s256 => Finding::ok(check, expected("S256"), came),
        PkceMode::Auto if plain => Finding::warning(
            check,
            "pkce-plain-only",
            Words::new(
                expected("S256"),
                came,
                format!("{support}: plain protects a code from nobody who sees the request."),
            ),
        ),
        PkceMode::Auto | PkceMode::S256 => Finding::failed(
            check,
            "pkce-s256-not-supported",
            Words::new(
                expected("S256"),
                came,
                format!("{support}, or choose another connection_settings.pkce for this connection."),
            ),
        ),
        PkceMode::Plain if !plain => Finding::failed(
            check,
            "pkce-plain-not-supported",
            Words::new(expected("plain"), came, "Set connection_settings.pkce of this connection to auto."),
        ),
        PkceMode::Plain if s256 => Finding::warning(
            check,
            "pkce-weaker-than-possible",
            Words::new(
                "S256, the strongest method of the provider",
                format!("plain in this connection's settings; the provider has {came}"),
                "Set connection_settings.pkce of this connection to S256.",
            ),
        ),
        PkceMode::Plain => Finding::ok(check, expected("plain"), came),
        PkceMode::Disabled => Finding::warning(
            check,
            "pkce-disabled",
            Words::new(
                "PKCE, which the provider supports",
                format!("disabled in this connection's settings; the provider has {came}"),
                "Set connection_settings.pkce of this connection to auto.",
            ),
        ),
    }
}
