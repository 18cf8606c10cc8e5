//! Whose a token is: its `iss` is the provider's, and where tenants have issuers of their own, that of the tenant the token
//! names, which has to be on the connection's list.

use serde_json::{Map, Value};

use super::claims;
use super::error::{UpstreamError, quoted};
use super::key_set::KeySet;
use super::provider::Provider;
use crate::crypto::jws::Jws;
use crate::domain::issuer_template;
use crate::domain::limits;

/// The names of the checks, for one kind of token.
#[derive(Clone, Copy)]
pub(super) struct IssuerChecks {
    pub(super) issuer: &'static str,
    pub(super) tenant: &'static str,
}

/// The issuer of a token with these `claims`, by both checks.
///
/// # Errors
/// The checks named in `checks`.
pub(super) fn check_issuer(
    claims: &Map<String, Value>,
    provider: &Provider,
    checks: IssuerChecks,
) -> Result<String, UpstreamError> {
    let expected = match provider.tenant_ids.is_empty() {
        true => provider.issuer.clone(),
        false => {
            issuer_template::of_tenant(&provider.issuer, listed_tenant(claims, provider, checks.tenant)?)
        }
    };
    let came = match claims::required_text(claims, "iss") {
        Ok(issuer) if issuer.len() > limits::ISSUER_BYTES => "a longer one".into(),
        Ok(issuer) if issuer == expected => return Ok(expected),
        Ok(issuer) => quoted(issuer),
        Err(fault) => fault.came().into(),
    };
    Err(UpstreamError::invalid(
        checks.issuer,
        format!("iss {}, in at most {} bytes", quoted(&expected), limits::ISSUER_BYTES),
        came,
        "Make the issuer of your provider's metadata, of its tokens and of this connection the same, letter for letter.",
    ))
}

/// A key that the provider restricts to one issuer signs for no other, were it the provider's own for other tenants.
///
/// # Errors
/// `id-token-key-issuer`.
pub(super) fn check_key_issuer(
    keys: &KeySet,
    jws: &Jws<'_>,
    claims: &Map<String, Value>,
    issuer: &str,
) -> Result<(), UpstreamError> {
    let tenant = claims::required_text(claims, "tid").unwrap_or_default();
    if keys.is_key_of(jws, |of_key| issuer_template::of_tenant(of_key, tenant) == issuer) {
        return Ok(());
    }
    Err(UpstreamError::invalid(
        "id-token-key-issuer",
        format!("a key that signs for {}", quoted(issuer)),
        "one that signs for another issuer alone",
        "The ID token is not of the tenant it names, or your provider publishes its keys with a wrong issuer.",
    ))
}

fn listed_tenant<'a>(
    claims: &'a Map<String, Value>,
    provider: &Provider,
    check: &'static str,
) -> Result<&'a str, UpstreamError> {
    let came = match claims::required_text(claims, "tid") {
        Ok(tenant) if provider.tenant_ids.iter().any(|listed| listed == tenant) => return Ok(tenant),
        Ok(tenant) => quoted(tenant),
        Err(fault) => fault.came().into(),
    };
    Err(UpstreamError::invalid(
        check,
        "tid among the tenant_ids of this connection",
        came,
        "The person belongs to a tenant that is not allowed here. If it should be, add its id to tenant_ids of this \
         connection.",
    ))
}
