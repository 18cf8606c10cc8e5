//! One plain function for each reader of strangers' bytes: it reads, and panics if a promise does not hold. The harness
//! beside it runs them on a stable compiler, `fuzz/` by libFuzzer.

mod domain;
mod protocol;
mod tokens;
mod upstream;

/// Name, and what is done with the bytes. Inputs that ended badly once are kept in `fuzz/seeds/<name>`.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("authorization_details", protocol::authorization_details),
    ("authorization_page", upstream::authorization_page),
    ("authorization_request", protocol::authorization_request),
    ("basic_credentials", protocol::basic_credentials),
    ("claims_mapping", domain::claims_mapping),
    ("claims_request", protocol::claims_request),
    ("client_assertion", tokens::client_assertion),
    ("client_metadata", domain::client_metadata),
    ("connection_body", domain::connection_body),
    ("dpop_proof", tokens::dpop_proof),
    ("email_and_domain", domain::email_and_domain),
    ("forwarded_for", protocol::forwarded_for),
    ("html", upstream::html),
    ("id_token", upstream::id_token),
    ("jwks", upstream::jwks),
    ("jws", tokens::jws),
    ("locale", domain::locale),
    ("logo", domain::logo),
    ("logout_token", upstream::logout_token),
    ("merge_patch", domain::merge_patch),
    ("metadata", upstream::metadata),
    ("parameters", protocol::parameters),
    ("redirect_uri", domain::redirect_uri),
    ("request_object", tokens::request_object),
    ("sealed_cookie", tokens::sealed_cookie),
    ("shown_text", domain::shown_text),
    ("template", domain::template),
    ("token_answer", upstream::token_answer),
    ("userinfo", upstream::userinfo),
];

/// Runs the target `name` once.
///
/// # Panics
/// There is no such target, or a promise of it does not hold.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    target(bytes);
}

/// Seconds since 1970 that every target goes by.
const NOW: i64 = 1_795_000_000;

/// The bytes as text, as far as they are that.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The bytes as a JSON object.
fn object(bytes: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_slice(bytes).ok()
}

/// The lines of an input: the parts of what one target reads.
fn lines<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut lines = bytes.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}
