//! What an authorization endpoint means by its answer to a login that nobody began.
//!
//! Every provider words its error page in its own way. Only words that mean one thing count; in doubt nothing is known.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::StatusCode;
use url::Url;

use super::error::printable;
use super::html;
use super::http::HttpAnswer;
use crate::domain::diagnosis::AuthorizationAnswer;

/// What was asked.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) url: &'a Url,
    pub(super) redirect_uri: &'a str,
    /// Whether the answer is to come by a form (OAuth 2.0 Form Post Response Mode).
    pub(super) posts_back: bool,
}

/// Words of an error page, in lower case, without quotation marks; of whom, where they are nobody's standard.
const REDIRECT_URI: [&str; 18] = [
    "invalid_redirect_uri",
    "redirect_uri_mismatch",
    "redirect_mismatch",
    "invalid redirect_uri",
    "invalid redirect uri",
    "redirect uri mismatch",
    "mismatching redirect uri",
    "unregistered redirect_uri",                                // Dex
    "invalid parameter: redirect_uri",                          // Keycloak
    "callback url mismatch",                                    // Auth0
    "redirect_uri parameter must be a login redirect uri",      // Okta
    "redirect_uri did not match any of the clients registered", // oidc-provider, OneLogin
    "redirect_uri is missing in the client configuration",      // Zitadel
    "redirect uri included is not valid",                       // GitLab
    "missing, invalid, or mismatching redirection uri",         // authentik
    "redirection uri provided does not match a pre-registered", // ForgeRock
    "oauth 2.0 clients pre-registered redirect urls",           // Hydra
    "redirect-uri-mismatch",                                    // Vestibule
];
/// Whole sentences with a code: they count whatever the status is.
const REDIRECT_URI_ANYWHERE: [&str; 4] = [
    "aadsts50011: the redirect uri", // Entra
    "aadsts50011: the reply url",
    "aadb2c90006: the redirect uri", // Entra External ID
    "msis9224: received invalid oauth authorization request. the received redirect_uri", // AD FS
];
const CLIENT_UNKNOWN: [&str; 3] = ["invalid_client", "client not found", "unknown-client"];
const CLIENT_UNKNOWN_ANYWHERE: [&str; 1] = ["aadsts700016: application with identifier"];
const CLIENT_NOT_ALLOWED: [&str; 1] = ["unauthorized_client"];

/// Reads `answer`; nothing of `secrets` is repeated.
pub(super) fn read(answer: &HttpAnswer, asking: Asking<'_>, secrets: &[&str]) -> AuthorizationAnswer {
    let status = answer.status;
    if status.is_redirection() {
        return match asking.url.join(&answer.location) {
            Ok(target) if !answer.location.is_empty() => redirected(&target, asking, secrets),
            Ok(_) | Err(_) => AuthorizationAnswer::Unclear(format!("status {} to nowhere", status.as_u16())),
        };
    }
    let body = String::from_utf8_lossy(&answer.body);
    // Whatever the status is: some send a form that carries an error with 400.
    if asking.posts_back
        && let Some(form) = html::forms(&body).into_iter().find(|form| is_callback(&form.action, asking))
    {
        return AuthorizationAnswer::CameBack(form.value("error").map(|error| printable(error, secrets)));
    }
    let text = plain(&html::text(&body));
    let came = |words: &str| format!("status {} and a page that says \"{words}\"", status.as_u16());
    let is_refusal = status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS;
    match meaning(&text, is_refusal) {
        Some((words, of)) => of(came(words)),
        None => AuthorizationAnswer::Unclear(format!(
            "status {} and a page that says neither yes nor no",
            status.as_u16(),
        )),
    }
}

/// Reads the words by which a pushed request was refused.
pub(super) fn read_pushed(came: &str) -> AuthorizationAnswer {
    match meaning(&plain(came), true) {
        Some((_, of)) => of(came.to_owned()),
        None => match came.split(' ').next() {
            // The same errors as at the redirect URI (RFC 9126 §2.3).
            Some(error @ ("invalid_scope" | "unsupported_response_type")) => {
                AuthorizationAnswer::CameBack(Some(error.to_owned()))
            }
            _ => AuthorizationAnswer::Unclear(came.to_owned()),
        },
    }
}

type Meaning = fn(String) -> AuthorizationAnswer;

