//! Where a connection's client secret, the assertions in its place and kept refresh tokens go: the token endpoint, and the
//! endpoint that authorization requests are pushed to.
//!
//! The stored secret is write-only: whoever may change a connection may not learn it. So it goes to another origin only when
//! it is sent again together with the change that leads there.

use std::fmt;

use serde_json::{Map, Value};
use url::{Origin, Url};

use super::connection::{
    CallUserInfo, Connection, JwtAudience, OidcOptions, PushedRequests, TokenEndpointAuthMethod,
};
use super::discovery_address::without_slash;
use super::problem::Problem;

const SECRET: &str = "options.client_secret";

/// A metadata document of a provider.
type Document = Map<String, Value>;

/// Somebody who gets the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Receiver {
    At(Origin),
    /// Whom the document at this address names, as far as nothing was adopted.
    NamedBy(Option<Url>, Option<String>),
    /// No address with a host.
    Nowhere(String),
}

impl Receiver {
    fn at(address: &str) -> Self {
        match Url::parse(address.trim()).map(|url| url.origin()) {
            Ok(origin) if origin.is_tuple() => Self::At(origin),
            Ok(_) | Err(_) => Self::Nowhere(address.to_owned()),
        }
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(origin) => f.write_str(&origin.ascii_serialization()),
            Self::NamedBy(Some(url), _) => write!(f, "whom the metadata at {url} name"),
            Self::NamedBy(None, _) => f.write_str("another provider"),
            Self::Nowhere(_) => f.write_str("an address without a host"),
        }
    }
}

/// Which property leads where.
struct Lead {
    property: &'static str,
    to: Receiver,
}

/// Everybody who gets the secret of a connection with these options. `adopted`: the document that its logins go by.
fn receivers(options: &OidcOptions, adopted: Option<&Document>) -> Vec<Lead> {
    let by_document =
        if options.discovery_url.is_some() { "options.discovery_url" } else { "options.issuer" };
    let entered = [
        ("options.token_endpoint", &options.token_endpoint, true),
        (
            "options.pushed_authorization_request_endpoint",
            &options.pushed_authorization_request_endpoint,
            options.pushed_authorization_requests != PushedRequests::Never && may_ask_document(options),
        ),
    ];
    let mut leads = Vec::new();
    for (property, address, is_used) in entered {
        let member = property.strip_prefix("options.").unwrap_or(property);
        let named = adopted.map(|document| document.get(member).and_then(Value::as_str));
        leads.extend(match (address, named) {
            (Some(address), _) => Some(Lead { property, to: Receiver::at(address) }),
            (None, Some(Some(named))) if !named.trim().is_empty() => {
                Some(Lead { property: by_document, to: Receiver::at(named) })
            }
            // The document names none.
            (None, Some(_)) => None,
            (None, None) => is_used.then(|| Lead {
                property: by_document,
                to: Receiver::NamedBy(options.document_url(), issuer(options)),
            }),
        });
    }
    leads
}

/// Whether logins may look for the provider's metadata, which is so where anything they need is not entered.
fn may_ask_document(options: &OidcOptions) -> bool {
    let is_entered = |address: &Option<String>| address.is_some();
    let endpoints = [&options.authorization_endpoint, &options.token_endpoint, &options.jwks_uri];
    options.discovery_url.is_some()
        || !endpoints.into_iter().all(is_entered)
        || (options.userinfo_endpoint.is_none() && options.call_userinfo != CallUserInfo::Never)
}

fn issuer(options: &OidcOptions) -> Option<String> {
    options.issuer_meant().map(|issuer| without_slash(&issuer).to_owned())
}

/// Whether both mean the same document of the same issuer, so that what was adopted of it still counts.
pub fn is_same_document(before: &OidcOptions, after: &OidcOptions) -> bool {
    before.document_url() == after.document_url() && issuer(before) == issuer(after)
}

/// The first property of `after` that leads the secret to somebody who does not get that of `before`, and to whom. `adopted`:
/// the document that logins go by before the change.
fn moved(
    before: &OidcOptions,
    adopted: Option<&Document>,
    after: &OidcOptions,
) -> Option<(&'static str, String)> {
    let mut known: Vec<Receiver> = receivers(before, adopted).into_iter().map(|lead| lead.to).collect();
    if known.iter().any(|receiver| matches!(receiver, Receiver::NamedBy(..))) {
        // Nobody knows yet whom it names; it may name itself.
        known.extend(before.document_url().map(|url| Receiver::at(url.as_str())));
    }
    let adopted = adopted.filter(|_| is_same_document(before, after));
    let lead = receivers(after, adopted).into_iter().find(|lead| !known.contains(&lead.to))?;
    Some((lead.property, lead.to.to_string()))
}

