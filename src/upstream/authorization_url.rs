//! The authorization request that a browser carries to the provider (OpenID Connect Core §3.1.2.1, §3.2.2.1).

use std::borrow::Cow;
use std::collections::BTreeSet;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthUrl, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope,
};
use url::Url;

use super::error::{UpstreamError, quoted};
use super::provider::Provider;
use crate::crypto::random::Random;
use crate::domain::connection::{Channel, Connection, PkceMode};
use crate::domain::secret::Secret;

/// What a login wants of the provider.
#[derive(Clone, Copy, Default)]
pub struct Departure<'a> {
    /// Where the provider sends the browser back.
    pub redirect_uri: &'a str,
    pub state: &'a str,
    pub login_hint: Option<&'a str>,
    pub prompt: Option<&'a str>,
    /// Seconds since the person last authenticated there.
    pub max_age: Option<i64>,
    pub ui_locales: Option<&'a str>,
    pub acr_values: Option<&'a str>,
    pub domain_hint: Option<&'a str>,
    /// Scopes that the application asks for beside those of the connection, space separated.
    pub connection_scope: Option<&'a str>,
    /// Parameters that say what nothing else says (`upstream_params`).
    pub further: &'a [(String, String)],
}

/// Where to send the browser, and what to remember until it is back.
pub struct Departed {
    pub url: String,
    pub nonce: Secret,
    /// `None` where PKCE is not used.
    pub pkce_verifier: Option<Secret>,
}

/// PKCE as it will be done (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PkceMethod {
    S256,
    Plain,
}

pub(super) fn depart(
    provider: &Provider,
    connection: &Connection,
    request: Departure<'_>,
    random: &Random,
) -> Result<(Url, Departed), UpstreamError> {
    let options = &connection.options;
    let endpoint = AuthUrl::new(provider.authorization_endpoint.clone())
        .map_err(|_| not_a_url("authorization_endpoint", &provider.authorization_endpoint))?;
    let redirect_uri = RedirectUrl::new(request.redirect_uri.to_owned())
        .map_err(|_| not_a_url("redirect_uri", request.redirect_uri))?;
    // Who the issuer is counts when an ID token comes back, and is asked elsewhere (`verify_id_token`).
    let no_issuer = IssuerUrl::from_url(endpoint.url().clone());
    let client_id = ClientId::new(options.client_id.clone());
    let client = CoreClient::new(client_id, no_issuer, JsonWebKeySet::default())
        .set_auth_uri(endpoint)
        .disable_openid_scope();
    let flow = match options.channel {
        Channel::FrontChannel => CoreAuthenticationFlow::Implicit(false),
        Channel::BackChannel => CoreAuthenticationFlow::AuthorizationCode,
    };
    let (state, nonce) = (CsrfToken::new(request.state.to_owned()), random.token());
    let sent_nonce = Nonce::new(nonce.clone());
    let mut url = client
        .authorize_url(flow, move || state, move || sent_nonce)
        .set_redirect_uri(Cow::Owned(redirect_uri))
        .add_scopes(scopes(connection, request.connection_scope).into_iter().map(Scope::new));
    let pkce_method = match options.channel {
        Channel::FrontChannel => {
            url = url.add_extra_param("response_mode", "form_post");
            None
        }
        Channel::BackChannel => pkce_method(options.connection_settings.pkce, &provider.pkce_methods),
    };
    let pkce_verifier = pkce_method.map(|_| Secret::new(random.token()));
    match (pkce_method, &pkce_verifier) {
        (Some(PkceMethod::S256), Some(verifier)) => {
            let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
            url = url.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        // The verifier itself is the challenge (RFC 7636 §4.2); the crate has no words for that any more.
        (Some(PkceMethod::Plain), Some(verifier)) => {
            url = url
                .add_extra_param("code_challenge", verifier.reveal().to_owned())
                .add_extra_param("code_challenge_method", "plain");
        }
        (_, _) => {}
    }
    let max_age = request.max_age.map(|seconds| seconds.to_string());
    let wishes = [
        ("login_hint", request.login_hint),
        ("prompt", request.prompt),
        ("max_age", max_age.as_deref()),
        ("ui_locales", request.ui_locales),
        ("acr_values", request.acr_values),
        ("domain_hint", request.domain_hint),
    ];
    for (name, value) in wishes {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            url = url.add_extra_param(name, value);
        }
    }
    let (mut url, _, _) = url.url();
    // What a login says itself stands: nothing is said twice, and nothing is overridden.
    let said: BTreeSet<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    for (name, value) in request.further.iter().filter(|(name, _)| !said.contains(name)) {
        url.query_pairs_mut().append_pair(name, value);
    }
    let departed = Departed { url: url.to_string(), nonce: Secret::new(nonce), pkce_verifier };
    Ok((url, departed))
}

