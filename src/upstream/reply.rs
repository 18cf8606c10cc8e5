//! What the provider sent back with the browser: query or form fields → one typed answer (RFC 6749 §4.1.2,
//! OpenID Connect Core §3.2.2.5, RFC 9207).

use std::collections::HashSet;

use super::error::{Refusal, UpstreamError, printable, quoted};
use super::provider::Provider;
use crate::domain::connection::Channel;

/// How the fields travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerMode {
    Query,
    FormPost,
}

/// A provider's answer, unverified, no parameter twice.
#[derive(Clone)]
pub struct ProviderAnswer {
    mode: AnswerMode,
    state: Option<String>,
    issuer: Option<String>,
    code: Option<String>,
    id_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl std::fmt::Debug for ProviderAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderAnswer").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// The one credential an answer carries.
pub(super) enum Credential<'a> {
    Code(&'a str),
    IdToken(&'a str),
}

impl ProviderAnswer {
    /// Reads the fields. Unknown ones are ignored, empty ones count as absent.
    ///
    /// # Errors
    /// `answer-duplicate`, where any parameter comes twice (RFC 6749 §3.1).
    pub fn parse(pairs: &[(String, String)], mode: AnswerMode) -> Result<Self, UpstreamError> {
        let mut names = HashSet::new();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.insert(name)) {
            return Err(UpstreamError::invalid(
                "answer-duplicate",
                "every parameter of the answer once",
                format!("{} more than once", quoted(name)),
                "Make your provider answer with every parameter once; if it does, somebody tampered with the \
                 answer on its way.",
            ));
        }
        let value = |name: &str| {
            pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.clone())
        };
        Ok(Self {
            mode,
            state: value("state"),
            issuer: value("iss"),
            code: value("code"),
            id_token: value("id_token"),
            error: value("error"),
            error_description: value("error_description"),
        })
    }

