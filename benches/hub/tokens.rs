//! What tokens cost without a login: made again, made for applications, looked at. Beside them, measured in the same
//! minute: bare signatures, and the least that the same server can answer.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::floor::Signer;
use crate::http;
use crate::hub::{API, Application, Hub};
use crate::people::{self, BROWSERS, Walk, Wish};
use crate::usage::Cpu;

/// An application that refreshes for its people: access token and ID token.
const WITH_ID_TOKEN: Wish = Wish { scope: "openid profile email offline_access", audience: None };
/// One that calls an API: an access token alone.
const FOR_API: Wish = Wish { scope: "offline_access read:orders", audience: Some(API) };
/// Bare signatures are made for this long.
const SIGNING: Duration = Duration::from_secs(2);

/// What was measured, as processor time of the hub for one answer.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// One RS256 signature, before and after everything else.
    pub signature: [Duration; 2],
    /// A few bytes of JSON from the hub.
    pub bare: Duration,
    /// The same from a server without anything around it.
    pub barest: Duration,
    pub userinfo: Duration,
    pub introspection: Duration,
    pub client_credentials: Duration,
    /// An access token.
    pub refresh: Duration,
    /// An access token and an ID token.
    pub refresh_with_id_token: Duration,
}

impl Tokens {
    /// Asks for everything `count` times.
    ///
    /// # Errors
    /// An answer that is not the expected one.
    pub async fn measure(
        client: &Client,
        hub: &Hub,
        application: &Application,
        barest: Duration,
        count: usize,
    ) -> anyhow::Result<Self> {
        let before = signature()?;
        let load = Load { client: client.clone(), hub, count };
        let walk = Walk::new(client, hub, application, WITH_ID_TOKEN);
        let access_token = member(&walk.sign_in("reader").await?, "access_token")?;
        let bare = load.run(|client| client.get(hub.url("healthz")), "status").await?;
        let userinfo =
            load.run(|client| client.get(hub.url("userinfo")).bearer_auth(&access_token), "email").await?;
        let credentials =
            [("client_id", application.client_id.as_str()), ("client_secret", application.secret.as_str())];
        let form = |path: &str, fields: &[(&str, &str)]| {
            http::post_form(client, &hub.url(path), &[&credentials[..], fields].concat())
        };
        let looked_at = form("oauth/introspect", &[("token", &access_token)])?;
        let introspection = load.run(|_| again(&looked_at), "scope").await?;
        let asked = form("oauth/token", &[("grant_type", "client_credentials"), ("audience", API)])?;
        let client_credentials = load.run(|_| again(&asked), "access_token").await?;
        let refresh = load.refresh(application, FOR_API, 1).await?;
        let refresh_with_id_token = load.refresh(application, WITH_ID_TOKEN, 2).await?;
        Ok(Self {
            signature: [before, signature()?],
            bare,
            barest,
            userinfo,
            introspection,
            client_credentials,
            refresh,
            refresh_with_id_token,
        })
    }
}

fn again(request: &RequestBuilder) -> RequestBuilder {
    request.try_clone().unwrap_or_else(|| unreachable!("a form can be sent again"))
}

fn member(answer: &Value, name: &str) -> anyhow::Result<String> {
    http::text(answer, name).map(str::to_owned)
}

/// Processor time of one bare signature, made on every core at the same time, as the hub has to share them too.
fn signature() -> anyhow::Result<Duration> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let before = Cpu::of(std::process::id())?;
    let until = Instant::now() + SIGNING;
    let threads = (0..cores).map(|_| {
        std::thread::spawn(move || -> anyhow::Result<u32> {
            let signer = Signer::new()?;
            let mut made = 0;
            while Instant::now() < until {
                ensure!(signer.sign(), "a signature failed");
                made += 1;
            }
            Ok(made)
        })
    });
    let mut made = 0;
    for thread in threads.collect::<Vec<_>>() {
        made += thread.join().ok().context("a thread that signs panicked")??;
    }
    Ok(Cpu::of(std::process::id())?.since(before).total() / made.max(1))
}

struct Load<'a> {
    client: Client,
    hub: &'a Hub,
    count: usize,
}

impl Load<'_> {
    /// Processor time of the hub for one answer with the member `expected`.
    async fn run(
        &self,
        request: impl Fn(&Client) -> RequestBuilder,
        expected: &'static str,
    ) -> anyhow::Result<Duration> {
        let request = request(&self.client);
        self.measured(move |_| {
            let request = again(&request);
            async move {
                let answer = http::json(http::expect(request, StatusCode::OK).await?).await?;
                ensure!(answer.get(expected).is_some(), "no {expected} in {answer}");
                Ok(())
            }
        })
        .await
    }

    /// Processor time of the hub for one refresh. Every browser has a refresh token of its own, and goes on with the one
    /// that came.
    async fn refresh(
        &self,
        application: &Application,
        wish: Wish,
        signatures: usize,
    ) -> anyhow::Result<Duration> {
        let walk = Walk::new(&self.client, self.hub, application, wish);
        let mut tokens = Vec::new();
        for number in 0..BROWSERS {
            tokens.push(member(&walk.sign_in(&format!("refresher-{number}")).await?, "refresh_token")?);
        }
        let tokens = Rc::new(RefCell::new(tokens));
        let (client, url) = (self.client.clone(), self.hub.url("oauth/token"));
        let (client_id, secret) = (application.client_id.clone(), application.secret.clone());
        self.measured(move |_| {
            let token = tokens.borrow_mut().pop();
            let (tokens, client, url) = (Rc::clone(&tokens), client.clone(), url.clone());
            let (client_id, secret) = (client_id.clone(), secret.clone());
            async move {
                let token = token.context("every refresh token is in use")?;
                let fields = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", token.as_str()),
                    ("client_id", &client_id),
                    ("client_secret", &secret),
                ];
                let request = http::post_form(&client, &url, &fields)?;
                let answer = http::json(http::expect(request, StatusCode::OK).await?).await?;
                let made =
                    ["access_token", "id_token"].iter().filter(|name| answer.get(**name).is_some()).count();
                ensure!(made == signatures, "{made} tokens came instead of {signatures}");
                tokens.borrow_mut().push(member(&answer, "refresh_token")?);
                Ok(())
            }
        })
        .await
    }

    /// Processor time of the hub for `once`, after as many as a tenth to warm up.
    async fn measured<F>(&self, once: impl Fn(usize) -> F + 'static) -> anyhow::Result<Duration>
    where
        F: Future<Output = anyhow::Result<()>> + 'static,
    {
        let once = Rc::new(once);
        let again = Rc::clone(&once);
        people::round(self.count / 10, move |number| again(number)).await?;
        let before = Cpu::of(self.hub.process())?;
        let round = people::round(self.count, move |number| once(number)).await?;
        Ok(Cpu::of(self.hub.process())?.since(before).total() / u32::try_from(round.done.max(1))?)
    }
}
