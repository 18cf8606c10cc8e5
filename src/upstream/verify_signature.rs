//! Whether a provider signed a token: by an algorithm allowed for the connection, with a key it publishes
//! (RFC 7515, RFC 8725). Keys inside the token are never looked at.

use std::sync::Arc;

use super::error::{UpstreamError, quoted};
use super::http::HttpClient;
use super::key_set::Signature;
use super::provider::Provider;
use crate::crypto::jws::{Algorithm, Jws, JwsError};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;

/// Types of other tokens of the same issuer, which must not pass as ID tokens (RFC 8725 §3.11).
pub(super) fn is_no_identity(token_type: &str) -> bool {
    matches!(token_type, "at+jwt" | "logout+jwt")
}

/// Verifies the signature of a token of `provider`; fetches its keys anew for a `kid` not seen before.
///
/// # Errors
/// The checks named in `checks`, and those of fetching keys.
pub(super) async fn verify_signature<'t>(
    http: &Arc<HttpClient>,
    provider: &Provider,
    connection: &Connection,
    checks: &SignatureChecks,
    token: &'t str,
    now: Timestamp,
) -> Result<(Jws<'t>, Algorithm), UpstreamError> {
    let trace = http.trace();
    let parsed = Jws::parse(token).map_err(|error| checks.malformed(error));
    let jws = trace.tell(&[checks.format], parsed)?;
    let algorithm = trace.tell(&[checks.algorithm], checks.algorithm(&jws, connection))?;
    trace.tell(&[checks.token_type], checks.token_type(&jws))?;
    let keys = provider.keys(http, &connection.name, now).await?;
    let mut signature = keys.verify(algorithm, &jws);
    if signature == Signature::UnknownKey
        && let Some(newer) = provider.newer_keys(&keys, http, &connection.name, now).await?
    {
        signature = newer.verify(algorithm, &jws);
    }
    let verified = match signature {
        Signature::Verified => Ok((jws, algorithm)),
        Signature::UnknownKey => Err(checks.unknown_key(&jws, provider)),
        Signature::Wrong => Err(checks.wrong_signature(provider)),
    };
    trace.tell(&[checks.key, checks.signature], verified)
}

/// The names of the signature checks, for one kind of token.
pub(super) struct SignatureChecks {
    pub(super) token: &'static str,
    pub(super) format: &'static str,
    pub(super) algorithm: &'static str,
    pub(super) token_type: &'static str,
    pub(super) key: &'static str,
    pub(super) signature: &'static str,
    /// Whether a `typ`, in lower case and without `application/`, is that of another kind of token.
    pub(super) is_foreign: fn(&str) -> bool,
}

impl SignatureChecks {
    fn malformed(&self, error: JwsError) -> UpstreamError {
        let advice = match error {
            JwsError::Encrypted => {
                "Turn off encryption of the {token} for this application at your provider."
            }
            JwsError::Shape | JwsError::Header | JwsError::Critical => {
                "Make your provider issue a plain signed {token} (JWS, RFC 7515)."
            }
        };
        UpstreamError::invalid(
            self.format,
            format!("a signed {}", self.token),
            format!("one that cannot be read: {error}"),
            advice.replace("{token}", self.token),
        )
    }

    fn algorithm(&self, jws: &Jws<'_>, connection: &Connection) -> Result<Algorithm, UpstreamError> {
        let known = Algorithm::from_name(&jws.algorithm);
        known.filter(|algorithm| connection.options.allows(*algorithm)).ok_or_else(|| {
            let allowed: Vec<&str> = match &connection.options.id_token_signed_response_algs {
                Some(allowed) => allowed.iter().map(|algorithm| algorithm.name()).collect(),
                None => Algorithm::ALL.into_iter().map(Algorithm::name).collect(),
            };
            let allowed = allowed.join(", ");
            UpstreamError::invalid(
                self.algorithm,
                format!("a signature by one of {allowed}"),
                quoted(&jws.algorithm),
                format!("Let your provider sign the {} of this application by one of {allowed}.", self.token),
            )
        })
    }

    fn token_type(&self, jws: &Jws<'_>) -> Result<(), UpstreamError> {
        let Some(token_type) = &jws.token_type else { return Ok(()) };
        let lower = token_type.to_ascii_lowercase();
        let bare = lower.strip_prefix("application/").unwrap_or(&lower);
        if !(self.is_foreign)(bare) {
            return Ok(());
        }
        Err(UpstreamError::invalid(
            self.token_type,
            format!("an {}", self.token),
            format!("another kind of token (typ {})", quoted(token_type)),
            format!("Your provider put another token where the {} belongs.", self.token),
        ))
    }

    fn unknown_key(&self, jws: &Jws<'_>, provider: &Provider) -> UpstreamError {
        let came = match &jws.key_id {
            Some(key_id) => format!("a signature by a key that is not there: kid {}", quoted(key_id)),
            None => "a signature without kid that none of them verifies".into(),
        };
        UpstreamError::invalid(
            self.key,
            format!("a signature by a key published at {}", provider.jwks_uri),
            came,
            format!("Publish the key that signs the {} at {}.", self.token, provider.jwks_uri),
        )
    }

    fn wrong_signature(&self, provider: &Provider) -> UpstreamError {
        UpstreamError::invalid(
            self.signature,
            format!("the signature of the key published at {}", provider.jwks_uri),
            "another one",
            format!(
                "The {} was changed on its way, or the key at {} is not the one your provider signs with.",
                self.token, provider.jwks_uri
            ),
        )
    }
}
