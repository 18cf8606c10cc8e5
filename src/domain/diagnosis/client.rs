//! Whether the provider's token endpoint takes this client: how it authenticates, and as whom (RFC 6749 §5.2, OpenID
//! Connect Core §9).

use serde_json::Value;

use super::evidence::{Asked, Evidence, TokenAnswer};
use super::finding::{self, Finding, Outcome, Words, listed};
use crate::domain::connection::{Channel, OidcOptions, TokenEndpointAuthMethod};

const FRONT_CHANNEL: &str = "the front channel does not use the token endpoint";

pub(super) fn authentication_method(options: &OidcOptions, evidence: &Evidence) -> Finding {
    const NAME: &str = "token_endpoint_auth_methods_supported";
    let check = finding::AUTHENTICATION_METHOD;
    if options.channel == Channel::FrontChannel {
        return Finding::skipped(check, FRONT_CHANNEL);
    }
    if evidence.document().is_none() {
        return Finding::skipped(check, "there are no metadata to look at");
    }
    let method = name_of(options.token_endpoint_auth_method);
    let expected = format!("{method} in {NAME}");
    let advertised = evidence.list(NAME);
    let came = advertised
        .as_deref()
        .map_or_else(|| format!("metadata without {NAME}, which means client_secret_basic"), listed);
    // What a provider that is silent supports (OpenID Connect Discovery §3).
    let methods = advertised.unwrap_or_else(|| vec!["client_secret_basic"]);
    if methods.contains(&method.as_str()) {
        return Finding::ok(check, expected, came);
    }
    let remedy = format!(
        "Set token_endpoint_auth_method of this connection to one of {}, or let the provider take {method} from this \
         application.",
        listed(&methods),
    );
    let words = Words::new(expected, came, remedy);
    // Public clients are seldom advertised; and what the endpoint itself took is proof enough.
    let is_taken = options.token_endpoint_auth_method == TokenEndpointAuthMethod::None
        || matches!(evidence.token, Asked::Came(TokenAnswer::CodeRefused(_)));
    match is_taken {
        true => Finding::warning(check, "auth-method-not-advertised", words),
        false => Finding::failed(check, "auth-method-not-supported", words),
    }
}

/// The name in metadata is the one in our settings.
fn name_of(method: TokenEndpointAuthMethod) -> String {
    match serde_json::to_value(method) {
        Ok(Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

/// A code that nobody issued is refused for itself once the client has been believed.
pub(super) fn credentials(options: &OidcOptions, evidence: &Evidence) -> Finding {
    let check = finding::CREDENTIALS;
    let expected = "invalid_grant for a code that nobody issued, once client id and secret are believed";
    let wrong = |outcome, code: &str, came: &str, remedy: &str| {
        let words = Words::new(expected, came, remedy);
        match outcome {
            Outcome::Warning => Finding::warning(check, code, words),
            _ => Finding::failed(check, code, words),
        }
    };
    let answer = match &evidence.token {
        Asked::Not(why) => return Finding::skipped(check, *why),
        Asked::Failed(trouble) => return trouble.finding(check),
        Asked::Came(answer) => answer,
    };
    match answer {
        TokenAnswer::CodeRefused(came) => Finding::ok(check, expected, came),
        TokenAnswer::ClientRefused(came) => {
            let (code, remedy) = blame(options, came);
            wrong(Outcome::Failed, code, came, &remedy)
        }
        TokenAnswer::GrantTypeRefused(came) => wrong(
            Outcome::Failed,
            "grant-type-not-allowed",
            came,
            "Allow the grant type authorization_code for this application at the provider.",
        ),
        TokenAnswer::Unclear(came) => wrong(
            Outcome::Warning,
            "client-credentials-unclear",
            came,
            "Whether client id and secret are right cannot be told from this answer: sign in once to be sure, and look for \
             it in the log of the provider's token endpoint.",
        ),
        TokenAnswer::Accepted => wrong(
            Outcome::Failed,
            "token-endpoint-believes-anything",
            "tokens",
            "The token endpoint gives tokens for a code that it never issued: correct its address, or do not use this \
             provider.",
        ),
    }
}

/// Which of the two is wrong, as far as the provider tells.
fn blame(options: &OidcOptions, came: &str) -> (&'static str, String) {
    let words = came.to_ascii_lowercase();
    let tells = |hints: &[&str]| hints.iter().any(|hint| words.contains(hint));
    let names_id = tells(&[
        "client_id",
        "client id",
        "client identifier",
        "not found",
        "unknown client",
        "no such client",
    ]);
    let names_secret = tells(&["secret"]);
    let method = name_of(options.token_endpoint_auth_method);
    if words.starts_with("unauthorized_client") {
        return (
            "client-not-allowed",
            "Let this application use the authorization code flow at the provider, and compare its client id with the one \
             entered here."
                .into(),
        );
    }
    match (names_id, names_secret) {
        (true, false) => (
            "client-id-unknown",
            "Copy the client id of this application from the provider once more: it knows none by the one entered here."
                .into(),
        ),
        (false, true) if tells(&["expired"]) => (
            "client-secret-expired",
            "Make a new client secret for this application at the provider and enter it here.".into(),
        ),
        (false, true) => (
            "client-secret-wrong",
            "Copy the value of the client secret (not its id) from the provider once more, or make a new one there.".into(),
        ),
        (true, true) | (false, false)
            if options.token_endpoint_auth_method == TokenEndpointAuthMethod::None =>
        {
            (
                "client-secret-missing",
                "Enter the client secret of this application, or make it a public application (one without a secret) at \
                 the provider."
                    .into(),
            )
        }
        (true, true) | (false, false) => (
            "client-refused",
            format!(
                "Compare client id and client secret of this connection with the application at the provider, and check \
                 that it authenticates by {method}; the provider does not say which of them it refused.",
            ),
        ),
    }
}
