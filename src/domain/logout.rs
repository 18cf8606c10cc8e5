//! What applications learn of a session's end (OpenID Connect Back-Channel Logout 1.0, Front-Channel Logout 1.0).

use std::collections::BTreeMap;

use url::Url;

use super::clock::Timestamp;
use super::limits;

/// One application still to be told, server to server, that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    pub session_id: String,
    pub client_id: String,
    pub user_id: String,
    /// The request that ended the session: the log entries of a delivery carry it too.
    pub request_id: String,
    /// Attempts begun so far.
    pub attempts: i64,
    /// When it may be taken (again).
    pub due_at: Timestamp,
    pub created_at: Timestamp,
}

impl LogoutNotice {
    /// When to try again after the attempt under way has failed; `None` when it is to be given up.
    pub fn next_attempt_at(&self, now: Timestamp) -> Option<Timestamp> {
        let failed = usize::try_from(self.attempts.saturating_sub(1)).ok()?;
        let wait = limits::LOGOUT_NOTICE_RETRY_SECONDS.get(failed)?;
        Some(now.plus_seconds(*wait))
    }
}

/// How many notices of each application of `waiting` (which has had the longest wait first) may leave beside those
/// `under_way`: one more for whoever has the fewest, again and again, until all places are taken or nobody may have more.
/// So whoever never answers fills its own share, and the next place that becomes free is somebody else's.
pub fn shares<'a>(waiting: &'a [String], under_way: &BTreeMap<String, usize>) -> Vec<(&'a str, usize)> {
    let mut free = limits::LOGOUT_NOTICES_AT_ONCE.saturating_sub(under_way.values().sum());
    let mut shares = vec![0; waiting.len()];
    for place in 0..limits::LOGOUT_NOTICES_PER_CLIENT {
        for (client_id, share) in waiting.iter().zip(&mut shares) {
            let has = under_way.get(client_id).copied().unwrap_or_default() + *share;
            if free > 0 && has <= place {
                (*share, free) = (*share + 1, free - 1);
            }
        }
    }
    let names = waiting.iter().map(String::as_str);
    names.zip(shares).filter(|(_, share)| *share > 0).collect()
}

/// The address a browser opens in a frame, so that the application ends its own session (Front-Channel Logout §2):
/// with `iss` and `sid` where the application asks for them.
pub fn front_channel_address(registered: &str, issuer: &str, sid: Option<&str>) -> Option<Url> {
    let mut url = Url::parse(registered).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    if let Some(sid) = sid {
        url.query_pairs_mut().append_pair("iss", issuer).append_pair("sid", sid);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_tried_again_later_each_time_and_given_up_within_a_day() {
        let now = Timestamp::from_seconds(1_795_000_000);
        let mut notice = LogoutNotice {
            session_id: "s".into(),
            client_id: "c".into(),
            user_id: "u".into(),
            request_id: "r".into(),
            attempts: 0,
            due_at: now,
            created_at: now,
        };
        let (mut last, mut time) = (0, now);
        for attempt in 1..=7 {
            notice.attempts = attempt;
            let next = notice.next_attempt_at(time).unwrap();
            let wait = next.seconds() - time.seconds();
            assert!(wait > last, "attempt {attempt}");
            (last, time) = (wait, next);
        }
        notice.attempts = 8;
        assert_eq!(notice.next_attempt_at(time), None);
        assert!(time.seconds() - now.seconds() < 24 * 60 * 60);
    }

    #[test]
    fn places_go_to_whoever_has_the_fewest_and_nobody_gets_more_than_a_share() {
        let (most, all) = (limits::LOGOUT_NOTICES_PER_CLIENT, limits::LOGOUT_NOTICES_AT_ONCE);
        let names = |count: usize| (0..count).map(|number| format!("app{number:03}")).collect::<Vec<_>>();
        let under_way = |counts: &[(&str, usize)]| {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<BTreeMap<_, _>>()
        };
        let alone = names(1);
        assert_eq!(shares(&alone, &BTreeMap::new()), [("app000", most)]);
        assert_eq!(shares(&alone, &under_way(&[("app000", most - 1)])), [("app000", 1)]);
        assert!(shares(&alone, &under_way(&[("app000", most)])).is_empty());
        assert!(shares(&alone, &under_way(&[("other", all)])).is_empty());
        // The one place left is not for the one that waits longest, but for the one that has none.
        let two = names(2);
        assert_eq!(shares(&two, &under_way(&[("app000", 1), ("other", all - 2)])), [("app001", 1)]);
        let crowd = names(2 * all);
        let shared = shares(&crowd, &BTreeMap::new());
        assert_eq!(shared.len(), all);
        assert!(shared.iter().all(|(_, share)| *share == 1), "{shared:?}");
        assert_eq!(shared.first(), Some(&("app000", 1)), "who waits longest is not passed over");
        assert!(shares(&[], &BTreeMap::new()).is_empty());
    }

    #[test]
    fn the_front_channel_keeps_the_query_of_the_application_and_tells_the_session_only_where_asked() {
        let address = |registered: &str, sid: Option<&str>| {
            front_channel_address(registered, "https://login.example/", sid).map(String::from)
        };
        let registered = "https://app.example/out?tenant=1";
        assert_eq!(address(registered, None).unwrap(), registered);
        assert_eq!(
            address(registered, Some("a&b")).unwrap(),
            "https://app.example/out?tenant=1&iss=https%3A%2F%2Flogin.example%2F&sid=a%26b"
        );
        assert_eq!(address("javascript:alert(1)", None), None);
    }
}
