//! Who arrived from a provider: the answer that the browser brought, by every check (OpenID Connect Core §3.1.2.7,
//! §3.1.3.7, §3.2.2.8).

use serde_json::{Map, Value};

use super::call::{Call, OurSide};
use super::claims;
use super::error::UpstreamError;
use super::fetch_userinfo::{Person, fetch_userinfo};
use super::issuer::check_key_issuer;
use super::possession::ProofKey;
use super::redeem_code::redeem_code;
use super::reply::{Credential, ProviderAnswer};
use super::token_endpoint::Tokens;
use super::verify_id_token::{self, TokenRules};
use super::verify_logout_token;
use super::verify_signature::verify_signature;
use crate::domain::clock::Timestamp;
use crate::domain::connection::SUBJECT_CLAIM;
use crate::domain::upstream_tokens::UpstreamTokens;

/// What a login remembers of its departure, and what this hub brings along.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    pub redirect_uri: &'a str,
    pub nonce: &'a str,
    pub pkce_verifier: Option<&'a str>,
    /// The `max_age` asked for, in seconds.
    pub max_age: Option<i64>,
    /// When the browser was sent off.
    pub sent_at: Timestamp,
    pub ours: OurSide<'a>,
}

/// Who arrived, by every check.
pub struct Arrival {
    pub issuer: String,
    /// Of the claim that the connection knows its people by (`user_id_attribute`).
    pub subject: String,
    /// Every claim of the ID token, as sent.
    pub claims: Map<String, Value>,
    /// Every claim of UserInfo, where it was asked.
    pub userinfo: Option<Map<String, Value>>,
    pub auth_time: Option<Timestamp>,
    /// When the provider wants the sign-in to end, where it may say so.
    pub session_expires_at: Option<Timestamp>,
    pub acr: Option<String>,
    pub amr: Vec<String>,
    /// The provider's own session (`sid`), where it names it.
    pub sid: Option<String>,
    /// Where the connection keeps them.
    pub tokens: Option<UpstreamTokens>,
}

impl std::fmt::Debug for Arrival {
    /// Without the claims, which are the person's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// # Errors
/// The first check that fails.
pub(super) async fn complete(
    call: &Call<'_>,
    expected: Expected<'_>,
    answer: &ProviderAnswer,
) -> Result<Arrival, UpstreamError> {
    let Call { http, provider, connection, now, .. } = *call;
    let options = &connection.options;
    let trace = http.trace();
    let credential = answer.credential(options.channel, provider);
    let (id_token, tokens, code, key) = match trace.tell(answer.checks(options.channel), credential)? {
        Credential::Code(code) => {
            let key = ProofKey::make(connection, provider)?;
            let redeemed = redeem_code(call, &expected, code, key.as_ref()).await;
            let tokens = trace.tell(&["token-client", "token-code", "token-id-token"], redeemed)?;
            if key.is_some() {
                trace.passed("token-type");
            }
            (tokens.id_token.clone().unwrap_or_default(), Some(tokens), Some(code), key)
        }
        Credential::IdToken(id_token) => (id_token.to_owned(), None, None, None),
    };
    let access_token = tokens.as_ref().and_then(|tokens: &Tokens| tokens.access_token.as_deref());
    let checks = &verify_id_token::ID_TOKEN;
    let (jws, algorithm) = verify_signature(http, provider, connection, checks, &id_token, now).await?;
    let rules = TokenRules {
        provider,
        options,
        nonce: expected.nonce,
        max_age: expected.max_age.map(|seconds| (seconds, expected.sent_at)),
        access_token,
        code,
        trace,
        now,
    };
    let claims = verify_id_token::check_claims(&jws, algorithm, &rules)?;
    if !provider.tenant_ids.is_empty() {
        let keys = provider.keys(http, &connection.name, now).await?;
        let issuer = claims::required_text(&claims, "iss").unwrap_or_default();
        trace.tell(&["id-token-key-issuer"], check_key_issuer(&keys, &jws, &claims, issuer))?;
    }
    let text = |name: &str| claims::required_text(&claims, name).unwrap_or_default().to_owned();
    let (issuer, subject) = (text("iss"), text(&options.user_id_attribute));
    let userinfo = if provider.is_userinfo_wanted(options, &claims, access_token) {
        let person = Person { issuer: &issuer, subject: &text(SUBJECT_CLAIM) };
        Some(fetch_userinfo(call, person, access_token, key.as_ref()).await?)
    } else {
        None
    };
    let session_expires_at = claims::lenient_seconds(&claims, verify_id_token::SESSION_EXPIRY)
        .filter(|_| options.id_token_session_expiry_supported);
    let keeps_tokens = options.federated_connections_access_tokens.active;
    Ok(Arrival {
        tokens: tokens.as_ref().filter(|_| keeps_tokens).and_then(|tokens| tokens.to_keep(now)),
        issuer,
        session_expires_at: session_expires_at.map(Timestamp::from_seconds),
        auth_time: claims::lenient_seconds(&claims, "auth_time").map(Timestamp::from_seconds),
        acr: claims::authentication_class(&claims),
        amr: claims::authentication_methods(&claims),
        sid: claims::optional_text(&claims, "sid")
            .ok()
            .flatten()
            .filter(|sid| verify_logout_token::is_name(sid))
            .map(str::to_owned),
        subject,
        claims,
        userinfo,
    })
}
