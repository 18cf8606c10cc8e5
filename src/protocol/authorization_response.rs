//! The answer to an authorization request (RFC 6749 §4.1.2, with `iss` by RFC 9207).

use url::Url;

use super::error::OAuthError;
use super::response_mode::ResponseMode;

/// Parameters on their way back to a proven redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub parameters: Vec<(&'static str, String)>,
}

/// Where an answer goes; proven to belong to the client before one of these is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

impl AuthorizationResponse {
    pub fn code(to: &ReturnAddress, code: String, issuer: &str) -> Self {
        Self::build(to, vec![("code", code)], issuer)
    }

    pub fn error(to: &ReturnAddress, error: &OAuthError, issuer: &str) -> Self {
        let parameters =
            vec![("error", error.code.name().to_owned()), ("error_description", error.safe_description())];
        Self::build(to, parameters, issuer)
    }

    fn build(to: &ReturnAddress, mut parameters: Vec<(&'static str, String)>, issuer: &str) -> Self {
        parameters.extend(to.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        Self { redirect_uri: to.redirect_uri.clone(), mode: to.mode, parameters }
    }

    /// The address for `response_mode=query`; parameters the redirect URI already has stay.
    ///
    /// `None` if the registered redirect URI is no URL, which registration prevents.
    pub fn location(&self) -> Option<String> {
        let mut url = Url::parse(&self.redirect_uri).ok()?;
        // A fragment we never accept at registration; an empty one keeps browsers from carrying ours over.
        url.query_pairs_mut().extend_pairs(self.parameters.iter().map(|(name, value)| (*name, value)));
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::error::ErrorCode;

    fn to(redirect_uri: &str) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: redirect_uri.into(),
            mode: ResponseMode::Query,
            state: Some("a&b=c".into()),
        }
    }

    #[test]
    fn the_query_of_the_redirect_uri_is_kept_and_state_is_escaped() {
        let answer =
            AuthorizationResponse::code(&to("https://app.example/cb?t=1"), "xyz".into(), "https://hub/");
        assert_eq!(
            answer.location().unwrap(),
            "https://app.example/cb?t=1&code=xyz&state=a%26b%3Dc&iss=https%3A%2F%2Fhub%2F"
        );
    }

    #[test]
    fn descriptions_hold_only_characters_the_rfc_allows() {
        let error = OAuthError::new(ErrorCode::ServerError, "a \"b\" \\ é\n");
        let answer = AuthorizationResponse::error(&to("https://app.example/cb"), &error, "https://hub/");
        assert_eq!(answer.parameters[1].1, "a 'b' / ??");
    }
}
