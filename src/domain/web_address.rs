//! Which web addresses an administrator may save: for calls and links, and for sending a browser back.

use url::{Host, Url};

use super::client::AppType;
use super::limits;

/// Where plain `http` is acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    Never,
    /// On the person's own machine.
    ToLoopback,
    Anywhere,
}

/// Schemes a browser runs, shows or hands over instead of asking a server, beside those of other protocols.
const REFUSED_SCHEMES: [&str; 18] = [
    "about",
    "blob",
    "chrome",
    "content",
    "cid",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Checks an address that is called or linked to.
///
/// # Errors
/// What is wrong and how to write it, as the rest of a sentence that begins with the property's name.
pub fn check_web_address(text: &str, plain_http: PlainHttp) -> Result<Url, String> {
    let url = absolute(text)?;
    let is_loopback = is_loopback(&url);
    match (url.scheme(), plain_http) {
        ("https", _) | ("http", PlainHttp::Anywhere) => {}
        ("http", PlainHttp::ToLoopback) if is_loopback => {}
        ("http", PlainHttp::ToLoopback) => {
            return Err("must be an https address; http is accepted for localhost alone".into());
        }
        ("http", PlainHttp::Never) => {
            return Err(
                "must be an https address; http is accepted only for hosts in VESTIBULE_OUTBOUND_ALLOW"
                    .into(),
            );
        }
        _ => return Err("must be an https address".into()),
    }
    check_authority(text, &url)?;
    Ok(url)
}

/// Checks an address a browser is sent back to: a redirect URI (RFC 6749 §3.1.2, RFC 8252 §7) or the target of
/// a sign-out.
///
/// It is later compared as text, so it is never rewritten here.
///
/// # Errors
/// As [`check_web_address`].
pub fn check_redirect_uri(text: &str, app_type: AppType) -> Result<(), String> {
    if text.contains(['*', '{', '}']) {
        return Err(
            "must be written out: addresses are compared exactly, without wildcards or placeholders".into()
        );
    }
    let url = absolute(text)?;
    match url.scheme() {
        "https" => check_authority(text, &url),
        "http" if is_loopback(&url) => check_authority(text, &url),
        "http" => Err("must use https; http is accepted for localhost, 127.0.0.1 and [::1] alone".into()),
        refused if REFUSED_SCHEMES.contains(&refused) => {
            Err(format!("must not use {refused}:, which does not lead to an application"))
        }
        scheme if app_type == AppType::Native && is_reversed_domain(scheme) => Ok(()),
        scheme if app_type == AppType::Native => Err(format!(
            "must not use {scheme}:, which any application could claim; an own scheme is a domain name of yours in reverse, \
             with a dot in it, such as com.example.{scheme}: for {scheme}.example.com (RFC 8252 §7.1)"
        )),
        custom => Err(format!(
            "must use https; an own scheme such as {custom}: is for applications with app_type native"
        )),
    }
}

/// Checks an origin (RFC 6454 §6.2): scheme, host and port, as a browser writes it in its `Origin` header.
///
/// # Errors
/// As [`check_web_address`].
pub fn check_origin(text: &str, app_type: AppType) -> Result<(), String> {
    let url = absolute(text)?;
    // Frameworks choose the scheme of the pages they show inside an application (`capacitor://localhost`). Nothing is
    // sent there: whoever shows a page by that scheme can read an answer, and nobody else.
    let is_of_the_web = matches!(url.scheme(), "http" | "https") || REFUSED_SCHEMES.contains(&url.scheme());
    if is_of_the_web || app_type != AppType::Native || text.contains(['*', '{', '}']) {
        check_redirect_uri(text, app_type)?;
    }
    let written = match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        // What a browser sends for an application's own scheme, such as capacitor://localhost.
        scheme => format!("{scheme}://{}", url.host_str().unwrap_or_default()),
    };
    if written == text {
        Ok(())
    } else {
        Err(format!("must be an origin, without path and without a slash at its end: {written}"))
    }
}

/// Whether a scheme is a domain name in reverse (RFC 8252 §7.1): at least two labels.
fn is_reversed_domain(scheme: &str) -> bool {
    scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty())
}

fn absolute(text: &str) -> Result<Url, String> {
    if text.len() > limits::URL_BYTES {
        return Err(format!("is longer than {} characters", limits::URL_BYTES));
    }
    if text.contains(|character: char| {
        character.is_control() || character.is_whitespace() || matches!(character, '\\' | '<' | '>' | '"')
    }) {
        return Err(
            "must not contain blanks, control characters, quotes, angle brackets or backslashes".into()
        );
    }
    if text.contains('#') {
        return Err("must not contain a fragment (the # and what follows)".into());
    }
    Url::parse(text).map_err(|error| {
        format!("is not a complete address, as https://app.example.com/callback would be ({error})")
    })
}

