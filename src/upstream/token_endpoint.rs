//! Requests to a provider's token endpoint (RFC 6749 §3.2), and what of the answers counts.
//!
//! The openidconnect crate writes the request. The answer is read here, so that an oddity in a field nobody needs does not break
//! a sign-in.

use http::Response;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, Client, ClientId, ClientSecret, EmptyAdditionalClaims, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, JsonWebKeySet,
    OAuth2TokenResponse as _, StandardErrorResponse, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::client_authentication::Authentication;
use super::error::{UpstreamError, printable, quoted};
use super::http::HttpAnswer;
use super::json_answer::Document;
use super::possession::{self, ProofKey};
use crate::domain::clock::Timestamp;
use crate::domain::connection::TokenEndpointAuthMethod;
use crate::domain::secret::Secret;
use crate::domain::upstream_tokens::UpstreamTokens;

/// The ID token, under a name of ours: the crate leaves it alone, and it is verified as it came (`verify_id_token`).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UnreadIdToken {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unread_id_token: Option<String>,
}

impl ExtraTokenFields for UnreadIdToken {}

type TokenAnswer = StandardTokenResponse<
    IdTokenFields<
        EmptyAdditionalClaims,
        UnreadIdToken,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type TokenClient = Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// What a token answer brought.
pub(super) struct Tokens {
    pub(super) id_token: Option<String>,
    /// Printable ASCII; some providers give none for `openid` alone.
    pub(super) access_token: Option<String>,
    pub(super) refresh_token: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) expires_in: Option<i64>,
}

impl Tokens {
    /// As they are kept; `None` without an access token.
    pub(super) fn to_keep(&self, now: Timestamp) -> Option<UpstreamTokens> {
        Some(UpstreamTokens {
            access_token: Secret::new(self.access_token.clone()?),
            refresh_token: self.refresh_token.clone().map(Secret::new),
            scope: self.scope.clone(),
            expires_at: self.expires_in.map(|seconds| now.plus_seconds(seconds)),
        })
    }
}

/// What the request is for, for the words of errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An ID token for a code.
    SignIn,
    /// An access token for a refresh token.
    Refresh,
}

pub(super) struct TokenEndpoint<'a> {
    call: &'a Call<'a>,
    url: &'a str,
    pub(super) authentication: Authentication,
    key: Option<&'a ProofKey>,
}

impl<'a> TokenEndpoint<'a> {
    /// # Errors
    /// `token-endpoint`, and those of [`Authentication::of`].
    pub(super) fn of(call: &'a Call<'a>, key: Option<&'a ProofKey>) -> Result<Self, UpstreamError> {
        let url = call.provider.token_endpoint.as_deref().ok_or_else(|| {
            UpstreamError::misconfigured(
                "token-endpoint",
                "a token endpoint",
                "none",
                "Enter the token endpoint of the provider, or publish it in its discovery document.",
            )
        })?;
        Ok(Self { call, url, authentication: Authentication::of(call)?, key })
    }

    /// The crate's client. It names itself in every request, and proves itself where that is done in the header; what
    /// proves it in the form is added to each.
    ///
    /// # Errors
    /// `token-endpoint`.
    pub(super) fn client(&self) -> Result<TokenClient, UpstreamError> {
        let url = TokenUrl::new(self.url.to_owned()).map_err(|_| self.no_url())?;
        let connection = self.call.connection;
        // Who the issuer is counts when the ID token is verified, and is asked there.
        let no_issuer = IssuerUrl::from_url(url.url().clone());
        let client_id = ClientId::new(connection.options.client_id.clone());
        let client: TokenClient =
            Client::new(client_id, no_issuer, JsonWebKeySet::default()).set_token_uri(url);
        Ok(match (connection.options.token_endpoint_auth_method, &connection.client_secret) {
            // The one method with which the client is not named in the form.
            (TokenEndpointAuthMethod::ClientSecretBasic, Some(secret)) => client
                .set_auth_type(AuthType::BasicAuth)
                .set_client_secret(ClientSecret::new(secret.reveal().to_owned())),
            (_, _) => client.set_auth_type(AuthType::RequestBody),
        })
    }

