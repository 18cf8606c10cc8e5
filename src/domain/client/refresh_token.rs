//! How an application's refresh tokens live (`refresh_token`, in Auth0's shape).

use serde::{Deserialize, Serialize};

use super::choices::ComplianceLevel;
use crate::domain::limits;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationType {
    /// Every use gives a new one, and reuse of an old one ends the family (RFC 9700 §4.14.2).
    #[default]
    Rotating,
    NonRotating,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpirationType {
    #[default]
    Expiring,
    NonExpiring,
}

/// Times in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshTokenSettings {
    pub rotation_type: RotationType,
    pub expiration_type: ExpirationType,
    /// The token directly before the current one may be used again for this long.
    pub leeway: i64,
    /// From the sign-in on, whatever happens.
    pub token_lifetime: i64,
    pub infinite_token_lifetime: bool,
    /// Since the last use.
    pub idle_token_lifetime: i64,
    pub infinite_idle_token_lifetime: bool,
}

impl Default for RefreshTokenSettings {
    fn default() -> Self {
        Self {
            rotation_type: RotationType::default(),
            expiration_type: ExpirationType::default(),
            leeway: 0,
            token_lifetime: limits::REFRESH_TOKEN_LIFETIME_SECONDS,
            infinite_token_lifetime: false,
            idle_token_lifetime: limits::REFRESH_TOKEN_IDLE_SECONDS,
            infinite_idle_token_lifetime: false,
        }
    }
}

impl RefreshTokenSettings {
    /// What an application held to `level` has where it says nothing. FAPI 2.0 binds tokens to a key and an application
    /// instead of rotating them (Security Profile §5.3.2.1).
    pub fn of(level: ComplianceLevel) -> Self {
        let rotation_type = match level {
            ComplianceLevel::None => RotationType::Rotating,
            ComplianceLevel::Fapi2SecurityProfile => RotationType::NonRotating,
        };
        Self { rotation_type, ..Self::default() }
    }

    /// Seconds from the sign-in on; `None`: no end.
    pub fn absolute_lifetime(&self) -> Option<i64> {
        let is_endless = self.infinite_token_lifetime || self.expiration_type == ExpirationType::NonExpiring;
        (!is_endless).then_some(self.token_lifetime)
    }

    /// Seconds since the last use; `None`: no end.
    pub fn idle_lifetime(&self) -> Option<i64> {
        let is_endless =
            self.infinite_idle_token_lifetime || self.expiration_type == ExpirationType::NonExpiring;
        (!is_endless).then_some(self.idle_token_lifetime)
    }
}
