//! The refresh tokens of a grant (RFC 6749 §6): the first one, and those after it.

use crate::domain::client::{GrantType, RotationType};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::refresh_token::{RefreshToken, RefreshTokenText, idle_end};
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

use super::sign_tokens::{Channel, access_token_lifetime};
use super::standing::Standing;

/// Draws the first token of a family, outside the transaction that stores its hashes.
pub(super) fn draw_first(hub: &Hub) -> RefreshTokenText {
    RefreshTokenText::first(&hub.random.token(), &hub.random.token())
}

/// Begins the family of a grant made with `offline_access`, for an application that may refresh; keeps the grant as
/// long as what it gives. Whoever has too many of them loses the oldest. Whether `first` was issued.
pub(super) fn begin_family(
    tx: &mut Tx<'_>,
    standing: &mut Standing,
    first: &RefreshTokenText,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (grant, settings) = (standing.grant(), &standing.client().settings);
    let access_ends = now.plus_seconds(access_token_lifetime(standing, Channel::Back));
    if !grant.is_offline || !standing.client().allows_grant(GrantType::RefreshToken) {
        if access_ends > grant.expires_at {
            tx.extend_grant(&grant.id, access_ends)?;
            standing.extend(access_ends);
        }
        return Ok(false);
    }
    let family_ends = settings
        .refresh_token_lifetime()
        .map_or(Timestamp::from_seconds(limits::NEVER_SECONDS), |seconds| now.plus_seconds(seconds));
    let token = RefreshToken {
        family_hash: first.family_hash(),
        token_hash: first.token_hash(),
        grant_id: grant.id.clone(),
        client_id: grant.client_id.clone(),
        generation: 0,
        created_at: now,
        used_at: None,
        rotated_at: None,
        expires_at: idle_end(settings.refresh_token.idle_lifetime(), family_ends, now),
        family_expires_at: family_ends,
    };
    let grant_ends = grant_end(standing, &token, now);
    tx.begin_refresh_family(&token, grant_ends)?;
    let keep = limits::REFRESH_TOKENS_PER_USER_AND_CLIENT;
    tx.revoke_oldest_refresh_grants(&grant.user_id, &grant.client_id, keep, now)?;
    standing.extend(grant_ends);
    Ok(true)
}

/// Replaces `used` by its successor, or lets it live on if the application's tokens do not rotate. `None`: somebody was
/// faster.
pub(super) fn continue_family(
    tx: &mut Tx<'_>,
    standing: &mut Standing,
    used: &RefreshToken,
    next: &RefreshTokenText,
    now: Timestamp,
) -> Result<Option<Continued>, StoreError> {
    let settings = &standing.client().settings.refresh_token;
    let idle_seconds = settings.idle_lifetime();
    let (continued, current) = match settings.rotation_type {
        RotationType::NonRotating if used.rotated_at.is_none() => {
            let expires_at = idle_end(idle_seconds, used.family_expires_at, now);
            tx.touch_refresh_token(used, now, expires_at)?;
            (Continued::SameToken, RefreshToken { expires_at, ..used.clone() })
        }
        // Nothing may come again: one statement does it.
        RotationType::Rotating if settings.leeway == 0 && used.rotated_at.is_none() => {
            let successor = used.successor(next, idle_seconds, now);
            if !tx.replace_refresh_token(used, &successor)? {
                return Ok(None);
            }
            (Continued::NextToken, successor)
        }
        RotationType::NonRotating | RotationType::Rotating => {
            // A second use within the leeway finds it rotated already.
            let is_ours = used.rotated_at.is_some()
                || tx.rotate_refresh_token(used, now, now.plus_seconds(settings.leeway))?;
            if !is_ours {
                return Ok(None);
            }
            let successor = used.successor(next, idle_seconds, now);
            tx.add_refresh_token(&successor)?;
            (Continued::NextToken, successor)
        }
    };
    // Only a family without an absolute end outgrows the grant as it was kept at first.
    let grant_ends = grant_end(standing, &current, now);
    if current.family_expires_at.seconds() == limits::NEVER_SECONDS
        && grant_ends > standing.grant().expires_at
    {
        tx.extend_grant(&standing.grant().id, grant_ends)?;
        standing.extend(grant_ends);
    }
    Ok(Some(continued))
}

/// What the client holds from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continued {
    SameToken,
    NextToken,
}

/// A grant is kept while any token of it may be good: an access token, or the family; the latter until nobody used it
/// for too long, if nothing else ends it.
fn grant_end(standing: &Standing, current: &RefreshToken, now: Timestamp) -> Timestamp {
    let family_ends = if current.family_expires_at.seconds() == limits::NEVER_SECONDS {
        current.expires_at
    } else {
        current.family_expires_at
    };
    family_ends.max(now.plus_seconds(access_token_lifetime(standing, Channel::Back)))
}
