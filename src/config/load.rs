//! All settings together, read and checked.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Serialize;

use super::addresses;
use super::admin_email;
use super::client_registration;
use super::connection_checks;
use super::database_url::DatabaseUrl;
use super::dns;
use super::key_rotation;
use super::log::Log;
use super::mail;
use super::management_client::ManagementClient;
use super::master_keys::MasterKeys;
use super::networks::networks;
use super::outbound::Outbound;
use super::problem::{Problem, Problems, Warning};
use super::settings::{self, Default, Setting, Visibility};
use super::shared_callback;
use super::tls::Tls;
use super::values::{Source, Values};
use crate::domain::client_registration::RegistrationPolicy;
use crate::domain::issuer::Issuer;
use crate::domain::mail_settings::MailSettings;

const DOTENV_FILE: &str = ".env";

/// Settings that are known to be good.
#[derive(Clone, Debug)]
pub struct Config {
    pub issuer: Issuer,
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub database_url: DatabaseUrl,
    pub master_keys: MasterKeys,
    pub management_client: Option<ManagementClient>,
    /// Lower case.
    pub admin_email: Option<String>,
    pub mail: MailSettings,
    pub tls: Option<Tls>,
    pub trusted_proxies: Vec<IpNet>,
    pub outbound: Outbound,
    /// Empty: those of the system.
    pub dns_servers: Vec<SocketAddr>,
    pub client_registration: RegistrationPolicy,
    /// New connections share one redirect URI unless they say otherwise.
    pub shares_callback: bool,
    /// How long a signing key signs; `None`: until somebody rotates it.
    pub signing_key_rotation_seconds: Option<i64>,
    /// Between two checks of a connection's provider; `None`: only when somebody asks.
    pub connection_check_seconds: Option<i64>,
    pub metrics_listen: Option<SocketAddr>,
    pub log: Log,
    /// Said at start: names that no setting has, and what is probably a mistake.
    pub warnings: Vec<Warning>,
}

/// One setting as it holds, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: &'static str,
    /// Absent if nothing is set and nothing stands in; `***` for a secret.
    pub value: Option<String>,
    pub source: Source,
}

impl Entry {
    const fn new(setting: &Setting, value: Option<String>, source: Source) -> Self {
        Self { name: setting.name, value, source }
    }
}

/// Everything there is to say about a set of settings.
#[derive(Clone, Debug)]
pub struct Examination {
    /// One for each setting, in the table's order.
    pub entries: Vec<Entry>,
    pub problems: Problems,
    pub warnings: Vec<Warning>,
    /// Present if there are no problems.
    pub config: Option<Config>,
}

impl Config {
    /// Reads settings from `environment` and the content of a `.env` file; the environment wins. Reads the
    /// files that settings name, and writes nothing.
    ///
    /// # Errors
    /// [`Problems`]: all of them at once.
    pub fn load(
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<&str>,
    ) -> Result<Self, Problems> {
        let examination = Self::examine(environment, dotenv);
        examination.config.ok_or(examination.problems)
    }

    /// Reads the environment of this process, and `.env` in the working folder.
    ///
    /// # Errors
    /// [`Problems`]: all of them at once.
    pub fn from_process() -> Result<Self, Problems> {
        let examination = Self::examine_process();
        examination.config.ok_or(examination.problems)
    }

    /// What [`Config::from_process`] would say, for people to read.
    pub fn examine_process() -> Examination {
        let (environment, dotenv, problems) = process();
        Self::examine_beside(problems, environment, dotenv.as_deref())
    }

    /// What [`Config::load`] would say, for people to read.
    pub fn examine(
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<&str>,
    ) -> Examination {
        Self::examine_beside(Problems::default(), environment, dotenv)
    }

    fn examine_beside(
        mut problems: Problems,
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: Option<&str>,
    ) -> Examination {
        let (values, syntax) = Values::gather(environment, dotenv);
        problems.0.extend(syntax.0);
        let mut warnings = values.warnings();

        let issuer = problems.keep(addresses::issuer(&values));
        let listen = problems.keep(addresses::listen(&values));
        let data_dir = PathBuf::from(values.text_or_default(&settings::DATA_DIR));
        let usable_data_dir = problems.keep(data_dir_is_usable(&data_dir));
        let database_url = problems.keep(DatabaseUrl::read(&values, &data_dir));
        let master_keys =
            problems.keep(MasterKeys::read(&values, &data_dir, database_url.as_ref())).flatten();
        let management_client = problems.keep(ManagementClient::read(&values));
        let admin_email = problems.keep(admin_email::read(&values));
        let tls = problems.keep(Tls::read(&values));
        let trusted_proxies = problems.keep(networks(&values, &settings::TRUSTED_PROXIES));
        let outbound = problems.keep(Outbound::read(&values));
        let dns_servers = problems.keep(dns::servers(&values));
        let metrics_listen = problems.keep(addresses::metrics_listen(&values, listen));
        let signing_key_rotation = problems.keep(key_rotation::read(&values));
        let connection_checks = problems.keep(connection_checks::read(&values));
        let client_registration = problems.keep(client_registration::read(&values));
        let shares_callback = problems.keep(shared_callback::read(&values));
        let log = problems.keep(Log::read(&values));
        let extra_ca_pem = outbound.as_ref().and_then(|outbound| outbound.extra_ca_pem.as_deref());
        let host = issuer.as_ref().map_or("localhost", Issuer::host);
        let mail = problems.keep(mail::read(&values, &data_dir, host, extra_ca_pem));

        if let (Some(issuer), Some(listen)) = (&issuer, listen) {
            warnings.extend(addresses::issuer_left_behind(&values, issuer, listen));
        }
        if let (Some(issuer), Some(tls)) = (&issuer, &tls) {
            warnings.extend(addresses::issuer_without_tls(issuer, tls.as_ref()));
        }
        let master_key = kept_master_key(&values, &data_dir, master_keys.as_ref());
        let entries = entries(&values, database_url.as_ref(), &master_key);
        let mut config = None;
        if problems.0.is_empty()
            && let (Some(issuer), Some(listen), Some(()), Some(database_url)) =
                (issuer, listen, usable_data_dir, database_url)
            && let (Some(master_keys), Some(management_client), Some(admin_email), Some(tls)) =
                (master_keys, management_client, admin_email, tls)
            && let (Some(trusted_proxies), Some(outbound), Some(metrics_listen), Some(log)) =
                (trusted_proxies, outbound, metrics_listen, log)
            && let (Some(signing_key_rotation_seconds), Some(client_registration), Some(dns_servers)) =
                (signing_key_rotation, client_registration, dns_servers)
            && let (Some(connection_check_seconds), Some(mail), Some(shares_callback)) =
                (connection_checks, mail, shares_callback)
        {
            config = Some(Self {
                issuer,
                listen,
                data_dir,
                database_url,
                master_keys,
                management_client,
                admin_email,
                mail,
                tls,
                trusted_proxies,
                outbound,
                dns_servers,
                client_registration,
                shares_callback,
                signing_key_rotation_seconds,
                connection_check_seconds,
                metrics_listen,
                log,
                warnings: warnings.clone(),
            });
        }
        Examination { entries, problems, warnings, config }
    }