    pub(super) fn no_url(&self) -> UpstreamError {
        UpstreamError::misconfigured(
            "token-endpoint",
            "a URL as token endpoint",
            quoted(self.url),
            "Correct the token endpoint of this connection.",
        )
    }

    /// Sends a request of the crate's, and gives the answer with nothing in it but what is needed.
    pub(super) async fn exchange(
        &self,
        request: HttpRequest,
        wanted: Wanted,
        secrets: &[&str],
    ) -> Result<HttpResponse, UpstreamError> {
        let answer = possession::send(self.call, self.call.purpose("token"), request, self.key, None).await?;
        let secrets: Vec<&str> = self.authentication.secrets().chain(secrets.iter().copied()).collect();
        self.normalised(&answer, wanted, &secrets)
    }

    /// What the crate makes of that answer.
    pub(super) fn tokens(answer: &TokenAnswer) -> Tokens {
        let access_token = answer.access_token().secret();
        let scopes = answer
            .scopes()
            .map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "));
        Tokens {
            id_token: answer.extra_fields().extra_fields().unread_id_token.clone(),
            access_token: (!access_token.is_empty()).then(|| access_token.clone()),
            refresh_token: answer.refresh_token().map(|token| token.secret().clone()),
            scope: scopes.filter(|scope| !scope.is_empty()),
            expires_in: answer.expires_in().and_then(|time| i64::try_from(time.as_secs()).ok()),
        }
    }

    pub(super) fn unreadable(&self) -> UpstreamError {
        UpstreamError::invalid(
            "token-answer",
            "a token answer by RFC 6749",
            "something else",
            format!("Check that {} is the token endpoint.", self.url),
        )
    }

