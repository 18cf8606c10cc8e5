//! The table of all settings. Parsing, `.env.example`, `config check` and `--help` come from it.

use std::fmt;

/// What may be shown of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Shown,
    /// A database address: everything but credentials and options.
    AddressOnly,
    /// A secret: only that it is set.
    Hidden,
}

/// What holds where a setting is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    Nothing,
    /// As if this had been given.
    Value(&'static str),
    /// Something that follows from other settings, in the words of a person.
    Derived(&'static str),
}

/// The default in the words of a person.
impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "none",
            Self::Value(words) | Self::Derived(words) => words,
        })
    }
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    pub default: Default,
    /// Lines of at most 100 characters.
    pub meaning: &'static [&'static str],
    pub visibility: Visibility,
    /// A value as it may stand in `.env`; for a secret, one that is refused if copied unchanged.
    pub example: &'static str,
}

pub static ISSUER: Setting = Setting {
    name: "VESTIBULE_ISSUER",
    default: Default::Value("http://localhost:8080/"),
    meaning: &[
        "The public base URL: what browsers, applications and providers call this hub. It is the issuer in",
        "every token, with exactly one trailing slash. https, except on localhost.",
    ],
    visibility: Visibility::Shown,
    example: "https://login.example.com/",
};

pub static LISTEN: Setting = Setting {
    name: "VESTIBULE_LISTEN",
    default: Default::Value("127.0.0.1:8080"),
    meaning: &["The address and port to bind, for instance 0.0.0.0:8080 in a container."],
    visibility: Visibility::Shown,
    example: "0.0.0.0:8080",
};

pub static DATA_DIR: Setting = Setting {
    name: "VESTIBULE_DATA_DIR",
    default: Default::Value("./data"),
    meaning: &["The folder of the SQLite database and the generated master key; created when missing."],
    visibility: Visibility::Shown,
    example: "/var/lib/vestibule",
};

pub static DATABASE_URL: Setting = Setting {
    name: "VESTIBULE_DATABASE_URL",
    default: Default::Derived("SQLite: vestibule.db in the data folder"),
    meaning: &[
        "sqlite:PATH, or postgres://… in libpq syntax. Several PostgreSQL hosts are tried in turn:",
        "postgres://user:password@one:5432,two:5432/vestibule?target_session_attrs=read-write",
    ],
    visibility: Visibility::AddressOnly,
    example: "postgres://vestibule:password@localhost:5432/vestibule",
};

pub static MASTER_KEY: Setting = Setting {
    name: "VESTIBULE_MASTER_KEY",
    default: Default::Derived("generated once: master.key in the data folder; with PostgreSQL there is none"),
    meaning: &[
        "32 random bytes in base64 (openssl rand -base64 32): encrypts secrets in the database and seals",
        "logins in browsers. The same on every node. To change it, put the new key before the old one,",
        "separated by a comma: the first encrypts, all of them decrypt.",
    ],
    visibility: Visibility::Hidden,
    example: "replace-with-the-output-of-openssl-rand",
};

pub static MASTER_KEY_FILE: Setting = Setting {
    name: "VESTIBULE_MASTER_KEY_FILE",
    default: Default::Nothing,
    meaning: &["A file with the master key instead; only its owner may be able to read it."],
    visibility: Visibility::Shown,
    example: "/run/secrets/vestibule-master-key",
};

pub static MANAGEMENT_CLIENT_ID: Setting = Setting {
    name: "VESTIBULE_MANAGEMENT_CLIENT_ID",
    default: Default::Nothing,
    meaning: &[
        "A machine-to-machine application with every scope of the Management API, created or updated at",
        "every start. Set it together with its secret.",
    ],
    visibility: Visibility::Shown,
    example: "management",
};

pub static MANAGEMENT_CLIENT_SECRET: Setting = Setting {
    name: "VESTIBULE_MANAGEMENT_CLIENT_SECRET",
    default: Default::Nothing,
    meaning: &[
        "The secret of that application: at least 32 characters, random, for instance openssl rand -hex 32.",
    ],
    visibility: Visibility::Hidden,
    example: "replace me",
};

pub static MANAGEMENT_CLIENT_SECRET_FILE: Setting = Setting {
    name: "VESTIBULE_MANAGEMENT_CLIENT_SECRET_FILE",
    default: Default::Nothing,
    meaning: &["A file with that secret instead."],
    visibility: Visibility::Shown,
    example: "/run/secrets/vestibule-management",
};

