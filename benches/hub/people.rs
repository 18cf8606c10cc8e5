//! People who sign in: each with a fresh browser, many at the same time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use vestibule::crypto::digest::sha256_base64url;
use vestibule::crypto::random::Random;

use crate::hub::{Application, CONNECTION, Hub, REDIRECT_URI};
use crate::{http, provider};

/// Browsers at the same time.
pub const BROWSERS: usize = 16;
/// Every person signs in this often, each time with another browser: the first login makes the user, the others
/// find it.
const LOGINS_PER_PERSON: usize = 4;
/// No round takes longer.
const ROUND: Duration = Duration::from_secs(300);

/// What a round was like: of logins, or of what else is done many times.
pub struct Round {
    /// How many there were; fewer than asked for if time ran out.
    pub done: usize,
    pub took: Duration,
    /// Of each, sorted.
    times: Vec<Duration>,
}

impl Round {
    /// Several rounds as one.
    pub fn together(rounds: Vec<Self>) -> Self {
        let mut all = Self { done: 0, took: Duration::ZERO, times: Vec::new() };
        for round in rounds {
            all.done += round.done;
            all.took += round.took;
            all.times.extend(round.times);
        }
        all.times.sort_unstable();
        all
    }

    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    /// The time that `share` of them did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let index = (self.times.len() as f64 * share) as usize;
        self.times.get(index).or(self.times.last()).copied().unwrap_or_default()
    }
}

