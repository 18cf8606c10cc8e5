//! OAuth 2.0 and OpenID Connect as values: requests, checks, responses. No IO, clock or randomness.
