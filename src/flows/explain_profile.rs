//! What a login with certain claims would make of its person: the profile, the rule behind each value, and what would
//! be written. It asks the functions that logins ask, and changes nothing.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::hub::Hub;
use super::login::was_another;
use super::vouching::map_profile;
use crate::domain::connection::Connection;
use crate::domain::profile::{
    ClaimContext, Mapped, SyncDecision, changed_attributes, kept_in_step, sync_profile,
};
use crate::domain::user::User;
use crate::store::StoreError;

/// Whose claims they are, as far as anybody knows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose<'a> {
    Nobody,
    /// By the claim that the connection knows people by, which nobody has verified.
    Said(&'a str),
    Verified {
        issuer: &'a str,
        subject: &'a str,
    },
}

/// What a login would do, in JSON. Of what is stored about the user it names attributes and holds no values.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn explain_profile(
    hub: &Hub,
    connection: &Connection,
    claims: &Map<String, Value>,
    userinfo: Option<&Map<String, Value>>,
    whose: Whose<'_>,
) -> Result<Value, StoreError> {
    let context = ClaimContext::new(connection, claims, userinfo);
    let mapped = match map_profile(&hub.directory, connection, &context).await? {
        Ok((mapped, _)) => mapped,
        Err(too_large) => return Ok(json!({"refused": too_large.to_string()})),
    };
    let sync = would_write(hub, connection, &mapped, whose).await?;
    let map = &connection.options.attribute_map;
    let rules: Map<String, Value> =
        mapped.rules.iter().map(|(name, rule)| (name.clone(), rule.json(name, map))).collect();
    let missing = mapped.missing.iter().map(|one| json!({"attribute": one.attribute, "claim": one.claim}));
    let dropped = mapped.dropped.iter().map(|one| json!({"attribute": one.attribute, "reason": one.reason}));
    Ok(json!({
        "rules": rules,
        "missing_claims": missing.collect::<Vec<_>>(),
        "dropped_attributes": dropped.collect::<Vec<_>>(),
        "sync": sync,
        "profile": mapped.profile,
    }))
}

/// What the login would do to the user behind these claims.
async fn would_write(
    hub: &Hub,
    connection: &Connection,
    mapped: &Mapped,
    whose: Whose<'_>,
) -> Result<Value, StoreError> {
    let options = &connection.options;
    let subject = match whose {
        Whose::Nobody => return Ok(Value::Null),
        Whose::Said(subject) | Whose::Verified { subject, .. } => subject,
    };
    let by_name = connection.user_id_for(subject);
    let refused =
        |user_id: &str, reason: String| json!({"user_id": user_id, "outcome": "refuse", "reason": reason});
    let Found { user, is_taken } = find(hub, connection, &by_name, whose).await?;
    if is_taken {
        let reason = format!(
            "the user id {by_name} is, or was, that of a person of another issuer or an earlier connection"
        );
        return Ok(refused(&by_name, reason));
    }
    let user_id = user.as_ref().map_or(by_name, |user| user.user_id.clone());
    let before = user.as_ref().map(|user| user.profile.clone()).unwrap_or_default();
    let (outcome, after) = match sync_profile(options, user.as_ref(), mapped.profile.clone()) {
        SyncDecision::Create(profile) => ("create", profile),
        SyncDecision::Update(profile) => {
            ("update", kept_in_step(options, &profile, &mapped.profile).unwrap_or(profile))
        }
        SyncDecision::Keep => match kept_in_step(options, &before, &mapped.profile) {
            Some(profile) => ("update", profile),
            None => ("keep", before.clone()),
        },
        SyncDecision::RefuseNotProvisioned => {
            let reason =
                "there is no user for this person, and the connection does not create users at login";
            return Ok(refused(&user_id, reason.to_owned()));
        }
        SyncDecision::RefuseTooLarge(too_large) => return Ok(refused(&user_id, too_large.to_string())),
    };
    if matches!(whose, Whose::Verified { .. }) && user.is_some_and(|user| user.is_blocked) {
        return Ok(refused(&user_id, "the user is blocked".to_owned()));
    }
    let changes: Vec<Value> = changed_attributes(options, &before, &after, &mapped.profile)
        .into_iter()
        .map(|one| json!({"attribute": one.attribute, "change": one.change, "policy": one.policy}))
        .collect();
    Ok(json!({"user_id": user_id, "outcome": outcome, "changes": changes}))
}

struct Found {
    user: Option<User>,
    /// The user of that name is somebody else.
    is_taken: bool,
}

async fn find(
    hub: &Hub,
    connection: &Connection,
    user_id: &str,
    whose: Whose<'_>,
) -> Result<Found, StoreError> {
    let user_id = user_id.to_owned();
    let identity = match whose {
        Whose::Verified { issuer, subject } => {
            Some(Arc::new([connection.id.clone(), issuer.to_owned(), subject.to_owned()]))
        }
        Whose::Nobody | Whose::Said(_) => None,
    };
    hub.store
        .read(move |tx| {
            let by_name = tx.find_user(&user_id)?;
            let Some([connection_id, issuer, subject]) = identity.as_deref() else {
                return Ok(Found { user: by_name, is_taken: false });
            };
            let known = tx.find_identity_with_user(connection_id, issuer, subject)?;
            let user = known.map(|(_, user)| user);
            let is_taken =
                user.is_none() && (by_name.is_some() || was_another(tx, &user_id, issuer, subject)?);
            Ok(Found { is_taken, user })
        })
        .await
}
