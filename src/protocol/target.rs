//! The API a token is asked for: `audience`, or `resource` (RFC 8707 §2), which mean the same.

use url::Url;

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// The identifier of the one API that a request names.
///
/// # Errors
/// `invalid_target` if it names several, or a `resource` that is no absolute URI without fragment.
pub fn requested_audience(parameters: &Parameters) -> Result<Option<&str>, OAuthError> {
    let refused = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidTarget, text));
    for resource in parameters.all("resource") {
        if Url::parse(resource).map_or(true, |url| url.fragment().is_some()) {
            return refused("resource must be an absolute URI without fragment");
        }
    }
    let mut named = parameters.all("audience").chain(parameters.all("resource"));
    let first = named.next();
    if named.any(|other| Some(other) != first) {
        return refused("a token is for one API: audience and resource name several");
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_api_may_be_named_in_either_way_and_several_not_at_all() {
        for (query, expected) in [
            ("", Ok(None)),
            ("audience=orders", Ok(Some("orders"))),
            ("resource=https://a.example/", Ok(Some("https://a.example/"))),
            ("resource=urn:a&audience=urn:a&resource=urn:a", Ok(Some("urn:a"))),
            ("resource=orders", Err(())),
            ("resource=https://a.example/%23x", Err(())),
            ("resource=urn:a&resource=urn:b", Err(())),
            ("audience=urn:a&resource=urn:b", Err(())),
        ] {
            let parameters = Parameters::decode(query);
            let read = requested_audience(&parameters).map_err(|error| {
                assert_eq!(error.code, ErrorCode::InvalidTarget);
            });
            assert_eq!(read, expected, "{query}");
        }
    }
}
