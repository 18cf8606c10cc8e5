//! A provider's harmless oddities never keep a person out.

use futures_util::{StreamExt as _, stream};
use vestibule::domain::clock::Clock;

use crate::support::fake_provider::FakeProvider;
use crate::support::oddities;
use crate::support::upstream_login::{sign_in, upstream};

#[actix_web::test]
async fn every_oddity_signs_in() {
    let (clock, upstream) = (Clock::default(), upstream());
    let (clock, upstream) = (&clock, &upstream);
    let attempts = stream::iter(oddities::every_case().into_iter().enumerate()).map(
        |(number, (oddity, channel))| async move {
            let provider = FakeProvider::start(clock);
            provider.behave(oddity.behaviour);
            let mut connection = provider.connection(&format!("oddity{number}"), channel);
            (oddity.settings)(&mut connection.options);
            let outcome = sign_in(upstream, &connection, clock, &[]).await;
            outcome.err().map(|error| format!("{} ({channel:?}): {error}", oddity.name))
        },
    );
    let wrong: Vec<String> = attempts.buffer_unordered(16).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{} oddities kept a person out:\n{}", wrong.len(), wrong.join("\n"));
}
