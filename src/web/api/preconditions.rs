//! ETags: the version of a resource, and the conditions a caller puts on it (RFC 9110 §8.8.3, §13.1).

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::flows::manage::Expected;

/// The strong ETag of a version.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// What `If-Match` expects (RFC 9110 §13.1.1): compared strongly, so a weak tag matches nothing.
pub(super) fn if_match(request: &HttpRequest) -> Expected {
    let tags = tags(request, &IF_MATCH);
    match tags.as_deref() {
        None => Expected::Any,
        Some(tags) if tags.iter().any(|tag| tag == "*") => Expected::Any,
        Some(tags) => Expected::OneOf(
            tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()).collect(),
        ),
    }
}

/// Whether `If-None-Match` says that the caller has this version already (RFC 9110 §13.1.2).
pub(super) fn is_known(request: &HttpRequest, version: i64) -> bool {
    let current = etag(version);
    tags(request, &IF_NONE_MATCH).is_some_and(|tags| {
        tags.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
    })
}

/// The tags of a header; a version's tag has no comma inside. `None` where the header is absent.
fn tags(request: &HttpRequest, header: &HeaderName) -> Option<Vec<String>> {
    let mut values = request.headers().get_all(header).peekable();
    values.peek()?;
    Some(
        values
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(name: HeaderName, value: &'static str) -> HttpRequest {
        TestRequest::default().insert_header((name, value)).to_http_request()
    }

    #[test]
    fn if_match_compares_strongly_and_the_star_matches_anything() {
        assert_eq!(if_match(&TestRequest::default().to_http_request()), Expected::Any);
        for (value, expected) in [
            ("*", Expected::Any),
            ("\"7\"", Expected::OneOf(vec![7])),
            ("\"7\", \"9\"", Expected::OneOf(vec![7, 9])),
            ("W/\"7\"", Expected::OneOf(vec![])),
            ("7", Expected::OneOf(vec![])),
            ("\"x\"", Expected::OneOf(vec![])),
            ("", Expected::OneOf(vec![])),
        ] {
            assert_eq!(if_match(&request(IF_MATCH, value)), expected, "{value}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (value, expected) in [
            ("*", true),
            ("\"7\"", true),
            ("W/\"7\"", true),
            ("\"6\", \"7\"", true),
            ("\"6\"", false),
            ("7", false),
        ] {
            assert_eq!(is_known(&request(IF_NONE_MATCH, value), 7), expected, "{value}");
        }
    }
}
