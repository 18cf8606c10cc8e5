//! Claims asked for by name (OpenID Connect Core §5.5).

mod authentication;
mod release;
