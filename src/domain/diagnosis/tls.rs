//! Whether the hosts of a provider prove who they are, and for how long (RFC 8446 §4.4.2, RFC 5280 §4.1.2.5).

use super::evidence::{Certificate, Evidence};
use super::finding::{self, Finding, Words};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::provider_text::printable;

const DAYS: i64 = limits::CERTIFICATE_EXPIRY_NOTICE_SECONDS / 86_400;

/// One finding for all hosts: the worst one names it.
pub(super) fn finding(evidence: &Evidence) -> Finding {
    let check = finding::TLS;
    if evidence.certificates.is_empty() {
        return Finding::skipped(check, "no endpoint could be reached by https");
    }
    let expected = format!("a trusted certificate for every host, valid for {DAYS} days or more");
    let mut wrong: Vec<(&'static str, &str, String)> = evidence
        .certificates
        .iter()
        .filter_map(|(host, certificate)| {
            let (code, came) = fault(certificate, evidence.now)?;
            Some((code, host.as_str(), format!("{}: {came}", printable(host, &[]))))
        })
        .collect();
    // A stable sort: hosts stay in their order.
    wrong.sort_by_key(|(code, ..)| *code == EXPIRES_SOON);
    let Some((code, host, _)) = wrong.first() else {
        let hosts: Vec<String> =
            evidence.certificates.iter().map(|(host, one)| said(&printable(host, &[]), one)).collect();
        return Finding::ok(check, expected, hosts.join(", "));
    };
    let came = wrong.iter().map(|(.., came)| came.as_str()).collect::<Vec<_>>().join("; ");
    let words = Words::new(expected, came, remedy(code, &printable(host, &[])));
    match *code {
        EXPIRES_SOON => Finding::warning(check, *code, words),
        _ => Finding::failed(check, *code, words),
    }
}

const EXPIRED: &str = "tls-expired";
const NOT_YET_VALID: &str = "tls-not-yet-valid";
const OTHER_NAME: &str = "tls-other-name";
const UNTRUSTED: &str = "tls-untrusted";
const HANDSHAKE: &str = "tls-handshake";
const EXPIRES_SOON: &str = "tls-expires-soon";

/// The code of what is wrong with a host's certificate, and what came.
fn fault(certificate: &Certificate, now: Timestamp) -> Option<(&'static str, String)> {
    Some(match certificate {
        Certificate::Trusted { ends_at: Some(ends_at) } => {
            let left = ends_at.seconds().saturating_sub(now.seconds());
            if left >= limits::CERTIFICATE_EXPIRY_NOTICE_SECONDS {
                return None;
            }
            (EXPIRES_SOON, format!("expires on {}", ends_at.iso8601()))
        }
        Certificate::Trusted { ends_at: None } => return None,
        Certificate::Expired { ended_at: Some(ended_at) } => {
            (EXPIRED, format!("expired on {}", ended_at.iso8601()))
        }
        Certificate::Expired { ended_at: None } => (EXPIRED, "expired".into()),
        Certificate::NotYetValid => (NOT_YET_VALID, "not valid yet".into()),
        Certificate::OtherName => (OTHER_NAME, "a certificate for other names".into()),
        Certificate::Untrusted(why) => (UNTRUSTED, printable(why, &[])),
        Certificate::NoHandshake(why) => (HANDSHAKE, printable(why, &[])),
    })
}

fn said(host: &str, certificate: &Certificate) -> String {
    match certificate {
        Certificate::Trusted { ends_at: Some(ends_at) } => format!("{host} until {}", ends_at.iso8601()),
        _ => host.to_owned(),
    }
}

fn remedy(code: &str, host: &str) -> String {
    match code {
        EXPIRED => format!("Renew the TLS certificate of {host}: it has expired."),
        EXPIRES_SOON => format!("Renew the TLS certificate of {host} before it expires."),
        NOT_YET_VALID => format!(
            "Install a TLS certificate at {host} that is valid already, and set the clocks of the provider and of this hub \
             by network time (NTP).",
        ),
        OTHER_NAME => {
            format!("Install a TLS certificate at {host} that is made out to that name (subjectAltName).")
        }
        HANDSHAKE => {
            format!("Let {host} speak TLS 1.2 or 1.3 with current cipher suites on the port of its URL.")
        }
        _ => format!(
            "Let {host} send its whole certificate chain up to a public authority; if the authority is your own, the \
             operator of this hub adds it to VESTIBULE_OUTBOUND_CA_FILE.",
        ),
    }
}
