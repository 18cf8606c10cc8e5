//! A client authenticates by an assertion: `client_secret_jwt` and `private_key_jwt` (RFC 7523 §3, OpenID Connect
//! Core §9).

use std::sync::Arc;

use crate::crypto::jws::{Algorithm, Jws};
use crate::crypto::mac::MacAlgorithm;
use crate::domain::audit::Origin;
use crate::domain::client::{AssertionAlgorithm, Client, ClientAuthMethod};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::one_time::OneTime;
use crate::flows::client_keys::verify_with_client_keys;
use crate::flows::hub::Hub;
use crate::protocol::client_assertion::{AssertionRules, ClientAssertion};
use crate::protocol::error::{ErrorCode, OAuthError};

use super::TokenError;
use super::authenticate_client::{AuthenticatedEndpoint, assertion_method, guess, known, refused, shown};

/// What FAPI 2.0 Security Profile §5.4.1 lets a client sign with.
const FAPI2_ALGORITHMS: [Algorithm; 3] = [Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// The client that signed `assertion`, which is good once.
///
/// The signature is verified first: until then nothing is written, and the answer says nothing of why. Whoever
/// signed is the client, and is told which claim is wrong.
///
/// # Errors
/// `invalid_client`.
pub(super) async fn verify_assertion(
    hub: &Hub,
    client_id: Option<&str>,
    assertion: &str,
    endpoint: AuthenticatedEndpoint,
    origin: &Origin,
) -> Result<Arc<Client>, TokenError> {
    let assertion = ClientAssertion::read(assertion).map_err(refused)?;
    let claimed = assertion.claimed_client().ok_or_else(|| refused("the assertion has no sub"))?;
    if client_id.is_some_and(|client_id| client_id != claimed) {
        return Err(refused(format!("client_id is not the sub of the assertion, {}", shown(claimed))));
    }
    let client = known(hub, claimed).await?;
    let now = hub.clock.now();
    let guess = guess(hub, Some(&client), origin)?;
    verify_signature(hub, &client, &assertion.jws, endpoint, now).await.map_err(|reason| match reason {
        Unverified::Because(reason) => refused(format!("application {}: {reason}", client.client_id)),
        Unverified::Otherwise(error) => error,
    })?;
    guess.was_right();
    let rules = AssertionRules {
        client_id: &client.client_id,
        issuer: hub.issuer.as_str(),
        endpoints: &endpoint.audiences(hub),
        is_audience_strict: client.settings.is_fapi2(),
        now: now.seconds(),
        longest: limits::ASSERTION_LIFETIME_MAX_SECONDS,
        clock_ahead: limits::CLIENT_CLOCK_AHEAD_SECONDS,
        id_characters: limits::CHOSEN_ID_CHARACTERS,
    };
    let invalid = |text: String| {
        let error = OAuthError::new(ErrorCode::InvalidClient, text);
        TokenError::Refused(error.because(format!("application {}", client.client_id)))
    };
    let id = assertion.check(&rules).map_err(|fault| invalid(fault.to_string()))?;
    hub.guesses.keep_used_id(&client.client_id, id.expires_at - now.seconds())?;
    let (once, end) = (format!("{} {}", client.client_id, id.jti), Timestamp::from_seconds(id.expires_at));
    let is_fresh = hub.store.write(move |tx| tx.use_once(OneTime::ClientAssertion, &once, end)).await?;
    if is_fresh { Ok(client) } else { Err(invalid("this client assertion has been used before".into())) }
}

enum Unverified {
    /// For the log.
    Because(String),
    Otherwise(TokenError),
}

impl From<TokenError> for Unverified {
    fn from(error: TokenError) -> Self {
        Self::Otherwise(error)
    }
}

async fn verify_signature(
    hub: &Hub,
    client: &Client,
    jws: &Jws<'_>,
    endpoint: AuthenticatedEndpoint,
    now: Timestamp,
) -> Result<(), Unverified> {
    let settings = &client.settings;
    let method = assertion_method(client, endpoint)?;
    let algorithm = match method {
        ClientAuthMethod::PrivateKeyJwt => {
            Algorithm::from_name(&jws.algorithm).map(AssertionAlgorithm::Signature)
        }
        _ => MacAlgorithm::from_name(&jws.algorithm).map(AssertionAlgorithm::Mac),
    };
    // A registered algorithm of the other method says nothing about this one.
    let registered = settings.token_endpoint_auth_signing_alg.filter(|only| only.method() == method);
    let is_allowed = |algorithm: &AssertionAlgorithm| {
        registered.is_none_or(|only| only == *algorithm)
            && match algorithm {
                AssertionAlgorithm::Signature(algorithm) => {
                    !settings.is_fapi2() || FAPI2_ALGORITHMS.contains(algorithm)
                }
                AssertionAlgorithm::Mac(_) => true,
            }
    };
    let algorithm = algorithm.filter(is_allowed).ok_or_else(|| {
        Unverified::Because(format!("the algorithm {} is not accepted from it", shown(&jws.algorithm)))
    })?;
    match algorithm {
        AssertionAlgorithm::Signature(algorithm) => verify_with_client_keys(hub, client, jws, algorithm)
            .await
            .map_err(|error| Unverified::Because(error.to_string())),
        AssertionAlgorithm::Mac(algorithm) => {
            let mut secrets =
                client.live_secrets(now).filter_map(|secret| secret.readable.as_ref()).peekable();
            if secrets.peek().is_none() {
                return Err(Unverified::Because("it has no secret that can be read: rotate it".into()));
            }
            if secrets.any(|secret| algorithm.verifies(secret.reveal().as_bytes(), jws)) {
                Ok(())
            } else {
                Err(Unverified::Because("the signature is wrong".into()))
            }
        }
    }
}
