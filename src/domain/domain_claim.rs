//! A connection's claim to an e-mail domain, proven by a TXT record that only who runs the domain can publish.
//!
//! The proof is looked at again and again: domains change hands, and who had one before keeps no power over it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::clock::Timestamp;
use super::fields::Fields;
use super::home_realm::DomainAlias;
use super::limits;
use super::problem::Problem;

/// The label under which a domain proves whose it is.
const HOST_LABEL: &str = "_vestibule-challenge";
const VALUE_PREFIX: &str = "vestibule-domain-verification=";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainClaim {
    /// `dom_` and 16 letters or digits.
    pub id: String,
    pub connection_id: String,
    /// A-labels, lower case; never a wildcard.
    pub domain: String,
    /// Drawn for this connection and domain. No secret: it is published.
    pub token: String,
    /// Since when the domain is proven; `None` while it is not, or no longer.
    pub verified_at: Option<Timestamp>,
    /// A domain that was proven once, and is not any more.
    pub lapsed_at: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
    /// The proof of a verified domain was not found since then.
    pub failing_since: Option<Timestamp>,
    /// What the last look found instead of the proof.
    pub problem: Option<String>,
    /// The next look on schedule.
    pub due_at: Timestamp,
    pub created_at: Timestamp,
}

/// What a look at the domain's TXT records found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Proof,
    /// The domain answers, and the proof is not in it.
    Nothing(String),
    /// Nobody answers for the domain.
    NoAnswer(String),
}

impl DomainClaim {
    pub fn new(id: String, connection_id: String, domain: String, token: String, now: Timestamp) -> Self {
        Self {
            id,
            connection_id,
            domain,
            token,
            verified_at: None,
            lapsed_at: None,
            checked_at: None,
            failing_since: None,
            problem: None,
            due_at: never(),
            created_at: now,
        }
    }

    /// The name of the TXT record.
    pub fn host(&self) -> String {
        format!("{HOST_LABEL}.{}", self.domain)
    }

    /// The content of the TXT record.
    pub fn value(&self) -> String {
        format!("{VALUE_PREFIX}{}", self.token)
    }

    pub const fn is_verified(&self) -> bool {
        self.verified_at.is_some()
    }

    /// The claim after a look at `now`. A verified domain whose proof is gone keeps its power for
    /// [`limits::DOMAIN_GRACE_SECONDS`], so that a slip in somebody's DNS locks nobody out.
    #[must_use]
    pub fn after(self, finding: &Finding, now: Timestamp) -> Self {
        let looked = Self { checked_at: Some(now), ..self };
        let problem = match finding {
            Finding::Proof => {
                return Self {
                    verified_at: looked.verified_at.or(Some(now)),
                    lapsed_at: None,
                    failing_since: None,
                    problem: None,
                    due_at: now.plus_seconds(limits::DOMAIN_RECHECK_SECONDS),
                    ..looked
                };
            }
            Finding::Nothing(problem) | Finding::NoAnswer(problem) => Some(problem.clone()),
        };
        if !looked.is_verified() {
            return Self { problem, due_at: never(), ..looked };
        }
        let failing_since = looked.failing_since.unwrap_or(now);
        if now >= failing_since.plus_seconds(limits::DOMAIN_GRACE_SECONDS) {
            return Self {
                verified_at: None,
                lapsed_at: Some(now),
                failing_since: None,
                problem,
                due_at: never(),
                ..looked
            };
        }
        let due_at = now.plus_seconds(limits::DOMAIN_RETRY_SECONDS);
        Self { failing_since: Some(failing_since), problem, due_at, ..looked }
    }

    const fn status(&self) -> &'static str {
        match (self.verified_at, self.failing_since, self.lapsed_at) {
            (Some(_), None, _) => "verified",
            (Some(_), Some(_), _) => "failing",
            (None, _, Some(_)) => "lapsed",
            (None, _, None) => "pending",
        }
    }
}

/// Not on schedule: who claims a domain asks for the look.
const fn never() -> Timestamp {
    Timestamp::from_seconds(limits::NEVER_SECONDS)
}

/// The domain of a `POST` body.
///
/// # Errors
/// All problems of the body.
pub fn read_claimed_domain(body: &Map<String, Value>) -> Result<String, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let text = fields.required_text("domain", 1..=limits::SHORT_TEXT_CHARACTERS);
    let domain = text.and_then(|text| match claimable(&text) {
        Ok(domain) => Some(domain),
        Err(problem) => {
            fields.refuse("domain", problem);
            None
        }
    });
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    match domain {
        Some(domain) if problems.is_empty() => Ok(domain),
        Some(_) | None => Err(problems),
    }
}

