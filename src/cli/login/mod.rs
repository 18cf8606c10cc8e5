//! `vestibule login`: an administrator signs in from a terminal, with a browser (RFC 8252).

mod browser;
mod listen;

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use url::Url;

use self::listen::{Arrival, Listener};
use super::print;
use super::server::{Returned, ServerArguments, finish_sign_in, sign_out};
use crate::crypto::digest;
use crate::crypto::random::Random;
use crate::domain::built_in::{TERMINAL_CLIENT_ID, TERMINAL_REDIRECT_URI};
use crate::domain::issuer::Issuer;
use crate::domain::management_scope;
use crate::domain::secret::Secret;

#[derive(Debug, Args)]
pub(super) struct LoginArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Only prints the address, and opens no browser.
    #[arg(long)]
    no_browser: bool,
    /// Gives up after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

#[derive(Debug, Args)]
pub(super) struct LogoutArguments {
    #[command(flatten)]
    server: ServerArguments,
}

/// # Errors
/// What went wrong and what to do; nothing is kept then.
pub(super) fn run(arguments: &LoginArguments) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(login(arguments))
}

/// # Errors
/// Nobody can be forgotten, or the hub cannot be told.
pub(super) fn run_logout(arguments: &LogoutArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    let who = super::wait_for(sign_out(&terminal))??;
    print(&match who {
        Some(who) => format!("{who} is signed out of {}.\n", terminal.server),
        None => format!("Nobody was signed in at {}.\n", terminal.server),
    })
}

/// What was asked for; the answer has to fit it.
struct Asked {
    state: String,
    nonce: String,
    verifier: Secret,
}

async fn login(arguments: &LoginArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    let server = &terminal.server;
    // Before anybody types a password: is a hub there?
    super::server::look_for_hub(&terminal).await?;
    let random = Random::default();
    let asked = Asked { state: random.token(), nonce: random.token(), verifier: Secret::new(random.token()) };
    let address = authorization_url(server, &asked)?;
    let mut listener = Listener::bind(server)?;
    print(&format!("Sign in to {server} in your browser:\n\n  {address}\n\n"))?;
    if !arguments.no_browser && !browser::open(&address) {
        print("No browser could be opened: open that address yourself.\n\n")?;
    }
    let waited = Duration::from_secs(arguments.timeout);
    let Ok(arrival) = tokio::time::timeout(waited, listener.next()).await else {
        listener.stop().await;
        bail!(
            "nobody signed in within {} seconds\n  fix: try again, and finish in the browser",
            arguments.timeout
        );
    };
    let outcome = match arrival {
        Some(arrival) => conclude(&terminal, &asked, arrival).await,
        None => Err(anyhow::anyhow!("the answer of the browser could not be taken")),
    };
    listener.stop().await;
    print(&format!("Signed in to {server} as {}.\n", outcome?))
}

/// Checks the answer, exchanges the code and lets the browser see how it went.
async fn conclude(
    terminal: &crate::config::Terminal,
    asked: &Asked,
    arrival: Arrival,
) -> anyhow::Result<String> {
    let outcome = match code_of(&terminal.server, asked, &arrival.parameters) {
        Ok(code) => {
            let (verifier, nonce) = (asked.verifier.clone(), asked.nonce.clone());
            finish_sign_in(terminal, &Returned { code, verifier, nonce }).await
        }
        Err(error) => Err(error),
    };
    arrival.answer(outcome.is_ok());
    outcome
}

/// The code of an answer that is for this sign-in and from this hub.
fn code_of(server: &Issuer, asked: &Asked, parameters: &[(String, String)]) -> anyhow::Result<Secret> {
    let single = |name: &str| {
        let mut found = parameters.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.as_str()),
            _ => None,
        }
    };
    let state = single("state").unwrap_or_default();
    if !digest::secrets_match(state.as_bytes(), asked.state.as_bytes()) {
        bail!(
            "the browser brought the answer to another sign-in (its state is not ours)\n  fix: close its old tabs, and try \
             again with the address that is printed then"
        );
    }
    // RFC 9207 §2.4: another hub's answer is none of ours, an error neither.
    if single("iss") != Some(server.as_str()) {
        bail!("the answer is from another hub than {server}: it was not used");
    }
    if let Some(error) = single("error") {
        let words = single("error_description").unwrap_or_default();
        let fix = match error {
            "access_denied" => {
                "sign in as an administrator; `vestibule admins invite` makes one, where the hub runs"
            }
            _ if words.contains("no connection") => {
                "nobody manages this hub yet: open the link that `vestibule serve` printed first"
            }
            _ => "try again",
        };
        bail!("the hub refuses the sign-in: {error}: {words}\n  fix: {fix}");
    }
    single("code").map(Secret::new).context("the answer holds neither a code nor an error")
}

fn authorization_url(server: &Issuer, asked: &Asked) -> anyhow::Result<Url> {
    let scope = format!("openid profile email offline_access {}", management_scope::ALL.join(" "));
    let challenge = digest::sha256_base64url(asked.verifier.reveal());
    let audience = server.join("api/v2/");
    let parameters = [
        ("client_id", TERMINAL_CLIENT_ID),
        ("redirect_uri", TERMINAL_REDIRECT_URI),
        ("response_type", "code"),
        ("audience", &audience),
        ("state", &asked.state),
        ("nonce", &asked.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("scope", &scope),
    ];
    Ok(Url::parse_with_params(&server.join("authorize"), parameters)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked { state: "state".into(), nonce: "nonce".into(), verifier: Secret::new("verifier") }
    }

    fn read(query: &str) -> Result<String, String> {
        let server = Issuer::parse("https://hub.example/").unwrap();
        let parameters: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        let code = code_of(&server, &asked(), &parameters);
        code.map(|code| code.reveal().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_answer_to_this_sign_in_by_this_hub_gives_a_code() {
        let iss = "iss=https%3A%2F%2Fhub.example%2F";
        assert_eq!(read(&format!("code=c&state=state&{iss}")), Ok("c".into()));
        for (query, why) in [
            (format!("code=c&state=another&{iss}"), "another sign-in"),
            (format!("code=c&{iss}"), "another sign-in"),
            (format!("code=c&state=state&state=state&{iss}"), "another sign-in"),
            ("code=c&state=state".to_owned(), "another hub"),
            ("code=c&state=state&iss=https%3A%2F%2Fevil.example%2F".to_owned(), "another hub"),
            (format!("error=access_denied&state=state&{iss}"), "access_denied"),
            (format!("code=c&error=server_error&state=state&{iss}"), "server_error"),
            (format!("state=state&{iss}"), "neither a code"),
            (format!("code=c&code=d&state=state&{iss}"), "neither a code"),
        ] {
            let refused = read(&query).unwrap_err();
            assert!(refused.contains(why), "{query}: {refused}");
        }
    }

    #[test]
    fn the_request_proves_itself_later_and_says_what_it_is_for() {
        let server = Issuer::parse("https://hub.example/").unwrap();
        let url = authorization_url(&server, &asked()).unwrap();
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(value("redirect_uri"), "http://localhost:8301");
        assert_eq!(value("audience"), "https://hub.example/api/v2/");
        assert_eq!(value("code_challenge"), digest::sha256_base64url("verifier"));
        assert!(!url.as_str().contains("verifier"));
        assert!(value("scope").contains("create:connections"));
    }
}
