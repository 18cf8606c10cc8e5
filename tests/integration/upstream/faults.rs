//! Whatever a provider does wrong, the check it breaks is named.

use futures_util::{StreamExt as _, stream};
use vestibule::domain::clock::Clock;

use crate::support::fake_provider::{CLIENT_SECRET, FakeProvider};
use crate::support::faults;
use crate::support::upstream_login::{sign_in, upstream};

#[actix_web::test]
async fn every_fault_fails_the_check_it_breaks_and_shows_no_secret() {
    let (clock, upstream) = (Clock::default(), upstream());
    let (clock, upstream) = (&clock, &upstream);
    let attempts = stream::iter(faults::every_case().into_iter().enumerate()).map(
        |(number, (fault, channel))| async move {
            let provider = FakeProvider::start(clock);
            provider.behave(fault.behaviour);
            let mut connection = provider.connection(&format!("fault{number}"), channel);
            (fault.settings)(&mut connection.options);
            let outcome = sign_in(upstream, &connection, clock, &[]).await;
            let name = format!("{} ({channel:?})", fault.name);
            match outcome {
                Ok(arrival) => Some(format!("{name}: signed in {arrival:?}")),
                Err(error) if error.check != fault.check => Some(format!("{name}: {error}")),
                Err(error) => {
                    let told = format!("{error:?}");
                    let scene = provider.scenes().pop().unwrap_or_default();
                    let secrets = [CLIENT_SECRET, &scene.code, &scene.nonce, &scene.access_token];
                    let shown = secrets.iter().any(|secret| !secret.is_empty() && told.contains(secret));
                    (shown || !told.is_ascii()).then(|| format!("{name}: shows too much: {told}"))
                }
            }
        },
    );
    let wrong: Vec<String> = attempts.buffer_unordered(16).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{} faults ended otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_at_least_forty_faults_of_different_names() {
    let names: std::collections::BTreeSet<&str> = faults::all().iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults::all().len());
    assert!(names.len() >= 40, "{}", names.len());
}
