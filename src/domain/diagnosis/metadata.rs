//! Whether the provider publishes other metadata than those that logins go by.

use super::Diagnosis;
use super::endpoints::Endpoint;
use super::evidence::Evidence;
use super::finding::{self, Finding, Outcome, Words};

pub(super) fn drift(evidence: &Evidence) -> Finding {
    let check = finding::METADATA_DRIFT;
    if evidence.document().is_none() {
        return Finding::skipped(check, "there are no metadata to look at");
    }
    let Some(compared) = &evidence.compared else {
        return Finding::skipped(check, "no metadata of this provider were adopted before");
    };
    let expected = format!("the metadata adopted on {}", compared.adopted_at.iso8601());
    if compared.drift.is_empty() {
        return Finding::ok(check, expected, "the same");
    }
    let came = compared.drift.words();
    if compared.drift.is_safe() {
        return Finding::ok(check, expected, format!("others, which are adopted: {came}"));
    }
    let remedy = format!(
        "Ask the provider's administrator whether this change is meant. If it is, accept the metadata with the hash {} for \
         this connection, or correct its settings; until then sign-ins go by the metadata adopted before.",
        compared.published.sha256,
    );
    Finding::warning(check, "metadata-drift", Words::new(expected, came, remedy))
}

impl Diagnosis {
    /// Whether logins can go by the metadata that this stands on: they are of the right issuer, and say where everything
    /// is.
    pub fn may_adopt(&self) -> bool {
        let matters = |check: &str| {
            check == finding::ISSUER || Endpoint::ALL.into_iter().any(|endpoint| endpoint.check() == check)
        };
        let failed = |one: &Finding| one.outcome == Outcome::Failed && matters(&one.check);
        !self.findings.iter().any(failed)
    }
}
