//! `prompt` (OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

use super::error::{ErrorCode, OAuthError};

/// What the application asked to show, or not to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// No page at all.
    pub none: bool,
    /// Authenticate again.
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
}

impl Prompt {
    /// As it was asked; `None` if it was not.
    pub fn to_text(self) -> Option<String> {
        let values = [
            (self.none, "none"),
            (self.login, "login"),
            (self.consent, "consent"),
            (self.select_account, "select_account"),
        ];
        let asked: Vec<&str> =
            values.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, name)| name).collect();
        (!asked.is_empty()).then(|| asked.join(" "))
    }

    /// Reads the space-separated values.
    ///
    /// # Errors
    /// `invalid_request`: an unknown value, or `none` beside others.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        for value in text.unwrap_or_default().split_ascii_whitespace() {
            match value {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => {
                    return Err(OAuthError::new(
                        ErrorCode::InvalidRequest,
                        "prompt must be none, or a list of login, consent and select_account",
                    ));
                }
            }
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "prompt=none cannot be combined with other values",
            ));
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_combine_except_none() {
        assert_eq!(Prompt::read(None), Ok(Prompt::default()));
        let both = Prompt::read(Some("login consent")).unwrap();
        assert!(both.login && both.consent && !both.none);
        assert!(Prompt::read(Some("none")).unwrap().none);
        assert!(Prompt::read(Some("none login")).is_err());
        assert!(Prompt::read(Some("create")).is_err());
    }
}