    /// The `state`, which says what login this is an answer to.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The checks of [`ProviderAnswer::credential`], in their order.
    pub(super) const fn checks(&self, channel: Channel) -> &'static [&'static str] {
        match (channel, self.issuer.is_some()) {
            (Channel::BackChannel, true) => &["answer-issuer", "provider-answer", "answer-parameters"],
            (Channel::BackChannel, false) => &["provider-answer", "answer-parameters"],
            (Channel::FrontChannel, true) => {
                &["answer-issuer", "provider-answer", "answer-mode", "answer-parameters"]
            }
            (Channel::FrontChannel, false) => &["provider-answer", "answer-mode", "answer-parameters"],
        }
    }

    /// The one credential in this answer that `channel` takes.
    ///
    /// # Errors
    /// `answer-issuer` (RFC 9207 §2.4), `provider-answer` where the provider refused, `answer-mode` and
    /// `answer-parameters` where the answer is not of the kind asked for.
    pub(super) fn credential(
        &self,
        channel: Channel,
        provider: &Provider,
    ) -> Result<Credential<'_>, UpstreamError> {
        self.check_issuer(provider)?;
        if let Some(error) = &self.error {
            return Err(self.refusal(error));
        }
        match (channel, self.mode, &self.code, &self.id_token) {
            (Channel::BackChannel, AnswerMode::Query | AnswerMode::FormPost, Some(code), None) => {
                Ok(Credential::Code(code))
            }
            (Channel::FrontChannel, AnswerMode::FormPost, None, Some(id_token)) => {
                Ok(Credential::IdToken(id_token))
            }
            (Channel::FrontChannel, AnswerMode::Query, ..) => Err(UpstreamError::invalid(
                "answer-mode",
                "the answer as a form post (response_mode=form_post)",
                "one in the address",
                "Make your provider honour response_mode=form_post, or let this connection use the back channel.",
            )),
            (Channel::BackChannel | Channel::FrontChannel, ..) => Err(self.wrong_parameters(channel)),
        }
    }

    fn check_issuer(&self, provider: &Provider) -> Result<(), UpstreamError> {
        let came = match &self.issuer {
            Some(issuer) if provider.is_issuer(issuer) => return Ok(()),
            // An error without `iss` is an error all the same, and says more. An ID token names its issuer
            // under a signature, so that providers leave `iss` out beside one.
            None if !provider.names_issuer_in_answers || self.error.is_some() || self.id_token.is_some() => {
                return Ok(());
            }
            Some(issuer) => quoted(issuer),
            None => {
                "none, although the provider's metadata promise it, or did when this connection was set up"
                    .into()
            }
        };
        Err(UpstreamError::invalid(
            "answer-issuer",
            format!("iss {}", quoted(&provider.issuer)),
            came,
            "The answer came from another provider than the one asked, or your provider names itself \
             differently in its metadata and its answers. If it names itself in none, set redirect_uri of this connection \
             to connection, and register that redirect URI at the provider.",
        ))
    }

    fn refusal(&self, error: &str) -> UpstreamError {
        let secrets =
            [&self.state, &self.code, &self.id_token].map(|secret| secret.as_deref().unwrap_or_default());
        UpstreamError::refused(Refusal {
            error: printable(error, &secrets),
            description: self.error_description.as_deref().map(|text| printable(text, &secrets)),
        })
    }

    fn wrong_parameters(&self, channel: Channel) -> UpstreamError {
        let (expected, response_type) = match channel {
            Channel::BackChannel => ("a code and no ID token", "code"),
            Channel::FrontChannel => ("an ID token and no code", "id_token"),
        };
        let came = match (&self.code, &self.id_token) {
            (Some(_), Some(_)) => "both",
            (Some(_), None) => "a code",
            (None, Some(_)) => "an ID token",
            (None, None) => "neither",
        };
        UpstreamError::invalid(
            "answer-parameters",
            expected,
            came,
            format!("Allow response_type={response_type} for this application at your provider."),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits;
    use crate::upstream::UpstreamErrorKind;
    use crate::upstream::test_provider::provider;

    const ISSUER: &str = "https://idp.example";

    fn parse(pairs: &[(&str, &str)], mode: AnswerMode) -> Result<ProviderAnswer, UpstreamError> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        ProviderAnswer::parse(&pairs, mode)
    }

    #[test]
    fn only_the_credential_asked_for_is_taken() {
        use AnswerMode::{FormPost, Query};
        use Channel::{BackChannel, FrontChannel};
        let (code, token, state) = (("code", "c"), ("id_token", "t"), ("state", "s"));
        for (channel, mode, pairs, check) in [
            (BackChannel, Query, vec![code, state], None),
            (BackChannel, FormPost, vec![code, state, ("session_state", "x")], None),
            (FrontChannel, FormPost, vec![token, state], None),
            (FrontChannel, FormPost, vec![token, ("code", "")], None),
            (FrontChannel, Query, vec![token, state], Some("answer-mode")),
            (FrontChannel, FormPost, vec![token, code], Some("answer-parameters")),
            (FrontChannel, FormPost, vec![code], Some("answer-parameters")),
            (FrontChannel, FormPost, vec![state], Some("answer-parameters")),
            (BackChannel, Query, vec![token], Some("answer-parameters")),
            (BackChannel, Query, vec![code, token], Some("answer-parameters")),
            (BackChannel, FormPost, vec![("code", "")], Some("answer-parameters")),
        ] {
            let answer = parse(&pairs, mode).unwrap();
            let outcome = answer.credential(channel, &provider(ISSUER));
            assert_eq!(outcome.err().map(|error| error.check), check, "{channel:?} {mode:?} {pairs:?}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_refuses_the_answer() {
        for name in ["code", "state", "iss", "error", "whatever"] {
            let error = parse(&[(name, "same"), ("x", "1"), (name, "same")], AnswerMode::Query).unwrap_err();
            assert_eq!(error.check, "answer-duplicate");
        }
    }

    #[test]
    fn the_issuer_is_checked_when_sent_and_demanded_when_promised() {
        for (promised, sent, accepted) in [
            (false, None, true),
            (false, Some(ISSUER), true),
            (false, Some("https://evil.example"), false),
            (false, Some("https://idp.example/"), false),
            (true, Some(ISSUER), true),
            (true, None, false),
            (true, Some(""), false),
        ] {
            let mut provider = provider(ISSUER);
            provider.names_issuer_in_answers = promised;
            let mut pairs = vec![("code", "c")];
            pairs.extend(sent.map(|issuer| ("iss", issuer)));
            let answer = parse(&pairs, AnswerMode::Query).unwrap();
            let outcome = answer.credential(Channel::BackChannel, &provider);
            assert_eq!(outcome.err().map(|error| error.check), (!accepted).then_some("answer-issuer"));
        }
        let foreign =
            parse(&[("error", "access_denied"), ("iss", "https://evil.example")], AnswerMode::Query);
        let error = foreign.unwrap().credential(Channel::BackChannel, &provider(ISSUER)).err().unwrap();
        assert_eq!(error.check, "answer-issuer");
    }

    #[test]
    fn a_refusal_keeps_the_providers_words_printable_capped_and_without_secrets() {
        let long = format!("no\u{0}\u{202e} for st4te{}", "!".repeat(1_000));
        let pairs =
            [("error", "access_denied"), ("error_description", &long), ("state", "st4te"), ("code", "c0de")];
        let answer = parse(&pairs, AnswerMode::Query).unwrap();
        let error = answer.credential(Channel::BackChannel, &provider(ISSUER)).err().unwrap();
        let UpstreamErrorKind::Refused(refusal) = error.kind else { panic!("{error}") };
        assert_eq!(refusal.error, "access_denied");
        let description = refusal.description.unwrap();
        assert!(description.starts_with("no?? for ***!!!"), "{description}");
        assert!(description.len() <= limits::PROVIDER_TEXT_CHARACTERS + 3);
    }
}