    /// Creates the data folder, for its owner alone, unless it is there.
    ///
    /// # Errors
    /// [`Problem`] if the system refuses.
    pub fn create_data_dir(&self) -> Result<(), Problem> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.data_dir).map_err(|error| {
            let what = format!("{} cannot be created: {error}", self.data_dir.display());
            Problem::new(&settings::DATA_DIR, what, "name a folder that the hub may create or write to")
        })
    }
}

/// The environment of this process, `.env` in the working folder, and what cannot be read of them.
pub(super) fn process() -> (Vec<(String, String)>, Option<String>, Problems) {
    let mut problems = Problems::default();
    let environment = std::env::vars_os().filter_map(|pair| problems.keep(readable(pair))?).collect();
    let dotenv = problems.keep(dotenv_file(Path::new(DOTENV_FILE))).flatten();
    (environment, dotenv, problems)
}

/// A pair of the environment as text; nothing if it is not ours and not text.
fn readable((name, value): (OsString, OsString)) -> Result<Option<(String, String)>, Problems> {
    let Ok(name) = name.into_string() else { return Ok(None) };
    match (value.into_string(), settings::find(&name)) {
        (Ok(value), _) => Ok(Some((name, value))),
        (Err(_), Some(setting)) => {
            Err(Problem::new(setting, "its value is not UTF-8", "write it in UTF-8").into())
        }
        (Err(_), None) => Ok(None),
    }
}

fn dotenv_file(path: &Path) -> Result<Option<String>, Problems> {
    match fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem {
            setting: DOTENV_FILE,
            what: error.to_string(),
            fix: "let the hub read the file, or remove it".to_owned(),
        }
        .into()),
    }
}

fn data_dir_is_usable(path: &Path) -> Result<(), Problems> {
    if path.exists() && !path.is_dir() {
        let what = format!("{} is not a folder", path.display());
        return Err(
            Problem::new(&settings::DATA_DIR, what, "name a folder, or a path that is still free").into()
        );
    }
    Ok(())
}

fn entries(values: &Values, database_url: Option<&DatabaseUrl>, master_key: &Entry) -> Vec<Entry> {
    let entry = |setting: &'static Setting| match (values.given(setting), setting.default) {
        (Some(given), _) => {
            Entry::new(setting, Some(shown(setting, &given.text, database_url)), given.source)
        }
        (None, Default::Nothing) => Entry::new(setting, None, Source::Default),
        (None, Default::Value(value)) => Entry::new(setting, Some(value.to_owned()), Source::Default),
        (None, Default::Derived(_)) if setting.name == settings::DATABASE_URL.name => {
            Entry::new(setting, database_url.map(DatabaseUrl::shown), Source::Default)
        }
        (None, Default::Derived(_)) if setting.name == settings::MASTER_KEY.name => master_key.clone(),
        (None, Default::Derived(words)) => Entry::new(setting, Some(words.to_owned()), Source::Default),
    };
    settings::ALL.into_iter().map(entry).collect()
}

/// The master key's entry where its value is not in the environment.
fn kept_master_key(values: &Values, data_dir: &Path, master_keys: Option<&MasterKeys>) -> Entry {
    let path = MasterKeys::path(data_dir);
    let (value, source) = match master_keys {
        Some(_) if values.given(&settings::MASTER_KEY_FILE).is_some() => (None, Source::Default),
        Some(MasterKeys::ToGenerate(_)) => {
            (Some(format!("will be generated in {}", path.display())), Source::Generated)
        }
        Some(MasterKeys::Known { .. }) => (Some(format!("*** in {}", path.display())), Source::Generated),
        None => (None, Source::Default),
    };
    Entry::new(&settings::MASTER_KEY, value, source)
}

fn shown(setting: &Setting, text: &str, database_url: Option<&DatabaseUrl>) -> String {
    match setting.visibility {
        // None of these needs an @: what stands before one is most likely a password.
        Visibility::Shown if !text.contains('@') => text.to_owned(),
        Visibility::AddressOnly => database_url.map_or_else(|| "***".to_owned(), DatabaseUrl::shown),
        Visibility::Shown | Visibility::Hidden => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests;
