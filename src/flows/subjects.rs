//! By what names applications know people and their sessions (OpenID Connect Core §8): the salt, and the answers.

use super::hub::Hub;
use crate::crypto::digest;
use crate::crypto::random::Random;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::subject;
use crate::store::{Store, StoreError};

/// The salt of pairwise subjects. It never changes: every application would meet strangers.
#[derive(Clone)]
pub struct Subjects {
    salt: Secret,
}

impl Subjects {
    /// Reads the salt, and makes it at the first start. Nodes that start together end with the same one: the
    /// database keeps the first.
    ///
    /// # Errors
    /// [`StoreError`]: the database, or a salt that the configured master key does not open.
    pub async fn load_or_create(store: &Store, random: &Random, now: Timestamp) -> Result<Self, StoreError> {
        if let Some(salt) = store.read(|tx| tx.find_subject_salt()).await? {
            return Ok(Self { salt });
        }
        let drawn = Secret::new(random.token());
        store.write(move |tx| tx.add_first_subject_salt(&drawn, now)).await?;
        let kept = store.read(|tx| tx.find_subject_salt()).await?;
        kept.map(|salt| Self { salt }).ok_or(StoreError::Corrupt { what: "subject_salts" })
    }

    /// A number for `text` that nobody outside can compute, the same on every node.
    pub fn spread(&self, text: &str) -> u8 {
        let salted = format!("{}\nspread\n{text}", self.salt.reveal());
        digest::sha256(salted.as_bytes()).first().copied().unwrap_or(0)
    }

    /// As [`Hub::subject_of`], for use inside a transaction.
    pub fn of(&self, client: &Client, user_id: &str) -> String {
        subject::subject_of(&client.settings, &client.client_id, user_id, &self.salt)
    }

    fn sid_of(&self, client: &Client, session_id: &str) -> String {
        subject::sid_of(&client.settings, &client.client_id, session_id, &self.salt)
    }
}

impl Hub {
    /// The `sub` by which `client` knows the user: the `user_id`, or a pairwise one. Everything that leaves for an
    /// application, and every hint that comes from one, names people so; the Management API keeps `user_id`.
    pub fn subject_of(&self, client: &Client, user_id: &str) -> String {
        self.subjects.of(client, user_id)
    }
    /// The `sid` by which `client` knows the session: its id, or a pairwise one, so that what two applications know of
    /// one browser cannot be put together where `sub` does not allow it either.
    pub fn sid_of(&self, client: &Client, session_id: &str) -> String {
        self.subjects.sid_of(client, session_id)
    }
}
