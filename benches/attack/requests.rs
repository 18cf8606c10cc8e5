//! Random requests over every route, by several senders at the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET};
use crate::odd_values::Seeded;
use crate::random_requests::{Owner, RandomRequests};
use crate::raw_http::RawConnection;
use crate::routes::every_route;
use crate::target::Target;

const SENDERS: usize = 8;
/// After so many requests a sender makes new things to name: the old ones are spoiled.
const LIFE_OF_THINGS: usize = 500;
/// No answer takes longer; a hub that was not optimised makes keys for several seconds.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });
/// Complaints of one kind that are shown.
const SHOWN: usize = 3;

#[derive(Default)]
pub struct Sent {
    pub done: usize,
    pub took: Duration,
    /// By the first digit of the status.
    pub statuses: BTreeMap<u16, usize>,
    pub slowest: Duration,
    /// Method, route and status of each failure, how often it came, and some of the requests.
    pub failures: BTreeMap<String, (usize, Vec<String>)>,
}

/// Sends `count` requests.
///
/// # Errors
/// The hub cannot be reached any more.
pub async fn send_all(target: &Target, provider: &str, count: usize, seed: u64) -> anyhow::Result<Sent> {
    let (sent, next, began) =
        (Arc::new(Mutex::new(Sent::default())), Arc::new(AtomicUsize::new(0)), Instant::now());
    let routes = every_route();
    let mut threads = Vec::new();
    for number in 0..SENDERS {
        let (sent, next, routes) = (Arc::clone(&sent), Arc::clone(&next), routes.clone());
        let (address, issuer, provider) = (target.address, target.hub.issuer.clone(), provider.to_owned());
        threads.push(thread::Builder::new().name(format!("sender {number}")).spawn(move || {
            let seed = seed + number as u64;
            let mut connection = RawConnection::new(address, None);
            let (mut requests, mut random) = (RandomRequests::new(seed, routes), Seeded::new(seed));
            let mut known = None;
            for turn in 0.. {
                if next.fetch_add(1, Ordering::Relaxed) >= count {
                    break;
                }
                if turn % LIFE_OF_THINGS == 0 {
                    let management = (MANAGEMENT_CLIENT, MANAGEMENT_SECRET);
                    let mut owner = Owner {
                        connection: &mut connection,
                        issuer: &issuer,
                        management,
                        provider: &provider,
                    };
                    known = Some(owner.make(&mut random));
                }
                let Some(known) = &known else { break };
                let attempt = requests.next(known);
                let answer = connection.send(&attempt.bytes);
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.done += 1;
                let complaint = match answer {
                    Ok(answer) => {
                        *sent.statuses.entry(answer.status / 100).or_default() += 1;
                        sent.slowest = sent.slowest.max(answer.took);
                        if answer.status >= 500 || answer.status == 0 {
                            Some(format!("{} {}", answer.status, answer.text()))
                        } else if answer.took > LONGEST {
                            Some(format!("{} after {:?}", answer.status, answer.took))
                        } else {
                            None
                        }
                    }
                    Err(error) => Some(format!("no answer: {error}")),
                };
                if let Some(complaint) = complaint {
                    let kind = format!("{} {}: {complaint:.60}", attempt.method, attempt.pattern);
                    let (times, some) = sent.failures.entry(kind.replace(['\n', '\r'], " ")).or_default();
                    *times += 1;
                    if some.len() < SHOWN {
                        let request = String::from_utf8_lossy(&attempt.bytes).into_owned();
                        some.push(format!(
                            "seed {seed}, request {turn}: {request:.3000}\n→ {complaint:.1500}"
                        ));
                    }
                }
            }
        })?);
    }
    while threads.iter().any(|thread| !thread.is_finished()) {
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    for thread in threads {
        if thread.join().is_err() {
            bail!("a sender broke down");
        }
    }
    let mut sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    sent.took = began.elapsed();
    Ok(sent)
}
