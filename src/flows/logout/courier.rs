//! Tells applications that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5): from the queue in the
//! database, at once, again later where that fails, until it is given up.

use std::collections::BTreeMap;

use tokio::sync::Notify;

use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::logout::{LogoutNotice, shares};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::protocol::logout_token::{LOGOUT_TOKEN_TYPE, LogoutTokenClaims};
use crate::store::StoreError;

/// Says that there are new notices. The notices themselves wait in the database, where every node finds them.
#[derive(Debug, Default)]
pub struct Courier {
    bell: Notify,
}

impl Courier {
    /// After a transaction that ended sessions: their notices leave now.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Waits for [`Courier::wake`]; one that came since the last wait counts.
    pub async fn woken(&self) {
        self.bell.notified().await;
    }
}

/// Takes notices that are due, of each application its share beside those `under_way`; no other node gets them for the
/// length of the lease.
///
/// # Errors
/// [`StoreError`].
pub async fn take_due_notices(
    hub: &Hub,
    under_way: &BTreeMap<String, usize>,
) -> Result<Vec<LogoutNotice>, StoreError> {
    let now = hub.clock.now();
    // Looking is free, writing is not: an idle hub only looks.
    let waiting =
        hub.store.read(move |tx| tx.clients_with_due_notices(now, limits::CLIENTS_PER_READ)).await?;
    let shares: Vec<(String, i64)> = shares(&waiting, under_way)
        .into_iter()
        .map(|(client_id, share)| (client_id.to_owned(), i64::try_from(share).unwrap_or(1)))
        .collect();
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let lease_end = now.plus_seconds(limits::LOGOUT_NOTICE_LEASE_SECONDS);
    hub.store
        .write(move |tx| {
            let mut taken = Vec::new();
            for (client_id, share) in &shares {
                taken.extend(tx.take_logout_notices(client_id, now, lease_end, *share)?);
            }
            Ok(taken)
        })
        .await
}

/// Delivers a notice that was taken, and writes down how that went.
///
/// # Errors
/// [`StoreError`]; the notice is taken again when its lease ends.
pub async fn deliver_notice(hub: &Hub, notice: LogoutNotice) -> Result<(), StoreError> {
    let client = hub.directory.client(&notice.client_id).await?;
    let uri = client.as_ref().and_then(|client| client.settings.backchannel_logout_uri.clone());
    let (Some(client), Some(uri)) = (client, uri) else {
        // Since then it was removed, or no longer wants to know.
        return hub.store.write(move |tx| tx.remove_logout_notice(&notice).map(drop)).await;
    };
    let sent_at = hub.clock.now();
    let outcome = post_logout_token(hub, &client, &uri, &notice, sent_at).await;
    let now = hub.clock.now();
    match outcome {
        Ok(()) => {
            let words = format!("told {uri} that the session has ended");
            let entry = entry(hub, LogType::BackchannelLogoutSucceeded, words, &client, &notice, now);
            finish(hub, notice, entry).await
        }
        Err(reason) => {
            let next = notice.next_attempt_at(now);
            let then = match next {
                Some(next) => format!("the next attempt is at {}", next.iso8601()),
                None => "given up".to_owned(),
            };
            let words = format!("{uri} was not told that the session has ended: {reason}; {then}");
            let entry = entry(hub, LogType::BackchannelLogoutFailed, words, &client, &notice, now);
            match next {
                Some(next) => postpone(hub, notice, next, entry).await,
                None => finish(hub, notice, entry).await,
            }
        }
    }
}

/// Signs the token now, so that it is young whenever it arrives, and sends it; why that failed, in words for the log.
async fn post_logout_token(
    hub: &Hub,
    client: &Client,
    uri: &str,
    notice: &LogoutNotice,
    now: Timestamp,
) -> Result<(), String> {
    let claims = LogoutTokenClaims::new(
        hub.issuer.as_str(),
        &client.client_id,
        hub.subject_of(client, &notice.user_id),
        &hub.sid_of(client, &notice.session_id),
        hub.random.token(),
        now.seconds(),
        limits::LOGOUT_TOKEN_LIFETIME_SECONDS,
    );
    let algorithm = client.settings.id_token_signed_response_alg;
    let token =
        hub.keys.current().sign(algorithm, LOGOUT_TOKEN_TYPE, &claims).map_err(|error| error.to_string())?;
    let status = hub
        .upstream
        .post_public("backchannel-logout", uri, &[("logout_token", &token)])
        .await
        .map_err(|error| format!("{error}. {}", error.advice))?;
    if (200..300).contains(&status) { Ok(()) } else { Err(format!("it answered with status {status}")) }
}

async fn finish(hub: &Hub, notice: LogoutNotice, entry: LogEntry) -> Result<(), StoreError> {
    journal::trace(&entry);
    hub.store
        .write(move |tx| {
            tx.remove_logout_notice(&notice)?;
            tx.add_log_entries(std::slice::from_ref(&entry))
        })
        .await
}

async fn postpone(
    hub: &Hub,
    notice: LogoutNotice,
    due_at: Timestamp,
    entry: LogEntry,
) -> Result<(), StoreError> {
    journal::trace(&entry);
    hub.store
        .write(move |tx| {
            tx.postpone_logout_notice(&notice, due_at)?;
            tx.add_log_entries(std::slice::from_ref(&entry))
        })
        .await
}

fn entry(
    hub: &Hub,
    log_type: LogType,
    words: String,
    client: &Client,
    notice: &LogoutNotice,
    now: Timestamp,
) -> LogEntry {
    let origin = Origin { request_id: notice.request_id.as_str().into(), ..Origin::default() };
    let mut entry = LogEntry::new(now, &hub.random.alphanumeric(12), log_type, words, &origin);
    entry.name(notice);
    entry.name(client);
    entry.details.insert("attempt".into(), notice.attempts.into());
    entry
}
