//! The body of a call, made of the flags.

use serde_json::{Map, Value, json};

use super::flags::ProviderFlags;
use super::kind::Kind;
use crate::cli::outcome::Usage;
use crate::domain::secret::Secret;

/// What a provider's own words are in `options`, beside the secret and what needs a decision.
fn plain_options(flags: &ProviderFlags) -> [(&'static str, Option<Value>); 13] {
    let text = |value: &Option<String>| value.as_ref().map(|text| json!(text));
    let address = |value: &Option<String>| value.as_deref().map(|text| json!(provider_url(text)));
    [
        ("type", flags.channel.as_ref().map(|channel| json!(format!("{channel}_channel")))),
        ("redirect_uri", text(&flags.redirect_uri)),
        ("client_id", text(&flags.client_id)),
        ("scope", text(&flags.scopes)),
        ("connection_settings", flags.pkce.as_ref().map(|mode| json!({"pkce": mode}))),
        ("token_endpoint_auth_method", text(&flags.auth_method)),
        ("call_userinfo", text(&flags.call_userinfo)),
        ("groups_claim", text(&flags.groups_claim)),
        ("domain_aliases", (!flags.domains.is_empty()).then(|| json!(flags.domains))),
        ("issuer", address(&flags.issuer)),
        ("authorization_endpoint", address(&flags.authorization_endpoint)),
        ("token_endpoint", address(&flags.token_endpoint)),
        ("jwks_uri", address(&flags.jwks_uri)),
    ]
}

/// `https://` before what does not say how it is reached.
pub(super) fn provider_url(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("https://{text}") }
}

/// The body of a new connection; applications are added by whoever can look them up.
///
/// # Errors
/// Everything that is missing, or does not fit together.
pub(super) fn new_connection(
    name: Option<&str>,
    flags: &ProviderFlags,
    secret: Option<&Secret>,
) -> Result<Map<String, Value>, Usage> {
    let kind = flags.kind.as_deref().and_then(Kind::of).or_else(|| Kind::of("oidc"));
    let Some(kind) = kind else { return Err(Usage("--kind: there is no such kind".into())) };
    let mut wrong = Vec::new();
    let answers = answers(&kind, flags, &mut wrong);
    missing(name, &kind, flags, &answers, secret.is_some(), &mut wrong);
    if !wrong.is_empty() {
        return Err(Usage(wrong.join("\n")));
    }
    let mut options = options(flags, secret);
    if let Some(preset) = kind.preset {
        options.insert("preset".into(), json!(preset));
    } else {
        ask_userinfo(&mut options, flags);
    }
    if answers.is_empty() {
        options.extend(flags.url.as_deref().map(|url| ("discovery_url".into(), json!(provider_url(url)))));
    } else {
        options.insert("preset_fields".into(), Value::Object(answers));
    }
    let mut body = Map::new();
    body.insert("name".into(), json!(name));
    body.insert("strategy".into(), json!("oidc"));
    body.extend(flags.display_name.as_ref().map(|name| ("display_name".into(), json!(name))));
    body.insert("options".into(), Value::Object(options));
    Ok(body)
}

/// What an edit changes, for a merge.
///
/// # Errors
/// Nothing to change, or what counts only for a new connection.
pub(super) fn patch(flags: &ProviderFlags, secret: Option<&Secret>) -> Result<Map<String, Value>, Usage> {
    let mut wrong = Vec::new();
    if flags.kind.is_some() || !flags.field.is_empty() {
        wrong.push(
            "--kind and --field count only when a connection is added: change --url and the other settings",
        );
    }
    if flags.no_discovery && flags.url.is_some() {
        wrong.push("--no-discovery: leave --url out, which is where discovery begins");
    }
    if !wrong.is_empty() {
        return Err(Usage(wrong.join("\n")));
    }
    let mut options = options(flags, secret);
    if flags.no_discovery {
        options.insert("discovery_url".into(), Value::Null);
    }
    options.extend(flags.url.as_deref().map(|url| ("discovery_url".into(), json!(provider_url(url)))));
    let mut patch = Map::new();
    patch.extend(flags.display_name.as_ref().map(|name| ("display_name".into(), json!(name))));
    if !options.is_empty() {
        patch.insert("options".into(), Value::Object(options));
    }
    Ok(patch)
}