/// Whether the change leads the secret, or what stands in for it, to somebody else.
pub fn is_moved(before: &OidcOptions, adopted: Option<&Document>, after: &OidcOptions) -> bool {
    moved(before, adopted, after).is_some()
}

/// What is wrong with a change from `before` to `after`, in which no secret was sent.
pub(super) fn refusal(
    before: &Connection,
    adopted: Option<&Document>,
    after: &Connection,
) -> Option<Problem> {
    let (property, to) = moved(&before.options, adopted, &after.options)?;
    if after.client_secret.is_some() {
        let message = format!(
            "has to be sent again with this change, because {property} would take the stored one to {to}, where it has not \
             gone before"
        );
        return Some(Problem::new(SECRET, message));
    }
    // The same keys prove who we are at the issuer: whoever gets such an assertion can use it there.
    let options = &after.options;
    let signs = [&before.options, options]
        .into_iter()
        .all(|options| options.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt);
    let names_issuer = options.token_endpoint_jwtca_aud_format == JwtAudience::Issuer;
    if signs && names_issuer && issuer(&before.options) == issuer(options) {
        let message = format!(
            "would take assertions that are good at the issuer to {to}, where they have not gone before; set \
             options.token_endpoint_jwtca_aud_format to token_endpoint, or make another connection"
        );
        return Some(Problem::new(property, message));
    }
    None
}

