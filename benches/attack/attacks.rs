//! The attacks, each by threads of its own, from networks of its own, until it is told to end.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::Size;
use crate::hub::REDIRECT_URI;
use crate::odd_values::Seeded;
use crate::raw_http::{RawAnswer, RawConnection, connect};
use crate::target::{EMAIL, PROXY, Target};

/// What somebody does to the hub.
pub struct Attack {
    pub name: &'static str,
    threads: usize,
    /// Requests per second of all threads together; 0: as fast as they are answered. What a flood of requests costs by
    /// its size alone is for a proxy to bound, not for a hub.
    per_second: u32,
    /// Ends when all of it was done, not when the others are done.
    pub goes_to_its_end: bool,
    /// Each request from an address of its own; otherwise all from one network.
    from_anywhere: bool,
    step: fn(&mut Attacker),
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "log entries with long names",
        threads: 8,
        per_second: 300,
        goes_to_its_end: false,
        from_anywhere: false,
        step: fill_log,
    },
    Attack {
        name: "bodies that never end, slow readers",
        threads: 1,
        per_second: 0,
        goes_to_its_end: false,
        from_anywhere: false,
        step: hang,
    },
    Attack {
        name: "wrong passwords",
        threads: 100,
        per_second: 0,
        goes_to_its_end: true,
        from_anywhere: true,
        step: try_passwords,
    },
    Attack {
        name: "guesses from many addresses",
        threads: 16,
        per_second: 200,
        goes_to_its_end: false,
        from_anywhere: true,
        step: guess,
    },
    Attack {
        name: "places taken",
        threads: 8,
        per_second: 300,
        goes_to_its_end: false,
        from_anywhere: false,
        step: take_places,
    },
];

/// Connections that hang.
const HANGING: usize = 990;
/// No attack goes on for longer, done or not.
const LONGEST: Duration = Duration::from_secs(600);

/// What all threads of one attack share.
struct Shared {
    host: String,
    issuer: String,
    client_id: String,
    public_client: String,
    size: Size,
    is_over: AtomicBool,
    begun: AtomicUsize,
    told: Mutex<BTreeMap<String, usize>>,
}

/// One thread of an attack.
struct Attacker {
    number: usize,
    shared: Arc<Shared>,
    address: SocketAddr,
    random: Seeded,
    connection: RawConnection,
    /// A login that waits for its password: id, cookies, attempts so far.
    login: Option<(String, String, usize)>,
    /// What hangs, and whether it is an answer that is not read.
    held: Vec<(TcpStream, bool)>,
}

/// An attack under way.
pub struct Running {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    began: Instant,
}

impl Attack {
    /// # Errors
    /// No threads.
    pub fn begin(&'static self, target: &Target, size: Size) -> anyhow::Result<Running> {
        let shared = Arc::new(Shared {
            host: target.host.clone(),
            issuer: target.hub.issuer.clone(),
            client_id: target.application.client_id.clone(),
            public_client: target.public_client.clone(),
            size,
            is_over: AtomicBool::new(false),
            begun: AtomicUsize::new(0),
            told: Mutex::default(),
        });
        let mut threads = Vec::new();
        for number in 0..self.threads {
            let (shared, address) = (Arc::clone(&shared), target.address);
            let pause = match self.per_second {
                0 => Duration::ZERO,
                rate => Duration::from_secs(1) * u32::try_from(self.threads)? / rate,
            };
            let thread = thread::Builder::new().name(format!("attacker {number}")).spawn(move || {
                let mut attacker = Attacker::new(number, shared, address, self.from_anywhere);
                let began = Instant::now();
                let mut steps = 0;
                while !attacker.shared.is_over.load(Ordering::Relaxed) && began.elapsed() < LONGEST {
                    (self.step)(&mut attacker);
                    steps += 1;
                    // Whoever was kept waiting makes up for it, as a flood does.
                    thread::sleep((pause * steps).saturating_sub(began.elapsed()));
                }
            })?;
            threads.push(thread);
        }
        Ok(Running { shared, threads, began: Instant::now() })
    }
}

/// What an attacker was told, and how often.
pub struct Told {
    pub answers: BTreeMap<String, usize>,
    pub took: Duration,
}

impl Running {
    /// Ends the attack, or waits until all of it is done.
    ///
    /// # Errors
    /// An attacker broke down.
    pub async fn end(self, is_waited_for: bool) -> anyhow::Result<Told> {
        while is_waited_for && self.threads.iter().any(|thread| !thread.is_finished()) {
            actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        }
        self.shared.is_over.store(true, Ordering::Relaxed);
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        }
        for thread in self.threads {
            if thread.join().is_err() {
                bail!("an attacker broke down");
            }
        }
        let answers = self.shared.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Told { answers, took: self.began.elapsed() })
    }
}