fn options(flags: &ProviderFlags, secret: Option<&Secret>) -> Map<String, Value> {
    let mut options: Map<String, Value> = plain_options(flags)
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    let userinfo = flags.userinfo_endpoint.as_deref().map(|url| json!(provider_url(url)));
    options.extend(userinfo.map(|url| ("userinfo_endpoint".to_owned(), url)));
    options.extend(secret.map(|secret| ("client_secret".to_owned(), json!(secret.reveal()))));
    options
}

/// Names, addresses and groups are often in UserInfo alone; who knows their provider better says so.
fn ask_userinfo(options: &mut Map<String, Value>, flags: &ProviderFlags) {
    let is_front = flags.channel.as_deref() == Some("front");
    if !is_front && (!flags.no_discovery || flags.userinfo_endpoint.is_some()) {
        options.entry("call_userinfo").or_insert_with(|| json!("always"));
    }
    options.entry("groups_claim").or_insert_with(|| json!("groups"));
}

/// The answers to what the kind asks; `--url` beside `--field` is the answer to its question for an address.
fn answers(kind: &Kind, flags: &ProviderFlags, wrong: &mut Vec<String>) -> Map<String, Value> {
    let questions = kind.questions();
    let mut answers = Map::new();
    for field in &flags.field {
        match field.split_once('=') {
            Some((name, value)) if questions.iter().any(|question| question.name == name) => {
                answers.insert(name.to_owned(), json!(value));
            }
            _ => {
                let known: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
                let known = if known.is_empty() { "this kind asks nothing".into() } else { known.join(", ") };
                let name = field.split('=').next().unwrap_or_default();
                wrong.push(format!(
                    "--field {name}: must be NAME=VALUE with a name of what this kind asks: {known}"
                ));
            }
        }
    }
    let (false, Some(url)) = (flags.field.is_empty(), &flags.url) else { return answers };
    match questions.iter().find(|question| question.is_address) {
        Some(question) => {
            answers.entry(question.name.clone()).or_insert_with(|| json!(provider_url(url)));
        }
        None => wrong.push("--url: leave it out beside --field, which says where the provider is".into()),
    }
    answers
}

