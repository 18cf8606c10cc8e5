//! What applications and browsers send.

use std::net::IpAddr;

use vestibule::domain::limits;
use vestibule::protocol::authorization_details::{AuthorizationDetails, narrowed};
use vestibule::protocol::claims_request::{ClaimsLimits, ClaimsRequest};
use vestibule::protocol::client_authentication::PresentedCredentials;
use vestibule::protocol::parameters::Parameters;
use vestibule::protocol::prompt::Prompt;
use vestibule::protocol::response_mode::{ResponseMode, web_origin};
use vestibule::protocol::response_type::ResponseType;
use vestibule::protocol::scope::{self, ScopeRules};
use vestibule::protocol::token_request::TokenRequest;
use vestibule::protocol::{forwarded_for, pkce, target};

use super::text;

/// What is printed is read again as it was.
pub fn parameters(bytes: &[u8]) {
    let read = Parameters::decode(&text(bytes));
    let printed: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(read.iter()).finish();
    assert_eq!(Parameters::decode(&printed), read);
    let is_good = read.check(1_000, 8_000).is_ok();
    if is_good {
        assert!(read.iter().all(|(_, value)| value.len() <= 1_000 && !value.contains('\0')));
        let names: Vec<&str> = read.iter().map(|(name, _)| name).filter(|name| *name != "resource").collect();
        assert!(names.iter().all(|name| read.single(name).is_some()), "each comes once");
    }
    let _ = TokenRequest::read(&read);
    let _ = target::requested_audience(&read);
}

/// What stands in an authorization request beside its addresses.
pub fn authorization_request(bytes: &[u8]) {
    let read = Parameters::decode(&text(bytes));
    if let Ok(prompt) = Prompt::read(read.single("prompt"))
        && let Some(printed) = prompt.to_text()
    {
        assert_eq!(Prompt::read(Some(&printed)).ok(), Some(prompt), "{printed}");
    }
    let response_type = read.single("response_type");
    let redirect_uri = read.single("redirect_uri").unwrap_or_default();
    if let Some(kind) = response_type.and_then(ResponseType::from_name) {
        let _ = ResponseMode::read(read.single("response_mode"), kind, redirect_uri);
    }
    let _ = ResponseMode::for_answer(read.single("response_mode"), response_type, redirect_uri);
    if let Some(origin) = web_origin(redirect_uri) {
        assert_eq!(web_origin(&origin).as_deref(), Some(origin.as_str()), "an origin is its own");
    }
    let (challenge, verifier) = (read.single("code_challenge"), read.single("code_verifier"));
    if pkce::verifier_answers(challenge, verifier) && challenge.is_some() {
        assert!(verifier.is_some_and(|verifier| verifier.len() >= 43), "{verifier:?}");
    }
    let rules = ScopeRules { registered: Some("openid email read"), of_api: None, is_online_only: false };
    let asked = read.single("scope").unwrap_or_default();
    if let Ok(scope) = scope::read(asked, rules) {
        assert!(scope::covers("openid email read", &scope) || scope.is_empty(), "{scope}");
    }
}

/// What was granted is never more than was asked for.
pub fn authorization_details(bytes: &[u8]) {
    let parameters = Parameters::new(vec![("authorization_details".into(), text(bytes).into_owned())]);
    let Ok(Some(details)) = AuthorizationDetails::read(&parameters, 10) else { return };
    let printed = serde_json::to_string(&details).expect("JSON");
    let again = Parameters::new(vec![("authorization_details".into(), printed)]);
    let again = AuthorizationDetails::read(&again, 10).expect("our own JSON").expect("some");
    assert_eq!(again, details);
    assert!(details.cover(&again));
    assert!(details.types().len() <= details.described().len());
    assert_eq!(narrowed(Some(details.clone()), Some(&again)).ok().flatten(), Some(again));
}

pub fn claims_request(bytes: &[u8]) {
    let limits = ClaimsLimits { bytes: limits::CLAIMS_PARAMETER_BYTES, claims: limits::CLAIMS_ASKED };
    let Ok(read) = ClaimsRequest::read(&text(bytes), limits) else { return };
    let printed = serde_json::to_string(&read).expect("JSON");
    if printed.len() <= limits.bytes {
        let again = ClaimsRequest::read(&printed, limits).expect("our own JSON");
        assert_eq!(again, read, "{printed}");
    }
    let _ = (read.essential_acr_values(), read.subjects().count());
}

/// The `Authorization` header of a client.
pub fn basic_credentials(bytes: &[u8]) {
    let header = text(bytes);
    let body = Parameters::decode("client_id=other");
    let _ = PresentedCredentials::read(Some(&header), &body);
    let _ = PresentedCredentials::read(Some(&format!("Basic {header}")), &Parameters::default());
    let _ = PresentedCredentials::read(None, &Parameters::decode(&header));
}

/// Nobody but trusted proxies says who asks, and what is said is an address of the header.
pub fn forwarded_for(bytes: &[u8]) {
    let peer: IpAddr = "10.0.0.1".parse().expect("an address");
    let lines = || bytes.split(|byte| *byte == b'\n');
    let nobody = forwarded_for::address_behind(peer, lines(), |_| false);
    assert_eq!(nobody, peer);
    let everybody = forwarded_for::address_behind(peer, lines(), |_| true);
    assert_eq!(everybody, everybody.to_canonical());
    let header = text(bytes);
    if let Some(address) = forwarded_for::address_in(&header) {
        assert_eq!(forwarded_for::address_in(&address.to_string()), Some(address), "{header}");
        let in_brackets = match address {
            IpAddr::V4(_) => format!("{address}:443"),
            IpAddr::V6(_) => format!("[{address}]:443"),
        };
        assert_eq!(forwarded_for::address_in(&in_brackets), Some(address), "{header}");
    }
}