impl Attacker {
    fn new(number: usize, shared: Arc<Shared>, address: SocketAddr, from_anywhere: bool) -> Self {
        let own = u8::try_from(number % 250).unwrap_or_default() + 1;
        let from = if from_anywhere { PROXY } else { IpAddr::V4(Ipv4Addr::new(127, 66, 0, own)) };
        let connection = RawConnection::new(address, Some(from));
        let random = Seeded::new(u64::try_from(number).unwrap_or_default());
        Self { number, shared, address, random, connection, login: None, held: Vec::new() }
    }

    fn note(&self, what: String) {
        *self.shared.told.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// Sends one request and notes its status.
    fn send(&mut self, request: &str) -> RawAnswer {
        match self.connection.send(request.as_bytes()) {
            Ok(answer) => {
                self.note(answer.status.to_string());
                answer
            }
            Err(error) => {
                self.note(error.kind().to_string());
                RawAnswer::default()
            }
        }
    }

    fn get(&mut self, path: &str, headers: &str) -> RawAnswer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.shared.host);
        self.send(&request)
    }

    fn post(&mut self, path: &str, headers: &str, form: &str) -> RawAnswer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.shared.host,
            self.shared.issuer.trim_end_matches('/'),
            form.len()
        );
        self.send(&request)
    }

    /// An address of anybody's.
    fn any_address(&mut self) -> String {
        let parts = self.random.number().to_be_bytes();
        match self.random.below(4) {
            // One household's network, and one office's.
            0 => {
                let own: u64 = self.random.number();
                Ipv6Addr::from((0x2001_0db8_0000_0001_u128 << 64) | u128::from(own)).to_string()
            }
            1 => format!("203.0.113.{}", parts[0]),
            2 => Ipv6Addr::from(u128::from(self.random.number()) << 64 | 1).to_string(),
            _ => format!("{}.{}.{}.{}", parts[0] % 200 + 11, parts[1], parts[2], parts[3]),
        }
    }

    fn authorize(&self, state: &str) -> String {
        let client_id = &self.shared.client_id;
        format!(
            "/authorize?response_type=code&client_id={client_id}&redirect_uri={REDIRECT_URI}&scope=openid&state={state}"
        )
    }

    /// Begins a login, for its page with a password.
    fn begin_login(&mut self, headers: &str) -> Option<(String, String, usize)> {
        let path = self.authorize("x");
        let answer = self.get(&path, headers);
        let id = answer.header("location").rsplit_once("/login/")?.1.split('?').next()?.to_owned();
        Some((id, answer.cookies(), 0))
    }
}

/// Names that exist nowhere, at every endpoint that notes failures.
fn fill_log(attacker: &mut Attacker) {
    let long = attacker.random.below(4);
    let name = attacker.random.letters(if long == 0 { 60_000 } else { 7_000 });
    match attacker.random.below(6) {
        0 => drop(attacker.post("/oauth/device/code", "", &format!("client_id={name}&scope=openid"))),
        1 => drop(attacker.post(
            "/oauth/token",
            "",
            &format!("grant_type=authorization_code&code=x&client_id={name}"),
        )),
        2 => drop(attacker.post("/oauth/par", "", &format!("client_id={name}&response_type=code"))),
        3 => drop(attacker.get(&format!("/authorize?client_id={name:.6000}&response_type=code"), "")),
        4 => drop(attacker.post(
            "/oauth/introspect",
            "",
            &format!("client_id={name}&client_secret={name:.500}&token=x"),
        )),
        _ => {
            let path = format!(
                "/login/callback?state={name:.3000}&error={name:.2000}&error_description={name:.900}"
            );
            drop(attacker.get(&path, ""));
        }
    }
}

