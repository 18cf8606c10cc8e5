//! Whether a login creates the user, renews the profile or leaves it alone (`set_user_root_attributes`).

use serde_json::{Map, Value};

use crate::domain::connection::SetUserRootAttributes;
use crate::domain::user::User;

/// What a login does to the user's root attributes.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncDecision {
    Create(Map<String, Value>),
    Update(Map<String, Value>),
    Keep,
    /// There is no user, and this connection may not create one.
    RefuseNotProvisioned,
}

/// Decides by the connection's mode.
///
/// - `on_each_login`: the profile *is* what the provider says now. Everything mapped is replaced, and what the
///   provider no longer says goes away; an attribute that outlives its source would lie.
/// - `on_first_login`: the first login fills the profile; afterwards only the Management API changes it.
/// - `never_on_login`: users are created elsewhere; a person without one is refused.
///
/// This covers every root attribute, mapped ones included. `user_metadata`, `app_metadata` and `blocked` are
/// never touched by a login.
pub fn sync_profile(
    mode: SetUserRootAttributes,
    existing: Option<&User>,
    mapped: Map<String, Value>,
) -> SyncDecision {
    match (mode, existing) {
        (SetUserRootAttributes::OnEachLogin | SetUserRootAttributes::OnFirstLogin, None) => {
            SyncDecision::Create(mapped)
        }
        (SetUserRootAttributes::OnEachLogin, Some(user)) if user.profile != mapped => {
            SyncDecision::Update(mapped)
        }
        (SetUserRootAttributes::NeverOnLogin, None) => SyncDecision::RefuseNotProvisioned,
        (_, Some(_)) => SyncDecision::Keep,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SetUserRootAttributes::{NeverOnLogin, OnEachLogin, OnFirstLogin};
    use super::*;
    use crate::domain::clock::Timestamp;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn each_mode_decides_as_documented() {
        let user = User {
            user_id: "oidc|acme|1".into(),
            profile: map(json!({"name": "Ada", "locale": "en"})),
            user_metadata: Map::new(),
            app_metadata: Map::new(),
            is_blocked: false,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
            last_login_at: None,
            last_ip: None,
            logins_count: 1,
            version: 1,
        };
        let same = user.profile.clone();
        let changed = map(json!({"name": "Ada L."}));
        for (mode, existing, mapped, expected) in [
            (OnEachLogin, None, &changed, SyncDecision::Create(changed.clone())),
            (OnEachLogin, Some(&user), &changed, SyncDecision::Update(changed.clone())),
            (OnEachLogin, Some(&user), &same, SyncDecision::Keep),
            (OnFirstLogin, None, &changed, SyncDecision::Create(changed.clone())),
            (OnFirstLogin, Some(&user), &changed, SyncDecision::Keep),
            (NeverOnLogin, None, &changed, SyncDecision::RefuseNotProvisioned),
            (NeverOnLogin, Some(&user), &changed, SyncDecision::Keep),
        ] {
            assert_eq!(sync_profile(mode, existing, mapped.clone()), expected, "{mode:?}");
        }
    }
}
