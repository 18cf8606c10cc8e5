//! Administrators hear by mail of what they should know before people call them: that nobody can sign in through a
//! connection, that they can again, that a secret or a certificate is about to end.

mod news;
mod send;

pub(super) use news::News;
pub use send::send_due;
