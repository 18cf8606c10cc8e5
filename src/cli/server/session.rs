//! An administrator at this terminal: signed in by `vestibule login`, with a fresh token for every command.

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::http::{Exchange, Http};
use super::refusal::{ServerError, of_call};
use super::stored::{SignedIn, Stored};
use crate::config::Terminal;
use crate::domain::built_in::{TERMINAL_CLIENT_ID, TERMINAL_REDIRECT_URI};
use crate::domain::clock::Clock;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;

const FORM: &str = "application/x-www-form-urlencoded";

/// Whoever is signed in at the terminal's hub asks: their token, refreshed where that is needed; `None` if nobody is.
/// Of several commands one refreshes, and the others take what it got.
///
/// # Errors
/// The sign-in has ended; the file or the hub cannot be read.
pub(super) async fn bearer(http: &Http, terminal: &Terminal) -> anyhow::Result<Option<Secret>> {
    let (stored, server) = (Stored::of_person(), &terminal.server);
    // Without a folder for settings nobody can have signed in.
    let Ok(stored) = stored else { return Ok(None) };
    match stored.find(server)? {
        None => return Ok(None),
        Some(found) if is_fresh(&found) => return Ok(Some(Secret::new(found.access_token))),
        Some(_) => {}
    }
    let held = stored.lock().await?;
    let Some(found) = stored.find(server)? else { return Ok(None) };
    if is_fresh(&found) {
        return Ok(Some(Secret::new(found.access_token)));
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", TERMINAL_CLIENT_ID),
        ("refresh_token", &found.refresh_token),
    ];
    let answer = post(http, server.join("oauth/token"), &form).await?;
    if answer.0 == 400 {
        stored.put(server, None, &held)?;
        bail!("{} is no longer signed in at {server}\n  fix: vestibule login --server {server}", found.who);
    }
    let tokens = tokens_of(answer)?;
    let next = signed_in(tokens, found.who)?;
    let token = Secret::new(next.access_token.clone());
    stored.put(server, Some(next), &held)?;
    Ok(Some(token))
}

fn is_fresh(found: &SignedIn) -> bool {
    found.expires_at.saturating_sub(limits::TERMINAL_TOKEN_MARGIN_SECONDS) > Clock::default().now().seconds()
}

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    id_token: String,
    expires_in: i64,
}

/// A code that came back, and what proves that it was asked for here.
pub(in crate::cli) struct Returned {
    pub code: Secret,
    pub verifier: Secret,
    pub nonce: String,
}

/// Exchanges the code, learns who that is, and remembers them. Returns the words for the person.
///
/// # Errors
/// The hub refuses, or says something else than was asked; the file cannot be written.
pub(in crate::cli) async fn finish_sign_in(
    terminal: &Terminal,
    returned: &Returned,
) -> anyhow::Result<String> {
    let server = &terminal.server;
    let http = Http::new(server, terminal.extra_ca_pem.as_deref())?;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", TERMINAL_CLIENT_ID),
        ("code", returned.code.reveal()),
        ("redirect_uri", TERMINAL_REDIRECT_URI),
        ("code_verifier", returned.verifier.reveal()),
    ];
    let tokens = tokens_of(post(&http, server.join("oauth/token"), &form).await?)?;
    let subject = subject_of(&tokens.id_token, server, &returned.nonce)?;
    let bearer = Secret::new(tokens.access_token.clone());
    let userinfo = Exchange {
        method: Method::GET,
        url: server.join("userinfo"),
        media_type: FORM,
        body: None,
        bearer: Some(&bearer),
        if_match: None,
    };
    let answer = http.send(userinfo).await?;
    if answer.status != 200 {
        return Err(of_call(answer.status, &answer.body).into());
    }
    let person: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| person.get(name).and_then(Value::as_str);
    if text("sub") != Some(subject.as_str()) {
        bail!("{server} names one person in the ID token and another at UserInfo: nothing was kept");
    }
    let email = text("email").unwrap_or(&subject).to_owned();
    let words = match text("name") {
        Some(name) if name != email => format!("{name} <{email}>"),
        Some(_) | None => email.clone(),
    };
    let stored = Stored::of_person()?;
    let next = signed_in(tokens, email)?;
    let held = stored.lock().await?;
    stored.put(server, Some(next), &held)?;
    Ok(words)
}