/// `auto` is S256 unless the provider advertises `plain` alone: some support S256 without saying so.
fn pkce_method(mode: PkceMode, advertised: &[String]) -> Option<PkceMethod> {
    let advertises = |method: &str| advertised.iter().any(|advertised| advertised == method);
    match mode {
        PkceMode::Disabled => None,
        PkceMode::Plain => Some(PkceMethod::Plain),
        PkceMode::Auto if advertises("plain") && !advertises("S256") => Some(PkceMethod::Plain),
        PkceMode::Auto | PkceMode::S256 => Some(PkceMethod::S256),
    }
}

/// The connection's scopes, those that make UserInfo say what the attribute map wants of it, and the application's.
fn scopes(connection: &Connection, asked: Option<&str>) -> Vec<String> {
    let options = &connection.options;
    let extra = options.attribute_map.userinfo_scope.as_deref().unwrap_or_default();
    let mut seen = BTreeSet::new();
    options
        .scope
        .split_ascii_whitespace()
        .chain(extra.split_ascii_whitespace())
        .chain(asked.unwrap_or_default().split_ascii_whitespace())
        .filter(|scope| seen.insert(*scope))
        .map(str::to_owned)
        .collect()
}

fn not_a_url(name: &'static str, came: &str) -> UpstreamError {
    UpstreamError::misconfigured(
        "authorization-url",
        format!("a URL as {name}"),
        quoted(came),
        format!("Correct {name} of this connection."),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crypto::digest::sha256_base64url;
    use crate::upstream::test_provider::{CLIENT_ID, REDIRECT_URI, connection, provider};

    const REQUEST: Departure<'_> = Departure {
        redirect_uri: REDIRECT_URI,
        state: "st&te",
        login_hint: Some("ann+x@acme.example"),
        prompt: Some("login"),
        max_age: Some(60),
        ui_locales: Some("fr en"),
        acr_values: Some(""),
        domain_hint: Some("acme.example"),
        connection_scope: Some("calendar email"),
        further: &[],
    };

    fn departed(provider: &Provider, connection: &Connection) -> (BTreeMap<String, String>, Departed) {
        departed_with(provider, connection, &[])
    }

    fn departed_with(
        provider: &Provider,
        connection: &Connection,
        further: &[(String, String)],
    ) -> (BTreeMap<String, String>, Departed) {
        let request = Departure { further, ..REQUEST };
        let (_, departed) = depart(provider, connection, request, &Random::default()).unwrap();
        let url = Url::parse(&departed.url).unwrap();
        let parameters: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(parameters.len(), url.query_pairs().count(), "no parameter twice");
        (parameters, departed)
    }

    #[test]
    fn the_back_channel_asks_for_a_code_with_nonce_and_pkce() {
        let mut connection = connection("https://idp.example");
        connection.options.attribute_map.userinfo_scope = Some("email groups".into());
        let mut provider = provider("https://idp.example");
        provider.authorization_endpoint = "https://idp.example/authorize?p=policy".into();
        let (parameters, departed) = departed(&provider, &connection);
        let verifier = departed.pkce_verifier.unwrap();
        assert_eq!(verifier.reveal().len(), 43);
        let challenge = sha256_base64url(verifier.reveal());
        let expected = [
            ("acr_values", None),
            ("client_id", Some(CLIENT_ID)),
            ("code_challenge", Some(challenge.as_str())),
            ("code_challenge_method", Some("S256")),
            ("domain_hint", Some("acme.example")),
            ("login_hint", Some("ann+x@acme.example")),
            ("max_age", Some("60")),
            ("nonce", Some(departed.nonce.reveal())),
            ("p", Some("policy")),
            ("prompt", Some("login")),
            ("redirect_uri", Some(REDIRECT_URI)),
            ("response_mode", None),
            ("response_type", Some("code")),
            ("scope", Some("openid profile email groups calendar")),
            ("state", Some("st&te")),
            ("ui_locales", Some("fr en")),
        ];
        for (name, value) in expected {
            assert_eq!(parameters.get(name).map(String::as_str), value, "{name}");
        }
    }

    #[test]
    fn the_front_channel_asks_for_an_id_token_by_form_post_without_pkce() {
        let mut connection = connection("https://idp.example");
        connection.options.channel = Channel::FrontChannel;
        let (parameters, departed) = departed(&provider("https://idp.example"), &connection);
        assert_eq!(parameters["response_type"], "id_token");
        assert_eq!(parameters["response_mode"], "form_post");
        assert_eq!(parameters["nonce"], departed.nonce.reveal());
        assert!(departed.pkce_verifier.is_none() && !parameters.contains_key("code_challenge"));
    }

    #[test]
    fn further_parameters_are_added_and_never_override_what_the_login_says() {
        let mut provider = provider("https://idp.example");
        provider.authorization_endpoint = "https://idp.example/authorize?p=policy".into();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let taken =
            ["state", "nonce", "redirect_uri", "client_id", "response_type", "scope", "code_challenge"];
        let mut further =
            vec![pair("hd", "a&b"), pair("prompt", "none"), pair("p", "other"), pair("acr_values", "x")];
        further.extend(taken.map(|name| pair(name, "evil")));
        let (parameters, _) = departed_with(&provider, &connection("https://idp.example"), &further);
        assert_eq!(parameters["hd"], "a&b");
        assert_eq!((parameters["prompt"].as_str(), parameters["p"].as_str()), ("login", "policy"));
        assert_eq!(parameters["acr_values"], "x", "which the login leaves open");
        assert!(parameters.values().all(|value| value != "evil"), "{parameters:?}");
    }

    #[test]
    fn pkce_follows_the_mode_and_auto_means_s256_unless_only_plain_is_advertised() {
        let (s256, plain) = (Some(PkceMethod::S256), Some(PkceMethod::Plain));
        for (mode, advertised, expected) in [
            (PkceMode::Auto, &[][..], s256),
            (PkceMode::Auto, &["plain", "S256"], s256),
            (PkceMode::Auto, &["S256"], s256),
            (PkceMode::Auto, &["plain"], plain),
            (PkceMode::Auto, &["S512"], s256),
            (PkceMode::S256, &["plain"], s256),
            (PkceMode::Plain, &["S256"], plain),
            (PkceMode::Disabled, &["S256"], None),
        ] {
            let advertised: Vec<String> = advertised.iter().map(|&method| method.to_owned()).collect();
            assert_eq!(pkce_method(mode, &advertised), expected, "{mode:?} {advertised:?}");
        }
    }

    #[test]
    fn nonce_and_verifier_are_new_each_time() {
        let (provider, connection) = (provider("https://idp.example"), connection("https://idp.example"));
        let (first, second) = (departed(&provider, &connection).1, departed(&provider, &connection).1);
        assert_ne!(first.nonce, second.nonce);
        assert_ne!(first.pkce_verifier, second.pkce_verifier);
    }
}
