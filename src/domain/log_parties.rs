//! Whom a log entry names: applications, connections and people that exist. The type cannot be made of what somebody said,
//! only of a record that was found or is being made.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::audit::LogEntry;
use super::client::Client;
use super::connection::Connection;
use super::consent::Consent;
use super::domain_claim::DomainClaim;
use super::grant::Grant;
use super::letter::Mailing;
use super::limits;
use super::logout::LogoutNotice;
use super::session::Session;
use super::user::{Identity, User};
use crate::protocol::said::Said;

/// The id or the name of somebody who exists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known(Said<{ limits::LOGGED_NAME_BYTES }>);

impl Known {
    fn new(text: &str) -> Option<Self> {
        Some(Self(Said::new(text)))
    }

    /// What an entry was stored with.
    pub fn stored(text: String) -> Self {
        Self(Said::new(text))
    }
}

impl Deref for Known {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Known {
    fn eq(&self, text: &str) -> bool {
        self.0 == *text
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Known {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A record that a log entry can be about.
pub trait Party {
    /// Puts what the record says of the application, the connection or the person into `entry`.
    fn name_in(&self, entry: &mut LogEntry);
}

impl LogEntry {
    /// Names whom the entry is about.
    pub fn name(&mut self, party: &impl Party) {
        party.name_in(self);
    }
}

impl<P: Party> Party for Option<P> {
    fn name_in(&self, entry: &mut LogEntry) {
        if let Some(party) = self {
            party.name_in(entry);
        }
    }
}

impl<P: Party + ?Sized> Party for &P {
    fn name_in(&self, entry: &mut LogEntry) {
        (**self).name_in(entry);
    }
}

impl<P: Party> Party for std::sync::Arc<P> {
    fn name_in(&self, entry: &mut LogEntry) {
        (**self).name_in(entry);
    }
}

impl Party for Client {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.client_id = Known::new(&self.client_id);
        entry.client_name = Known::new(&self.settings.name);
    }
}

impl Party for Connection {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.connection = Known::new(&self.name);
        entry.connection_id = Known::new(&self.id);
    }
}

impl Party for User {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
        entry.user_name = Known::new(self.display_name());
    }
}

impl Party for Identity {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
        entry.connection_id = Known::new(&self.connection_id);
    }
}

impl Party for Session {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
        entry.connection_id = Known::new(&self.connection_id);
    }
}

impl Party for Grant {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
        entry.connection_id = Known::new(&self.connection_id);
    }
}

impl Party for Consent {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
    }
}

impl Party for LogoutNotice {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.user_id = Known::new(&self.user_id);
    }
}

impl Party for DomainClaim {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.connection_id = Known::new(&self.connection_id);
    }
}

impl Party for Mailing {
    fn name_in(&self, entry: &mut LogEntry) {
        entry.connection = Known::new(&self.letter.about().name);
        entry.connection_id = Known::new(&self.connection_id);
    }
}
