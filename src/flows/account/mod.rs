//! What a person sees and does about their own account, with the session of their browser.

mod applications;

pub use applications::{Allowances, AllowedApplication, end_access, list_allowed};