fn claimable(text: &str) -> Result<String, String> {
    let domain = DomainAlias::parse(text)
        .map(DomainAlias::into_string)
        .map_err(|problem| format!("cannot be verified: {problem}"))?;
    if domain.starts_with("*.") {
        return Err(
            "must not be a wildcard; verify the domain itself, and each subdomain that has mail".into()
        );
    }
    if !domain.contains('.') {
        return Err(format!("is {domain:?}, a whole top-level domain; name the domain you own"));
    }
    if domain.len() > limits::CLAIMED_DOMAIN_BYTES {
        return Err("is too long to publish a record under it".into());
    }
    Ok(domain)
}

/// Whether `alias`, a domain or `*.domain`, stands under a domain of `verified`.
pub fn is_verified_alias(alias: &str, verified: &BTreeSet<String>) -> bool {
    verified.contains(alias.strip_prefix("*.").unwrap_or(alias))
}

pub fn domain_claim_json(claim: &DomainClaim) -> Value {
    let time = |time: Option<Timestamp>| time.map(Timestamp::iso8601);
    json!({
        "id": claim.id,
        "domain": claim.domain,
        "status": claim.status(),
        "verification_host": claim.host(),
        "verification_txt": claim.value(),
        "verified_at": time(claim.verified_at),
        "lapsed_at": time(claim.lapsed_at),
        "checked_at": time(claim.checked_at),
        "failing_since": time(claim.failing_since),
        "problem": claim.problem,
        "created_at": claim.created_at.iso8601(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn claim() -> DomainClaim {
        DomainClaim::new("dom_1".into(), "con_1".into(), "corp.com".into(), "token".into(), NOW)
    }

    fn gone() -> Finding {
        Finding::Nothing("there is no such record".into())
    }

    #[test]
    fn the_record_names_domain_and_token() {
        assert_eq!(claim().host(), "_vestibule-challenge.corp.com");
        assert_eq!(claim().value(), "vestibule-domain-verification=token");
    }

    #[test]
    fn a_proof_verifies_and_is_looked_at_again() {
        let pending = claim().after(&gone(), NOW);
        assert_eq!((pending.is_verified(), pending.status(), pending.due_at), (false, "pending", never()));
        let verified = pending.after(&Finding::Proof, NOW.plus_seconds(5));
        assert_eq!((verified.status(), verified.verified_at), ("verified", Some(NOW.plus_seconds(5))));
        assert_eq!(verified.problem, None);
        assert_eq!(verified.due_at, NOW.plus_seconds(5 + limits::DOMAIN_RECHECK_SECONDS));
        let later = verified.clone().after(&Finding::Proof, NOW.plus_seconds(99));
        assert_eq!(later.verified_at, verified.verified_at, "since when does not move");
    }

    #[test]
    fn a_proof_that_stays_away_ends_the_power_after_the_grace_and_one_that_returns_does_not() {
        for finding in [gone(), Finding::NoAnswer("no server answers".into())] {
            let verified = claim().after(&Finding::Proof, NOW);
            let failing = verified.after(&finding, NOW.plus_seconds(100));
            assert_eq!((failing.is_verified(), failing.status()), (true, "failing"));
            assert_eq!(failing.due_at, NOW.plus_seconds(100 + limits::DOMAIN_RETRY_SECONDS));
            let just_before = NOW.plus_seconds(99 + limits::DOMAIN_GRACE_SECONDS);
            let failing = failing.after(&finding, just_before);
            assert_eq!(failing.status(), "failing");
            let back = failing.clone().after(&Finding::Proof, just_before);
            assert_eq!((back.status(), back.failing_since), ("verified", None));
            let lapsed = failing.after(&finding, just_before.plus_seconds(1));
            assert_eq!((lapsed.is_verified(), lapsed.status(), lapsed.due_at), (false, "lapsed", never()));
            assert_eq!(lapsed.after(&Finding::Proof, NOW).status(), "verified");
        }
    }

    #[test]
    fn only_a_domain_that_somebody_can_own_is_claimed() {
        let read = |domain: &str| {
            read_claimed_domain(json!({ "domain": domain }).as_object().unwrap())
                .map_err(|problems| problems.into_iter().map(|one| one.path).collect::<Vec<_>>())
        };
        assert_eq!(read(" B\u{fc}cher.Example. ").as_deref(), Ok("xn--bcher-kva.example"));
        for text in ["*.corp.com", "com", "ada@corp.com", "https://corp.com", "corp..com", ""] {
            assert_eq!(read(text), Err(vec!["domain".into()]), "{text}");
        }
        assert!(read_claimed_domain(json!({"domain": "a.b", "more": 1}).as_object().unwrap()).is_err());
    }

    #[test]
    fn only_the_verified_domain_and_its_wildcard_have_the_power() {
        let verified = BTreeSet::from(["corp.com".to_owned()]);
        assert!(is_verified_alias("corp.com", &verified) && is_verified_alias("*.corp.com", &verified));
        assert!(!is_verified_alias("eu.corp.com", &verified));
    }
}
