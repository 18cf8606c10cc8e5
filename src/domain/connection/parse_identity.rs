//! Options of a connection that say who somebody is, and what of them is believed and kept.

use super::{EmailVerifiedPolicy, SUBJECT_CLAIM};
use crate::domain::clock::Timestamp;
use crate::domain::fields::Fields;
use crate::domain::limits;

/// Claims that a person or their administrator can change, or that somebody else may get later (OpenID Connect Core
/// §5.7; "nOAuth").
const CHANGEABLE: [&str; 11] = [
    "email",
    "family_name",
    "given_name",
    "name",
    "nickname",
    "phone_number",
    "preferred_username",
    "unique_name",
    "upn",
    "username",
    "verified_primary_email",
];
/// Claims that are the same for everybody, or another one at each sign-in.
const IMPERSONAL: [&str; 18] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "exp",
    "groups",
    "hd",
    "iat",
    "idp",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "sid",
    "tid",
];

/// Seconds, so that a number of milliseconds is seen for what it is.
pub(super) fn client_secret_expires_at(fields: &mut Fields<'_>) -> Option<i64> {
    const NAME: &str = "client_secret_expires_at";
    let seconds = fields.value(NAME)?.as_i64();
    if seconds.is_some_and(|seconds| seconds > limits::NEVER_SECONDS) {
        fields.refuse(NAME, "is too far ahead: it counts seconds since 1970, not milliseconds");
        return None;
    }
    let seconds = seconds.filter(|seconds| *seconds >= 0);
    if seconds.is_none() {
        fields.refuse(
            NAME,
            "must be a whole number of seconds since 1970, or 0 for a secret that never expires",
        );
    }
    seconds
}

/// Tells that a date that is new is over.
pub(super) fn refuse_past_expiry(
    fields: &mut Fields<'_>,
    expires_at: Option<i64>,
    known: Option<i64>,
    now: Timestamp,
) {
    let Some(seconds) = expires_at.filter(|seconds| *seconds != 0) else { return };
    if seconds <= now.seconds() && expires_at != known {
        let date = Timestamp::from_seconds(seconds).iso8601();
        fields.refuse(
            "options.client_secret_expires_at",
            format!("is {date}, which is over: enter a secret that is still good, with its date"),
        );
    }
}

pub(super) fn user_id_attribute(fields: &mut Fields<'_>) -> String {
    const NAME: &str = "user_id_attribute";
    let claim = fields.text(NAME, 1..=limits::ATTRIBUTE_NAME_CHARACTERS);
    let claim = claim.unwrap_or_else(|| SUBJECT_CLAIM.to_owned());
    let refusal = if CHANGEABLE.contains(&claim.as_str()) {
        "which can change or be given to somebody else, who would then be the same user"
    } else if IMPERSONAL.contains(&claim.as_str()) {
        "which does not tell people apart"
    } else {
        return claim;
    };
    fields.refuse(NAME, format!("must not be {claim}, {refusal}; use sub, or for Entra ID oid"));
    claim
}

pub(super) fn tenant_ids(fields: &mut Fields<'_>) -> Vec<String> {
    let tenants = fields.list(
        "tenant_ids",
        limits::TENANTS_PER_CONNECTION,
        1..=limits::SHORT_TEXT_CHARACTERS,
        |text| match uuid_text(text) {
            Some(tenant) => Ok(tenant),
            None => Err(format!(
                "must contain ids of tenants, for instance 72f988bf-86f1-41af-91ab-2d7cd011db47, not {text:?}; the provider's console shows them"
            )),
        },
    );
    tenants.unwrap_or_default()
}

/// Five groups of hexadecimal digits, in lower case.
fn uuid_text(text: &str) -> Option<String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_uuid = lengths == [8, 4, 4, 4, 12]
        && text.bytes().all(|letter| letter == b'-' || letter.is_ascii_hexdigit());
    is_uuid.then(|| text.to_ascii_lowercase())
}

pub(super) fn email_verified_policy(fields: &mut Fields<'_>) -> EmailVerifiedPolicy {
    let policies = [
        ("as_asserted", EmailVerifiedPolicy::AsAsserted),
        ("verified_domains_only", EmailVerifiedPolicy::VerifiedDomainsOnly),
        ("never", EmailVerifiedPolicy::Never),
    ];
    fields.choice("email_verified_policy", &policies).unwrap_or_default()
}

pub(super) fn non_persistent_attrs(fields: &mut Fields<'_>) -> Vec<String> {
    fields
        .texts(
            "non_persistent_attrs",
            limits::NON_PERSISTENT_ATTRIBUTES,
            1..=limits::ATTRIBUTE_NAME_CHARACTERS,
        )
        .unwrap_or_default()
}
