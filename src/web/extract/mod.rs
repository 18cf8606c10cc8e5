//! What a handler needs of a request: who asks, from which browser, in which language, with which form.

mod form;
mod visit;

pub use form::{FormError, SentForm, read_form};
pub use visit::Visit;