/// The words that decide, and what they mean.
fn meaning(text: &str, is_refusal: bool) -> Option<(&'static str, Meaning)> {
    let find = |phrases: &[&'static str]| phrases.iter().copied().find(|phrase| says(text, phrase));
    let refused = |phrases: &[&'static str]| if is_refusal { find(phrases) } else { None };
    let redirect_uri = refused(&REDIRECT_URI).or_else(|| find(&REDIRECT_URI_ANYWHERE));
    let unknown = || refused(&CLIENT_UNKNOWN).or_else(|| find(&CLIENT_UNKNOWN_ANYWHERE));
    let of = |words: Option<&'static str>, meaning: Meaning| words.map(|words| (words, meaning));
    of(redirect_uri, AuthorizationAnswer::RedirectUriRefused)
        .or_else(|| of(unknown(), AuthorizationAnswer::ClientUnknown))
        .or_else(|| of(refused(&CLIENT_NOT_ALLOWED), AuthorizationAnswer::ClientNotAllowed))
}

/// A redirect to us, or to a page of the provider's for errors, whose address says which.
fn redirected(target: &Url, asking: Asking<'_>, secrets: &[&str]) -> AuthorizationAnswer {
    let pairs = |text: Option<&str>| -> Vec<(String, String)> {
        url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect()
    };
    let said = [pairs(target.query()), pairs(target.fragment())].concat();
    let one = |name: &str| said.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let error = one("error");
    if is_callback(target.as_str(), asking) {
        return AuthorizationAnswer::CameBack(error.map(|error| printable(error, secrets)));
    }
    let host = printable(target.host_str().unwrap_or_default(), &[]);
    let text = match (error, one("authError").and_then(decoded)) {
        (Some(error), _) => format!("{error} {}", one("error_description").unwrap_or_default()),
        // Google's, with more around it.
        (None, Some(error)) => error,
        (None, None) => String::new(),
    };
    match meaning(&plain(&text), true) {
        Some((words, of)) => of(format!("a redirect to a page of {host} that says \"{words}\"")),
        None => AuthorizationAnswer::Unclear(format!("a redirect to a page of {host}")),
    }
}

fn decoded(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether an address is our callback, whatever it carries.
fn is_callback(address: &str, asking: Asking<'_>) -> bool {
    let bare = |mut url: Url| {
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    match (asking.url.join(address), Url::parse(asking.redirect_uri)) {
        (Ok(address), Ok(callback)) => bare(address) == bare(callback),
        _ => false,
    }
}

/// In lower case, without quotation marks, and with single spaces.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| !matches!(letter, '\'' | '"' | '`' | '’' | '‘' | '“' | '”'));
    let text: String = letters.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `phrase` stands in `text` by itself: `invalid_client` is not in `invalid_client_metadata`.
fn says(text: &str, phrase: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(phrase).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://hub.example/login/callback";
    const STATE: &str = "state-of-a-login-that-nobody-began";

    fn read_with(status: u16, location: &str, body: &str, posts_back: bool) -> AuthorizationAnswer {
        let answer = HttpAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            media_type: "text/html".into(),
            proof_nonce: None,
            challenge: String::new(),
            date: None,
            location: location.into(),
            certificate: None,
            body: body.into(),
        };
        let url = Url::parse("https://idp.example/authorize?client_id=x&redirect_uri=y").unwrap();
        read(&answer, Asking { url: &url, redirect_uri: CALLBACK, posts_back }, &[STATE])
    }

    fn page(status: u16, body: &str) -> AuthorizationAnswer {
        read_with(status, "", body, false)
    }

    fn redirect(location: &str) -> AuthorizationAnswer {
        read_with(302, location, "", false)
    }

    fn is_refused(answer: &AuthorizationAnswer) -> bool {
        matches!(answer, AuthorizationAnswer::RedirectUriRefused(_))
    }

    fn is_unclear(answer: &AuthorizationAnswer) -> bool {
        matches!(answer, AuthorizationAnswer::Unclear(_))
    }

    #[test]
    fn a_redirect_to_our_callback_is_our_callback_taken_whatever_it_says() {
        let back = |error: Option<&str>| AuthorizationAnswer::CameBack(error.map(str::to_owned));
        for (location, error) in [
            ("https://hub.example/login/callback?error=login_required&state=s", Some("login_required")),
            ("https://hub.example/login/callback#error=consent_required", Some("consent_required")),
            ("https://hub.example:443/login/callback?code=c", None),
        ] {
            assert_eq!(redirect(location), back(error), "{location}");
        }
        for elsewhere in [
            "https://hub.example/login/callback2?error=login_required",
            "http://hub.example/login/callback?error=login_required",
            "https://hub.example.evil/login/callback",
            "/login/callback",
            "/login?next=https://hub.example/login/callback",
            "",
        ] {
            assert!(is_unclear(&redirect(elsewhere)), "{elsewhere}");
        }
        let form =
            format!("<form method=post action='{CALLBACK}'><input name=error value=login_required></form>");
        assert_eq!(read_with(200, "", &form, true), back(Some("login_required")));
        assert!(is_unclear(&page(200, &form)), "nobody asked for a form");
        let other = form.replace("hub.example", "other.example");
        assert!(is_unclear(&read_with(200, "", &other, true)));
    }

    #[test]
    fn the_words_of_providers_for_a_redirect_uri_that_is_not_registered_are_known() {
        for (status, body) in [
            (
                400,
                "<h4>Your request resulted in an error. The &#39;redirect_uri&#39; parameter must be a Login redirect \
                   URI in the client app settings: https://acme-admin.okta.com/admin/app</h4>",
            ),
            (400, "<p class=\"instruction\">Invalid parameter: redirect_uri</p>"),
            (
                200,
                "<script>$Config={\"strServiceExceptionMessage\":\"AADSTS50011: The redirect URI \
                   \\u0027https://x\\u0027 specified in the request does not match\"}</script>",
            ),
            (
                400,
                "AADSTS50011: The reply URL specified in the request does not match the reply URLs configured",
            ),
            (
                403,
                "<h1>Callback URL mismatch.</h1> The provided redirect_uri is not in the list of allowed callback URLs",
            ),
            (
                400,
                "{\"error\":\"invalid_redirect_uri\",\"error_description\":\"redirect_uri did not match any of the \
                   client's registered redirect_uris\"}",
            ),
            (
                200,
                "MSIS9224: Received invalid OAuth authorization request. The received 'redirect_uri' parameter is not a \
                   valid registered redirect URI for the client identifier",
            ),
            (400, "Unregistered redirect_uri (\"https://x\")."),
            (400, "<b>Error 400: redirect_uri_mismatch</b>"),
            (400, "The redirection URI provided does not match a pre-registered value."),
        ] {
            assert!(is_refused(&page(status, body)), "{body}");
        }
        for location in [
            "https://idp.example/error?error=redirect_mismatch&client_id=x",
            "https://idp.example/error?error=invalid_request&error_description=The+%27redirect_uri%27+parameter+does+not+\
             match+any+of+the+OAuth+2.0+Client%27s+pre-registered+redirect+urls.",
            "https://accounts.google.com/signin/oauth/error?authError=ChVyZWRpcmVjdF91cmlfbWlzbWF0Y2gSB2Rldg",
        ] {
            assert!(is_refused(&redirect(location)), "{location}");
        }
    }

    #[test]
    fn an_unknown_client_and_one_that_may_not_ask_are_told_apart() {
        let unknown = |answer| matches!(answer, AuthorizationAnswer::ClientUnknown(_));
        assert!(unknown(page(400, "<p>invalid_client: client is invalid")));
        assert!(unknown(page(400, "<p class=\"instruction\">Client not found.</p>")));
        assert!(unknown(page(
            200,
            "AADSTS700016: Application with identifier 'x' was not found in the directory"
        )));
        assert!(unknown(redirect(
            "https://accounts.google.com/signin/oauth/error?authError=Cg5pbnZhbGlkX2NsaWVudBIfVGhlIE9BdXRo"
        )));
        let not_allowed = |answer| matches!(answer, AuthorizationAnswer::ClientNotAllowed(_));
        assert!(not_allowed(page(403, "{\"error\":\"unauthorized_client\"}")));
    }

    #[test]
    fn a_sign_in_page_and_anything_else_says_neither_yes_nor_no() {
        for (status, body) in [
            (
                200,
                "<form method=post action=/login><input name=redirect_uri value='invalid redirect_uri'></form>",
            ),
            (200, "<p>What does redirect_uri_mismatch mean? See our help."),
            (400, "<a href='/authorize?error=redirect_uri_mismatch'>Something went wrong"),
            (400, "The redirect_uri https://hub.example/login/callback is fine, the nonce is missing."),
            (400, "{\"error\":\"invalid_client_metadata\"}"),
            (400, "my_invalid_client"),
            (429, "invalid_client"),
            (500, "redirect_uri_mismatch"),
            (401, ""),
            (200, "AADSTS50011"),
        ] {
            assert!(is_unclear(&page(status, body)), "{status} {body}");
        }
        assert!(is_unclear(&redirect("https://idp.example/login?authError=%00%ff")));
    }

    #[test]
    fn nothing_of_the_login_is_repeated() {
        let answer = redirect(&format!("{CALLBACK}?error=about+{STATE}"));
        assert_eq!(answer, AuthorizationAnswer::CameBack(Some("about ***".into())));
    }
}
