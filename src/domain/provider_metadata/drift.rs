//! How a metadata document differs from the one before, and whether logins may go by it without anybody looking.
//!
//! Safe is what only adds, describes, or stays where it was. Not safe is what could lead people or our secret to somebody
//! else, or take a protection away.

use serde_json::{Map, Value, json};
use url::{Origin, Url};

use super::NAMES_ISSUER_IN_ANSWERS;
use crate::crypto::jws::Algorithm;
use crate::domain::limits;
use crate::domain::provider_text::printable;

/// Where people, codes and secrets go; in metadata.
const ENDPOINTS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "pushed_authorization_request_endpoint",
];
/// Where our secret goes.
const SECRET_RECEIVERS: [&str; 2] = ["token_endpoint", "pushed_authorization_request_endpoint"];
/// Nobody needs it to sign in.
const MAY_GO: &str = "end_session_endpoint";
const PKCE_METHODS: &str = "code_challenge_methods_supported";
const ALGORITHMS: [&str; 2] = ["id_token_signing_alg_values_supported", "dpop_signing_alg_values_supported"];
/// What a provider promises by `true`.
const PROMISES: [&str; 2] = [NAMES_ISSUER_IN_ANSWERS, "require_pushed_authorization_requests"];

/// One member that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub member: String,
    /// Printable and short; `None` where it was not there.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Why logins do not go by it before somebody has looked.
    pub danger: Option<&'static str>,
}

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// What is not safe first; at most [`limits::METADATA_CHANGES_TOLD`].
    pub changes: Vec<Change>,
    /// Further ones.
    pub untold: usize,
    is_safe: bool,
}

impl Drift {
    /// From the document `before` to `after`. `is_entered` names the endpoints that are settings of the connection;
    /// `secret` is blotted out of what is shown.
    pub fn between(
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        is_entered: &dyn Fn(&str) -> bool,
        secret: Option<&str>,
    ) -> Self {
        let mut members: Vec<&String> = before.keys().chain(after.keys()).collect();
        members.sort();
        members.dedup();
        let shown = |value: &Value| printable(&value.to_string(), &[secret.unwrap_or_default()]);
        let mut changes: Vec<Change> = members
            .into_iter()
            .filter(|member| before.get(*member) != after.get(*member))
            .map(|member| Change {
                member: printable(member, &[secret.unwrap_or_default()]),
                from: before.get(member).map(shown),
                to: after.get(member).map(shown),
                danger: if is_entered(member) { None } else { danger(member, before, after) },
            })
            .collect();
        changes.sort_by_key(|change| change.danger.is_none());
        let is_safe = changes.iter().all(|change| change.danger.is_none());
        let untold = changes.len().saturating_sub(limits::METADATA_CHANGES_TOLD);
        changes.truncate(limits::METADATA_CHANGES_TOLD);
        Self { changes, untold, is_safe }
    }

    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether logins may go by the new document without anybody looking.
    pub const fn is_safe(&self) -> bool {
        self.is_safe
    }

    /// For a person: what changed from what to what, and why it is not adopted by itself.
    pub fn words(&self) -> String {
        let told = self.changes.iter().take(limits::METADATA_CHANGES_IN_WORDS);
        let mut words: Vec<String> = told.map(Change::words).collect();
        let further = self.changes.len() + self.untold - words.len();
        if further > 0 {
            words.push(format!("and {further} further members"));
        }
        words.join("; ")
    }

    /// As the Management API tells it.
    pub fn json(&self) -> Value {
        let changes = self.changes.iter().map(|change| {
            let Change { member, from, to, danger } = change;
            json!({"member": member, "from": from, "to": to, "is_safe": danger.is_none(), "reason": danger})
        });
        json!({"is_safe": self.is_safe, "changes": changes.collect::<Vec<Value>>(), "further": self.untold})
    }
}

impl Change {
    fn words(&self) -> String {
        let member = &self.member;
        let words = match (&self.from, &self.to) {
            (None, Some(to)) => format!("{member} was added: {to}"),
            (Some(from), None) => format!("{member} was removed: {from}"),
            (from, to) => {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                format!("{member} changed from {} to {}", text(from), text(to))
            }
        };
        match self.danger {
            Some(danger) => format!("{words} ({danger})"),
            None => words,
        }
    }
}

