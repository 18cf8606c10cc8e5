//! The flags of `providers add` and `edit`, each also from `VESTIBULE_PROVIDER_…`.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::kind;
use crate::cli::outcome::Usage;
use crate::domain::limits;
use crate::domain::secret::Secret;

const CHANNELS: [&str; 2] = ["back", "front"];
const PKCE: [&str; 4] = ["auto", "S256", "plain", "disabled"];
const AUTH_METHODS: [&str; 4] = ["client_secret_post", "client_secret_basic", "private_key_jwt", "none"];
const REDIRECT_URI: [&str; 2] = ["connection", "shared"];
const CALL_USERINFO: [&str; 3] = ["when_mapped", "always", "never"];

/// What may be said about a provider.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ProviderFlags {
    /// The provider's domain or address; https is assumed. It may end in /.well-known/openid-configuration.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The client id of this hub at the provider.
    #[arg(long, value_name = "ID")]
    pub(super) client_id: Option<String>,
    /// The client secret. Other users of this machine see it while the command runs: a file or the environment is safer.
    #[arg(long, value_name = "SECRET", value_parser = secret, conflicts_with = "client_secret_file", allow_hyphen_values = true)]
    pub(super) client_secret: Option<Secret>,
    /// A file with the client secret, or - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) client_secret_file: Option<String>,
    /// What sort of provider it is: decides what else has to be said, and what is left to it.
    #[arg(long, value_name = "KIND", value_parser = kind::NAMES)]
    pub(super) kind: Option<String>,
    /// An answer to what a kind asks, for instance tenant_id=… for azure; can be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) field: Vec<String>,
    /// back: authorization code; front: the ID token comes through the browser.
    #[arg(long, value_name = "CHANNEL", value_parser = CHANNELS)]
    pub(super) channel: Option<String>,
    /// What to ask for, with openid among it.
    #[arg(long, value_name = "SCOPES")]
    pub(super) scopes: Option<String>,
    /// E-mail domains whose people sign in here; *.acme.example stands for those below.
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',')]
    pub(super) domains: Vec<String>,
    /// Proof Key for Code Exchange towards the provider.
    #[arg(long, value_name = "MODE", value_parser = PKCE)]
    pub(super) pkce: Option<String>,
    /// connection: a redirect URI that no other connection has; shared: that of all which share it. Left out, the hub looks
    /// whether the provider names itself in its answers.
    #[arg(long, value_name = "WHOSE", value_parser = REDIRECT_URI)]
    pub(super) redirect_uri: Option<String>,
    /// How the hub authenticates at the provider's token endpoint.
    #[arg(long, value_name = "METHOD", value_parser = AUTH_METHODS)]
    pub(super) auth_method: Option<String>,
    /// Whether a sign-in asks UserInfo, where names, addresses and groups often are.
    #[arg(long, value_name = "WHEN", value_parser = CALL_USERINFO)]
    pub(super) call_userinfo: Option<String>,
    /// The claim, of ID token or UserInfo, with the groups of a person.
    #[arg(long, value_name = "CLAIM")]
    pub(super) groups_claim: Option<String>,
    /// The name on the button, "Continue with NAME".
    #[arg(long, value_name = "NAME")]
    pub(super) display_name: Option<String>,
    /// Applications that may use the connection, by name or client id.
    #[arg(long, value_name = "APPLICATION", value_delimiter = ',')]
    pub(super) enable_for: Vec<String>,
    /// The provider has no discovery document: its endpoints are given instead.
    #[arg(long)]
    pub(super) no_discovery: bool,
    /// The provider's issuer, where discovery does not say it.
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,
    /// The provider's authorization endpoint.
    #[arg(long, value_name = "URL")]
    pub(super) authorization_endpoint: Option<String>,
    /// The provider's token endpoint.
    #[arg(long, value_name = "URL")]
    pub(super) token_endpoint: Option<String>,
    /// The provider's key set.
    #[arg(long, value_name = "URL")]
    pub(super) jwks_uri: Option<String>,
    /// The provider's UserInfo endpoint.
    #[arg(long, value_name = "URL")]
    pub(super) userinfo_endpoint: Option<String>,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl ProviderFlags {
    /// Takes from the environment what the command line does not say.
    ///
    /// # Errors
    /// Names that no flag has, and values that a flag cannot have: all of them.
    pub(super) fn and_environment(
        mut self,
        environment: &BTreeMap<String, Zeroizing<String>>,
    ) -> Result<Self, Usage> {
        let mut problems = Vec::new();
        let has_secret = self.client_secret.is_some() || self.client_secret_file.is_some();
        for (name, text) in environment {
            if matches!(name.as_str(), "CLIENT_SECRET" | "CLIENT_SECRET_FILE") && has_secret {
                continue;
            }
            if let Err(problem) = self.take(name, text) {
                problems.push(format!("VESTIBULE_PROVIDER_{name}: {problem}"));
            }
        }
        if self.client_secret.is_some() && self.client_secret_file.is_some() {
            problems.push(
                "VESTIBULE_PROVIDER_CLIENT_SECRET_FILE: the secret is given too; keep one of the two".into(),
            );
        }
        if problems.is_empty() { Ok(self) } else { Err(Usage(problems.join("\n"))) }
    }

    fn take(&mut self, name: &str, text: &str) -> Result<(), String> {
        let choices: &[&str] = match name {
            "KIND" => &kind::NAMES,
            "CHANNEL" => &CHANNELS,
            "PKCE" => &PKCE,
            "REDIRECT_URI" => &REDIRECT_URI,
            "AUTH_METHOD" => &AUTH_METHODS,
            "CALL_USERINFO" => &CALL_USERINFO,
            "NO_DISCOVERY" => &["true", "false"],
            _ => &[],
        };
        if !choices.is_empty() && !choices.contains(&text) {
            return Err(format!("must be one of {}", choices.join(", ")));
        }
        let list = match name {
            "FIELD" => Some(&mut self.field),
            "DOMAINS" => Some(&mut self.domains),
            "ENABLE_FOR" => Some(&mut self.enable_for),
            _ => None,
        };
        if let Some(list) = list {
            if list.is_empty() {
                list.extend(text.split(',').map(|part| part.trim().to_owned()));
            }
            return Ok(());
        }
        let slot = match name {
            "URL" => &mut self.url,
            "CLIENT_ID" => &mut self.client_id,
            "CLIENT_SECRET_FILE" => &mut self.client_secret_file,
            "KIND" => &mut self.kind,
            "CHANNEL" => &mut self.channel,
            "SCOPES" => &mut self.scopes,
            "PKCE" => &mut self.pkce,
            "REDIRECT_URI" => &mut self.redirect_uri,
            "AUTH_METHOD" => &mut self.auth_method,
            "CALL_USERINFO" => &mut self.call_userinfo,
            "GROUPS_CLAIM" => &mut self.groups_claim,
            "DISPLAY_NAME" => &mut self.display_name,
            "ISSUER" => &mut self.issuer,
            "AUTHORIZATION_ENDPOINT" => &mut self.authorization_endpoint,
            "TOKEN_ENDPOINT" => &mut self.token_endpoint,
            "JWKS_URI" => &mut self.jwks_uri,
            "USERINFO_ENDPOINT" => &mut self.userinfo_endpoint,
            "CLIENT_SECRET" => {
                self.client_secret.get_or_insert_with(|| Secret::new(text));
                return Ok(());
            }
            "NO_DISCOVERY" => {
                self.no_discovery |= text == "true";
                return Ok(());
            }
            _ => return Err("no flag of `vestibule providers add` is called so".into()),
        };
        slot.get_or_insert_with(|| text.to_owned());
        Ok(())
    }

    /// The client secret, from wherever it was given.
    ///
    /// # Errors
    /// The file cannot be read, or holds none.
    pub(super) fn read_secret(&self) -> anyhow::Result<Option<Secret>> {
        let Some(path) = &self.client_secret_file else { return Ok(self.client_secret.clone()) };
        let mut text = Zeroizing::new(String::new());
        let most = limits::TERMINAL_SECRET_BYTES;
        let read = match path.as_str() {
            "-" => std::io::stdin().lock().take(most).read_to_string(&mut text),
            path => std::fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)),
        };
        read.with_context(|| format!("--client-secret-file {path}"))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(anyhow::anyhow!("--client-secret-file {path}: there is no secret in it")),
            secret => Ok(Some(Secret::new(secret))),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command};

    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, Zeroizing<String>> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), Zeroizing::new((*text).to_owned()))).collect()
    }

    #[test]
    fn every_flag_comes_from_the_environment_too() {
        let command = ProviderFlags::augment_args(Command::new("add"));
        let names: Vec<String> =
            command.get_arguments().filter_map(|flag| flag.get_long()).map(str::to_owned).collect();
        assert!(names.len() > 15);
        for name in names {
            let value = match name.as_str() {
                "no-discovery" => "true",
                "kind" => "okta",
                "channel" => "front",
                "pkce" => "plain",
                "redirect-uri" => "shared",
                "auth-method" => "none",
                "call-userinfo" => "never",
                _ => "canary",
            };
            let variable = name.to_uppercase().replace('-', "_");
            let flags =
                ProviderFlags::default().and_environment(&environment(&[(&variable, value)])).unwrap();
            assert_ne!(format!("{flags:?}"), format!("{:?}", ProviderFlags::default()), "{name}");
        }
    }

    #[test]
    fn the_command_line_wins_and_wrong_variables_are_all_named() {
        let own = ProviderFlags {
            url: Some("a.example".into()),
            client_secret_file: Some("-".into()),
            domains: vec!["x.example".into()],
            ..ProviderFlags::default()
        };
        let given =
            environment(&[("URL", "b.example"), ("CLIENT_SECRET", "canary"), ("DOMAINS", "y.example")]);
        let flags = own.and_environment(&given).unwrap();
        assert_eq!(flags.url.as_deref(), Some("a.example"));
        assert!(flags.client_secret.is_none() && flags.domains == ["x.example"]);

        let wrong = environment(&[
            ("CLIENTID", "canary"),
            ("CHANNEL", "side"),
            ("CLIENT_SECRET", "canary"),
            ("CLIENT_SECRET_FILE", "x"),
        ]);
        let said = ProviderFlags::default().and_environment(&wrong).unwrap_err().to_string();
        for part in
            ["_CLIENTID: no flag", "_CHANNEL: must be one of back, front", "_CLIENT_SECRET_FILE: the secret"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("canary"), "{said}");
    }
}
