//! `/account/…`: what a person sees and does about their own account.

pub mod applications;