fn danger(member: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Option<&'static str> {
    let (was, is) = (before.get(member), after.get(member));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(|text| text.trim().to_owned());
    if member == "issuer" {
        return (text(was) != text(is)).then_some("another issuer");
    }
    if ENDPOINTS.contains(&member) {
        return endpoint_danger(member, text(was).as_deref(), text(is).as_deref(), before);
    }
    if member == PKCE_METHODS {
        return (has(was, "S256") && !has(is, "S256")).then_some("PKCE was weakened");
    }
    if ALGORITHMS.contains(&member) {
        let (was, is) = (algorithms(was), algorithms(is));
        return was.iter().any(|one| !is.contains(one)).then_some("a signature algorithm was taken back");
    }
    if PROMISES.contains(&member) {
        let is_promise = |value: Option<&Value>| value == Some(&Value::Bool(true));
        return (is_promise(was) && !is_promise(is)).then_some("a protection was taken back");
    }
    None
}

fn endpoint_danger(
    member: &str,
    was: Option<&str>,
    is: Option<&str>,
    before: &Map<String, Value>,
) -> Option<&'static str> {
    match (was.filter(|url| !url.is_empty()), is.filter(|url| !url.is_empty())) {
        (None, None) => None,
        (Some(_), None) => (member != MAY_GO).then_some("an endpoint is gone"),
        (Some(was), Some(is)) => (origin(was) != origin(is) || origin(is).is_none())
            .then_some("an endpoint moved to another origin"),
        // At home is where any endpoint was before; for one that gets our secret, where that went.
        (None, Some(is)) => {
            let gets_secret = SECRET_RECEIVERS.contains(&member);
            let homes: &[&str] = if gets_secret { &SECRET_RECEIVERS } else { &ENDPOINTS };
            let issuer = (!gets_secret).then_some("issuer");
            let homes = homes.iter().copied().chain(issuer).filter_map(|name| before.get(name)?.as_str());
            let is_at_home = origin(is).is_some() && homes.map(origin).any(|home| home == origin(is));
            (!is_at_home).then_some("an endpoint at an origin that had none before")
        }
    }
}

/// Scheme, host and port; `None` of what is no address with a host.
fn origin(url: &str) -> Option<Origin> {
    Url::parse(url.trim()).ok().map(|url| url.origin()).filter(Origin::is_tuple)
}

fn has(list: Option<&Value>, wanted: &str) -> bool {
    list.and_then(Value::as_array).is_some_and(|values| values.iter().any(|value| value == wanted))
}

