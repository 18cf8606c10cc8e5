//! To a connection's provider and back: one way for logins and for tests, which differ in what they want and in what
//! becomes of who arrives.

use crate::domain::clock::Timestamp;
use crate::domain::connection::Connection;
use crate::domain::login::AtProvider;
use crate::domain::network::Network;
use crate::flows::hub::Hub;
use crate::protocol::parameters::Parameters;
use crate::store::StoreError;
use crate::upstream::{
    AnswerMode, Arrival, Departure, Expected, OurSide, ProviderAnswer, Upstream, UpstreamError,
};

/// What the browser brings back from a provider, and where to. No `Debug`: it holds a code or tokens.
#[derive(Clone)]
pub struct Returned<'a> {
    pub answer: Parameters,
    /// By a form; else by query.
    pub is_form_post: bool,
    /// The path that the browser asked for, as it came.
    pub path: &'a str,
}

impl Returned<'_> {
    pub(super) const fn mode(&self) -> AnswerMode {
        if self.is_form_post { AnswerMode::FormPost } else { AnswerMode::Query }
    }
}

/// Why the trip ended early.
#[derive(Debug, thiserror::Error)]
pub enum TripError {
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the browser goes, and what has to come back for the trip `id`. What `wishes` says of redirect URI and state
/// is replaced.
///
/// # Errors
/// [`TripError`].
pub(super) async fn depart(
    hub: &Hub,
    upstream: &Upstream,
    connection: &Connection,
    id: &str,
    wishes: Departure<'_>,
    network: Network,
    now: Timestamp,
) -> Result<(String, AtProvider), TripError> {
    let adopted = hub.directory.adopted_metadata(connection).await?;
    let provider = upstream.provider(connection, adopted.as_ref(), now).await?;
    if let Some(sha256) = provider.held_back().filter(|_| !upstream.is_apart()) {
        hub.diagnoses.notice(&connection.id, sha256);
    }
    let secret = hub.random.token();
    let state = format!("{id}.{secret}");
    let callback = connection.callback_path();
    let redirect_uri = callback.at(&hub.issuer);
    let departure = Departure { redirect_uri: &redirect_uri, state: &state, ..wishes };
    let keys = hub.directory.keys_to_sign(connection).await?;
    let ours =
        OurSide { keys: &keys, random: &hub.random, adopted: adopted.as_ref(), network: Some(network) };
    let departed = upstream.depart(&provider, connection, departure, ours, now).await?;
    let at_provider = AtProvider {
        connection_id: connection.id.clone(),
        fingerprint: connection.fingerprint(),
        callback,
        state_secret: secret,
        nonce: departed.nonce.reveal().to_owned(),
        pkce_verifier: departed.pkce_verifier.as_ref().map(|verifier| verifier.reveal().to_owned()),
        sent_at: now,
    };
    Ok((departed.url, at_provider))
}

/// The id of the trip that `answer` belongs to, and the secret that shows it.
pub(super) fn trip_of(answer: &Parameters) -> Option<(&str, &str)> {
    answer.single("state").and_then(|state| state.split_once('.'))
}

/// Who arrives with an answer that the trip, which left as `expected`, has recognized ([`AtProvider::expects`]).
///
/// # Errors
/// [`TripError`].
pub(super) async fn arrive(
    hub: &Hub,
    upstream: &Upstream,
    connection: &Connection,
    expected: &AtProvider,
    max_age: Option<i64>,
    network: Network,
    returned: Returned<'_>,
) -> Result<Arrival, TripError> {
    let now = hub.clock.now();
    let redirect_uri = expected.callback.at(&hub.issuer);
    let keys = hub.directory.keys_to_sign(connection).await?;
    let adopted = hub.directory.adopted_metadata(connection).await?;
    let expectation = Expected {
        redirect_uri: &redirect_uri,
        nonce: &expected.nonce,
        pkce_verifier: expected.pkce_verifier.as_deref(),
        max_age,
        sent_at: expected.sent_at,
        ours: OurSide { keys: &keys, random: &hub.random, adopted: adopted.as_ref(), network: Some(network) },
    };
    let mode = returned.mode();
    let answer = ProviderAnswer::parse(&returned.answer.into_pairs(), mode)?;
    Ok(upstream.complete(connection, expectation, answer, now).await?)
}
