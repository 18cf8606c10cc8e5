//! The operator's master key: seals secrets at rest and browser state.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 random bytes from which every sealing key is derived.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; MasterKey::LENGTH]);

impl MasterKey {
    /// Bytes in a master key.
    pub const LENGTH: usize = 32;

    pub const fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(***)")
    }
}
