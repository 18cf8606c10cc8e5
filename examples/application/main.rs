//! The sample application on its own: an OpenID Connect client in front of any issuer.
//!
//! ```text
//! cargo run --example application -- --issuer http://localhost:8080/ --client-id ID --client-secret SECRET
//! ```

#[path = "app.rs"]
mod app;

use std::net::TcpListener;

use clap::Parser;

/// A web application that signs people in with OpenID Connect and shows what it learned.
///
/// Every option may also come from the environment, as the name in square brackets.
#[derive(Parser)]
struct Options {
    /// The issuer that signs people in [APPLICATION_ISSUER; http://localhost:8080/]
    #[arg(long)]
    issuer: Option<String>,
    /// This application's client_id there [APPLICATION_CLIENT_ID]
    #[arg(long)]
    client_id: Option<String>,
    /// Its secret; none for a public client [APPLICATION_CLIENT_SECRET]
    #[arg(long)]
    client_secret: Option<String>,
    /// The address to listen on [APPLICATION_LISTEN; 127.0.0.1:8082]
    #[arg(long)]
    listen: Option<String>,
    /// This application's own address in the browser [APPLICATION_URL; http://localhost:PORT]
    #[arg(long)]
    url: Option<String>,
    /// A connection to offer a direct way to [APPLICATION_CONNECTION; acme]
    #[arg(long)]
    connection: Option<String>,
}

#[actix_web::main]
async fn main() -> Result<(), String> {
    let options = Options::parse();
    let listen = option(options.listen, "APPLICATION_LISTEN").unwrap_or_else(|| "127.0.0.1:8082".into());
    let listener =
        TcpListener::bind(&listen).map_err(|error| format!("{listen} cannot be listened on: {error}"))?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let settings = app::Settings {
        issuer: option(options.issuer, "APPLICATION_ISSUER")
            .unwrap_or_else(|| "http://localhost:8080/".into()),
        client_id: option(options.client_id, "APPLICATION_CLIENT_ID")
            .ok_or("which application is this? Give --client-id or APPLICATION_CLIENT_ID")?,
        client_secret: option(options.client_secret, "APPLICATION_CLIENT_SECRET"),
        url: option(options.url, "APPLICATION_URL").unwrap_or_else(|| format!("http://localhost:{port}")),
        connection: option(options.connection, "APPLICATION_CONNECTION").or_else(|| Some("acme".into())),
        accounts: Vec::new(),
    };
    println!("Open {}", settings.url);
    println!("Its callback is {}, and a sign-out returns to {}", settings.callback(), settings.home());
    app::start(settings, listener)
        .map_err(|error| error.to_string())?
        .await
        .map_err(|error| error.to_string())
}

#[expect(clippy::disallowed_methods, reason = "a program of its own reads its own environment")]
fn option(given: Option<String>, variable: &str) -> Option<String> {
    given.or_else(|| std::env::var(variable).ok()).filter(|text| !text.is_empty())
}
