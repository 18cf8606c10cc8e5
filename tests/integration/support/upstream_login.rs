//! One sign-in at a provider through [`Upstream`] alone: there with a browser, back with its answer.

use ipnet::IpNet;
use vestibule::crypto::random::Random;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Connection, ConnectionKeys};
use vestibule::upstream::{
    AnswerMode, Arrival, Departure, Expected, OurSide, OutboundSettings, ProviderAnswer, Upstream,
    UpstreamError,
};

use super::browser::Browser;

/// Where providers send browsers back to. Nothing listens there.
pub const REDIRECT_URI: &str = "http://localhost:1/login/callback";

/// The other side, with requests to this machine allowed.
pub fn upstream() -> Upstream {
    let loopback: IpNet = "127.0.0.0/8".parse().unwrap();
    Upstream::new(OutboundSettings { allow: vec![loopback], extra_ca_pem: None }, None).unwrap()
}

/// Sends a fresh browser to the provider of `connection`, fills in what `person` knows, and completes the
/// login with what comes back.
pub async fn sign_in(
    upstream: &Upstream,
    connection: &Connection,
    clock: &Clock,
    person: &[(&str, &str)],
) -> Result<Arrival, UpstreamError> {
    let provider = upstream.provider(connection, None, clock.now()).await?;
    let state = Random::default().token();
    let wishes = Departure {
        redirect_uri: REDIRECT_URI,
        state: &state,
        login_hint: None,
        prompt: None,
        max_age: None,
        ui_locales: None,
        acr_values: None,
        domain_hint: None,
        connection_scope: None,
        further: &[],
    };
    let sent_at = clock.now();
    let (keys, random) = (ConnectionKeys::default(), Random::default());
    let ours = OurSide { keys: &keys, random: &random, adopted: None, network: None };
    let departed = upstream.depart(&provider, connection, wishes, ours, clock.now()).await?;
    let page = Browser::new().stopping_at(REDIRECT_URI).walk(&departed.url, person).await;
    assert!(page.stopped, "the provider kept the browser: {page:?}");
    let mode = if page.posted.is_some() { AnswerMode::FormPost } else { AnswerMode::Query };
    let answer = ProviderAnswer::parse(&page.answer(), mode)?;
    assert_eq!(answer.state(), Some(state.as_str()));
    let expected = Expected {
        redirect_uri: REDIRECT_URI,
        nonce: departed.nonce.reveal(),
        pkce_verifier: departed.pkce_verifier.as_ref().map(|verifier| verifier.reveal()),
        max_age: None,
        sent_at,
        ours,
    };
    upstream.complete(connection, expected, answer, clock.now()).await
}
