//! Whether the answers of this provider can be told from those of another one (mix-up, RFC 9700 §4.4).

use super::evidence::{Asked, Evidence};
use super::finding::{self, Finding, Words};
use crate::domain::connection::{Channel, OidcOptions, RedirectUri};
use crate::domain::provider_metadata::{NAMES_ISSUER_IN_ANSWERS, names_issuer_in_answers};

pub(super) fn finding(options: &OidcOptions, evidence: &Evidence) -> Finding {
    let check = finding::MIX_UP;
    let expected = "answers that nobody can take for those of another connection";
    if options.redirect_uri == RedirectUri::Connection {
        return Finding::ok(check, expected, "a redirect URI of this connection alone");
    }
    if options.channel == Channel::FrontChannel {
        return Finding::ok(check, expected, "ID tokens, each of which names its issuer");
    }
    let promises = evidence.document().map(names_issuer_in_answers);
    let came = match (promises, options.demands_issuer) {
        (Some(true), _) => {
            return Finding::ok(check, expected, "the promise to name the issuer in every answer");
        }
        (None, true) => return Finding::ok(check, expected, "an issuer that is demanded in every answer"),
        (Some(false), true) => {
            return Finding::warning(
                check,
                "issuer-no-longer-promised",
                Words::new(
                    format!(
                        "{NAMES_ISSUER_IN_ANSWERS}, on which the shared redirect URI of this connection rests"
                    ),
                    "metadata that no longer promise it: an answer without iss is refused",
                    remedy(evidence),
                ),
            );
        }
        (None, false) if matches!(evidence.discovery, Asked::Failed(_)) => {
            return Finding::skipped(check, "there are no metadata to look at");
        }
        (Some(false) | None, false) => {
            "a redirect URI that other connections have too, and no promise to name the issuer in answers"
        }
    };
    Finding::warning(check, "mix-up-possible", Words::new(expected, came, remedy(evidence)))
}

fn remedy(evidence: &Evidence) -> String {
    format!(
        "Add exactly {} to the redirect URIs of this application at the provider, then set redirect_uri of this connection to \
         connection.",
        evidence.own_redirect_uri,
    )
}
