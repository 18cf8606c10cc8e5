//! The claims of UserInfo (OpenID Connect Core §5.3), plain or signed, of the subject who signed in.

use http::Request;
use http::header::{ACCEPT, AUTHORIZATION};
use serde_json::{Map, Value};

use super::call::Call;
use super::claims;
use super::error::{UpstreamError, quoted};
use super::http::no_url;
use super::json_answer::Document;
use super::possession::{self, ProofKey};
use super::verify_signature::{SignatureChecks, is_no_identity, verify_signature};

const SIGNED_USERINFO: SignatureChecks = SignatureChecks {
    token: "UserInfo answer",
    format: "userinfo-format",
    algorithm: "userinfo-algorithm",
    token_type: "userinfo-type",
    key: "userinfo-key",
    signature: "userinfo-signature",
    is_foreign: is_no_identity,
};

/// Whom the ID token named.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub(super) issuer: &'a str,
    /// `sub`.
    pub(super) subject: &'a str,
}

/// Asks UserInfo with `access_token` in the Authorization header (RFC 6750 §2.1), and a proof where it is bound to `key`.
///
/// # Errors
/// `userinfo…` checks, and those of [`super::http::HttpClient::send`].
pub(super) async fn fetch_userinfo(
    call: &Call<'_>,
    person: Person<'_>,
    access_token: Option<&str>,
    key: Option<&ProofKey>,
) -> Result<Map<String, Value>, UpstreamError> {
    let Call { http, provider, connection, now, .. } = *call;
    let absent = |what: &'static str| {
        UpstreamError::misconfigured(
            "userinfo",
            format!("{what}, because this connection asks UserInfo"),
            "none",
            "Make your provider offer UserInfo to this application, or set call_userinfo to never.",
        )
    };
    let endpoint = provider.userinfo_endpoint.as_deref().ok_or_else(|| absent("a UserInfo endpoint"))?;
    let access_token = access_token.ok_or_else(|| absent("an access token"))?;
    let (purpose, trace) = (call.purpose("userinfo"), http.trace());
    let scheme = if key.is_some() { "DPoP" } else { "Bearer" };
    let request = Request::get(endpoint)
        .header(ACCEPT, "application/json, application/jwt")
        .header(AUTHORIZATION, format!("{scheme} {access_token}"))
        .body(Vec::new())
        .map_err(|_| no_url(purpose))?;
    let answer = possession::send(call, purpose, request, key, Some(access_token)).await?;
    let wanted = Document { check: "userinfo", name: "UserInfo", url: endpoint };
    let userinfo = if answer.status.is_success() && answer.media_type == "application/jwt" {
        let token = String::from_utf8(answer.body).unwrap_or_default();
        let (jws, _) =
            verify_signature(http, provider, connection, &SIGNED_USERINFO, token.trim(), now).await?;
        let userinfo: Map<String, Value> = serde_json::from_slice(&jws.payload).map_err(|_| not_claims())?;
        let checks = ["userinfo-issuer", "userinfo-audience"];
        trace.tell(&checks, check_origin(&userinfo, person.issuer, &connection.options.client_id))?;
        userinfo
    } else {
        trace.tell(&["userinfo"], answer.into_object(wanted))?
    };
    trace.tell(&["userinfo-subject"], check_subject(&userinfo, person.subject))?;
    Ok(userinfo)
}

fn not_claims() -> UpstreamError {
    UpstreamError::invalid(
        "userinfo-format",
        "claims as a JSON object",
        "something else",
        "Make your provider answer UserInfo by OpenID Connect Core, section 5.3.2.",
    )
}

/// A signed answer that names its issuer or audience names these.
pub(super) fn check_origin(
    userinfo: &Map<String, Value>,
    issuer: &str,
    client_id: &str,
) -> Result<(), UpstreamError> {
    let advice = "Make your provider sign UserInfo answers as itself, for this application.";
    match claims::optional_text(userinfo, "iss") {
        Ok(None) => {}
        Ok(Some(came)) if came == issuer => {}
        Ok(Some(_)) | Err(_) => {
            let expected = format!("iss {}", quoted(issuer));
            return Err(UpstreamError::invalid("userinfo-issuer", expected, "another one", advice));
        }
    }
    match claims::claim(userinfo, "aud").map(|_| claims::audiences(userinfo)) {
        None => Ok(()),
        Some(Ok(audiences)) if audiences.contains(&client_id) => Ok(()),
        Some(Ok(_) | Err(_)) => {
            let expected = format!("aud {}", quoted(client_id));
            Err(UpstreamError::invalid("userinfo-audience", expected, "another one", advice))
        }
    }
}

/// Claims of anybody else must not be mixed in (OpenID Connect Core §5.3.2).
pub(super) fn check_subject(userinfo: &Map<String, Value>, subject: &str) -> Result<(), UpstreamError> {
    let came = match claims::required_text(userinfo, "sub") {
        Ok(came) if came == subject => return Ok(()),
        Ok(_) => "another one",
        Err(fault) => fault.came(),
    };
    Err(UpstreamError::invalid(
        "userinfo-subject",
        "the sub of the ID token",
        came,
        "Make your provider give the same sub in the ID token and at UserInfo.",
    ))
}