/// Repeats `once` until it was begun `count` times, [`BROWSERS`] of them at the same time.
///
/// # Errors
/// The first that fails.
pub async fn round<F>(count: usize, once: impl Fn(usize) -> F + 'static) -> anyhow::Result<Round>
where
    F: Future<Output = anyhow::Result<()>> + 'static,
{
    round_while(move |begun, elapsed| begun < count && elapsed < ROUND, once).await
}

/// Repeats `once`, [`BROWSERS`] of them at the same time, as long as `goes_on` says so of how many were begun and how
/// long that took.
///
/// # Errors
/// The first that fails.
pub async fn round_while<F>(
    goes_on: impl Fn(usize, Duration) -> bool + 'static,
    once: impl Fn(usize) -> F + 'static,
) -> anyhow::Result<Round>
where
    F: Future<Output = anyhow::Result<()>> + 'static,
{
    let goes_on = Rc::new(goes_on);
    let (once, next, times) = (Rc::new(once), Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
    let started = Instant::now();
    let browsers = (0..BROWSERS).map(|_| {
        let (once, next, times) = (Rc::clone(&once), Rc::clone(&next), Rc::clone(&times));
        let goes_on = Rc::clone(&goes_on);
        actix_web::rt::spawn(async move {
            while goes_on(next.get(), started.elapsed()) {
                let number = next.replace(next.get() + 1);
                let begun = Instant::now();
                once(number).await?;
                times.borrow_mut().push(begun.elapsed());
            }
            anyhow::Ok(())
        })
    });
    for browser in browsers.collect::<Vec<_>>() {
        browser.await??;
    }
    let took = started.elapsed();
    let mut times = times.take();
    times.sort_unstable();
    Ok(Round { done: times.len(), took, times })
}

/// `count` logins, from the application's redirect to its tokens.
///
/// # Errors
/// A login that does not end with the tokens of the right person.
pub async fn sign_in_many(
    client: &Client,
    hub: &Hub,
    application: &Application,
    count: usize,
) -> anyhow::Result<Round> {
    let walk = Rc::new(Walk::new(client, hub, application, PROFILE));
    round(count, move |number| {
        let walk = Rc::clone(&walk);
        async move {
            let tokens = walk.sign_in(&format!("person-{}", number / LOGINS_PER_PERSON)).await?;
            ensure!(tokens.get("id_token").is_some(), "no ID token came");
            Ok(())
        }
    })
    .await
}

/// `count` visitors who look at the login page, go as far as the provider's door, and prove nothing.
///
/// # Errors
/// A page that does not come.
pub async fn only_look(
    client: &Client,
    hub: &Hub,
    application: &Application,
    count: usize,
) -> anyhow::Result<()> {
    let walk = Rc::new(Walk::new(client, hub, application, PROFILE));
    let visits = round(count, move |_| {
        let walk = Rc::clone(&walk);
        async move { walk.only_look().await }
    });
    visits.await.map(drop)
}

/// What an application asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub scope: &'static str,
    /// The API that the access token is for; `None`: UserInfo alone.
    pub audience: Option<&'static str>,
}

/// What every application asks for.
pub const PROFILE: Wish = Wish { scope: "openid profile email", audience: None };

/// What every login of a round shares.
pub struct Walk {
    client: Client,
    random: Random,
    /// `/authorize` with everything that does not change.
    authorize: String,
    token: String,
    issuer: String,
    client_id: String,
    secret: String,
}

impl Walk {
    pub fn new(client: &Client, hub: &Hub, application: &Application, wish: Wish) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &application.client_id)
            .append_pair("redirect_uri", REDIRECT_URI)
            .append_pair("scope", wish.scope)
            .append_pair("code_challenge_method", "S256");
        if let Some(audience) = wish.audience {
            query.append_pair("audience", audience);
        }
        Self {
            client: client.clone(),
            random: Random::default(),
            authorize: format!("{}?{}", hub.url("authorize"), query.finish()),
            token: hub.url("oauth/token"),
            issuer: hub.issuer.clone(),
            client_id: application.client_id.clone(),
            secret: application.secret.clone(),
        }
    }

    fn begin(&self, state: &str, nonce: &str, verifier: &str) -> String {
        let challenge = sha256_base64url(verifier);
        format!("{}&state={state}&nonce={nonce}&code_challenge={challenge}", self.authorize)
    }

    /// One person signs in, with a fresh browser; the application's tokens.
    ///
    /// # Errors
    /// A login that does not end with tokens.
    pub async fn sign_in(&self, person: &str) -> anyhow::Result<Value> {
        let (state, nonce, verifier) = (self.random.token(), self.random.token(), self.random.token());
        let url = self.begin(&state, &nonce, &verifier);
        let at_application = self.come_back(&url, CONNECTION, person).await?;
        ensure!(http::parameter(&at_application, "state")? == state, "another state came back");
        let code = http::parameter(&at_application, "code")?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", &verifier),
            ("client_id", &self.client_id),
            ("client_secret", &self.secret),
        ];
        let request = http::post_form(&self.client, &self.token, &fields)?;
        let tokens = http::json(http::expect(request, StatusCode::OK).await?).await?;
        if let Ok(id_token) = http::text(&tokens, "id_token") {
            self.check(id_token, person, &nonce)?;
        }
        Ok(tokens)
    }

    /// To the provider of `connection` and back; where the hub then sends the browser.
    async fn come_back(&self, url: &str, connection: &str, person: &str) -> anyhow::Result<String> {
        let url = format!("{url}&connection={connection}");
        let departure = http::expect(self.client.get(url), StatusCode::SEE_OTHER).await?;
        let cookies = cookies(&departure);
        let at_provider = finish(departure).await?;
        // What the provider's own pages do is no concern of the hub: the browser is back at once.
        let code = provider::code(person, &http::parameter(&at_provider, "nonce")?);
        let upstream_state = http::parameter(&at_provider, "state")?;
        let callback = http::parameter(&at_provider, "redirect_uri")?;
        let url = format!("{callback}?code={code}&state={upstream_state}");
        let request = self.client.get(url).header(COOKIE, cookies);
        finish(http::expect(request, StatusCode::SEE_OTHER).await?).await
    }

    /// One person who does not get in through `connection`, whose provider has its reasons.
    ///
    /// # Errors
    /// Anything but an error told to the application.
    pub async fn fail(&self, connection: &str) -> anyhow::Result<()> {
        let (state, nonce, verifier) = (self.random.token(), self.random.token(), self.random.token());
        let url = self.begin(&state, &nonce, &verifier);
        let at_application = self.come_back(&url, connection, "nobody").await?;
        http::parameter(&at_application, "error").map(drop)
    }

    /// The login page, as a fresh browser gets it.
    ///
    /// # Errors
    /// A page that does not come.
    pub async fn login_page(&self) -> anyhow::Result<()> {
        let (state, nonce, verifier) = (self.random.token(), self.random.token(), self.random.token());
        let begun = self.client.get(self.begin(&state, &nonce, &verifier));
        let begun = http::expect(begun, StatusCode::SEE_OTHER).await?;
        let cookies = cookies(&begun);
        let page = self.client.get(finish(begun).await?).header(COOKIE, cookies);
        http::expect(page, StatusCode::OK).await?.bytes().await?;
        Ok(())
    }

    /// The ID token is about `person`, by RS256.
    fn check(&self, id_token: &str, person: &str, nonce: &str) -> anyhow::Result<()> {
        let mut parts = id_token.split('.').map(|part| -> anyhow::Result<Value> {
            Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
        });
        let header = parts.next().context("an empty ID token")??;
        let claims = parts.next().context("an ID token without claims")??;
        let expected = [
            (&header, "alg", "RS256"),
            (&claims, "iss", &self.issuer),
            (&claims, "sub", &format!("oidc|{CONNECTION}|{person}")),
            (&claims, "nonce", nonce),
        ];
        for (object, name, value) in expected {
            ensure!(http::text(object, name)? == value, "{name} is not {value} in {object}");
        }
        Ok(())
    }

    async fn only_look(&self) -> anyhow::Result<()> {
        self.login_page().await?;
        let (state, nonce, verifier) = (self.random.token(), self.random.token(), self.random.token());
        let url = self.begin(&state, &nonce, &verifier);
        let departure = self.client.get(format!("{url}&connection={CONNECTION}"));
        finish(http::expect(departure, StatusCode::SEE_OTHER).await?).await.map(drop)
    }
}

/// What a browser sends back of the cookies it got.
fn cookies(response: &Response) -> String {
    let pairs = response.headers().get_all(SET_COOKIE).iter().filter_map(|line| {
        let line = line.to_str().ok()?;
        Some(line.split_once(';').map_or(line, |(pair, _)| pair))
    });
    pairs.collect::<Vec<_>>().join("; ")
}

/// Reads an answer to its end, so that its connection serves again; where it sends the browser.
async fn finish(response: Response) -> anyhow::Result<String> {
    let location = http::header(&response, &LOCATION)?;
    response.bytes().await?;
    Ok(location)
}
