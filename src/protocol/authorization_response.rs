//! The answer to an authorization request (RFC 6749 §4.1.2, with `iss` by RFC 9207; signed by JARM §2.1).

use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::error::OAuthError;
use super::response_mode::{Delivery, ResponseMode};

/// `typ` of a signed answer, so that it is nothing else: neither an ID token nor an access token.
pub const SIGNED_RESPONSE_TYPE: &str = "oauth-authz-resp+jwt";

/// Names and values of an answer, in the order they are sent.
pub type AnswerParameters = Vec<(&'static str, String)>;

/// Parameters on their way back to a proven redirect URI. No `Debug` of its own: they hold codes and tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    pub redirect_uri: String,
    pub delivery: Delivery,
    pub parameters: AnswerParameters,
    /// The only origins that may receive a `web_message`.
    pub origins: Vec<String>,
}

impl std::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.parameters.iter().map(|(name, _)| *name).collect();
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .field("delivery", &self.delivery)
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}

/// Where an answer goes; proven to belong to the client before one of these is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

/// The claims of a signed answer (JARM §2.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedResponseClaims {
    pub iss: String,
    pub aud: String,
    /// Seconds since 1970.
    pub exp: i64,
    #[serde(flatten)]
    pub parameters: std::collections::BTreeMap<String, String>,
}

/// The parameters of an error (RFC 6749 §4.1.2.1).
pub fn error_parameters(error: &OAuthError) -> AnswerParameters {
    vec![("error", error.code.name().to_owned()), ("error_description", error.safe_description())]
}

impl ReturnAddress {
    /// The answer in the open, with `state` and `iss`.
    pub fn plain_response(&self, mut parameters: AnswerParameters, issuer: &str) -> AuthorizationResponse {
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        self.response(parameters)
    }

    /// What has to be signed for an answer to `client_id` that is good until `exp`, in seconds since 1970. The
    /// issuer is a claim already (RFC 9207 §2.4).
    pub fn claims_to_sign(
        &self,
        parameters: AnswerParameters,
        issuer: &str,
        client_id: &str,
        exp: i64,
    ) -> SignedResponseClaims {
        let state = self.state.clone().map(|state| ("state", state));
        let parameters = parameters.into_iter().chain(state);
        SignedResponseClaims {
            iss: issuer.to_owned(),
            aud: client_id.to_owned(),
            exp,
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    /// The answer whose parameters `jwt` holds.
    pub fn signed_response(&self, jwt: String) -> AuthorizationResponse {
        self.response(vec![("response", jwt)])
    }

    fn response(&self, parameters: AnswerParameters) -> AuthorizationResponse {
        AuthorizationResponse {
            redirect_uri: self.redirect_uri.clone(),
            delivery: self.mode.delivery(),
            parameters,
            origins: Vec::new(),
        }
    }
}

impl AuthorizationResponse {
    /// The redirect URI with the parameters in its query or its fragment; the query it already has stays.
    ///
    /// `None` for an answer that no address carries, and for a registered redirect URI that is no URL, which
    /// registration prevents.
    pub fn location(&self) -> Option<String> {
        let mut url = Url::parse(&self.redirect_uri).ok()?;
        match self.delivery {
            Delivery::Query => {
                url.query_pairs_mut().extend_pairs(self.parameters.iter());
            }
            Delivery::Fragment => {
                let encoded = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(self.parameters.iter())
                    .finish();
                // A fragment of its own is never accepted at registration.
                url.set_fragment(Some(&encoded));
            }
            Delivery::FormPost | Delivery::WebMessage => return None,
        }
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::error::ErrorCode;

    fn to(mode: ResponseMode) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: "https://app.example/cb?t=1".into(),
            mode,
            state: Some("a&b=c #d".into()),
        }
    }

    #[test]
    fn the_query_of_the_redirect_uri_is_kept_and_state_is_escaped() {
        let parameters = || vec![("code", "xyz".to_owned())];
        let sent = "code=xyz&state=a%26b%3Dc+%23d&iss=https%3A%2F%2Fhub%2F";
        let answer = to(ResponseMode::Query).plain_response(parameters(), "https://hub/");
        assert_eq!(answer.location().unwrap(), format!("https://app.example/cb?t=1&{sent}"));
        let answer = to(ResponseMode::Fragment).plain_response(parameters(), "https://hub/");
        assert_eq!(answer.location().unwrap(), format!("https://app.example/cb?t=1#{sent}"));
        for mode in [ResponseMode::FormPost, ResponseMode::WebMessage] {
            assert_eq!(to(mode).plain_response(parameters(), "https://hub/").location(), None);
        }
    }

    #[test]
    fn a_signed_answer_says_everything_inside_and_nothing_beside() {
        let address = to(ResponseMode::QueryJwt);
        let claims = address.claims_to_sign(vec![("code", "xyz".into())], "https://hub/", "app", 1_000);
        assert_eq!(
            serde_json::to_value(&claims).unwrap(),
            serde_json::json!({
                "iss": "https://hub/", "aud": "app", "exp": 1_000, "code": "xyz", "state": "a&b=c #d",
            })
        );
        let answer = address.signed_response("e.y.J".into());
        assert_eq!(answer.location().unwrap(), "https://app.example/cb?t=1&response=e.y.J");
    }

    #[test]
    fn descriptions_hold_only_characters_the_rfc_allows() {
        let error = OAuthError::new(ErrorCode::ServerError, "a \"b\" \\ é\n");
        assert_eq!(error_parameters(&error)[1].1, "a 'b' / ? ");
    }

    #[test]
    fn what_is_sent_is_not_shown_in_the_log() {
        let answer =
            to(ResponseMode::Fragment).plain_response(vec![("code", "canary".into())], "https://hub/");
        assert!(!format!("{answer:?}").contains("canary"));
    }
}