/// Bodies of which one byte comes, and answers that nobody reads; whoever is thrown out comes back.
fn hang(attacker: &mut Attacker) {
    let mut held = std::mem::take(&mut attacker.held);
    held.retain(|(stream, is_reader)| {
        let is_gone = match stream.peek(&mut [0]) {
            Ok(0) => true,
            // An answer to a body that has not ended: no.
            Ok(_) => !is_reader,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if is_gone {
            attacker.note("closed".to_owned());
        }
        !is_gone
    });
    let mut refused = 0;
    while held.len() < HANGING && refused < 20 && !attacker.shared.is_over.load(Ordering::Relaxed) {
        let number = attacker.shared.begun.fetch_add(1, Ordering::Relaxed);
        // Ten networks.
        let network = u8::try_from(number % 10).unwrap_or_default();
        let from = IpAddr::V4(Ipv4Addr::new(
            127,
            66,
            network,
            u8::try_from(number / 10 % 250).unwrap_or_default() + 1,
        ));
        let is_reader = number.is_multiple_of(4);
        let begun =
            connect(Some(from), attacker.address, is_reader.then_some(4_096)).and_then(|mut stream| {
                stream.set_write_timeout(Some(Duration::from_millis(200)))?;
                let host = &attacker.shared.host;
                if is_reader {
                    let one =
                        format!("GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\n\r\n");
                    let _ = stream.write_all(one.repeat(1_500).as_bytes());
                } else {
                    let path = *attacker.random.pick(&[
                        "/oauth/token",
                        "/login/callback",
                        "/oauth/par",
                        "/activate",
                    ]);
                    let head = format!(
                        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\na",
                        attacker.shared.issuer.trim_end_matches('/')
                    );
                    stream.write_all(head.as_bytes())?;
                }
                stream.set_nonblocking(true)?;
                Ok(stream)
            });
        match begun {
            Ok(stream) => {
                attacker.note("opened".to_owned());
                held.push((stream, is_reader));
            }
            Err(error) => {
                attacker.note(error.kind().to_string());
                refused += 1;
            }
        }
    }
    attacker.held = held;
    thread::sleep(Duration::from_millis(100));
}

/// Passwords of accounts that are there and of others, each from another address.
fn try_passwords(attacker: &mut Attacker) {
    if attacker.shared.begun.fetch_add(1, Ordering::Relaxed) >= attacker.shared.size.passwords {
        attacker.shared.is_over.store(true, Ordering::Relaxed);
        return;
    }
    let headers = format!("X-Forwarded-For: {}\r\n", attacker.any_address());
    let Some((id, cookies, tried)) = attacker.login.take().or_else(|| attacker.begin_login(&headers)) else {
        return;
    };
    let email = if attacker.random.percent(10) {
        EMAIL.to_owned()
    } else {
        format!("{}@people.example", attacker.random.letters(8))
    };
    let headers = format!("{headers}Cookie: {cookies}\r\n");
    let guess = attacker.random.letters(12);
    attacker.post(&format!("/login/{id}/password"), &headers, &format!("email={email}&password={guess}"));
    // A login serves for some attempts.
    if tried < 20 {
        attacker.login = Some((id, cookies, tried + 1));
    }
}

/// Everything that can be guessed, by everybody at once.
fn guess(attacker: &mut Attacker) {
    let headers = format!("X-Forwarded-For: {}\r\n", attacker.any_address());
    let (client_id, guess) = (attacker.shared.client_id.clone(), attacker.random.letters(24));
    match attacker.random.below(8) {
        0 | 1 => {
            let Some((id, cookies, _)) = attacker.begin_login(&headers) else { return };
            let headers = format!("{headers}Cookie: {cookies}\r\n");
            attacker.post(
                &format!("/login/{id}/password"),
                &headers,
                &format!("email={EMAIL}&password={guess}"),
            );
        }
        2 => drop(attacker.get(&format!("/activate?user_code={guess:.8}"), &headers)),
        3 => drop(attacker.post("/activate", &headers, &format!("user_code={guess:.8}"))),
        4 => {
            let path =
                *attacker.random.pick(&["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/par"]);
            let form =
                format!("grant_type=client_credentials&token=x&client_id={client_id}&client_secret={guess}");
            attacker.post(path, &headers, &form);
        }
        5 => drop(attacker.get(&format!("/setup/{guess}"), &headers)),
        6 => drop(attacker.get(&format!("/connections/acme/setup?ticket={guess}"), &headers)),
        _ => {
            let Some((id, cookies, _)) = attacker.begin_login(&headers) else { return };
            let headers = format!("{headers}Cookie: {cookies}\r\n");
            attacker.post(&format!("/login/{id}/connection"), &headers, &format!("organization={guess:.8}"));
        }
    }
}

/// Parked logins, devices that wait and requests that were pushed, for the names that everybody knows.
fn take_places(attacker: &mut Attacker) {
    let public = attacker.shared.public_client.clone();
    match (attacker.number + attacker.random.below(3)) % 3 {
        0 => {
            let state = attacker.random.letters(4_500);
            let path = attacker.authorize(&state);
            attacker.get(&path, "");
        }
        1 => drop(attacker.post("/oauth/device/code", "", &format!("client_id={public}&scope=openid"))),
        _ => {
            let form = format!(
                "client_id={public}&response_type=code&redirect_uri={REDIRECT_URI}&scope=openid&\
                 code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
            );
            attacker.post("/oauth/par", "", &form);
        }
    }
}
