//! `VESTIBULE_DATABASE_URL`: which database, and how its address is shown without its password.

use std::fmt;
use std::path::{Path, PathBuf};

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::secret::Secret;

const SQLITE_FILE_NAME: &str = "vestibule.db";

/// Where the records are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, embedded.
    Sqlite(PathBuf),
    /// A libpq connection string, untouched: it may name several hosts, which URL parsers refuse. It may hold
    /// a password; show [`DatabaseUrl::shown`] instead.
    Postgres(Secret),
}

impl DatabaseUrl {
    pub(super) fn read(values: &Values, data_dir: &Path) -> Result<Self, Problems> {
        let setting = &settings::DATABASE_URL;
        let Some(text) = values.text(setting) else {
            return Ok(Self::Sqlite(data_dir.join(SQLITE_FILE_NAME)));
        };
        // The text may hold a password: problems do not quote it.
        let refused = |what: &str, fix: &str| Err(Problem::new(setting, what, fix).into());
        let Some(path) = text.strip_prefix("sqlite:") else {
            return match text.split_once("://") {
                Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
                    Ok(Self::Postgres(Secret::new(text)))
                }
                _ => refused(
                    "it is neither a SQLite file nor a PostgreSQL address",
                    "begin it with sqlite: or postgres://",
                ),
            };
        };
        // `sqlite:///absolute` and `sqlite://relative` are what other programs write.
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.starts_with(':') {
            return refused(
                "it names no file",
                "write sqlite: and a path; a database in memory would forget everybody",
            );
        }
        if path.contains('?') {
            return refused("a SQLite path takes no options", "remove the question mark and what follows it");
        }
        let path = PathBuf::from(path);
        if path.is_dir() {
            return refused("it names a folder", "add the name of a file in that folder");
        }
        Ok(Self::Sqlite(path))
    }

    /// The address without user, password and options.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(text) => postgres_place(text.reveal())
                .map_or_else(|| "postgres://***".to_owned(), |place| format!("postgres://{place}")),
        }
    }
}

/// Hosts and database name, only if the text has exactly the expected shape: a password with unescaped
/// characters in it must not be taken for a host.
fn postgres_place(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    if options.contains('@') {
        return None;
    }
    let (authority, database) = match rest.rsplit_once('@') {
        Some((_, after)) => after.split_once('/').unwrap_or((after, "")),
        None => rest.split_once('/').unwrap_or((rest, "")),
    };
    let is_plain =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let is_host = |entry: &str| {
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (entry, ""),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).map_or_else(
            || is_plain(host),
            |address| address.chars().all(|c| c.is_ascii_hexdigit() || c == ':'),
        );
        host && port.chars().all(|c| c.is_ascii_digit())
    };
    (authority.split(',').all(is_host) && is_plain(database)).then(|| format!("{authority}/{database}"))
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").field(&self.shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DatabaseUrl, Problems> {
        let environment = [(settings::DATABASE_URL.name.to_owned(), text.to_owned())];
        DatabaseUrl::read(&Values::gather(environment, None).0, Path::new("/data"))
    }

    #[test]
    fn sqlite_paths_are_read_in_every_common_spelling() {
        for (text, path) in [
            ("", "/data/vestibule.db"),
            ("sqlite:hub.db", "hub.db"),
            ("sqlite:/srv/hub.db", "/srv/hub.db"),
            ("sqlite:///srv/hub.db", "/srv/hub.db"),
            ("sqlite://./hub.db", "./hub.db"),
        ] {
            assert_eq!(read(text).unwrap(), DatabaseUrl::Sqlite(path.into()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_quoting_it() {
        for text in [
            "hub.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:hub.db?mode=ro",
            "sqlite:/",
            "mysql://u:canary@host/db",
            "postgres://",
            "postgres:/u:canary@host/db",
            "host=db password=canary",
        ] {
            let problems = read(text).unwrap_err();
            assert_eq!(problems.0.len(), 1, "{text}");
            assert!(!problems.to_string().contains("canary"), "{text}");
        }
    }

    #[test]
    fn a_postgres_address_passes_untouched_and_is_shown_without_its_password() {
        for (text, shown) in [
            (
                "postgres://u:canary@h1:5432,h2:5432/db?target_session_attrs=read-write",
                "postgres://h1:5432,h2:5432/db",
            ),
            ("postgresql://u:canary@[::1]:5432/db", "postgres://[::1]:5432/db"),
            ("postgres://u:can@ary@db.example/hub", "postgres://db.example/hub"),
            ("postgres://db.example/hub?user=u&password=canary", "postgres://db.example/hub"),
            ("postgres:///hub", "postgres:///hub"),
            ("postgres://u:c/canary@db.example/hub", "postgres://db.example/hub"),
            ("postgres://u:c?canary@db.example/hub", "postgres://***"),
            ("postgres://u:canary/hub", "postgres://***"),
            ("postgres://h/db?password=x@canary", "postgres://***"),
        ] {
            let database = read(text).unwrap();
            assert_eq!(database, DatabaseUrl::Postgres(Secret::new(text)));
            assert_eq!(database.shown(), shown);
            assert!(!format!("{database:?}").contains("canary"), "{text}");
        }
    }
}
