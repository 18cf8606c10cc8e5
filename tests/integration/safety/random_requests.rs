//! Requests of whatever shape, over every route: none is a server error, none is left without an answer. Many more of
//! them go to the release binary in `benches/attack`.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::databases::{TestDatabase, postgres, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, TestHub};
use crate::support::odd_values::Seeded;
use crate::support::random_requests::{Owner, RandomRequests};
use crate::support::raw_http::RawConnection;
use crate::support::routes::every_route;

const SENDERS: u64 = 4;
/// Of each sender.
const REQUESTS: usize = 600;
/// After so many of them a sender makes new things to name: the old ones are spoiled.
const LIFE_OF_THINGS: usize = 200;
/// Measured is that elsewhere; this is a request that would hang.
const LONGEST: Duration = Duration::from_secs(20);

#[actix_web::test]
async fn no_request_of_whatever_shape_is_a_server_error() {
    no_request_is_a_server_error(sqlite()).await;
}

#[actix_web::test]
async fn no_request_of_whatever_shape_is_a_server_error_on_postgres() {
    no_request_is_a_server_error(postgres()).await;
}

async fn no_request_is_a_server_error(database: TestDatabase) {
    let settings = [
        ("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token"),
        // Asked about domains, and never there.
        ("VESTIBULE_DNS_SERVERS", "127.0.0.1:9"),
    ];
    let hub = TestHub::start_with(database, "http", &settings).await;
    let provider = FakeProvider::start(&hub.clock);
    let sending: Vec<_> = (0..SENDERS)
        .map(|seed| {
            let (issuer, provider) = (hub.issuer.clone(), provider.issuer.clone());
            std::thread::spawn(move || send(seed, &issuer, &provider))
        })
        .collect();
    while sending.iter().any(|thread| !thread.is_finished()) {
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    let wrong: Vec<String> = sending.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert!(wrong.is_empty(), "{} requests went wrong:\n{}", wrong.len(), wrong.join("\n---\n"));
    hub.stop().await;
}

/// What went wrong, with the request.
fn send(seed: u64, issuer: &str, provider: &str) -> Vec<String> {
    let port = issuer.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let mut connection = RawConnection::new(SocketAddr::from(([127, 0, 0, 1], port)), None);
    let (mut requests, mut random) = (RandomRequests::new(seed, every_route()), Seeded::new(seed));
    let (mut known, mut wrong) = (None, Vec::new());
    for turn in 0..REQUESTS {
        if turn % LIFE_OF_THINGS == 0 {
            let management = (MANAGEMENT_CLIENT, MANAGEMENT_SECRET);
            known =
                Some(Owner { connection: &mut connection, issuer, management, provider }.make(&mut random));
        }
        let attempt = requests.next(known.as_ref().unwrap());
        let complaint = match connection.send(&attempt.bytes) {
            Ok(answer) if (100..500).contains(&answer.status) && answer.took < LONGEST => continue,
            Ok(answer) => format!("{} after {:?}: {}", answer.status, answer.took, answer.text()),
            Err(error) => format!("no answer: {error}"),
        };
        let request = String::from_utf8_lossy(&attempt.bytes).into_owned();
        let route = format!("{} {}", attempt.method, attempt.pattern);
        wrong.push(format!("seed {seed}, request {turn} ({route}): {request:.2500}\n→ {complaint:.1000}"));
    }
    wrong
}
