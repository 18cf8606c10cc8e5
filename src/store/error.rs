//! What can go wrong between the hub and its database. No text here holds a stored value or a secret.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

use crate::crypto::sealing::OpenError;

/// Why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names no database this program can open.
    #[error("{reason}")]
    Address { reason: String },
    #[error("the database does not answer: {reason}")]
    Unavailable { reason: String },
    /// Too many reads or writes are waiting.
    #[error("the database is busy: too many requests are waiting for it")]
    Busy,
    /// PostgreSQL broke a deadlock or refused to serialize, several times in a row.
    #[error("the write lost against simultaneous ones, again and again")]
    Contended,
    /// A unique value is taken; `what` is the table.
    #[error("a record with this key already exists in {what}")]
    Conflict { what: String },
    /// A foreign key points nowhere.
    #[error("a record that this one refers to does not exist")]
    Gone,
    /// The record was changed or removed since it was read.
    #[error("the record was changed by someone else since it was read")]
    Stale,
    #[error("text with a NUL byte cannot be stored or searched for")]
    NulInText,
    /// A stored value that this program cannot have written.
    #[error("a stored value is damaged: {what}")]
    Corrupt { what: &'static str },
    #[error("a stored secret ({what}) does not open: {reason}; is the right master key configured?")]
    Unsealable { what: &'static str, reason: OpenError },
    #[error(
        "the database was migrated by a newer release (it holds migration {version}); \
         run that release, or restore a backup made before it"
    )]
    SchemaTooNew { version: String },
    #[error("the database could not be migrated: {reason}")]
    Migration { reason: String },
    /// The database refused a statement.
    #[error("the database refused a statement: {reason}")]
    Refused { reason: String },
    /// A write went on after one of its statements had failed; nothing of it is kept.
    #[error("a write went on after a statement of it had failed, and was undone")]
    Unfinished,
    /// The program is stopping, or the code of this read or write panicked.
    #[error("the read or write was interrupted")]
    Interrupted,
}

impl StoreError {
    /// Whether the database answered, and would answer the same again: it is about what was written, not about now.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::Gone
            | Self::Stale
            | Self::NulInText
            | Self::Corrupt { .. }
            | Self::Unsealable { .. }
            | Self::Refused { .. } => true,
            Self::Address { .. }
            | Self::Unavailable { .. }
            | Self::Busy
            | Self::Contended
            | Self::SchemaTooNew { .. }
            | Self::Migration { .. }
            | Self::Unfinished
            | Self::Interrupted => false,
        }
    }

    /// What Diesel's error means to us, the same on both databases.
    pub(super) fn from_query(error: QueryError) -> Self {
        match error {
            QueryError::DatabaseError(kind, information) => Self::from_database(&kind, &*information),
            QueryError::DeserializationError(_) => Self::Corrupt { what: "a column of an unexpected type" },
            other => Self::Refused { reason: other.to_string() },
        }
    }

    fn from_database(kind: &DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> Self {
        let message = information.message();
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Conflict { what: table_of(information) },
            DatabaseErrorKind::ForeignKeyViolation => Self::Gone,
            DatabaseErrorKind::SerializationFailure => Self::Contended,
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable { reason: message.into() },
            // Diesel has no kind for these.
            _ if message.contains("UTF8\": 0x00") => Self::NulInText,
            _ if message.contains("deadlock detected") => Self::Contended,
            _ if message.contains("database is locked") => Self::Busy,
            _ if CANNOT_WRITE_NOW.iter().any(|words| message.contains(words)) => {
                Self::Unavailable { reason: message.into() }
            }
            _ => Self::Refused { reason: message.into() },
        }
    }
}

/// What the databases say when they could not have written anything.
const CANNOT_WRITE_NOW: [&str; 7] = [
    "disk is full",
    "No space left",
    "could not extend file",
    "disk I/O error",
    "readonly database",
    "terminating connection",
    "the database system is",
];

/// PostgreSQL names the table; SQLite says `UNIQUE constraint failed: connections.name`.
fn table_of(information: &dyn DatabaseErrorInformation) -> String {
    information
        .table_name()
        .or_else(|| information.message().split(": ").nth(1)?.split('.').next())
        .unwrap_or("the database")
        .to_owned()
}