pub static ADMIN_EMAIL: Setting = Setting {
    name: "VESTIBULE_ADMIN_EMAIL",
    default: Default::Nothing,
    meaning: &[
        "The address of the first administrator, filled in on the page of the set-up link that is printed at",
        "the start of a hub without administrators (also without this setting).",
    ],
    visibility: Visibility::Shown,
    example: "ada@example.com",
};

pub static SMTP_URL: Setting = Setting {
    name: "VESTIBULE_SMTP_URL",
    default: Default::Derived("none; mail is written as .eml files to outbox in the data folder"),
    meaning: &[
        "The server that takes our mail to administrators: smtps://user:password@host (encrypted from the",
        "start, port 465) or smtp://user:password@host (STARTTLS, port 587 with a user, 25 without one).",
        "STARTTLS is demanded where there is a password; ?tls=required demands it otherwise.",
    ],
    visibility: Visibility::Hidden,
    example: "smtps://vestibule:replace-me@mail.example.com",
};

pub static MAIL_FROM: Setting = Setting {
    name: "VESTIBULE_MAIL_FROM",
    default: Default::Derived("needed with VESTIBULE_SMTP_URL"),
    meaning: &["Whom our mail comes from: an address, or a name and an address."],
    visibility: Visibility::Shown,
    example: "Vestibule <vestibule@example.com>",
};

pub static TLS_CERT: Setting = Setting {
    name: "VESTIBULE_TLS_CERT",
    default: Default::Nothing,
    meaning: &[
        "PEM file with the certificate and its intermediates: serves HTTPS directly, without a proxy in",
        "front. Set it together with the key.",
    ],
    visibility: Visibility::Shown,
    example: "/etc/vestibule/tls.crt",
};

pub static TLS_KEY: Setting = Setting {
    name: "VESTIBULE_TLS_KEY",
    default: Default::Nothing,
    meaning: &["PEM file with the private key of that certificate."],
    visibility: Visibility::Shown,
    example: "/etc/vestibule/tls.key",
};

pub static TRUSTED_PROXIES: Setting = Setting {
    name: "VESTIBULE_TRUSTED_PROXIES",
    default: Default::Nothing,
    meaning: &[
        "Addresses or networks, separated by commas, of the proxies whose X-Forwarded-* headers are believed,",
        "and which may have more connections at the same time than one network may (512).",
    ],
    visibility: Visibility::Shown,
    example: "10.0.0.0/8,fd00::/8",
};

pub static OUTBOUND_ALLOW: Setting = Setting {
    name: "VESTIBULE_OUTBOUND_ALLOW",
    default: Default::Nothing,
    meaning: &[
        "Addresses or networks, separated by commas, that outbound requests may reach although they are",
        "loopback, private or link-local. Only there may a provider use plain http.",
    ],
    visibility: Visibility::Shown,
    example: "10.20.0.0/16",
};

pub static OUTBOUND_CA_FILE: Setting = Setting {
    name: "VESTIBULE_OUTBOUND_CA_FILE",
    default: Default::Nothing,
    meaning: &["PEM file with root certificates for the TLS of providers, beside those of the system."],
    visibility: Visibility::Shown,
    example: "/etc/vestibule/company-ca.pem",
};

pub static DNS_SERVERS: Setting = Setting {
    name: "VESTIBULE_DNS_SERVERS",
    default: Default::Derived("those of the system, /etc/resolv.conf"),
    meaning: &[
        "Addresses, separated by commas, of the DNS servers that are asked whether a domain belongs to a",
        "connection (a TXT record proves it). A port may follow, as in 127.0.0.1:5353.",
    ],
    visibility: Visibility::Shown,
    example: "192.0.2.53,[2001:db8::53]:5353",
};

pub static CLIENT_REGISTRATION: Setting = Setting {
    name: "VESTIBULE_CLIENT_REGISTRATION",
    default: Default::Value("off"),
    meaning: &[
        "Who may register applications at /oidc/register (RFC 7591): off for nobody, initial_access_token",
        "for those to whom an administrator gave a token. Such applications are third-party ones.",
    ],
    visibility: Visibility::Shown,
    example: "initial_access_token",
};

