//! Keys change, and providers fail: a new key is fetched at once, a flood of unknown ones is not, and what was
//! known stays good.

use serde_json::json;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use crate::support::fake_provider::{Behaviour, Body, FakeProvider};
use crate::support::keys::{Signature, TestKey};
use crate::support::upstream_login::{sign_in, upstream};

/// The provider signs with another key than before, and publishes it.
const ROTATED: Behaviour = Behaviour {
    keys: Some(|answer, _| answer.set("keys", json!([TestKey::intruder().jwk]))),
    ..SIGNED_BY_ANOTHER
};

/// Tokens come with a key that the provider does not publish.
const SIGNED_BY_ANOTHER: Behaviour = Behaviour {
    id_token: Some(|token, _| {
        token.header.insert("kid".into(), json!(TestKey::intruder().key_id()));
        token.signature = Signature::By(TestKey::intruder());
    }),
    ..Behaviour::HONEST
};

/// Metadata and keys are not to be had.
const DOWN: Behaviour = Behaviour {
    discovery: Some(|answer, _| answer.fail(503)),
    keys: Some(|answer, _| answer.fail(503)),
    ..Behaviour::HONEST
};

#[actix_web::test]
async fn a_key_rotated_just_before_signing_is_fetched_at_once() {
    let (clock, upstream) = (Clock::default(), upstream());
    let provider = FakeProvider::start(&clock);
    let connection = provider.connection("acme", Channel::FrontChannel);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    provider.behave(ROTATED);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    assert_eq!(provider.counts().keys(), 2);
}

#[actix_web::test]
async fn a_flood_of_unknown_keys_fetches_once_per_cool_down() {
    let (clock, upstream) = (Clock::default(), upstream());
    let provider = FakeProvider::start(&clock);
    let connection = provider.connection("acme", Channel::FrontChannel);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    provider.behave(SIGNED_BY_ANOTHER);
    for _ in 0..20 {
        let error = sign_in(&upstream, &connection, &clock, &[]).await.unwrap_err();
        assert_eq!(error.check, "id-token-key");
    }
    assert_eq!(provider.counts().keys(), 2);
    clock.advance(limits::KEY_REFETCH_COOLDOWN_SECONDS + 1);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap_err();
    assert_eq!(provider.counts().keys(), 3);
    provider.behave(Behaviour::default());
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
}

#[actix_web::test]
async fn a_key_of_one_connection_verifies_nothing_of_another() {
    let (clock, upstream) = (Clock::default(), upstream());
    let (one, other) = (FakeProvider::start(&clock), FakeProvider::start(&clock));
    one.behave(ROTATED);
    sign_in(&upstream, &one.connection("one", Channel::FrontChannel), &clock, &[]).await.unwrap();
    other.behave(SIGNED_BY_ANOTHER);
    let error = sign_in(&upstream, &other.connection("other", Channel::FrontChannel), &clock, &[]).await;
    assert_eq!(error.unwrap_err().check, "id-token-key");
}

/// A key that its provider took back, after a theft perhaps, is good for as long as key sets are kept and not longer.
#[actix_web::test]
async fn a_key_that_the_provider_took_back_verifies_nothing_once_its_keys_were_fetched_again() {
    let (clock, upstream) = (Clock::default(), upstream());
    let provider = FakeProvider::start(&clock);
    let connection = provider.connection("acme", Channel::FrontChannel);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    // Another key is published, and somebody goes on to sign with the old one.
    provider.behave(Behaviour { id_token: None, ..ROTATED });
    clock.advance(limits::PROVIDER_BACKGROUND_SECONDS + 1);
    let error = sign_in(&upstream, &connection, &clock, &[]).await.unwrap_err();
    assert_eq!(error.check, "id-token-key");
    assert!(provider.counts().keys() >= 2);
    provider.behave(ROTATED);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
}

#[actix_web::test]
async fn people_sign_in_with_known_metadata_and_keys_while_fetching_fails() {
    let (clock, upstream) = (Clock::default(), upstream());
    let provider = FakeProvider::start(&clock);
    let connection = provider.connection("acme", Channel::BackChannel);
    sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    provider.behave(DOWN);
    for _ in 0..3 {
        clock.advance(limits::PROVIDER_CACHE_SECONDS + 1);
        sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
    }
    assert!(provider.counts().discovery() > 1, "a newer document is asked for");
}

#[actix_web::test]
async fn a_dead_provider_delays_no_other() {
    let (clock, upstream) = (Clock::default(), upstream());
    let (alive, silent) = (FakeProvider::start(&clock), FakeProvider::start(&clock));
    silent
        .behave(Behaviour { discovery: Some(|answer, _| answer.body = Body::Never), ..Behaviour::default() });
    let of_silent = silent.connection("silent", Channel::BackChannel);
    let signing_in = async {
        for _ in 0..10 {
            let connection = alive.connection("alive", Channel::BackChannel);
            sign_in(&upstream, &connection, &clock, &[]).await.unwrap();
        }
    };
    tokio::select! {
        () = signing_in => {}
        outcome = sign_in(&upstream, &of_silent, &clock, &[]) => panic!("over before ten sign-ins: {outcome:?}"),
    }
}
