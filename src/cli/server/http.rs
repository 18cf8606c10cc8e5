//! The HTTP client of the terminal. The hub's own, in `upstream`, is for what a hub asks of strangers: its guard would
//! refuse a hub on this machine, or in a company's network.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, RETRY_AFTER};
use reqwest::{Method, redirect};

use super::refusal::ServerError;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::secret::Secret;

/// One hub, over TLS unless it is on this machine; no redirects; bounded in time and size.
pub(super) struct Http {
    client: reqwest::Client,
    /// For messages.
    origin: String,
}

/// One call.
pub(super) struct Exchange<'a> {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) media_type: &'static str,
    pub(super) body: Option<String>,
    pub(super) bearer: Option<&'a Secret>,
    pub(super) if_match: Option<&'a str>,
}

/// An answer, read to its end.
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) body: Vec<u8>,
    retry_after: Option<u64>,
}

impl Http {
    /// # Errors
    /// The certificates are none, or the system has no room for a client.
    pub(super) fn new(server: &Issuer, extra_ca_pem: Option<&[u8]>) -> anyhow::Result<Self> {
        let roots = extra_ca_pem.map(reqwest::Certificate::from_pem_bundle).transpose()?.unwrap_or_default();
        let is_https = server.is_https();
        let builder = || {
            #[expect(
                clippy::disallowed_methods,
                reason = "it talks to our own hub, whose address a person gave"
            )]
            let builder = reqwest::Client::builder()
                .https_only(is_https)
                .redirect(redirect::Policy::none())
                .connect_timeout(Duration::from_millis(limits::TERMINAL_CONNECT_MILLIS))
                .timeout(Duration::from_millis(limits::TERMINAL_TOTAL_MILLIS))
                .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")));
            // Plain http stays on this machine: a proxy would read the token.
            if is_https { builder } else { builder.no_proxy() }
        };
        let client = match is_https {
            true => builder()
                .tls_certs_merge(roots.clone())
                .build()
                // A machine without root certificates can still reach a hub by its own.
                .or_else(|_| builder().tls_certs_only(roots).build())?,
            false => builder().tls_certs_only([]).build()?,
        };
        Ok(Self { client, origin: server.origin().to_owned() })
    }

    /// Sends it and reads the whole answer, whatever its status. One that came too often is sent again, after the wait
    /// that the hub asks for.
    ///
    /// # Errors
    /// No whole answer came.
    pub(super) async fn send(&self, exchange: Exchange<'_>) -> Result<HttpAnswer, ServerError> {
        for _ in 0..limits::TERMINAL_TRIES_AGAIN {
            let answer = self.send_once(&exchange).await?;
            match (answer.status, answer.retry_after) {
                (429, Some(seconds)) => {
                    let wait = seconds.clamp(1, limits::TERMINAL_WAIT_SECONDS);
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                }
                _ => return Ok(answer),
            }
        }
        self.send_once(&exchange).await
    }

    async fn send_once(&self, exchange: &Exchange<'_>) -> Result<HttpAnswer, ServerError> {
        let mut request =
            self.client.request(exchange.method.clone(), &exchange.url).header(ACCEPT, "application/json");
        if let Some(body) = &exchange.body {
            request = request.header(CONTENT_TYPE, exchange.media_type).body(body.clone());
        }
        if let Some(token) = exchange.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        if let Some(etag) = exchange.if_match {
            request = request.header(IF_MATCH, etag);
        }
        let mut response = request.send().await.map_err(|error| self.explain(&error))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let (etag, retry_after) =
            (header(ETAG).map(str::to_owned), header(RETRY_AFTER).and_then(|text| text.parse().ok()));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.explain(&error))? {
            if body.len() + chunk.len() > limits::TERMINAL_ANSWER_BYTES {
                return Err(ServerError::NotAHub(format!("{} sends more than a hub would", self.origin)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpAnswer { status, etag, body, retry_after })
    }

    fn explain(&self, error: &reqwest::Error) -> ServerError {
        let mut innermost: &(dyn std::error::Error + 'static) = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let why = match error.is_timeout() {
            true => "it does not answer in time".to_owned(),
            false => innermost.to_string(),
        };
        ServerError::Unreachable { origin: self.origin.clone(), why }
    }
}
