//! What administrators, owners of applications and people write.

use serde_json::{Map, Value, json};
use vestibule::domain::client::{AppType, changed_client, client_json, registered_client};
use vestibule::domain::clock::Timestamp;
use vestibule::domain::connection::{
    AttributeMap, Strategy, changed_connection, connection_json, new_connection,
};
use vestibule::domain::home_realm::{DomainAlias, EmailDomain, OrganizationCode};
use vestibule::domain::issuer::Issuer;
use vestibule::domain::locale::Locale;
use vestibule::domain::logo::Logo;
use vestibule::domain::merge_patch;
use vestibule::domain::network::Network;
use vestibule::domain::profile::{ClaimContext, Template, map_claims};
use vestibule::domain::shown_text;
use vestibule::domain::web_address::{PlainHttp, check_origin, check_redirect_uri, check_web_address};
use vestibule::protocol::redirect_uri::is_registered;

use super::{NOW, lines, object, text};

/// First line: the template. The rest: the claims. A template says what is in it, and nothing of anything else.
pub fn template(bytes: &[u8]) {
    let [template, claims] = lines(bytes);
    let template = text(template);
    let claims = object(claims).unwrap_or_default();
    let Ok(read) = Template::parse(&template) else { return };
    let evaluated = read.evaluate(&context(&claims));
    assert_eq!(evaluated, read.evaluate(&context(&claims)), "a template has no state");
    if !template.contains("${") {
        assert_eq!(evaluated.value.unwrap_or_default(), json!(template), "{template}");
    }
    for missing in evaluated.missing {
        assert!(missing.starts_with("context."), "{missing}");
    }
}

/// First line: the map. The rest: the claims.
pub fn claims_mapping(bytes: &[u8]) {
    let [map, claims] = lines(bytes);
    let claims = object(claims).unwrap_or_default();
    let map: AttributeMap = serde_json::from_slice(map).unwrap_or_default();
    let userinfo = claims.get("userinfo").and_then(Value::as_object);
    let Ok(mapped) = map_claims(&map, &ClaimContext { userinfo, ..context(&claims) }) else { return };
    for reserved in ["sub", "iss", "aud", "exp", "iat", "sid", "amr", "acr", "cnf", "scope", "client_id"] {
        assert!(!mapped.profile.contains_key(reserved), "{reserved}");
    }
    if let Some(verified) = mapped.profile.get("email_verified") {
        assert!(verified.is_boolean() && mapped.profile.contains_key("email"), "{:?}", mapped.profile);
    }
}

fn context(claims: &Map<String, Value>) -> ClaimContext<'_> {
    ClaimContext {
        tokenset: claims,
        userinfo: None,
        connection_id: "con_1",
        connection_name: "acme",
        strategy: Strategy::Oidc,
    }
}

/// Two lines: the document and its patch (RFC 7396). What is patched twice is as if it were patched once.
pub fn merge_patch(bytes: &[u8]) {
    let [target, patch] = lines(bytes);
    let (Some(target), Some(patch)) = (object(target), object(patch)) else { return };
    let mut once = target.clone();
    merge_patch::merge_patch(&mut once, &patch);
    let mut twice = once.clone();
    merge_patch::merge_patch(&mut twice, &patch);
    assert_eq!(once, twice);
    for (name, value) in &patch {
        assert_eq!(once.contains_key(name), !value.is_null(), "{name}");
    }
    for (name, value) in target.iter().filter(|(name, _)| !patch.contains_key(*name)) {
        assert_eq!(&once[name], value);
    }
}

/// What may be registered leads where a browser that reads it goes, and is itself alone.
pub fn redirect_uri(bytes: &[u8]) {
    let uri = text(bytes);
    for app_type in [AppType::RegularWeb, AppType::Native] {
        if check_redirect_uri(&uri, app_type).is_err() {
            continue;
        }
        let url = url::Url::parse(&uri).expect("a URL");
        match url.scheme() {
            "https" | "http" => {
                let host = url.host_str().expect("a host");
                assert!(url.username().is_empty() && url.password().is_none(), "{uri}");
                let after = uri.split_once("://").expect("an authority").1;
                let authority = after.split(['/', '?']).next().expect("some");
                let named = authority.rsplit_once(':').map_or(authority, |(name, port)| {
                    if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { authority }
                });
                assert!(
                    url::Host::parse(named).is_ok_and(|named| named.to_string() == host),
                    "{uri} reads as one host and leads to {host}"
                );
                let is_local =
                    ["localhost", "127.0.0.1", "[::1]"].contains(&host) || host.starts_with("127.");
                assert!(url.scheme() == "https" || is_local, "{uri}");
            }
            scheme => assert!(app_type == AppType::Native && scheme.contains('.'), "{uri}"),
        }
        let registered = [uri.clone().into_owned()];
        assert!(is_registered(&uri, &registered));
        assert!(
            !is_registered(&format!("{uri}/"), &registered)
                && !is_registered(&format!("{uri}x"), &registered)
        );
    }
    let registered = ["https://app.example/cb".to_owned(), "http://127.0.0.1/cb".to_owned()];
    if is_registered(&uri, &registered) {
        let url = url::Url::parse(&uri).expect("a URL");
        assert!(["app.example", "127.0.0.1"].contains(&url.host_str().expect("a host")), "{uri}");
        assert_eq!(url.path(), "/cb");
    }
    if check_origin(&uri, AppType::RegularWeb).is_ok() {
        assert_eq!(url::Url::parse(&uri).expect("a URL").origin().ascii_serialization(), uri);
    }
    if let Ok(url) = check_web_address(&uri, PlainHttp::Never) {
        assert!(url.scheme() == "https" && url.host().is_some() && url.username().is_empty(), "{uri}");
    }
    if let Ok(issuer) = Issuer::parse(&uri) {
        assert_eq!(Issuer::parse(issuer.as_str()).as_ref().map(Issuer::as_str), Ok(issuer.as_str()));
    }
}

