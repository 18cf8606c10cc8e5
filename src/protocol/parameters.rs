//! Parameters of a request: decoded once, each at most once (RFC 6749 §3.1).

use super::error::{ErrorCode, OAuthError};

/// The one parameter that may come several times (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// Decoded name and value pairs in the order they came.
///
/// An empty value counts as absent (RFC 6749 §3.1). A name that came twice is remembered as a duplicate:
/// the request is wrong, but a page may still want to know which client sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs: pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// Decodes `application/x-www-form-urlencoded` text.
    pub fn decode(text: &str) -> Self {
        Self::new(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The value, if the name came exactly once.
    pub fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Every value of the name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// An owned copy of [`Parameters::single`].
    pub fn owned(&self, name: &str) -> Option<String> {
        self.single(name).map(str::to_owned)
    }

    /// Checks that no name came twice but `resource`, that no value is longer than `longest` bytes or holds a NUL, and
    /// that all of them together stay under `total` bytes.
    ///
    /// # Errors
    /// `invalid_request` naming the parameter.
    pub fn check(&self, longest: usize, total: usize) -> Result<(), OAuthError> {
        let mut names: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b && **a != REPEATABLE)
        {
            return Err(invalid(format!("the parameter {} was sent more than once", shown(twice.0))));
        }
        if let Some((name, _)) = self.pairs.iter().find(|(_, value)| value.len() > longest) {
            return Err(invalid(format!("the parameter {} is longer than {longest} bytes", shown(name))));
        }
        if let Some((name, _)) = self.pairs.iter().find(|(name, value)| has_nul(name) || has_nul(value)) {
            return Err(invalid(format!("the parameter {} contains a NUL character", shown(name))));
        }
        let size: usize = self.pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > total {
            return Err(invalid(format!("the request is larger than {total} bytes")));
        }
        Ok(())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }
}

fn invalid(description: String) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// A parameter's name is the sender's text: keep it short and printable.
fn shown(name: &str) -> String {
    name.chars().take(40).filter(|c| c.is_ascii_graphic()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_only_known_when_it_came_once() {
        let parameters = Parameters::decode("a=1&b=2&b=3&c=&c=4&d=x%26y+z");
        assert_eq!(parameters.single("a"), Some("1"));
        assert_eq!(parameters.single("b"), None);
        assert_eq!(parameters.single("c"), Some("4"));
        assert_eq!(parameters.single("d"), Some("x&y z"));
        assert_eq!(parameters.single("e"), None);
    }

    #[test]
    fn duplicates_nuls_and_giants_are_refused() {
        for (text, expected) in [
            ("a=1&a=1", "sent more than once"),
            ("a=%00", "NUL"),
            ("a=123456", "longer than 5"),
            ("a=1234&b=1234&c=1234", "larger than 12"),
        ] {
            let error = Parameters::decode(text).check(5, 12).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidRequest);
            assert!(error.description.contains(expected), "{text}: {error}");
        }
        assert_eq!(Parameters::decode("a=1&b=1").check(5, 12), Ok(()));
        let repeated = Parameters::decode("resource=1&resource=2");
        assert_eq!(repeated.check(5, 50), Ok(()));
        assert_eq!(repeated.all("resource").collect::<Vec<_>>(), ["1", "2"]);
    }
}
