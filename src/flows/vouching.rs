//! Whether this hub says of an address that it is verified: asked when a login brings a profile, and again whenever a stored
//! one leaves, because a domain may have become another's since.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::directory::Directory;
use crate::domain::connection::{Connection, EmailVerifiedPolicy};
use crate::domain::email_authority::{Holder, NotVerified};
use crate::domain::home_realm::EmailDomain;
use crate::domain::profile::{ClaimContext, Mapped, ProfileTooLarge, Ruled, map_claims, under_rules};
use crate::store::StoreError;

const MARK: &str = "email_verified";

/// The profile that a login through `connection` brings: by the attribute map, and then under the rules of the connection.
///
/// # Errors
/// [`StoreError`]; a profile that is too large is an answer.
pub(super) async fn map_profile(
    directory: &Directory,
    connection: &Connection,
    context: &ClaimContext<'_>,
) -> Result<Result<(Mapped, Ruled), ProfileTooLarge>, StoreError> {
    let mapped = match map_claims(&connection.options.attribute_map, context) {
        Ok(mapped) => mapped,
        Err(too_large) => return Ok(Err(too_large)),
    };
    let refused = refusal(directory, connection, &mapped.profile).await?;
    Ok(under_rules(&connection.options, context, mapped, refused))
}

/// A profile stored for somebody who came through `connection`, as it may be told now.
///
/// # Errors
/// [`StoreError`].
pub async fn vouched<'a>(
    directory: &Directory,
    connection: &Connection,
    profile: &'a Map<String, Value>,
) -> Result<Cow<'a, Map<String, Value>>, StoreError> {
    if refusal(directory, connection, profile).await?.is_none() {
        return Ok(Cow::Borrowed(profile));
    }
    let mut told = profile.clone();
    told.insert(MARK.to_owned(), Value::Bool(false));
    Ok(Cow::Owned(told))
}

/// Why the profile's address does not count as verified, where the profile says that it is.
async fn refusal(
    directory: &Directory,
    connection: &Connection,
    profile: &Map<String, Value>,
) -> Result<Option<NotVerified>, StoreError> {
    if profile.get(MARK) != Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let policy = connection.options.email_verified_policy;
    if policy == EmailVerifiedPolicy::Never {
        return Ok(Some(NotVerified::Policy));
    }
    let email = profile.get("email").and_then(Value::as_str).unwrap_or_default();
    let holder = match EmailDomain::of(email) {
        Ok((address, domain)) => {
            let leads = directory.leads_of(&address, &domain).await?;
            Holder::of(&connection.id, &address, &domain, &leads)
        }
        Err(_) => Holder::Unreadable,
    };
    Ok(NotVerified::by(policy, &holder))
}
