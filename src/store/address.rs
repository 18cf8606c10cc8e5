//! Which database: a file, or PostgreSQL.

use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::domain::secret::Secret;

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum DatabaseAddress {
    /// A SQLite file; created, readable by its owner alone, where it does not exist.
    Sqlite(PathBuf),
    /// `postgres://user:password@host,host/database?options`, as libpq reads it. It may hold a password.
    Postgres(Secret),
}

impl DatabaseAddress {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Address`] for anything else: a mistyped scheme never becomes the name of a file.
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            let address = Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into());
            return address.checked();
        }
        Self::Postgres(Secret::new(text)).checked()
    }

    /// Itself, if it can name a database.
    pub(super) fn checked(self) -> Result<Self, StoreError> {
        let is_plausible = match &self {
            Self::Sqlite(path) => is_file_name(path),
            Self::Postgres(url) => {
                ["postgres://", "postgresql://"].iter().any(|scheme| url.reveal().starts_with(scheme))
            }
        };
        if is_plausible {
            return Ok(self);
        }
        Err(StoreError::Address {
            reason: "the database address must be sqlite:PATH or postgres://user:password@host/database"
                .into(),
        })
    }
}

/// SQLite would take `postgress://host/x` for the name of a new file, and `:memory:` for none.
fn is_file_name(path: &Path) -> bool {
    path.file_name().is_some()
        && path
            .to_str()
            .is_some_and(|text| !text.contains("://") && !text.contains('\0') && !text.contains(":memory:"))
}

/// `url` with `parameter=value` added, unless it already decides that parameter.
pub(super) fn with_parameter(url: &str, parameter: &str, value: &str) -> String {
    let (_, query) = url.split_once('?').unwrap_or((url, ""));
    if query.split('&').any(|pair| pair.split('=').next() == Some(parameter)) {
        return url.to_owned();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{parameter}={value}")
}

/// What libpq said about a failed connection, as far as it cannot repeat a piece of the URL.
pub(super) fn safe_reason(message: &str) -> String {
    const MALFORMED: &str = "the postgres:// address is malformed, or names an unknown option";
    let is_about_a_server = ["connection to server", "could not translate host name", "timed out"]
        .iter()
        .any(|start| message.starts_with(start));
    // An unescaped `@` in a password makes its tail a part of the host name.
    if is_about_a_server && !message.contains('@') { message.trim_end().to_owned() } else { MALFORMED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_scheme_is_refused() {
        for text in
            ["postgress:x", "postgress://h/x", "host=h dbname=x", "mysql://h/x", "sqlite:", "", "data.db"]
        {
            assert!(DatabaseAddress::from_text(text).is_err(), "{text}");
        }
        for text in ["sqlite::memory:", "sqlite:postgres://h/x", "sqlite:/"] {
            assert!(DatabaseAddress::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn both_schemes_are_read() {
        let path = |text| match DatabaseAddress::from_text(text) {
            Ok(DatabaseAddress::Sqlite(path)) => path,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(path("sqlite:data/hub.db"), Path::new("data/hub.db"));
        assert_eq!(path("sqlite:///var/hub.db"), Path::new("/var/hub.db"));
        for text in ["postgres://h/x", "postgresql://u:p@a:1,b:2/x?target_session_attrs=any"] {
            assert!(matches!(DatabaseAddress::from_text(text), Ok(DatabaseAddress::Postgres(_))), "{text}");
        }
    }

    #[test]
    fn a_parameter_is_added_once_and_never_overrides() {
        assert_eq!(with_parameter("postgres://h/x", "a", "1"), "postgres://h/x?a=1");
        assert_eq!(with_parameter("postgres://h/x?b=2", "a", "1"), "postgres://h/x?b=2&a=1");
        assert_eq!(with_parameter("postgres://h/x?a=2", "a", "1"), "postgres://h/x?a=2");
    }

    #[test]
    fn no_piece_of_the_address_is_repeated() {
        let repeated = "could not translate host name \"ret@host\" to address";
        assert!(!safe_reason(repeated).contains("ret"));
        assert!(!safe_reason("invalid URI query parameter: \"s3cret\"").contains("s3cret"));
        assert!(
            safe_reason("connection to server at \"h\", port 1 failed: Connection refused")
                .contains("refused")
        );
    }
}
