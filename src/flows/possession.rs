//! Proof of possession (RFC 9449): a request's DPoP proof is checked, used up, and its nonce is one of ours.

use crate::crypto::jws::Algorithm;
use crate::crypto::sealing::Purpose;
use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::one_time::OneTime;
use crate::flows::guesses::{Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::protocol::dpop::{self, ProvenRequest};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::store::StoreError;

/// Those that FAPI 2.0 (§5.4.1) allows.
const FAPI_PROOF_ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256];

/// A proof as it came, and with what.
#[derive(Clone, Copy, Debug)]
pub struct PresentedProof<'a> {
    /// The header `DPoP`.
    pub text: &'a str,
    pub method: &'a str,
    /// The path of this endpoint at the issuer.
    pub path: &'a str,
    /// The access token sent along, at a resource.
    pub access_token: Option<&'a str>,
}

/// Why a sender did not prove to hold a key.
#[derive(Debug, thiserror::Error)]
pub enum PossessionError {
    /// `invalid_dpop_proof` or `use_dpop_nonce` (RFC 9449 §5, §8).
    #[error("{0}")]
    Refused(OAuthError),
    /// Too many proofs came from one network: this one was not looked at.
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The thumbprint of the key that `presented` proves to be held, by `client`.
///
/// A nonce of ours is needed where a stolen proof would be worth most: from public clients, whose key is all
/// they have, and under FAPI. Whoever sends one sends a fresh one.
///
/// # Errors
/// [`PossessionError::Refused`] for a proof that does not hold, came before, or has no fresh nonce.
pub async fn prove_possession(
    hub: &Hub,
    presented: PresentedProof<'_>,
    client: &Client,
    origin: &Origin,
) -> Result<String, PossessionError> {
    // Each proof is kept for a while, and whoever needs no secret makes as many keys as they like.
    if client.is_public() {
        drop(hub.guesses.admit(Guessed::Proof, origin)?);
    } else {
        hub.guesses
            .keep_used_id(&client.client_id, limits::PROOF_AGE_SECONDS + limits::PROOF_AHEAD_SECONDS)?;
    }
    let now = hub.clock.now();
    let is_fapi = client.settings.is_fapi2();
    let url = hub.issuer.join(presented.path);
    let request = ProvenRequest {
        method: presented.method,
        url: &url,
        access_token: presented.access_token,
        algorithms: if is_fapi { &FAPI_PROOF_ALGORITHMS } else { &dpop::ALGORITHMS },
        now: now.seconds(),
        max_age: limits::PROOF_AGE_SECONDS,
        max_ahead: limits::PROOF_AHEAD_SECONDS,
    };
    let proof = dpop::verify(presented.text, request)
        .map_err(|error| refused(ErrorCode::InvalidDpopProof, error.to_string()))?;
    match &proof.nonce {
        Some(nonce) if !is_fresh(hub, nonce, now) => {
            return Err(refused(
                ErrorCode::UseDpopNonce,
                "the nonce of the DPoP proof is not a fresh one of ours",
            ));
        }
        None if is_fapi || client.is_public() => {
            return Err(refused(
                ErrorCode::UseDpopNonce,
                "the DPoP proof needs the nonce sent in DPoP-Nonce",
            ));
        }
        Some(_) | None => {}
    }
    let id = format!("{} {}", proof.thumbprint, proof.jti);
    // A proof names whole seconds: it is still good throughout the last of them.
    let forget_at = now.plus_seconds(limits::PROOF_AGE_SECONDS + limits::PROOF_AHEAD_SECONDS + 1);
    let is_first = hub.store.write(move |tx| tx.use_once(OneTime::DpopProof, &id, forget_at)).await?;
    if is_first {
        Ok(proof.thumbprint)
    } else {
        Err(refused(ErrorCode::InvalidDpopProof, "the DPoP proof was used before; make one for each request"))
    }
}

/// A nonce for the sender's next proofs (RFC 9449 §8). It needs no memory: any node knows it again.
pub fn next_nonce(hub: &Hub) -> String {
    let now = hub.clock.now().seconds().to_be_bytes();
    hub.sealer.seal(Purpose::ProofNonce, b"", &now, &hub.random)
}

fn is_fresh(hub: &Hub, nonce: &str, now: Timestamp) -> bool {
    let made_at = hub.sealer.open(Purpose::ProofNonce, b"", nonce).ok();
    let made_at = made_at.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
    // Clocks of nodes may differ: one made a moment from now is as good.
    made_at
        .is_some_and(|made_at| now.seconds().abs_diff(made_at) <= limits::PROOF_NONCE_SECONDS.unsigned_abs())
}

fn refused(code: ErrorCode, text: impl Into<String>) -> PossessionError {
    PossessionError::Refused(OAuthError::new(code, text))
}
