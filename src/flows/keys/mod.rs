//! Our signing keys: made at the first start, followed by others, kept in memory, read again when any node
//! changes them.

mod change;
mod key_ring;
mod rotate;

pub use change::{new_key, revoke, rotate};
pub use key_ring::KeyRing;
pub use rotate::{remove_expired, rotate_if_due};

use crate::crypto::signing::SigningError;
use crate::domain::key_plan::KeyRefusal;
use crate::store::StoreError;

/// Why the keys could not be made, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Refused(#[from] KeyRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signing(#[from] SigningError),
}
