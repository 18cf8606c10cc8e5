//! What time does: whether the provider's clock agrees with ours as far as its tokens have to, and when our secret there
//! expires.

use super::evidence::Evidence;
use super::finding::{self, Finding, Words};
use crate::domain::clock::Timestamp;
use crate::domain::connection::OidcOptions;
use crate::domain::limits;

/// A token of a provider whose clock is ahead seems to come from the future, and of one far behind to be too old.
pub(super) fn clock(evidence: &Evidence) -> Finding {
    let check = finding::CLOCK;
    let Some((theirs, ours)) = evidence.provider_time else {
        return Finding::skipped(check, "no answer of the provider carried a Date");
    };
    let ahead = theirs.seconds().saturating_sub(ours.seconds());
    let expected = format!("a clock within {} seconds of this hub's", limits::CLOCK_DRIFT_SECONDS);
    let came = match ahead {
        0 => "the same second".to_owned(),
        1 => "a clock 1 second ahead".to_owned(),
        -1 => "a clock 1 second behind".to_owned(),
        2.. => format!("a clock {ahead} seconds ahead"),
        _ => format!("a clock {} seconds behind", ahead.unsigned_abs()),
    };
    let oldest = limits::UPSTREAM_TOKEN_AGE_SECONDS + limits::CLOCK_LEEWAY_SECONDS;
    let words = |came| {
        let remedy = "Set the clock of the provider, and that of this hub, by network time (NTP).";
        Words::new(&expected, came, remedy)
    };
    if ahead > limits::CLOCK_LEEWAY_SECONDS || ahead < -oldest {
        Finding::failed(check, "clock-off", words(came))
    } else if ahead.abs() > limits::CLOCK_DRIFT_SECONDS {
        Finding::warning(check, "clock-drifts", words(came))
    } else {
        Finding::ok(check, expected, came)
    }
}

pub(super) fn secret_expiry(options: &OidcOptions, evidence: &Evidence) -> Finding {
    let check = finding::SECRET_EXPIRY;
    let Some(expires_at) = options.client_secret_expires_at.filter(|seconds| *seconds != 0) else {
        return Finding::skipped(check, "client_secret_expires_at is not set for this connection");
    };
    let left = expires_at.saturating_sub(evidence.now.seconds());
    let date = Timestamp::from_seconds(expires_at).iso8601();
    let expected =
        format!("a client secret for {} days or more", limits::SECRET_EXPIRY_NOTICE_SECONDS / 86_400);
    let remedy = "Make a new client secret for this application at the provider and enter it here.";
    if left <= 0 {
        Finding::failed(check, "secret-expired", Words::new(expected, format!("expired on {date}"), remedy))
    } else if left < limits::SECRET_EXPIRY_NOTICE_SECONDS {
        Finding::warning(
            check,
            "secret-expires-soon",
            Words::new(expected, format!("expires on {date}"), remedy),
        )
    } else {
        Finding::ok(check, expected, format!("expires on {date}"))
    }
}
