//! The OpenID Connect client: authorization code flow with PKCE, state and nonce, by the openidconnect crate.

use std::error::Error;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreIdToken, CoreIdTokenVerifier,
    CoreJwsSigningAlgorithm,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, HttpResponse,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope,
    SubjectIdentifier, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Settings;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in on its way: what the answer must match.
pub struct Pending {
    pub state: CsrfToken,
    nonce: Nonce,
    pkce_verifier: PkceCodeVerifier,
}

/// A person signed in, and all that was learned.
#[derive(Clone)]
pub struct SignedIn {
    /// What UserInfo says.
    pub profile: Value,
    pub id_token: CoreIdToken,
    pub id_token_claims: Value,
    /// `None` when the access token is opaque, as any application should take it to be.
    pub access_token_claims: Option<Value>,
}

/// The query of a callback.
#[derive(Deserialize)]
pub struct Reply {
    pub state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Why nobody was signed in, in words for the person in front of the browser.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("The issuer could not be reached or its configuration could not be read: {0}")]
    Discovery(String),
    #[error("The answer could not be read: its address has repeated or malformed parameters.")]
    Unreadable,
    #[error(
        "This answer does not belong to a sign-in that this browser began, or it was used before. Nothing was done with it."
    )]
    NotOurs,
    #[error("The answer came from {0}, not from the issuer this application asked.")]
    OtherIssuer(String),
    #[error("{}", description.as_deref().unwrap_or("No reason was given."))]
    Refused { code: String, description: Option<String> },
    #[error("The answer holds neither a code nor an error.")]
    Empty,
    #[error("The code could not be exchanged for tokens: {0}")]
    Exchange(String),
    #[error("The ID token did not pass: {0}")]
    IdToken(String),
    #[error("UserInfo could not be read: {0}")]
    UserInfo(String),
}

pub struct OpenId {
    settings: Settings,
    http: reqwest::Client,
}

impl OpenId {
    /// # Errors
    /// TLS could not be set up.
    #[expect(clippy::disallowed_methods, reason = "a program of its own, which only talks to its one issuer")]
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self { settings, http })
    }

    /// Where to send the browser, and what its answer must match.
    ///
    /// # Errors
    /// [`Failure::Discovery`].
    pub async fn begin(
        &self,
        parameters: [(&'static str, Option<String>); 3],
    ) -> Result<(Url, Pending), Failure> {
        let client = self.client(self.discover().await?)?;
        let (challenge, pkce_verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".into()))
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(challenge);
        for (name, value) in parameters {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                request = request.add_extra_param(name, value);
            }
        }
        let (address, state, nonce) = request.url();
        Ok((address, Pending { state, nonce, pkce_verifier }))
    }

    /// Exchanges the code, verifies the ID token and asks UserInfo.
    ///
    /// # Errors
    /// [`Failure`], with what did not pass.
    pub async fn finish(&self, pending: Pending, reply: Reply) -> Result<SignedIn, Failure> {
        // RFC 9207: an answer of another issuer is refused before its code goes anywhere.
        if let Some(issuer) = reply.iss.filter(|issuer| *issuer != self.settings.issuer) {
            return Err(Failure::OtherIssuer(issuer));
        }
        if let Some(code) = reply.error {
            return Err(Failure::Refused { code, description: reply.error_description });
        }
        let code = AuthorizationCode::new(reply.code.ok_or(Failure::Empty)?);
        let client = self.client(self.discover().await?)?;
        let send = |request| send(self.http.clone(), request);
        let tokens = client
            .exchange_code(code)
            .map_err(|error| Failure::Discovery(words(&error)))?
            .set_pkce_verifier(pending.pkce_verifier)
            .request_async(&send)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer) => Failure::Exchange(answer.to_string()),
                other => Failure::Exchange(words(&other)),
            })?;
        let id_token = tokens.id_token().ok_or_else(|| Failure::IdToken("none was sent".into()))?.clone();
        let subject = verify(&client, &id_token, &pending.nonce, tokens.access_token())?;
        let profile: UserInfoClaims<OtherClaims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), Some(subject))
            .map_err(|error| Failure::UserInfo(words(&error)))?
            .request_async(&send)
            .await
            .map_err(|error| Failure::UserInfo(words(&error)))?;
        Ok(SignedIn {
            profile: serde_json::to_value(profile).unwrap_or_default(),
            id_token_claims: claims_of(&id_token.to_string()).unwrap_or_default(),
            access_token_claims: claims_of(tokens.access_token().secret()),
            id_token,
        })
    }

    /// Where a sign-out goes on (OpenID Connect RP-Initiated Logout 1.0); `None` when the issuer has no such place.
    ///
    /// # Errors
    /// [`Failure::Discovery`].
    pub async fn sign_out_address(&self, id_token: &CoreIdToken) -> Result<Option<Url>, Failure> {
        let metadata = self.discover().await?;
        let home = PostLogoutRedirectUrl::new(self.settings.home())
            .map_err(|error| Failure::Discovery(words(&error)))?;
        Ok(metadata.additional_metadata().end_session_endpoint.clone().map(|endpoint| {
            LogoutRequest::from(endpoint)
                .set_id_token_hint(id_token)
                .set_post_logout_redirect_uri(home)
                .http_get_url()
        }))
    }

    /// Metadata and keys, fetched anew each time: this application never runs into a rotated key.
    async fn discover(&self) -> Result<ProviderMetadataWithLogout, Failure> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| Failure::Discovery(words(&error)))?;
        ProviderMetadataWithLogout::discover_async(issuer, &|request| send(self.http.clone(), request))
            .await
            .map_err(|error| Failure::Discovery(words(&error)))
    }

    fn client(&self, metadata: ProviderMetadataWithLogout) -> Result<Client, Failure> {
        let redirect_uri =
            RedirectUrl::new(self.settings.callback()).map_err(|error| Failure::Discovery(words(&error)))?;
        Ok(CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            self.settings.client_secret.clone().map(ClientSecret::new),
        )
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(redirect_uri))
    }
}

/// Signature, issuer, audience, time and nonce by the crate, and that the access token belongs to it (`at_hash`).
fn verify(
    client: &Client,
    id_token: &CoreIdToken,
    nonce: &Nonce,
    access_token: &AccessToken,
) -> Result<SubjectIdentifier, Failure> {
    let refused = |error: &dyn Error| Failure::IdToken(words(error));
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier().set_allowed_algs([
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::EdDsa,
    ]);
    let claims = id_token.claims(&verifier, nonce).map_err(|error| refused(&error))?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(|error| refused(&error))?;
        let key = id_token.signing_key(&verifier).map_err(|error| refused(&error))?;
        let actual =
            AccessTokenHash::from_token(access_token, algorithm, key).map_err(|error| refused(&error))?;
        if actual != *expected {
            return Err(Failure::IdToken("the access token is not the one it was issued with".into()));
        }
    }
    Ok(claims.subject().clone())
}

/// Claims beyond the standard ones, as they are.
#[derive(Debug, Deserialize, Serialize)]
struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

/// The claims inside a signed token, to be shown; whether they are true was decided before.
fn claims_of(token: &str) -> Option<Value> {
    let (_, rest) = token.split_once('.')?;
    let (payload, _) = rest.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

async fn send(
    http: reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let response = http.execute(request.try_into().map_err(Box::new)?).await.map_err(Box::new)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(Box::new)?;
    let mut answer = HttpResponse::new(body.to_vec());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// An error with its causes.
fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
