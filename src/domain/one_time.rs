//! What a sender names by an id of its own choice, and may use once.

/// The kind of thing an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTime {
    /// The `jti` of a client assertion (RFC 7523 §3), with the client's id before it.
    ClientAssertion,
    /// The `jti` of a `DPoP` proof (RFC 9449 §11.1).
    DpopProof,
    /// The `jti` of a request object (RFC 9101 §10.8).
    RequestObject,
    /// The `jti` of an upstream logout token (OpenID Connect Back-Channel Logout §2.6).
    LogoutToken,
    /// The `jti` of an access token of ours that was revoked alone (RFC 7009): it is used up.
    AccessToken,
}

impl OneTime {
    /// A word without blanks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientAssertion => "client-assertion",
            Self::DpopProof => "dpop-proof",
            Self::RequestObject => "request-object",
            Self::LogoutToken => "logout-token",
            Self::AccessToken => "access-token",
        }
    }
}