pub static SHARED_CALLBACK: Setting = Setting {
    name: "VESTIBULE_SHARED_CALLBACK",
    default: Default::Value("false"),
    meaning: &[
        "true: new connections share the redirect URI /login/callback unless they say otherwise, for who comes",
        "with providers at which it is registered already. Answers of providers that do not name themselves",
        "(RFC 9207) can then be taken for each other's; false gives such connections one of their own.",
    ],
    visibility: Visibility::Shown,
    example: "true",
};

pub static SIGNING_KEY_ROTATION: Setting = Setting {
    name: "VESTIBULE_SIGNING_KEY_ROTATION",
    default: Default::Value("90"),
    meaning: &[
        "Days after which the next signing keys take over, 7 to 3650; 0 for never. They were published long",
        "before, and what the old keys signed stays valid. The same on every node.",
    ],
    visibility: Visibility::Shown,
    example: "30",
};

pub static CONNECTION_CHECKS: Setting = Setting {
    name: "VESTIBULE_CONNECTION_CHECKS",
    default: Default::Value("6"),
    meaning: &[
        "Hours between two checks of each connection's provider, 1 to 168; what is saved is checked at once.",
        "0 to check only when asked: then mail tells what was found when somebody asked, and no more. The same",
        "on every node.",
    ],
    visibility: Visibility::Shown,
    example: "24",
};

pub static METRICS_LISTEN: Setting = Setting {
    name: "VESTIBULE_METRICS_LISTEN",
    default: Default::Nothing,
    meaning: &["A separate address for /metrics in the Prometheus text format; keep it private."],
    visibility: Visibility::Shown,
    example: "127.0.0.1:9090",
};

pub static LOG: Setting = Setting {
    name: "VESTIBULE_LOG",
    default: Default::Value("info"),
    meaning: &[
        "Which log lines are written: a level (error, warn, info, debug, trace), or a tracing filter. What",
        "strangers send that is no HTTP is counted by the metrics; actix_http=debug in the filter shows it.",
    ],
    visibility: Visibility::Shown,
    example: "info,vestibule::upstream=debug",
};

pub static LOG_FORMAT: Setting = Setting {
    name: "VESTIBULE_LOG_FORMAT",
    default: Default::Value("text"),
    meaning: &["text, or json for one JSON object per line; both on stderr."],
    visibility: Visibility::Shown,
    example: "json",
};

/// Every setting, in the order in which people read about them.
pub static ALL: [&Setting; 25] = [
    &ISSUER,
    &LISTEN,
    &DATA_DIR,
    &DATABASE_URL,
    &MASTER_KEY,
    &MASTER_KEY_FILE,
    &MANAGEMENT_CLIENT_ID,
    &MANAGEMENT_CLIENT_SECRET,
    &MANAGEMENT_CLIENT_SECRET_FILE,
    &ADMIN_EMAIL,
    &SMTP_URL,
    &MAIL_FROM,
    &TLS_CERT,
    &TLS_KEY,
    &TRUSTED_PROXIES,
    &OUTBOUND_ALLOW,
    &OUTBOUND_CA_FILE,
    &DNS_SERVERS,
    &CLIENT_REGISTRATION,
    &SHARED_CALLBACK,
    &SIGNING_KEY_ROTATION,
    &CONNECTION_CHECKS,
    &METRICS_LISTEN,
    &LOG,
    &LOG_FORMAT,
];

/// What every setting's name begins with.
pub const PREFIX: &str = "VESTIBULE_";

/// Names that begin like settings and are flags of `vestibule providers`.
pub const PROVIDER_PREFIX: &str = "VESTIBULE_PROVIDER_";

/// The setting called `name`.
pub fn find(name: &str) -> Option<&'static Setting> {
    ALL.iter().copied().find(|setting| setting.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_setting_is_named_once_and_explained_in_short_lines() {
        let names: HashSet<&str> = ALL.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), ALL.len());
        for setting in ALL {
            assert!(setting.name.starts_with(PREFIX) && !setting.name.starts_with(PROVIDER_PREFIX));
            assert!(!setting.meaning.is_empty() && !setting.example.is_empty(), "{}", setting.name);
            assert!(setting.meaning.iter().all(|line| line.chars().count() <= 101), "{}", setting.name);
            assert!(std::ptr::eq(find(setting.name).unwrap(), setting));
        }
    }
}