    pub(super) fn normalised(
        &self,
        answer: &HttpAnswer,
        wanted: Wanted,
        secrets: &[&str],
    ) -> Result<HttpResponse, UpstreamError> {
        let document = Document { check: "token-answer", name: "the token answer", url: self.url };
        let object = match answer.object() {
            Some(object) => object,
            None if answer.status.is_success() => return Err(answer.unreadable(document)),
            None => return Err(answer.unsuccessful(document)),
        };
        if let Some(error) = object.get("error").and_then(Value::as_str) {
            let description = object.get("error_description").and_then(Value::as_str);
            return Err(self.refused(answer, (error, description), wanted, secrets));
        }
        if !answer.status.is_success() {
            return Err(answer.unsuccessful(document));
        }
        self.check_binding(&object)?;
        let mut body = Map::new();
        body.insert("token_type".into(), json!("bearer"));
        match (wanted, object.get("id_token").and_then(Value::as_str)) {
            (_, Some(id_token)) => drop(body.insert("unread_id_token".into(), json!(id_token))),
            (Wanted::SignIn, None) => return Err(no_id_token()),
            (Wanted::Refresh, None) => {}
        }
        // Missing is harmless unless UserInfo is asked; a character outside RFC 6749 appendix A.12 could not be sent on
        // in a header.
        let access_token = object.get("access_token").and_then(Value::as_str).unwrap_or_default();
        if !access_token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
            return Err(UpstreamError::invalid(
                "token-access-token",
                "an access token of printable ASCII characters",
                "one with others",
                "Make your provider issue access tokens by RFC 6749, appendix A.12.",
            ));
        }
        body.insert("access_token".into(), json!(access_token));
        for name in ["refresh_token", "scope"] {
            if let Some(text) = object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                body.insert(name.into(), json!(text));
            }
        }
        let expires_in = match object.get("expires_in") {
            Some(Value::String(text)) => text.parse::<u64>().ok(),
            Some(other) => other.as_u64(),
            None => None,
        };
        body.insert("expires_in".into(), json!(expires_in));
        Ok(Response::new(Value::Object(body).to_string().into_bytes()))
    }

    /// Where a proof was sent, the token has to be bound to its key (RFC 9449 §5): one that anybody could use is not what
    /// was asked for.
    fn check_binding(&self, answer: &Map<String, Value>) -> Result<(), UpstreamError> {
        let token_type = answer.get("token_type").and_then(Value::as_str).unwrap_or_default();
        if self.key.is_none() || token_type.eq_ignore_ascii_case("dpop") {
            return Ok(());
        }
        Err(UpstreamError::invalid(
            "token-type",
            "token_type DPoP",
            quoted(token_type),
            "Make your provider bind the tokens of this application to their key (DPoP), or leave dpop_signing_alg of \
             this connection out.",
        ))
    }

    /// A named error of the token endpoint (RFC 6749 §5.2).
    fn refused(
        &self,
        answer: &HttpAnswer,
        (error, description): (&str, Option<&str>),
        wanted: Wanted,
        secrets: &[&str],
    ) -> UpstreamError {
        let mut came = printable(error, secrets);
        if let Some(description) = description {
            came = format!("{came} ({})", printable(description, secrets));
        }
        let expected = match wanted {
            Wanted::SignIn => "tokens for the code",
            Wanted::Refresh => "new tokens for the refresh token",
        };
        match error {
            "invalid_client" | "unauthorized_client" => {
                UpstreamError::misconfigured("token-client", expected, came, self.advice_about_client())
            }
            "unsupported_grant_type" => UpstreamError::misconfigured(
                "token-grant-type",
                expected,
                came,
                match wanted {
                    Wanted::SignIn => {
                        "Allow the grant type authorization_code for this application at your provider."
                    }
                    Wanted::Refresh => {
                        "Allow the grant type refresh_token for this application at your provider."
                    }
                },
            ),
            "invalid_scope" => UpstreamError::misconfigured(
                "token-scope",
                expected,
                came,
                "Allow the scopes of this connection for this application at your provider.",
            ),
            "invalid_dpop_proof" | "use_dpop_nonce" => UpstreamError::invalid(
                "token-proof",
                expected,
                came,
                "Your provider did not take the DPoP proof: check its clock, and that it is called by its own address.",
            ),
            "invalid_grant" if wanted == Wanted::Refresh => UpstreamError::invalid(
                "token-refresh",
                expected,
                came,
                "Your provider has ended what the person allowed, which a new sign-in starts again.",
            ),
            "invalid_grant" => UpstreamError::invalid(
                "token-code",
                expected,
                came,
                "Your provider did not take the code it had issued: check that its application has exactly this \
                 hub's redirect URI, that its code lives for a minute, and whether it demands or rejects PKCE.",
            ),
            _ if answer.status.is_server_error() => UpstreamError::unreachable(
                "token-answer",
                expected,
                came,
                "Your provider's token endpoint is failing; check its health.",
            ),
            _ => UpstreamError::invalid(
                "token-answer",
                expected,
                came,
                "Look for this error in the log of your provider's token endpoint.",
            ),
        }
    }

    fn advice_about_client(&self) -> String {
        let expires_at = self.call.connection.options.client_secret_expires_at.unwrap_or_default();
        if expires_at != 0 && expires_at <= self.call.now.seconds() {
            let date = Timestamp::from_seconds(expires_at).iso8601();
            return format!(
                "The client secret of this connection expired on {date}: make a new one at your provider and enter it here."
            );
        }
        if self.call.connection.options.token_endpoint_auth_method == TokenEndpointAuthMethod::None {
            return "Your provider wants this application to prove who it is: enter its client secret for this \
                    connection, or make it a public application at your provider."
                .into();
        }
        "Compare client id, client secret or key (is it expired?) and token_endpoint_auth_method of this connection with \
         the application registered at your provider."
            .into()
    }
}

fn no_id_token() -> UpstreamError {
    UpstreamError::invalid(
        "token-id-token",
        "an ID token in the token answer",
        "none",
        "Make your provider treat this application as an OpenID Connect one and allow the scope openid.",
    )
}
