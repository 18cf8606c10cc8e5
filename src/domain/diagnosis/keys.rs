//! Whether the published keys verify what the provider signs (RFC 7517, OpenID Connect Discovery §3).

use serde_json::{Map, Value};

use super::evidence::{Asked, Evidence};
use super::finding::{self, Finding, Words, listed};
use crate::crypto::jwk::PublicKey;
use crate::crypto::jws::Algorithm;
use crate::domain::connection::OidcOptions;

/// What every provider signs by unless somebody says otherwise (OpenID Connect Registration §2).
const DEFAULT: Algorithm = Algorithm::RS256;

pub(super) fn findings(evidence: &Evidence) -> Finding {
    let check = finding::KEYS;
    let set = match &evidence.keys {
        Asked::Not(why) => return Finding::skipped(check, *why),
        Asked::Failed(trouble) => return trouble.finding(check),
        Asked::Came(set) => set,
    };
    let expected = "keys that verify signatures: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519";
    let failed = |code: &str, came: String| {
        let remedy = "Publish the public signing keys of the provider at its jwks_uri.";
        Finding::failed(check, code, Words::new(expected, came, remedy))
    };
    let Some(members) = set.get("keys").and_then(Value::as_array) else {
        return failed("keys-no-list", "a document without a list \"keys\"".into());
    };
    let usable = usable(set).len();
    match (members.len(), usable) {
        (0, _) => failed("keys-empty", "an empty list".into()),
        (all, 0) => failed("keys-unusable", format!("{all} of other kinds, or for encryption")),
        (all, usable) => Finding::ok(check, expected, format!("{usable} of {all}")),
    }
}

/// Every algorithm that the provider may sign by and the connection takes has a key.
pub(super) fn algorithms(options: &OidcOptions, evidence: &Evidence) -> Finding {
    const NAME: &str = "id_token_signing_alg_values_supported";
    let check = finding::ALGORITHMS;
    if evidence.document().is_none() {
        return Finding::skipped(check, "there are no metadata to look at");
    }
    let taken = names(&Algorithm::ALL.into_iter().filter(|one| options.allows(*one)).collect::<Vec<_>>());
    let expected = format!("one of {taken} in {NAME}, and keys for it");
    let sign = format!(
        "Let the provider sign ID tokens of this application by one of {taken}, and say so in {NAME}."
    );
    let Some(advertised) = evidence.list(NAME) else {
        let came = format!("metadata without {NAME}");
        return Finding::warning(check, "algorithms-not-advertised", Words::new(expected, came, sign));
    };
    let known: Vec<Algorithm> = advertised.iter().filter_map(|name| Algorithm::from_name(name)).collect();
    let usable: Vec<Algorithm> = known.iter().copied().filter(|one| options.allows(*one)).collect();
    if usable.is_empty() {
        return Finding::failed(
            check,
            "algorithms-not-accepted",
            Words::new(expected, listed(&advertised), sign),
        );
    }
    let keys = match &evidence.keys {
        Asked::Came(set) => self::usable(set),
        Asked::Not(_) | Asked::Failed(_) => Vec::new(),
    };
    if keys.is_empty() {
        return Finding::skipped(check, "there are no keys to compare with");
    }
    let (with, without): (Vec<Algorithm>, Vec<Algorithm>) =
        usable.iter().copied().partition(|algorithm| keys.iter().any(|key| key.fits(*algorithm)));
    let publish = |missing: &[Algorithm]| {
        format!(
            "Publish the keys for {} at the provider's jwks_uri, or take it out of {NAME}.",
            names(missing)
        )
    };
    if with.is_empty() {
        let came = format!("keys for none of {}", names(&without));
        return Finding::failed(check, "keys-of-another-type", Words::new(expected, came, publish(&without)));
    }
    // Some advertise all they could do; what they will do is the default, or what the connection insists on.
    let insists = |one: &Algorithm| *one == DEFAULT || options.id_token_signed_response_algs.is_some();
    let wanting: Vec<Algorithm> = without.iter().copied().filter(insists).collect();
    if !wanting.is_empty() {
        let came = format!("no key for {}", names(&wanting));
        return Finding::warning(
            check,
            "keys-for-algorithm-missing",
            Words::new(expected, came, publish(&wanting)),
        );
    }
    if options.allows(DEFAULT) && !known.contains(&DEFAULT) {
        let remedy = format!(
            "Every provider has to support RS256 (OpenID Connect Discovery, section 3): add it to {NAME}."
        );
        let words = Words::new(format!("RS256 in {NAME}"), listed(&advertised), remedy);
        return Finding::warning(check, "rs256-not-advertised", words);
    }
    let unused =
        if without.is_empty() { String::new() } else { format!(", and none for {}", names(&without)) };
    Finding::ok(check, expected, format!("keys for {}{unused}", names(&with)))
}

fn usable(set: &Map<String, Value>) -> Vec<PublicKey> {
    let members = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let keys = members.iter().filter_map(|key| PublicKey::from_jwk(key.as_object()?));
    keys.filter(PublicKey::is_strong).collect()
}

fn names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}
