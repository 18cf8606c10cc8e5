//! The floor: what no hub can do without. Two RS256 signatures, one verification, three requests answered and
//! one made, by the same libraries, in a process of its own.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use actix_web::web::{Data, get, resource};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use reqwest::{Client, StatusCode};

use crate::usage::Cpu;
use crate::{http, people};

/// The argument that makes this program the floor's server.
pub const SERVER: &str = "--serve-the-floor";
/// As long as an ID token before it is signed.
const MESSAGE: [u8; 600] = [b'x'; 600];

/// Processor time of one login's floor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Floor {
    pub requests: Duration,
    pub signatures: Duration,
    /// The least a server can answer.
    pub answer: Duration,
}

impl Floor {
    pub fn total(self) -> Duration {
        self.requests + self.signatures
    }

    /// Measures `count` floors, with the load that the logins have too.
    ///
    /// # Errors
    /// The server does not start, or does not answer.
    pub async fn measure(client: &Client, provider: &str, count: usize) -> anyhow::Result<Self> {
        let server = Server::start(provider)?;
        server.load(client, ["bare", "outbound", "bare"], count / 10).await?;
        let requests = server.load(client, ["bare", "outbound", "bare"], count).await?;
        let all = server.load(client, ["bare", "outbound", "signed"], count).await?;
        let answers = server.load(client, ["bare"; 3], count).await?;
        Ok(Self { requests, signatures: all.saturating_sub(requests), answer: answers / 3 })
    }
}

struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(provider: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVER, provider])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut base = String::new();
        let said = child.stdout.take().context("no standard output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut base)?;
        Ok(Self { child, base: base.trim().to_owned() })
    }

    /// Processor time per round of three requests to `paths`.
    async fn load(&self, client: &Client, paths: [&str; 3], count: usize) -> anyhow::Result<Duration> {
        let before = Cpu::of(self.child.id())?;
        let urls = paths.map(|path| format!("{}/{path}", self.base));
        let (client, urls) = (client.clone(), Rc::new(urls));
        let round = people::round(count, move |_| {
            let (client, urls) = (client.clone(), Rc::clone(&urls));
            async move {
                for url in urls.iter() {
                    http::expect(client.get(url), StatusCode::OK).await?.bytes().await?;
                }
                Ok(())
            }
        });
        let rounds = u32::try_from(round.await?.done.max(1))?;
        Ok(Cpu::of(self.child.id())?.since(before).total() / rounds)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The floor's server: says where it listens, and ends with its standard input.
///
/// # Errors
/// It cannot listen.
pub fn serve(provider: &str) -> anyhow::Result<()> {
    let signer = Data::new(Signer::new()?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let url = Data::new(format!("{provider}/bare"));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(move || {
            App::new()
                .app_data(signer.clone())
                .app_data(url.clone())
                .app_data(Data::new(http::client().ok()))
                .service(resource("/bare").route(get().to(bare)))
                .service(resource("/outbound").route(get().to(outbound)))
                .service(resource("/signed").route(get().to(signed)))
        })
        .workers(workers)
        .listen(listener)?
        .run()
        .await
    })?;
    Ok(())
}

async fn bare() -> &'static str {
    "{}"
}

async fn outbound(client: Data<Option<Client>>, url: Data<String>) -> HttpResponse {
    let Some(client) = client.as_ref() else { return HttpResponse::InternalServerError().finish() };
    let Ok(answer) = http::expect(client.get(url.as_str()), StatusCode::OK).await else {
        return HttpResponse::BadGateway().finish();
    };
    match answer.bytes().await {
        Ok(body) => HttpResponse::Ok().body(body),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}

async fn signed(signer: Data<Signer>) -> HttpResponse {
    if signer.work() { HttpResponse::Ok().body("{}") } else { HttpResponse::InternalServerError().finish() }
}

/// Signs, and does nothing else.
pub struct Signer {
    pair: KeyPair,
    public: ParsedPublicKey,
    random: SystemRandom,
}

impl Signer {
    /// # Errors
    /// No key.
    pub fn new() -> anyhow::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            .ok()
            .context("the public key does not parse")?;
        Ok(Self { pair, public, random: SystemRandom::new() })
    }

    /// One signature; whether it went well.
    pub fn sign(&self) -> bool {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &self.random, &MESSAGE, &mut signature).is_ok()
    }

    /// Two signatures and one verification; whether all went well.
    fn work(&self) -> bool {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let mut sign = || self.pair.sign(&RSA_PKCS1_SHA256, &self.random, &MESSAGE, &mut signature).is_ok();
        sign() && sign() && self.public.verify_sig(&MESSAGE, &signature).is_ok()
    }
}