/// Who gets the secret by the document `found` and does not by `adopted`: an origin.
pub fn moved_by_document(options: &OidcOptions, adopted: &Document, found: &Document) -> Option<String> {
    let known: Vec<Receiver> = receivers(options, Some(adopted)).into_iter().map(|lead| lead.to).collect();
    let lead = receivers(options, Some(found)).into_iter().find(|lead| !known.contains(&lead.to))?;
    Some(lead.to.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::connection::{changed_connection, new_connection};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn connection(options: Value) -> Connection {
        let mut body = json!({"name": "acme", "strategy": "oidc", "options": {"client_id": "x"}});
        crate::domain::merge_patch::merge_patch(
            body.as_object_mut().unwrap(),
            json!({ "options": options }).as_object().unwrap(),
        );
        new_connection(body.as_object().unwrap(), "con_1", true, NOW).unwrap()
    }

    fn document() -> Document {
        let document = json!({
            "issuer": "https://idp.example", "token_endpoint": "https://tokens.example/token",
            "jwks_uri": "https://keys.example/jwks",
        });
        document.as_object().unwrap().clone()
    }

    /// The paths of what is wrong with the change.
    fn refused(before: &Connection, adopted: Option<&Document>, options: Value) -> Vec<String> {
        let patch = json!({ "options": options });
        match changed_connection(before, patch.as_object().unwrap(), adopted, true, NOW) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|problem| problem.path).collect(),
        }
    }

    #[test]
    fn a_stored_secret_goes_nowhere_else_unless_it_is_sent_again() {
        let explicit = json!({
            "issuer": "https://idp.example", "authorization_endpoint": "https://idp.example/a",
            "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/j",
            "call_userinfo": "never", "client_secret": "s",
        });
        // Who may name the issuer does not get the secret by that.
        let mut moving = explicit.clone();
        moving["issuer"] = json!("https://new.example");
        let by_url = json!({"discovery_url": "https://idp.example", "client_secret": "s"});
        let document = document();
        for (before, adopted, change, is_refused) in [
            (&explicit, None, json!({"token_endpoint": "https://evil.example/t"}), true),
            (&explicit, None, json!({"token_endpoint": "http://idp.example/t"}), true),
            (&explicit, None, json!({"token_endpoint": "https://idp.example:8443/t"}), true),
            (&explicit, None, json!({"token_endpoint": "https://idp.example.evil.example/t"}), true),
            (&explicit, None, json!({"token_endpoint": "https://IDP.example:443/other"}), false),
            (&explicit, None, json!({"jwks_uri": "https://keys.example/j"}), false),
            (&explicit, None, json!({"issuer": "https://new.example"}), false),
            (&explicit, None, json!({"call_userinfo": "when_mapped"}), true),
            (&moving, None, json!({"jwks_uri": null}), true),
            (
                &explicit,
                None,
                json!({"pushed_authorization_requests": "always",
                       "pushed_authorization_request_endpoint": "https://evil.example/par"}),
                true,
            ),
            (&moving, None, json!({"token_endpoint": "https://new.example/t"}), true),
            // By way of a method, or of the front channel, that does not use it today.
            (
                &explicit,
                None,
                json!({"token_endpoint": "https://evil.example/t", "token_endpoint_auth_method": "none"}),
                true,
            ),
            (&explicit, None, json!({"token_endpoint": null}), true),
            (&explicit, None, json!({"discovery_url": "https://evil.example", "token_endpoint": null}), true),
            (&by_url, None, json!({"discovery_url": "https://evil.example"}), true),
            (&by_url, None, json!({"discovery_url": "https://idp.example/other"}), true),
            (&by_url, None, json!({"discovery_url": "https://idp.example/?document=2"}), true),
            (&by_url, None, json!({"discovery_url": null, "issuer": "https://evil.example"}), true),
            (&by_url, None, json!({"issuer": "https://evil.example"}), true),
            (&by_url, None, json!({"issuer": "https://idp.example/"}), false),
            (&by_url, None, json!({"discovery_url": null, "issuer": "https://idp.example"}), false),
            (
                &by_url,
                None,
                json!({"discovery_url": "https://idp.example/.well-known/openid-configuration"}),
                false,
            ),
            (&by_url, None, json!({"token_endpoint": "https://idp.example/t"}), false),
            (&by_url, None, json!({"token_endpoint": "https://evil.example/t"}), true),
            (&by_url, Some(&document), json!({"token_endpoint": "https://tokens.example/other"}), false),
            (&by_url, Some(&document), json!({"token_endpoint": "https://idp.example/t"}), true),
            (
                &by_url,
                Some(&document),
                json!({"pushed_authorization_request_endpoint": "https://keys.example/par"}),
                true,
            ),
            (&by_url, Some(&document), json!({"scope": "openid", "client_id": "y"}), false),
        ] {
            let before = connection(before.clone());
            let paths = refused(&before, adopted, change.clone());
            assert_eq!(paths, if is_refused { vec![SECRET.to_owned()] } else { Vec::new() }, "{change}");
            let mut sent = change.clone();
            sent["client_secret"] = json!("again");
            assert!(refused(&before, adopted, sent).is_empty(), "{change}");
        }
        let refusal = json!({"options": {"token_endpoint": "https://evil.example/t"}});
        let before = connection(explicit);
        let refusal = changed_connection(&before, refusal.as_object().unwrap(), None, true, NOW).unwrap_err();
        let words = &refusal[0].message;
        assert!(
            words.contains("options.token_endpoint") && words.contains("https://evil.example,"),
            "{words}"
        );
    }

    #[test]
    fn a_connection_without_a_secret_may_go_anywhere() {
        let public = connection(json!({
            "discovery_url": "https://idp.example", "token_endpoint_auth_method": "none",
        }));
        assert!(refused(&public, None, json!({"discovery_url": "https://other.example"})).is_empty());
    }

    #[test]
    fn an_assertion_for_the_issuer_goes_nowhere_else() {
        let signing = connection(json!({
            "discovery_url": "https://idp.example", "token_endpoint_auth_method": "private_key_jwt",
        }));
        let moved = json!({"token_endpoint": "https://evil.example/t"});
        assert_eq!(refused(&signing, None, moved.clone()), ["options.token_endpoint"]);
        let mut for_itself = moved;
        for_itself["token_endpoint_jwtca_aud_format"] = json!("token_endpoint");
        assert!(refused(&signing, None, for_itself).is_empty());
        assert!(refused(&signing, None, json!({"discovery_url": "https://other.example"})).is_empty());
    }

    #[test]
    fn another_document_that_names_another_origin_moves_the_secret() {
        let before = connection(json!({"discovery_url": "https://idp.example", "client_secret": "s"}));
        let with = |member: &str, address: &str| {
            let mut found = document();
            found.insert(member.into(), json!(address));
            moved_by_document(&before.options, &document(), &found)
        };
        assert_eq!(with("token_endpoint", "https://evil.example/t").as_deref(), Some("https://evil.example"));
        assert_eq!(with("token_endpoint", "https://tokens.example/2"), None);
        assert_eq!(with("jwks_uri", "https://evil.example/j"), None);
        let par = "pushed_authorization_request_endpoint";
        assert_eq!(with(par, "https://keys.example/par").as_deref(), Some("https://keys.example"));
        assert_eq!(with(par, "https://tokens.example/par"), None);
    }
}
