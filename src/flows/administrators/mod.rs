//! The people who manage the hub: invited by a link, made by its page, known by their user id.

mod administrator_of;
mod invite;
mod remove;
mod set_up;

pub use administrator_of::administrator_of;
pub use invite::{Invitation, invite_administrator, invite_first_administrator};
pub use remove::{Removal, list_administrators, remove_administrator};
pub(super) use set_up::bring_connection_in_step;
pub use set_up::{NotSetUp, find_invitation, set_up_administrator};
