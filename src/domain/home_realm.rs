//! Home-realm discovery: from a typed e-mail address to the connection of its domain.
//!
//! A domain matches whole or not at all: `evilcorp.com` is not `corp.com`, and neither is `corp.com.evil.io`.

use std::fmt;

use idna::AsciiDenyList;

use super::limits;

/// Why a text cannot be read as an e-mail address. Says nothing about whether anyone has that address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("nothing was typed")]
    Empty,
    #[error("it is longer than {} characters", limits::EMAIL_BYTES)]
    TooLong,
    #[error("it needs exactly one @ between name and domain")]
    At,
    #[error("the part before the @ is empty, too long or has characters this service does not accept")]
    LocalPart,
    #[error("the part after the @ is not a domain name")]
    Domain,
}

/// The domain of an e-mail address: A-labels, lower case, no trailing dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailDomain(String);

impl EmailDomain {
    /// Reads what a person typed: the normalized address (all lower case, domain in A-labels), and its domain.
    ///
    /// Stricter than RFC 5322 on purpose: quoted local parts, comments and address literals are refused, since
    /// two readers may disagree about where their domain starts.
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn of(typed: &str) -> Result<(String, Self), EmailError> {
        let typed = typed.trim_matches([' ', '\t', '\r', '\n']);
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.len() > limits::EMAIL_BYTES {
            return Err(EmailError::TooLong);
        }
        let (local_part, domain) = typed.split_once('@').ok_or(EmailError::At)?;
        if domain.contains('@') {
            return Err(EmailError::At);
        }
        // In lower case some letters are two, one of them a mark on its own (`İ`): what is kept has to be an address, too.
        let local_part = local_part.to_lowercase();
        if local_part.is_empty()
            || local_part.len() > limits::EMAIL_LOCAL_PART_BYTES
            || !local_part.chars().all(is_local_part_character)
        {
            return Err(EmailError::LocalPart);
        }
        let domain = domain_name(domain).ok_or(EmailError::Domain)?;
        let address = format!("{local_part}@{domain}");
        if address.len() > limits::EMAIL_BYTES {
            return Err(EmailError::TooLong);
        }
        Ok((address, Self(domain)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The aliases that match this domain, most specific first: itself, then `*.parent` for each parent that is
    /// more than a top-level domain.
    pub fn candidates(&self) -> Vec<String> {
        let parents = std::iter::successors(self.0.split_once('.').map(|(_, parent)| parent), |parent| {
            parent.split_once('.').map(|(_, parent)| parent)
        });
        std::iter::once(self.0.clone())
            .chain(parents.filter(|parent| parent.contains('.')).map(|parent| format!("*.{parent}")))
            .collect()
    }
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A domain of a connection as an administrator saves it: `example.com`, or `*.example.com` for its subdomains.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainAlias(String);

impl DomainAlias {
    /// Reads and normalizes a domain (A-labels, lower case, no trailing dot).
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains('@') {
            return Err(format!("{text:?} is an e-mail address; write only what follows the @"));
        }
        if text.contains("://") || text.contains('/') {
            return Err(format!(
                "{text:?} is a web address; write only the domain, for instance example.com"
            ));
        }
        let (wildcard, name) = match text.strip_prefix("*.") {
            Some(parent) => ("*.", parent),
            None => ("", text),
        };
        if name.contains('*') {
            return Err(format!(
                "{text:?}: a * may only stand for the whole first label, as in *.example.com"
            ));
        }
        let name = domain_name(name).ok_or_else(|| {
            format!("{text:?} is not a domain name; write it as example.com or *.example.com")
        })?;
        if !wildcard.is_empty() && !name.contains('.') {
            return Err(format!("{text:?} would match a whole top-level domain; name the domain you own"));
        }
        Ok(Self(format!("{wildcard}{name}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The short name by which an organization's people say where they belong, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationCode(String);

impl OrganizationCode {
    /// Reads what an administrator saves, or a person types. `None`: no code looks like this.
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_ascii_lowercase();
        let length_fits = (limits::ORGANIZATION_CODE_MIN_CHARACTERS..=limits::ORGANIZATION_CODE_CHARACTERS)
            .contains(&code.len());
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (length_fits && code.split('-').all(is_part)).then_some(Self(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// A host name in A-labels and lower case without its trailing dot (UTS #46, STD 3 rules, RFC 1035 lengths).
fn domain_name(text: &str) -> Option<String> {
    let ascii = idna::uts46::Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::STD3,
            idna::uts46::Hyphens::CheckFirstLast,
            idna::uts46::DnsLength::Ignore,
        )
        .ok()?;
    let name = ascii.strip_suffix('.').unwrap_or(&ascii);
    let lengths_fit = name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
    lengths_fit.then(|| name.to_owned())
}

/// RFC 5322 atom text and dots, and letters beyond ASCII (RFC 6531).
fn is_local_part_character(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
    } else {
        character.is_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn domain(typed: &str) -> EmailDomain {
        EmailDomain::of(typed).unwrap().1
    }

    #[test]
    fn addresses_are_normalized() {
        for (typed, address, expected) in [
            ("ada@corp.com", "ada@corp.com", "corp.com"),
            ("  Ada.L@CORP.com\n", "ada.l@corp.com", "corp.com"),
            ("ada+tag@corp.com", "ada+tag@corp.com", "corp.com"),
            ("ada@corp.com.", "ada@corp.com", "corp.com"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ada@corp。com", "ada@corp.com", "corp.com"),
            ("ada@ｃorp.com", "ada@corp.com", "corp.com"),
            ("żółw@corp.com", "żółw@corp.com", "corp.com"),
            ("ada@localhost", "ada@localhost", "localhost"),
            ("ada@evilcorp.com", "ada@evilcorp.com", "evilcorp.com"),
            ("ada@corp.com.evil.io", "ada@corp.com.evil.io", "corp.com.evil.io"),
        ] {
            assert_eq!(EmailDomain::of(typed), Ok((address.into(), EmailDomain(expected.into()))), "{typed}");
        }
    }

    #[test]
    fn ambiguous_and_malformed_addresses_are_refused() {
        let long_local_part = format!("{}@corp.com", "a".repeat(65));
        let long_label = format!("ada@{}.com", "a".repeat(64));
        let long_domain = format!("ada@{}com", "a.".repeat(130));
        for (typed, expected) in [
            ("", EmailError::Empty),
            ("   ", EmailError::Empty),
            ("ada", EmailError::At),
            ("a@b@corp.com", EmailError::At),
            ("\"a@b\"@corp.com", EmailError::At),
            ("@corp.com", EmailError::LocalPart),
            ("\"ada\"@corp.com", EmailError::LocalPart),
            ("ada l@corp.com", EmailError::LocalPart),
            ("ada(comment)@corp.com", EmailError::LocalPart),
            ("<ada@corp.com>", EmailError::LocalPart),
            ("ada\0@corp.com", EmailError::LocalPart),
            ("ada\r\nbcc:x@corp.com", EmailError::LocalPart),
            ("ada\u{200b}@corp.com", EmailError::LocalPart),
            ("ad\u{130}@corp.com", EmailError::LocalPart),
            (&long_local_part, EmailError::LocalPart),
            ("ada@", EmailError::Domain),
            ("ada@.", EmailError::Domain),
            ("ada@corp..com", EmailError::Domain),
            ("ada@.corp.com", EmailError::Domain),
            ("ada@corp.com..", EmailError::Domain),
            ("ada@corp.com\0.evil.io", EmailError::Domain),
            ("ada@corp com", EmailError::Domain),
            ("ada@-corp.com", EmailError::Domain),
            ("ada@co_rp.com", EmailError::Domain),
            ("ada@*.corp.com", EmailError::Domain),
            ("ada@corp.com/path", EmailError::Domain),
            ("ada@corp.com:80", EmailError::Domain),
            ("ada@[127.0.0.1]", EmailError::Domain),
            ("ada@xn--\u{fffd}.com", EmailError::Domain),
            (&long_label, EmailError::Domain),
            (&long_domain, EmailError::TooLong),
        ] {
            assert_eq!(EmailDomain::of(typed).unwrap_err(), expected, "{typed:?}");
        }
    }

    #[test]
    fn only_the_exact_domain_and_wildcards_above_it_are_candidates() {
        for (typed, expected) in [
            ("ada@corp.com", vec!["corp.com"]),
            ("ada@evilcorp.com", vec!["evilcorp.com"]),
            ("ada@a.b.corp.com", vec!["a.b.corp.com", "*.b.corp.com", "*.corp.com"]),
            ("ada@corp.com.evil.io", vec!["corp.com.evil.io", "*.com.evil.io", "*.evil.io"]),
            ("ada@localhost", vec!["localhost"]),
        ] {
            assert_eq!(domain(typed).candidates(), expected, "{typed}");
        }
    }

    #[test]
    fn a_homograph_is_another_domain() {
        // The first letter of the second is U+0441, a Cyrillic es.
        assert_ne!(domain("ada@corp.com"), domain("ada@сorp.com"));
    }

    #[test]
    fn aliases_are_normalized_or_refused_with_the_way_out() {
        for (text, expected) in [
            (" Example.COM. ", "example.com"),
            ("*.Example.com", "*.example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(DomainAlias::parse(text).unwrap().as_str(), expected);
        }
        for text in [
            "",
            ".",
            "*",
            "*.",
            "*.com",
            "*.*.com",
            "a.*.com",
            "*example.com",
            "@example.com",
            "https://example.com",
            "example.com/x",
            "exa mple.com",
        ] {
            assert!(DomainAlias::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn codes_are_read_without_regard_to_case_or_refused() {
        for text in ["acme", " ACME ", "Acme"] {
            assert_eq!(OrganizationCode::parse(text).unwrap().as_str(), "acme");
        }
        assert_eq!(OrganizationCode::parse("acme-eu-2").unwrap().as_str(), "acme-eu-2");
        let long = "a".repeat(65);
        for text in ["", "a", "-acme", "acme-", "a--b", "a b", "acmé", "acme\0", "acme.example", "a@b", &long]
        {
            assert_eq!(OrganizationCode::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_domain_is_what_follows_the_only_at_and_its_candidates_are_itself_and_what_stands_above(
            typed in "[a-zA-Z+\"@. \\x00]{0,8}@?([a-zA-Zé.@-]{0,10}(corp\\.com)?){1,2}\\.?",
        ) {
            if let Ok((address, domain)) = EmailDomain::of(&typed) {
                let after_at = address.split_once('@').map(|(_, after_at)| after_at);
                prop_assert_eq!(after_at, Some(domain.as_str()));
                for (position, candidate) in domain.candidates().iter().enumerate() {
                    match candidate.strip_prefix('*') {
                        None => prop_assert_eq!((position, candidate.as_str()), (0, domain.as_str())),
                        Some(dot_and_parent) => {
                            prop_assert!(position > 0 && dot_and_parent.starts_with('.'));
                            prop_assert!(address.ends_with(dot_and_parent), "{} {}", address, candidate);
                        }
                    }
                }
            }
        }
    }
}
