//! Outbound OpenID Connect, nothing else.
