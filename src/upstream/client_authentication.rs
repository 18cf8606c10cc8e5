//! How this hub proves at a provider who it is: by the secret it shares with it (RFC 6749 §2.3.1), or by a key of the
//! connection (RFC 7523 §3, OpenID Connect Core §9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};
use serde_json::json;
use url::form_urlencoded;

use super::call::Call;
use super::error::UpstreamError;
use crate::domain::connection::{JwtAudience, TokenEndpointAuthMethod};
use crate::domain::limits;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request carries beside `client_id`, which every one does.
pub(super) struct Authentication {
    pub(super) parameters: Vec<(&'static str, String)>,
    header: Option<HeaderValue>,
    /// What must not be shown should the provider repeat it.
    secrets: Vec<String>,
}

impl Authentication {
    /// For the connection of `call`, made for one request.
    ///
    /// # Errors
    /// `client-assertion…`, `client-secret`.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, UpstreamError> {
        let secret = call.connection.client_secret.as_ref().map(|secret| secret.reveal());
        let with = |parameters: Vec<(&'static str, String)>| {
            let told = parameters.iter().map(|(_, value)| value).filter(|value| *value != ASSERTION_TYPE);
            let secrets = told.cloned().collect();
            Ok(Self { parameters, header: None, secrets })
        };
        match (call.connection.options.token_endpoint_auth_method, secret) {
            (TokenEndpointAuthMethod::PrivateKeyJwt, _) => with(vec![
                ("client_assertion_type", ASSERTION_TYPE.into()),
                ("client_assertion", assertion(call)?),
            ]),
            (TokenEndpointAuthMethod::ClientSecretPost, Some(secret)) => {
                with(vec![("client_secret", secret.to_owned())])
            }
            (TokenEndpointAuthMethod::ClientSecretBasic, Some(secret)) => {
                let (header, pair) = basic(&call.connection.options.client_id, secret)?;
                let secrets = vec![pair, secret.to_owned()];
                Ok(Self { parameters: Vec::new(), header: Some(header), secrets })
            }
            // A connection by the front channel need not have a secret.
            (
                TokenEndpointAuthMethod::ClientSecretPost | TokenEndpointAuthMethod::ClientSecretBasic,
                None,
            )
            | (TokenEndpointAuthMethod::None, _) => with(Vec::new()),
        }
    }

    /// Puts what travels in the header there.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        if let Some(header) = &self.header {
            headers.insert(AUTHORIZATION, header.clone());
        }
    }

    /// What to blot out of the provider's own words.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }
}

/// The header, and the text in it. Both halves are form-encoded first (RFC 6749 §2.3.1).
fn basic(client_id: &str, secret: &str) -> Result<(HeaderValue, String), UpstreamError> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret)));
    let mut header = HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| {
        UpstreamError::misconfigured(
            "client-secret",
            "a client id and secret that fit into a header",
            "others",
            "Enter client id and client secret of this connection anew.",
        )
    })?;
    header.set_sensitive(true);
    Ok((header, pair))
}

/// For one audience alone and for a minute: what another provider gets hold of is of no use here, nor there.
fn assertion(call: &Call<'_>) -> Result<String, UpstreamError> {
    let options = &call.connection.options;
    let algorithm = options.token_endpoint_auth_signing_alg;
    let no_key = || {
        UpstreamError::misconfigured(
            "client-assertion-key",
            format!("a key of this connection that signs by {}", algorithm.name()),
            "none",
            "Make keys for this connection, and give your provider the address of its key set.",
        )
    };
    let key = call.ours.keys.signing(algorithm).ok_or_else(no_key)?;
    let audience = match options.token_endpoint_jwtca_aud_format {
        JwtAudience::Issuer => &call.provider.issuer,
        JwtAudience::TokenEndpoint => call.provider.token_endpoint.as_ref().unwrap_or(&call.provider.issuer),
    };
    let now = call.now.seconds();
    let claims = json!({
        "iss": options.client_id,
        "sub": options.client_id,
        "aud": audience,
        "jti": call.ours.random.token(),
        "iat": now,
        "exp": now + limits::UPSTREAM_ASSERTION_SECONDS,
    });
    key.sign(algorithm, "JWT", &claims).map_err(|_| no_key())
}
