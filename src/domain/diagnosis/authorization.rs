//! Whether the provider's authorization endpoint takes a login of this connection, and sends it back to us (RFC 6749
//! §3.1.2.4, §4.1.2.1).
//!
//! It is asked as a browser would be, and not as a person: what only a person could tell is skipped, never failed.

use super::evidence::{Asked, AuthorizationAnswer, Evidence};
use super::finding::{self, Finding, Words};
use crate::domain::provider_text::quoted;

/// Sign-ins ask for more than a request without a page may have (OpenID Connect Core §3.1.2.6).
const MEAN_A_PAGE: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

pub(super) fn redirect_uri(evidence: &Evidence) -> Finding {
    let check = finding::REDIRECT_URI;
    let callback = quoted(&evidence.redirect_uri);
    let expected = format!("a browser that is sent back to {callback}");
    match &evidence.authorization {
        Asked::Not(why) => Finding::skipped(check, *why),
        Asked::Failed(trouble) => Finding::skipped(check, unreached(&trouble.came)),
        Asked::Came(AuthorizationAnswer::CameBack(Some(error))) => {
            Finding::ok(check, expected, format!("sent back to it, with {error}"))
        }
        Asked::Came(AuthorizationAnswer::CameBack(None)) => Finding::ok(check, expected, "sent back to it"),
        Asked::Came(AuthorizationAnswer::RedirectUriRefused(came)) => {
            let remedy = format!(
                "Add exactly {} to the redirect URIs (also called callback or reply URLs) of this application at the \
                 provider.",
                evidence.redirect_uri,
            );
            Finding::failed(check, "redirect-uri-refused", Words::new(expected, came, remedy))
        }
        Asked::Came(
            AuthorizationAnswer::ClientUnknown(came)
            | AuthorizationAnswer::ClientNotAllowed(came)
            | AuthorizationAnswer::Unclear(came),
        ) => Finding::skipped(check, cannot_tell(came)),
    }
}

pub(super) fn request(evidence: &Evidence) -> Finding {
    let check = finding::AUTHORIZATION_REQUEST;
    let expected = "an authorization request that is taken as it is";
    let failed = |code: &str, came: &str, remedy: &str| {
        Finding::failed(check, code, Words::new(expected, came, remedy))
    };
    let answer = match &evidence.authorization {
        Asked::Not(why) => return Finding::skipped(check, *why),
        Asked::Failed(trouble) => return Finding::skipped(check, unreached(&trouble.came)),
        Asked::Came(answer) => answer,
    };
    match answer {
        AuthorizationAnswer::CameBack(None) => Finding::ok(check, expected, "an answer without error"),
        AuthorizationAnswer::CameBack(Some(error)) => match error.as_str() {
            error if MEAN_A_PAGE.contains(&error) => Finding::ok(check, expected, error),
            "unauthorized_client" => failed("authorization-client-not-allowed", error, NOT_ALLOWED),
            "unsupported_response_type" => failed(
                "authorization-response-type-refused",
                error,
                "Allow the response type that this connection asks for (code for the back channel, id_token for the front \
                 channel) for this application at the provider, or set type of this connection to the other one.",
            ),
            "invalid_scope" => failed(
                "authorization-scope-refused",
                error,
                "Allow every scope of this connection for this application at the provider, or take those it does not know \
                 out of scope of this connection.",
            ),
            _ => Finding::skipped(check, cannot_tell(error)),
        },
        AuthorizationAnswer::ClientUnknown(came) => failed(
            "authorization-client-unknown",
            came,
            "Copy the client id of this application from the provider once more: its authorization endpoint knows none by \
             the one entered here.",
        ),
        AuthorizationAnswer::ClientNotAllowed(came) => {
            failed("authorization-client-not-allowed", came, NOT_ALLOWED)
        }
        AuthorizationAnswer::RedirectUriRefused(_) => {
            Finding::skipped(check, "the provider looks at the redirect URI first, and refuses that")
        }
        AuthorizationAnswer::Unclear(came) => Finding::skipped(check, cannot_tell(came)),
    }
}

const NOT_ALLOWED: &str = "Enable this application at the provider, and allow it the flow that this connection uses \
                           (authorization code for the back channel, implicit for the front channel).";

fn unreached(came: &str) -> String {
    format!("cannot be told from here, browsers may get further: {came}")
}

fn cannot_tell(came: &str) -> String {
    format!("cannot be told from here: {came}")
}
