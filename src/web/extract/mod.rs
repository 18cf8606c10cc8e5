//! What a handler needs of a request: who asks, from which browser, in which language, with which form.

mod body;
mod form;
mod visit;

pub use body::{BodyError, read_body};
pub use form::{FormError, SentForm, read_form};
pub use visit::{PostedFrom, Visit};