/// What stands between scheme and path is a host and nothing else. Browsers take `https:/app.example` and
/// `https:///app.example` for the same as `https://app.example`; whoever else reads such an address may not.
fn check_authority(text: &str, url: &Url) -> Result<(), String> {
    let after = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    if after.is_none_or(|after| after.starts_with('/')) {
        return Err(format!("must be written with two slashes after {}:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password before the host".into());
    }
    if url.port() == Some(0) {
        return Err("must not use port 0".into());
    }
    match url.host() {
        Some(_) => Ok(()),
        None => Err("must name a host".into()),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn called_addresses_are_https_unless_plain_http_is_allowed() {
        for (text, never, to_loopback, anywhere) in [
            ("https://idp.example", true, true, true),
            ("https://idp.example:8443/a?b=c", true, true, true),
            ("http://localhost:8081/", false, true, true),
            ("http://127.0.0.1/", false, true, true),
            ("http://[::1]:1/", false, true, true),
            ("http://acme.localhost/", false, true, true),
            ("http://idp.example", false, false, true),
            ("http://localhost.evil.example", false, false, true),
            ("ftp://idp.example", false, false, false),
            ("idp.example", false, false, false),
            ("//idp.example", false, false, false),
            ("https://user@idp.example", false, false, false),
            ("https://idp.example/#x", false, false, false),
            ("https://idp.example/ x", false, false, false),
            ("https://idp\n.example", false, false, false),
            ("https:\\\\idp.example", false, false, false),
            ("https:/idp.example", false, false, false),
            ("https://", false, false, false),
            ("", false, false, false),
        ] {
            assert_eq!(check_web_address(text, PlainHttp::Never).is_ok(), never, "{text}");
            assert_eq!(check_web_address(text, PlainHttp::ToLoopback).is_ok(), to_loopback, "{text}");
            assert_eq!(check_web_address(text, PlainHttp::Anywhere).is_ok(), anywhere, "{text}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, regular, native) in [
            ("https://app.example", true, true),
            ("https://app.example:8443", true, true),
            ("http://localhost:3000", true, true),
            ("http://127.0.0.1:3000", true, true),
            ("capacitor://localhost", false, true),
            ("capacitor://*", false, false),
            ("javascript://localhost", false, false),
            ("https://app.example/", false, false),
            ("https://app.example:443", false, false),
            ("https://APP.example", false, false),
            ("https://app.example/path", false, false),
            ("http://app.example", false, false),
            ("https://*.app.example", false, false),
            ("app.example", false, false),
            ("*", false, false),
            ("null", false, false),
        ] {
            assert_eq!(check_origin(text, AppType::Spa).is_ok(), regular, "{text}");
            assert_eq!(check_origin(text, AppType::Native).is_ok(), native, "{text}");
        }
    }

    #[test]
    fn redirect_uris_lead_to_the_application_and_nowhere_else() {
        for (text, regular, native) in [
            ("https://app.example/callback", true, true),
            ("https://app.example/callback?tenant=1", true, true),
            ("http://localhost:3000/callback", true, true),
            ("http://127.0.0.1/callback", true, true),
            ("http://[::1]/callback", true, true),
            ("com.example.app:/callback", false, true),
            ("com.example.app://callback", false, true),
            ("com.example:/", false, true),
            ("myapp:/callback", false, false),
            ("myapp://com.example/callback", false, false),
            ("com.:/callback", false, false),
            ("com..example:/callback", false, false),
            ("com-example:/callback", false, false),
            ("http://app.example/callback", false, false),
            ("http://localhost@evil.example/", false, false),
            ("http://evil.example/localhost", false, false),
            ("https://user:pw@app.example/", false, false),
            ("https://app.example/#fragment", false, false),
            ("https://*.app.example/", false, false),
            ("https://{organization_name}.app.example/", false, false),
            ("https://app.example:0/", false, false),
            ("https:app.example\\@evil.example", false, false),
            ("https:app.example/cb", false, false),
            ("https:/app.example/cb", false, false),
            ("https:///app.example/cb", false, false),
            ("https:/..//cb", false, false),
            ("HTTPS://app.example/cb", true, true),
            ("javascript:alert(1)", false, false),
            ("JavaScript://app.example/%0aalert(1)", false, false),
            ("java\tscript:alert(1)", false, false),
            (" javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("vbscript:x", false, false),
            ("file:///etc/passwd", false, false),
            ("blob:https://app.example/1", false, false),
            ("view-source:https://app.example", false, false),
            ("/callback", false, false),
            ("callback", false, false),
            ("", false, false),
        ] {
            assert_eq!(check_redirect_uri(text, AppType::RegularWeb).is_ok(), regular, "{text}");
            assert_eq!(check_redirect_uri(text, AppType::Native).is_ok(), native, "{text}");
        }
    }
}