/// Ends the sign-in at the hub, and forgets it here. Returns who that was; `None` if nobody was signed in.
///
/// # Errors
/// The hub cannot be told: it is forgotten here all the same.
pub(in crate::cli) async fn sign_out(terminal: &Terminal) -> anyhow::Result<Option<String>> {
    let (stored, server) = (Stored::of_person()?, &terminal.server);
    let held = stored.lock().await?;
    let Some(found) = stored.find(server)? else { return Ok(None) };
    stored.put(server, None, &held)?;
    let told = async {
        let http = Http::new(server, terminal.extra_ca_pem.as_deref())?;
        let form = [("client_id", TERMINAL_CLIENT_ID), ("token", &found.refresh_token)];
        match post(&http, server.join("oauth/revoke"), &form).await? {
            (200, _) => Ok::<_, anyhow::Error>(()),
            (status, body) => Err(of_call(status, &body).into()),
        }
    };
    told.await.with_context(|| {
        format!(
            "{} is forgotten here, but {server} could not be told: the sign-in there ends by itself",
            found.who
        )
    })?;
    Ok(Some(found.who))
}

fn signed_in(tokens: Tokens, who: String) -> anyhow::Result<SignedIn> {
    if tokens.refresh_token.is_empty() {
        bail!("the hub gave no refresh token: is it older than this program?");
    }
    Ok(SignedIn {
        who,
        access_token: tokens.access_token,
        expires_at: Clock::default().now().seconds().saturating_add(tokens.expires_in),
        refresh_token: tokens.refresh_token,
    })
}

/// The `sub` of an ID token for this terminal and this sign-in. It came from the token endpoint itself, so TLS vouches for
/// who made it (OpenID Connect Core §3.1.3.7, 6).
fn subject_of(id_token: &str, server: &Issuer, nonce: &str) -> anyhow::Result<String> {
    let payload = id_token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = payload.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    for (name, expected) in [("iss", server.as_str()), ("aud", TERMINAL_CLIENT_ID), ("nonce", nonce)] {
        if text(name) != expected {
            bail!("the ID token of {server} is not for this sign-in: its {name} is another");
        }
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp <= Clock::default().now().seconds()) {
        bail!("the ID token of {server} has expired already: is the clock of this machine right?");
    }
    Ok(text("sub").to_owned())
}

async fn post(http: &Http, url: String, form: &[(&str, &str)]) -> Result<(u16, Vec<u8>), ServerError> {
    let body = serde_urlencoded::to_string(form).ok();
    let exchange =
        Exchange { method: Method::POST, url, media_type: FORM, body, bearer: None, if_match: None };
    let answer = http.send(exchange).await?;
    Ok((answer.status, answer.body))
}

fn tokens_of((status, body): (u16, Vec<u8>)) -> Result<Tokens, ServerError> {
    if status != 200 {
        return Err(of_call(status, &body));
    }
    serde_json::from_slice(&body)
        .map_err(|_| ServerError::NotAHub("its token endpoint brought no tokens".into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_token_of_another_sign_in_is_refused() {
        let server = Issuer::parse("https://hub.example/").unwrap();
        let good = json!({
            "iss": "https://hub.example/", "aud": "vestibule-cli", "nonce": "n", "sub": "local|1", "exp": 4_000_000_000_i64,
        });
        let read = |claims: &Value| {
            let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
            subject_of(&token, &server, "n")
        };
        assert_eq!(read(&good).unwrap(), "local|1");
        for (name, wrong) in [
            ("iss", json!("https://evil.example/")),
            ("aud", json!("another")),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("exp", json!(1)),
        ] {
            let mut claims = good.clone();
            claims[name] = wrong;
            assert!(read(&claims).is_err(), "{name}");
        }
        assert!(subject_of("nonsense", &server, "n").is_err());
    }
}
