//! Many people at the same time: one provider's trouble is its own, and what is known of it is fetched once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use vestibule::crypto::random::Random;
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use crate::support::application::{Application, browser};
use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, Body, FakeProvider};
use crate::support::hub::TestHub;

/// Signs in `count` times through `connection`, `lanes` of them at the same time, each with a fresh browser; how often
/// the application got a code.
async fn sign_in_many(app: &Application<'_>, connection: &str, count: usize, lanes: usize) -> usize {
    let (fresh, begun) = (browser(), AtomicUsize::new(0));
    let lane = async || {
        let mut arrived = 0;
        while begun.fetch_add(1, Ordering::Relaxed) < count {
            let page = sign_in(app, connection, fresh.clone()).await;
            arrived += usize::from(page.answered("code").is_some());
        }
        arrived
    };
    join_all((0..lanes).map(|_| lane())).await.into_iter().sum()
}

async fn sign_in(app: &Application<'_>, connection: &str, mut browser: Browser) -> Page {
    browser.walk(&app.ask(&[("connection", connection)]).url, &[]).await
}

/// Places at one provider that the people of one network may take: four for each that stays free.
const OF_ONE_NETWORK: usize = limits::EXCHANGES_PER_PROVIDER * 4 / 5;

#[actix_web::test]
async fn while_two_hundred_logins_hang_at_one_provider_all_others_go_on() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let (hanging, swift) = (FakeProvider::start(&hub.clock), FakeProvider::start(&hub.clock));
        let hanging_connection = app.connect(hanging.connection("hanging", Channel::BackChannel)).await;
        app.connect(swift.connection("swift", Channel::BackChannel)).await;
        assert_eq!(sign_in_many(&app, "hanging", 1, 1).await, 1);
        let before = hanging.counts().token();
        hanging
            .behave(Behaviour { token: Some(|answer, _| answer.body = Body::Never), ..Behaviour::default() });
        let (hung, done) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
        let stuck = join_all((0..200).map(|_| {
            let (app, browser, hung) = (&app, browser(), Arc::clone(&hung));
            async move {
                let page = sign_in(app, "hanging", browser).await;
                hung.fetch_add(1, Ordering::SeqCst);
                page
            }
        }));
        let others = async {
            while hanging.counts().token() - before < OF_ONE_NETWORK {
                actix_web::rt::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(sign_in_many(&app, "swift", 20, 4).await, 20);
            done.store(200 - hung.load(Ordering::SeqCst), Ordering::SeqCst);
        };
        let (stuck, ()) = futures_util::future::join(stuck, others).await;
        assert!(done.into_inner() >= OF_ONE_NETWORK, "the others waited for those that hang");
        assert!(stuck.iter().all(|page| page.answered("error").is_some()), "{:?}", stuck[0]);
        assert_eq!(hanging.counts().token() - before, OF_ONE_NETWORK, "places at the provider");
        let log = app.log_about(&hanging_connection).await;
        for check in ["outbound-busy", "outbound-timeout"] {
            let told =
                log.iter().filter(|entry| serde_json::json!(entry.details).to_string().contains(check));
            assert!(told.count() > 0, "{check}");
        }
        hanging.behave(Behaviour::default());
        assert_eq!(sign_in_many(&app, "hanging", 8, 8).await, 8, "every place is free again");
        hub.stop().await;
    }
}

#[actix_web::test]
async fn thousands_of_logins_through_one_provider_fetch_its_metadata_and_keys_once() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    app.connect(provider.connection("acme", Channel::BackChannel)).await;
    assert_eq!(sign_in_many(&app, "acme", 2_000, 32).await, 2_000);
    assert_eq!((provider.counts().discovery(), provider.counts().keys()), (1, 1));
    hub.stop().await;
}

#[actix_web::test]
async fn what_grows_old_under_load_is_fetched_once_and_nobody_waits_for_it() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        app.connect(provider.connection("acme", Channel::BackChannel)).await;
        assert_eq!(sign_in_many(&app, "acme", 100, 100).await, 100, "all of them the first");
        assert_eq!((provider.counts().discovery(), provider.counts().keys()), (1, 1));
        hub.clock.advance(limits::PROVIDER_CACHE_SECONDS);
        assert_eq!(sign_in_many(&app, "acme", 200, 50).await, 200);
        assert_eq!((provider.counts().discovery(), provider.counts().keys()), (2, 2));
        // A provider whose documents never come serves on by those that came last.
        hub.clock.advance(limits::PROVIDER_CACHE_SECONDS);
        provider.behave(Behaviour {
            discovery: Some(|answer, _| answer.body = Body::Never),
            keys: Some(|answer, _| answer.body = Body::Never),
            ..Behaviour::default()
        });
        assert_eq!(sign_in_many(&app, "acme", 100, 50).await, 100);
        assert_eq!((provider.counts().discovery(), provider.counts().keys()), (3, 3));
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_storm_of_unknown_key_ids_fetches_the_keys_once_more_and_troubles_no_other_provider() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let (hostile, other) = (FakeProvider::start(&hub.clock), FakeProvider::start(&hub.clock));
    app.connect(hostile.connection("hostile", Channel::BackChannel)).await;
    app.connect(other.connection("other", Channel::BackChannel)).await;
    for name in ["hostile", "other"] {
        assert_eq!(sign_in_many(&app, name, 1, 1).await, 1);
    }
    hostile.behave(Behaviour {
        id_token: Some(|token, _| {
            token.header.insert("kid".into(), Random::default().token().into());
        }),
        ..Behaviour::default()
    });
    let (refused, served) = futures_util::future::join(
        sign_in_many(&app, "hostile", 200, 50),
        sign_in_many(&app, "other", 50, 10),
    )
    .await;
    assert_eq!((refused, served), (0, 50));
    assert_eq!((hostile.counts().keys(), other.counts().keys()), (2, 1));
    hub.clock.advance(limits::KEY_REFETCH_COOLDOWN_SECONDS);
    assert_eq!(sign_in_many(&app, "hostile", 50, 50).await, 0);
    assert_eq!(hostile.counts().keys(), 3);
    hub.stop().await;
}
