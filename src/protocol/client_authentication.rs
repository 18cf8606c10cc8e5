//! How a client says who it is at the token endpoint (RFC 6749 §2.3, OpenID Connect Core §9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client_assertion::ASSERTION_TYPE;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// What the client presented; nothing is verified yet.
#[derive(Clone, PartialEq, Eq)]
pub enum PresentedCredentials {
    /// `Authorization: Basic` (`client_secret_basic`).
    Basic { client_id: String, secret: String },
    /// `client_id` and `client_secret` in the body (`client_secret_post`).
    Post { client_id: String, secret: String },
    /// `client_assertion` in the body (`client_secret_jwt`, `private_key_jwt`), with the `client_id` beside it,
    /// if one was sent.
    Assertion { client_id: Option<String>, assertion: String },
    /// `client_id` alone (`none`).
    Nothing { client_id: String },
}

impl PresentedCredentials {
    /// Reads the `Authorization` header and the body.
    ///
    /// # Errors
    /// `invalid_client` for a malformed header, an unknown kind of assertion or no client at all;
    /// `invalid_request` for two methods at once (RFC 6749 §2.3), half an assertion, or a `client_id` that
    /// contradicts the header.
    pub fn read(authorization: Option<&str>, body: &Parameters) -> Result<Self, OAuthError> {
        let invalid = |text: &'static str| OAuthError::new(ErrorCode::InvalidClient, text);
        let in_body = body.single("client_id");
        let secret_in_body = body.single("client_secret");
        let assertion = (body.single("client_assertion"), body.single("client_assertion_type"));
        if assertion != (None, None) {
            if authorization.is_some() || secret_in_body.is_some() {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "the client authenticated twice: send the client_assertion alone",
                ));
            }
            let (Some(assertion), Some(kind)) = assertion else {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "client_assertion and client_assertion_type go together",
                ));
            };
            if kind != ASSERTION_TYPE {
                return Err(invalid("this client_assertion_type is not known here"));
            }
            let client_id = in_body.map(str::to_owned);
            return Ok(Self::Assertion { client_id, assertion: assertion.to_owned() });
        }
        if let Some(header) = authorization {
            let (client_id, secret) = read_basic(header)
                .ok_or_else(|| invalid("the Authorization header is not well-formed HTTP Basic"))?;
            if secret_in_body.is_some() {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "the client authenticated twice: send the secret in the header or in the body",
                ));
            }
            if in_body.is_some_and(|other| other != client_id) {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "client_id in the body is not the one in the Authorization header",
                ));
            }
            return Ok(Self::Basic { client_id, secret });
        }
        let client_id = in_body.ok_or_else(|| invalid("client_id is missing"))?.to_owned();
        Ok(match secret_in_body {
            Some(secret) => Self::Post { client_id, secret: secret.to_owned() },
            None => Self::Nothing { client_id },
        })
    }
}

/// Both halves are form-urlencoded inside the Base64 (RFC 6749 §2.3.1).
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let unescape = |text: &str| {
        let pair = format!("x={}", text.replace('&', "%26").replace('=', "%3D"));
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    let (id, secret) = (unescape(id)?, unescape(secret)?);
    (!id.is_empty()).then_some((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn each_method_is_recognised() {
        let body = Parameters::decode("client_id=app&client_secret=s3cret");
        let post = PresentedCredentials::read(None, &body).unwrap_or_else(|_| panic!());
        assert!(matches!(&post, PresentedCredentials::Post { secret, .. } if secret == "s3cret"));
        let nothing = PresentedCredentials::read(None, &Parameters::decode("client_id=app"));
        assert!(matches!(nothing, Ok(PresentedCredentials::Nothing { .. })));
        let header = basic("app%3A1:p%25%2Bss+word");
        let Ok(PresentedCredentials::Basic { client_id, secret }) =
            PresentedCredentials::read(Some(&header), &Parameters::default())
        else {
            panic!("not Basic")
        };
        assert_eq!((client_id.as_str(), secret.as_str()), ("app:1", "p%+ss word"));
    }

    #[test]
    fn ambiguous_or_malformed_credentials_are_refused() {
        let good = basic("app:secret");
        let assertion = format!("client_assertion=a.b.c&client_assertion_type={ASSERTION_TYPE}");
        for (header, body, code) in [
            (None, "", ErrorCode::InvalidClient),
            (Some("Basic !!!"), "", ErrorCode::InvalidClient),
            (Some("Bearer abc"), "", ErrorCode::InvalidClient),
            (Some(good.as_str()), "client_secret=secret&client_id=app", ErrorCode::InvalidRequest),
            (Some(good.as_str()), "client_id=other", ErrorCode::InvalidRequest),
            (None, "client_assertion=a.b.c", ErrorCode::InvalidRequest),
            (None, "client_id=app&client_assertion_type=x", ErrorCode::InvalidRequest),
            (None, "client_assertion=a.b.c&client_assertion_type=x", ErrorCode::InvalidClient),
            (None, &format!("{assertion}&client_secret=s"), ErrorCode::InvalidRequest),
            (Some(good.as_str()), &assertion, ErrorCode::InvalidRequest),
            (Some("Bearer abc"), &assertion, ErrorCode::InvalidRequest),
        ] {
            let error = PresentedCredentials::read(header, &Parameters::decode(body)).err();
            assert_eq!(error.map(|error| error.code), Some(code), "{header:?} {body}");
        }
    }
}
