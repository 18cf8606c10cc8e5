//! What a command needs that talks to a running hub: where it is, who asks, and flags from the environment.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::load::process;
use super::management_client::ManagementClient;
use super::problem::Problems;
use super::settings;
use super::values::Values;
use super::{addresses, outbound};
use crate::domain::issuer::Issuer;
use crate::domain::secret::Secret;

/// Settings of the terminal, known to be good.
pub struct Terminal {
    /// The hub: the one that was named, else `VESTIBULE_ISSUER`.
    pub server: Issuer,
    pub management_client: Option<ManagementClient>,
    /// The settings have a management client, and it is another hub's.
    pub is_client_withheld: bool,
    /// Further root certificates, checked PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// `VESTIBULE_PROVIDER_…`, by what follows.
    pub provider_flags: BTreeMap<String, Zeroizing<String>>,
    /// Everything that is not a setting of ours, for files that name a variable.
    variables: BTreeMap<String, Zeroizing<String>>,
}

impl Terminal {
    /// Reads the environment of this process, and `.env` in the working folder; `server` is what the command line
    /// names.
    ///
    /// # Errors
    /// [`Problems`]: all of them at once.
    pub fn from_process(server: Option<&Issuer>) -> Result<Self, Problems> {
        let (environment, dotenv, problems) = process();
        Self::read(problems, environment, dotenv.as_deref(), server)
    }

    /// The value of a variable of the environment, or of `.env`.
    pub fn variable(&self, name: &str) -> Option<Secret> {
        self.variables.get(name).map(|text| Secret::new(text.as_str()))
    }

    fn read(
        mut problems: Problems,
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<&str>,
        server: Option<&Issuer>,
    ) -> Result<Self, Problems> {
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let mut variables = BTreeMap::new();
        let of_file = dotenvy::from_read_iter(dotenv.unwrap_or_default().as_bytes());
        // The environment wins; an empty value is none.
        for (name, text) in of_file.filter_map(Result::ok).chain(environment.clone()) {
            if !text.is_empty() {
                variables.insert(name, Zeroizing::new(text));
            }
        }
        let (values, syntax) = Values::gather(environment, dotenv);
        problems.0.extend(syntax.0);
        // A secret goes to the hub that it belongs to and to no other, whatever the command line names.
        let is_client_withheld = server.is_some_and(|named| {
            let of_settings = values.text(&settings::ISSUER).map(Issuer::parse);
            of_settings.is_some_and(|issuer| issuer.as_ref() != Ok(named))
                && values.text(&settings::MANAGEMENT_CLIENT_ID).is_some()
        });
        let server = match server {
            Some(named) => Some(named.clone()),
            None => problems.keep(addresses::issuer(&values)),
        };
        let management_client = match is_client_withheld {
            true => Some(None),
            false => problems.keep(ManagementClient::read(&values)),
        };
        let extra_ca_pem = problems.keep(outbound::extra_ca_pem(&values));
        match (server, management_client, extra_ca_pem) {
            (Some(server), Some(management_client), Some(extra_ca_pem)) if problems.0.is_empty() => {
                let provider_flags = values.beginning_with(settings::PROVIDER_PREFIX);
                Ok(Self {
                    server,
                    management_client,
                    is_client_withheld,
                    extra_ca_pem,
                    provider_flags,
                    variables,
                })
            }
            _ => Err(problems),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [(&str, &str); 3] = [
        ("VESTIBULE_ISSUER", "https://login.example.com"),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "canary-0123456789abcdef0123456789abcdef"),
    ];

    fn read(pairs: &[(&str, &str)], dotenv: &str, server: Option<&str>) -> Result<Terminal, Problems> {
        let pairs = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let server = server.map(|text| Issuer::parse(text).unwrap());
        Terminal::read(Problems::default(), pairs, Some(dotenv), server.as_ref())
    }

    #[test]
    fn the_hub_is_the_one_named_or_that_of_the_settings_or_the_one_on_this_machine() {
        let dotenv = "VESTIBULE_ISSUER=https://other.example\nVESTIBULE_PROVIDER_URL=idp.example\n";
        for (pairs, named, expected) in [
            (&[][..], None, "https://other.example/"),
            (&OWN[..1], None, "https://login.example.com/"),
            (&OWN[..1], Some("https://third.example"), "https://third.example/"),
        ] {
            let terminal = read(pairs, dotenv, named).unwrap();
            assert_eq!(terminal.server.as_str(), expected);
            assert_eq!(terminal.provider_flags["URL"].as_str(), "idp.example");
        }
        assert_eq!(read(&[], "", None).unwrap().server.as_str(), "http://localhost:8080/");
    }

    #[test]
    fn the_management_secret_goes_to_no_hub_but_its_own() {
        for (pairs, named, is_used) in [
            (&OWN[..], None, true),
            (&OWN[..], Some("https://login.example.com/"), true),
            (&OWN[..], Some("https://evil.example/"), false),
            // Settings that name no hub are for the one that the command line names.
            (&OWN[1..], Some("https://login.example.com/"), true),
        ] {
            let terminal = read(pairs, "", named).unwrap();
            assert_eq!(terminal.management_client.is_some(), is_used, "{named:?}");
            assert_eq!(terminal.is_client_withheld, !is_used, "{named:?}");
        }
    }

    #[test]
    fn a_file_may_name_any_variable_and_the_environment_wins() {
        let terminal =
            read(&[("ACME", "one"), ("EMPTY", "")], "ACME=two\nOTHER=three\nEMPTY=four\n", None).unwrap();
        let value = |name: &str| terminal.variable(name).map(|secret| secret.reveal().to_owned());
        assert_eq!((value("ACME"), value("OTHER")), (Some("one".into()), Some("three".into())));
        assert_eq!((value("EMPTY"), value("NONE")), (Some("four".into()), None));
    }

    #[test]
    fn all_problems_are_told_at_once_and_without_secrets() {
        let wrong =
            [("VESTIBULE_ISSUER", "http://login.example.com"), OWN[2], ("VESTIBULE_OUTBOUND_CA_FILE", "/x")];
        let Err(problems) = read(&wrong, "", None) else { panic!() };
        let named: Vec<&str> = problems.0.iter().map(|problem| problem.setting).collect();
        let expected = ["VESTIBULE_ISSUER", "VESTIBULE_MANAGEMENT_CLIENT_ID", "VESTIBULE_OUTBOUND_CA_FILE"];
        assert_eq!(named, expected);
        assert!(!problems.to_string().contains("canary"));
    }
}