/// Those that this hub knows: of others, and of `none`, it never made anything.
fn algorithms(list: Option<&Value>) -> Vec<Algorithm> {
    let values = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(|value| Algorithm::from_name(value.as_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A provider whose endpoints are at several origins, as Google's are.
    fn google() -> Map<String, Value> {
        object(json!({
            "issuer": "https://accounts.google.com",
            "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
            "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
            "end_session_endpoint": "https://accounts.google.com/logout",
            "scopes_supported": ["openid"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256"],
            "authorization_response_iss_parameter_supported": true,
        }))
    }

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other}"),
        }
    }

    /// The drift to a document with these members; those that are `null` are gone.
    fn drift(change: Value) -> Drift {
        let mut after = google();
        for (name, value) in object(change) {
            match value {
                Value::Null => after.remove(&name),
                value => after.insert(name, value),
            };
        }
        Drift::between(&google(), &after, &|_| false, None)
    }

    #[test]
    fn what_only_adds_describes_or_stays_where_it_was_is_safe() {
        for change in [
            json!({"scopes_supported": ["openid", "groups"]}),
            json!({"claims_supported": ["sub", "email"]}),
            json!({"service_documentation": "https://elsewhere.example/docs"}),
            json!({"token_endpoint": "https://oauth2.googleapis.com/v2/token"}),
            json!({"jwks_uri": "https://WWW.googleapis.com:443/certs"}),
            json!({"id_token_signing_alg_values_supported": ["RS256", "ES256"]}),
            json!({"code_challenge_methods_supported": ["S256"]}),
            json!({"pushed_authorization_request_endpoint": "https://oauth2.googleapis.com/par"}),
            json!({"require_pushed_authorization_requests": true}),
            json!({"end_session_endpoint": null}),
            json!({"scopes_supported": null}),
        ] {
            let drift = drift(change.clone());
            assert!(drift.is_safe() && drift.changes.len() == 1, "{change}: {drift:?}");
        }
        assert!(drift(json!({})).is_empty());
    }

    #[test]
    fn what_could_lead_elsewhere_or_takes_a_protection_away_is_not_safe() {
        for change in [
            json!({"issuer": "https://evil.example"}),
            json!({"issuer": "https://accounts.google.com/"}),
            json!({"issuer": null}),
            json!({"authorization_endpoint": "https://evil.example/auth"}),
            json!({"token_endpoint": "https://evil.example/token"}),
            // Known, but not for this.
            json!({"token_endpoint": "https://www.googleapis.com/token"}),
            json!({"token_endpoint": "http://oauth2.googleapis.com/token"}),
            json!({"token_endpoint": "https://oauth2.googleapis.com:8443/token"}),
            json!({"token_endpoint": "https://oauth2.googleapis.com.evil.example/token"}),
            json!({"token_endpoint": "https://oauth2.googleapis.com@evil.example/token"}),
            json!({"token_endpoint": "/token"}),
            json!({"token_endpoint": 5}),
            json!({"token_endpoint": null}),
            json!({"jwks_uri": "https://evil.example/certs"}),
            json!({"jwks_uri": "data:application/json,{}"}),
            json!({"userinfo_endpoint": "https://evil.example/userinfo"}),
            json!({"end_session_endpoint": "https://evil.example/logout"}),
            json!({"pushed_authorization_request_endpoint": "https://evil.example/par"}),
            json!({"code_challenge_methods_supported": ["plain"]}),
            json!({"code_challenge_methods_supported": null}),
            json!({"id_token_signing_alg_values_supported": ["HS256", "none"]}),
            json!({"id_token_signing_alg_values_supported": "RS256"}),
            json!({"authorization_response_iss_parameter_supported": false}),
            json!({"authorization_response_iss_parameter_supported": null}),
        ] {
            let drift = drift(change.clone());
            assert!(!drift.is_safe() && drift.changes.len() == 1, "{change}: {drift:?}");
        }
    }

    #[test]
    fn what_the_connection_itself_says_is_not_the_providers_to_change() {
        let mut after = google();
        after.insert("token_endpoint".into(), json!("https://evil.example/token"));
        let is_entered = |name: &str| name == "token_endpoint";
        let drift = Drift::between(&google(), &after, &is_entered, None);
        assert!(drift.is_safe() && !drift.is_empty());
    }

    #[test]
    fn a_difference_is_told_short_printable_without_secrets_and_the_dangers_first() {
        let mut after = google();
        for number in 0..100 {
            after.insert(format!("a_{number:03}"), json!("x".repeat(10_000)));
        }
        after.insert("a_canary-secret\n".into(), json!("\u{202e}<b> canary-secret"));
        after.insert("token_endpoint".into(), json!("https://evil.example/token?canary-secret"));
        let drift = Drift::between(&google(), &after, &|_| false, Some("canary-secret"));
        assert_eq!(drift.changes[0].member, "token_endpoint");
        assert_eq!(drift.changes.len(), limits::METADATA_CHANGES_TOLD);
        assert_eq!(drift.untold, 102 - limits::METADATA_CHANGES_TOLD);
        let (words, json) = (drift.words(), drift.json().to_string());
        assert!(words.starts_with(
            "token_endpoint changed from \"https://oauth2.googleapis.com/token\" to \
             \"https://evil.example/token?***\" (an endpoint moved to another origin)"
        ));
        assert!(words.ends_with("and 97 further members") && words.len() < 3_000, "{words}");
        for told in [&words, &json] {
            assert!(!told.contains("canary-secret") && told.is_ascii() && told.len() < 12_000, "{told}");
        }
    }
}
