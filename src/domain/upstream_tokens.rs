//! The tokens that a provider gave for one of our people, kept where the connection asks for it.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::limits;
use super::secret::Secret;

#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamTokens {
    pub access_token: Secret,
    /// Stays here: whoever else used it would end what it stands for.
    pub refresh_token: Option<Secret>,
    /// Space separated, where the provider says.
    pub scope: Option<String>,
    pub expires_at: Option<Timestamp>,
}

/// As they are sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl UpstreamTokens {
    /// Whether the access token will be good for as long as somebody needs to use it.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at
            .is_none_or(|expires_at| now.plus_seconds(limits::UPSTREAM_TOKEN_MARGIN_SECONDS) < expires_at)
    }

    /// One text, to be sealed; `None` never for tokens that came from a provider.
    pub fn to_text(&self) -> Option<Secret> {
        let written = Written {
            access_token: self.access_token.reveal().to_owned(),
            refresh_token: self.refresh_token.as_ref().map(|token| token.reveal().to_owned()),
            scope: self.scope.clone(),
            expires_at: self.expires_at,
        };
        serde_json::to_string(&written).ok().map(Secret::new)
    }

    /// What [`UpstreamTokens::to_text`] wrote.
    pub fn from_text(text: &Secret) -> Option<Self> {
        let written: Written = serde_json::from_str(text.reveal()).ok()?;
        Some(Self {
            access_token: Secret::new(written.access_token),
            refresh_token: written.refresh_token.map(Secret::new),
            scope: written.scope,
            expires_at: written.expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written_and_shown_to_nobody() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let tokens = UpstreamTokens {
            access_token: Secret::new("canary-access"),
            refresh_token: Some(Secret::new("canary-refresh")),
            scope: Some("openid calendar".into()),
            expires_at: Some(now.plus_seconds(300)),
        };
        assert_eq!(UpstreamTokens::from_text(&tokens.to_text().unwrap()), Some(tokens.clone()));
        assert!(!format!("{tokens:?}").contains("canary"));
        let margin = limits::UPSTREAM_TOKEN_MARGIN_SECONDS;
        assert!(tokens.is_fresh(now.plus_seconds(299 - margin)));
        assert!(!tokens.is_fresh(now.plus_seconds(300 - margin)));
        let endless = UpstreamTokens { expires_at: None, ..tokens };
        assert!(endless.is_fresh(now.plus_seconds(1_000_000)));
    }
}