fn missing(
    name: Option<&str>,
    kind: &Kind,
    flags: &ProviderFlags,
    answers: &Map<String, Value>,
    has_secret: bool,
    wrong: &mut Vec<String>,
) {
    let mut miss = |flag: &str, words: &str| wrong.push(format!("{flag} is missing: {words}"));
    if name.is_none() {
        miss("NAME", "how the connection is called here, for instance acme");
    }
    let is_front = flags.channel.as_deref() == Some("front");
    if flags.no_discovery {
        let url = |value: &Option<String>| value.is_some();
        if flags.url.is_some() {
            miss("the way to the provider", "--url stands for discovery, leave it or --no-discovery out");
        }
        for (flag, is_given) in [
            ("--issuer", url(&flags.issuer)),
            ("--authorization-endpoint", url(&flags.authorization_endpoint)),
            ("--token-endpoint", url(&flags.token_endpoint) || is_front),
            ("--jwks-uri", url(&flags.jwks_uri)),
        ] {
            if !is_given {
                miss(flag, "without discovery nothing else says it");
            }
        }
    } else if flags.url.is_none() {
        let given: Vec<&str> = answers.keys().map(String::as_str).collect();
        match kind.unanswered(&given) {
            None => miss("--url", "the provider's domain or address, for instance accounts.acme.example"),
            Some(questions) => {
                for question in questions {
                    let flag = format!("--field {}=…", question.name);
                    let words = match answers.is_empty() {
                        true => format!("{} Or give --url, the provider's issuer.", question.words),
                        false => question.words,
                    };
                    miss(&flag, &words);
                }
            }
        }
    }
    if flags.client_id.is_none() {
        miss("--client-id", "as the provider calls this hub");
    }
    let method = flags.auth_method.as_deref().or_else(|| kind.option("token_endpoint_auth_method"));
    let is_secretless = matches!(method, Some("private_key_jwt" | "none"));
    if !has_secret && !is_front && !is_secretless {
        miss("--client-secret", "or --client-secret-file FILE, or VESTIBULE_PROVIDER_CLIENT_SECRET");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(flags: ProviderFlags) -> Result<Value, String> {
        let secret = Secret::new("canary");
        new_connection(Some("acme"), &flags, Some(&secret)).map(Value::Object).map_err(|usage| usage.0)
    }

    fn flags() -> ProviderFlags {
        ProviderFlags { client_id: Some("x".into()), ..ProviderFlags::default() }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_domain_is_reached_by_https_and_plain_http_has_to_be_said() {
        for (url, expected) in [
            ("oidc.example.com", "https://oidc.example.com"),
            ("oidc.example.com/tenant/", "https://oidc.example.com/tenant/"),
            ("https://oidc.example.com", "https://oidc.example.com"),
            ("http://localhost:8081", "http://localhost:8081"),
            ("localhost:8081", "https://localhost:8081"),
        ] {
            let body = made(ProviderFlags { url: some(url), ..flags() }).unwrap();
            assert_eq!(body["options"]["discovery_url"], expected);
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let told = |flags: ProviderFlags| {
            let usage = new_connection(None, &flags, None).unwrap_err().0;
            usage.lines().map(|line| line.split(" is missing").next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told(ProviderFlags::default()), ["NAME", "--url", "--client-id", "--client-secret"]);
        let front = ProviderFlags { channel: some("front"), no_discovery: true, ..ProviderFlags::default() };
        let expected = ["NAME", "--issuer", "--authorization-endpoint", "--jwks-uri", "--client-id"];
        assert_eq!(told(front), expected);
        let azure = ProviderFlags { kind: some("azure"), client_id: some("x"), ..ProviderFlags::default() };
        assert_eq!(told(azure), ["NAME", "--field tenant_id=…", "--client-secret"]);
        let google = ProviderFlags { kind: some("google"), auth_method: some("none"), ..flags() };
        assert_eq!(told(google), ["NAME"]);
    }

    #[test]
    fn a_kind_is_found_by_its_answers_or_by_an_address() {
        let ping = ProviderFlags {
            kind: some("ping"),
            field: vec!["region=eu".into(), "environment_id=e-1".into()],
            ..flags()
        };
        let options = made(ping).unwrap()["options"].clone();
        assert_eq!(options["preset"], "ping");
        assert_eq!(options["preset_fields"], json!({"region": "eu", "environment_id": "e-1"}));
        assert!(options.get("discovery_url").is_none() && options.get("call_userinfo").is_none());

        let keycloak = ProviderFlags {
            kind: some("keycloak"),
            url: some("sso.acme.example"),
            field: vec!["realm=acme".into()],
            ..flags()
        };
        let options = made(keycloak).unwrap()["options"].clone();
        assert_eq!(
            options["preset_fields"],
            json!({"realm": "acme", "base_url": "https://sso.acme.example"})
        );

        let both = ProviderFlags {
            kind: some("azure"),
            url: some("x.example"),
            field: vec!["tenant_id=1".into(), "canary".into()],
            ..flags()
        };
        let told = made(both).unwrap_err();
        assert!(
            told.contains("--field canary: must be NAME=VALUE") && told.contains("--url: leave it out"),
            "{told}"
        );
    }

    #[test]
    fn an_edit_says_what_its_flags_say_and_nothing_else() {
        let said =
            ProviderFlags { scopes: some("openid email"), pkce: some("S256"), ..ProviderFlags::default() };
        let patch = Value::Object(super::patch(&said, None).unwrap());
        assert_eq!(
            patch,
            json!({"options": {"scope": "openid email", "connection_settings": {"pkce": "S256"}}})
        );
        assert!(super::patch(&ProviderFlags::default(), None).unwrap().is_empty());
        let kind = ProviderFlags { kind: some("okta"), ..ProviderFlags::default() };
        assert!(super::patch(&kind, None).is_err());
    }
}
