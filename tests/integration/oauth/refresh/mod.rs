//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14, OpenID Connect Core §11 and §12).

mod application_keys;
mod checks;
mod issuing;
mod lifetimes;
mod rotation;

use crate::support::browser::Fields;
use crate::support::sign_in::{Answer, Stage, changed, fields};

const OFFLINE: &[(&str, &str)] = &[("scope", "openid profile email offline_access")];

impl Stage {
    /// The token request for a refresh token.
    pub fn refreshing(&self, token: &str) -> Fields {
        let own = self.exchange("");
        let own = own.into_iter().filter(|(name, _)| name.starts_with("client_"));
        fields(&[("grant_type", "refresh_token"), ("refresh_token", token)]).into_iter().chain(own).collect()
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.token(&self.refreshing(token)).await
    }

    /// A refresh that must succeed; the next refresh token.
    pub async fn next(&self, token: &str) -> String {
        let answer = self.refresh(token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text_of("refresh_token")
    }

    /// Tokens with `offline_access`.
    pub async fn offline(&self) -> Answer {
        self.tokens(OFFLINE).await
    }
}

/// The refresh request with one more or another parameter.
pub fn with(form: &[(String, String)], name: &str, value: &str) -> Fields {
    changed(form, name, value)
}