/// What is normalized stays as it is.
pub fn email_and_domain(bytes: &[u8]) {
    let typed = text(bytes);
    if let Ok((address, domain)) = EmailDomain::of(&typed) {
        let (again, same) = EmailDomain::of(&address).expect("a normalized address");
        assert_eq!((&again, same.as_str()), (&address, domain.as_str()));
        assert!(address.ends_with(&format!("@{}", domain.as_str())) && domain.as_str().is_ascii());
        for candidate in domain.candidates() {
            let name = candidate.strip_prefix("*.").unwrap_or(&candidate);
            assert!(domain.as_str() == name || domain.as_str().ends_with(&format!(".{name}")), "{candidate}");
        }
    }
    if let Ok(alias) = DomainAlias::parse(&typed) {
        assert_eq!(DomainAlias::parse(alias.as_str()).as_ref(), Ok(&alias));
    }
    if let Some(code) = OrganizationCode::parse(&typed) {
        assert_eq!(OrganizationCode::parse(code.as_str()).as_ref(), Some(&code));
    }
    let _ = Network::of_text(&typed).to_string();
}

pub fn locale(bytes: &[u8]) {
    let [asked, preferred] = lines(bytes);
    let (asked, preferred) = (text(asked), text(preferred));
    let chosen = Locale::choose(Some(&asked), Some(&preferred));
    assert_eq!(Locale::choose(Some(chosen.tag()), Some(&preferred)), chosen);
    let _ = (Locale::choose(None, Some(&asked)), Locale::from_tag(&asked));
}

/// A picture is drawn anew: what comes out is one that comes out again.
pub fn logo(bytes: &[u8]) {
    if let Ok(logo) = Logo::read(bytes) {
        assert!(logo.png.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(Logo::read(&logo.png).is_ok());
    }
}

/// A name that is taken has nothing hidden, and one that was spelled out neither.
pub fn shown_text(bytes: &[u8]) {
    let name = text(bytes);
    let spelled = shown_text::spelled_out(&name);
    assert_eq!(shown_text::spelled_out(&spelled), spelled);
    let visible = shown_text::visible(&name);
    assert_eq!(shown_text::spelled_out(&visible), visible);
    if shown_text::check_shown_text(&name).is_ok() {
        assert_eq!(spelled, name);
        assert!(!name.chars().any(|letter| letter.is_control() || (letter.is_whitespace() && letter != ' ')));
    }
}

/// What an application registers of itself: it never gets what only administrators decide, and what is shown of it can
/// be sent back.
pub fn client_metadata(bytes: &[u8]) {
    let Some(metadata) = object(bytes) else { return };
    let now = Timestamp::from_seconds(NOW);
    let Ok(client) = registered_client(&metadata, "client-1", now) else { return };
    assert!(!client.settings.is_first_party);
    let shown = client_json(&client);
    let patch = shown.as_object().expect("an object");
    let same = changed_client(&client, patch, now).unwrap_or_else(|problems| panic!("{problems:?}: {shown}"));
    assert_eq!(client_json(&same), shown);
}

/// What is shown of a connection can be sent back and changes nothing.
pub fn connection_body(bytes: &[u8]) {
    let Some(body) = object(bytes) else { return };
    let now = Timestamp::from_seconds(NOW);
    let Ok(connection) = new_connection(&body, "con_0123456789abcdef", false, now) else { return };
    let shown = connection_json(&connection, None);
    let patch = shown.as_object().expect("an object");
    let same = changed_connection(&connection, patch, None, false, now);
    let same = same.unwrap_or_else(|problems| panic!("{problems:?}: {shown}"));
    assert_eq!(connection_json(&same, None), shown);
}
