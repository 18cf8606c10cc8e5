//! A secret text that no log, error or debug output shows.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crypto::digest;

/// A secret in memory. Reading it takes an explicit [`Secret::reveal`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        digest::secrets_match(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Secret {}
