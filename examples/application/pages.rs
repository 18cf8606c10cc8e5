//! The pages: HTML without script.

use openidconnect::url::Url;
use serde_json::Value;

use super::Settings;
use super::openid::{Failure, SignedIn};

/// What is about to happen, and the ways to begin.
pub fn welcome(settings: &Settings) -> String {
    let hub = escaped(&host(&settings.issuer));
    let direct = settings.connection.as_deref().map_or_else(String::new, |connection| {
        let query = escaped(&serde_urlencoded::to_string([("connection", connection)]).unwrap_or_default());
        let name = escaped(connection);
        format!(r#"<p class="aside"><a id="direct" href="/sign-in?{query}">Go straight to the connection <q>{name}</q></a></p>"#)
    });
    let accounts = accounts(&settings.accounts);
    page(
        settings,
        "Sign in with your company account",
        &format!(
            r#"<h1>Sign in with your company account</h1>
<ol class="route">
<li><b>Here.</b> This application asks the hub at <span class="host">{hub}</span> to sign you in.</li>
<li><b>The hub.</b> It knows your company’s identity provider and sends you there.</li>
<li><b>Your company.</b> Only there do you prove who you are; you come back with a signed note of it.</li>
</ol>
{accounts}
<p><a id="sign-in" class="button" href="/sign-in">Sign in</a></p>
<form action="/sign-in" method="get">
<label for="login_hint">Or give your work email address here, and the hub will not ask for it</label>
<div class="line"><input id="login_hint" name="login_hint" type="email" autocomplete="email" placeholder="you@company.example" required>
<button id="continue" type="submit">Continue</button></div>
</form>
{direct}
<p class="aside"><a id="other-account" href="/sign-in?prompt=select_account">Sign in with another account than last time</a></p>"#
        ),
    )
}

/// With whom to sign in, ready to be copied.
fn accounts(accounts: &[(String, String)]) -> String {
    if accounts.is_empty() {
        return String::new();
    }
    let rows: String = accounts
        .iter()
        .map(|(email, password)| {
            format!("<tr><td><code>{}</code><td><code>{}</code>", escaped(email), escaped(password))
        })
        .collect();
    format!(
        r#"<table class="accounts"><caption>Accounts to try</caption>
<thead><tr><th scope="col">Email address<th scope="col">Password</thead>
<tbody>{rows}</tbody></table>"#
    )
}

/// Who signed in, and everything the tokens said.
pub fn signed_in(settings: &Settings, person: &SignedIn) -> String {
    let text = |name: &str| person.profile.get(name).and_then(Value::as_str).map(escaped);
    let name = text("name").or_else(|| text("email")).or_else(|| text("sub")).unwrap_or_default();
    let email = text("email").filter(|email| *email != name);
    let email = email.map_or_else(String::new, |email| format!(r#"<p class="email">{email}</p>"#));
    let access_token = match &person.access_token_claims {
        Some(claims) => block(
            "access-token",
            "Access token",
            "Shown out of curiosity. It is meant for an API, and an application never reads it.",
            claims,
        ),
        None => String::new(),
    };
    page(
        settings,
        "Signed in",
        &format!(
            r#"<h1>Hello, <span id="name">{name}</span></h1>
{email}
<ul class="checks">
<li>The answer belongs to the sign-in this browser began (state, PKCE)</li>
<li>The ID token is signed by {hub}, for this application, just now</li>
<li>It answers this very request (nonce){at_hash}</li>
</ul>
<form action="/sign-out" method="post" class="line"><button id="sign-out" type="submit">Sign out</button>
<a id="other-account" class="plain" href="/sign-in?prompt=select_account">Use another account</a></form>
{profile}{id_token}{access_token}"#,
            hub = escaped(&host(&settings.issuer)),
            at_hash = if person.id_token_claims.get("at_hash").is_some() {
                " and came with this access token (at_hash)"
            } else {
                ""
            },
            profile = block("profile", "Profile", "What UserInfo says about you.", &person.profile),
            id_token = block(
                "id-token",
                "ID token",
                "That you signed in, when, and where.",
                &person.id_token_claims
            ),
        ),
    )
}

/// Nobody was signed in, and why.
pub fn failure(settings: &Settings, failure: &Failure) -> String {
    let (title, code) = match failure {
        Failure::Refused { code, .. } => {
            let title = match code.as_str() {
                "access_denied" => "The sign-in was refused",
                "login_required" | "interaction_required" | "consent_required" => "A sign-in is needed",
                "temporarily_unavailable" | "server_error" => "The sign-in did not work this time",
                _ => "The sign-in did not work",
            };
            (title, format!(r#"<p class="code">Error code <code id="error">{}</code></p>"#, escaped(code)))
        }
        Failure::Discovery(_)
        | Failure::Unreadable
        | Failure::NotOurs
        | Failure::OtherIssuer(_)
        | Failure::Empty
        | Failure::Exchange(_)
        | Failure::IdToken(_)
        | Failure::UserInfo(_) => ("The sign-in did not work", String::new()),
    };
    page(
        settings,
        title,
        &format!(
            r#"<h1>{title}</h1>
<p id="reason" class="reason">{reason}</p>
{code}
<p>You are not signed in, and nothing was changed.</p>
<p><a class="button" href="/">Start again</a></p>"#,
            reason = escaped(&failure.to_string()),
        ),
    )
}

/// No page at this address.
pub fn nothing_here(settings: &Settings) -> String {
    page(
        settings,
        "Nothing here",
        r#"<h1>Nothing here</h1><p>This application has one page.</p><p><a class="button" href="/">Go to it</a></p>"#,
    )
}

fn page(settings: &Settings, title: &str, content: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Sample application</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">Sample application</a> <span class="host">{own}</span></header>
<main>
{content}
</main>
<footer>An OpenID Connect client of <a href="{issuer}.well-known/openid-configuration">{hub}</a></footer>
</body>
</html>
"#,
        own = escaped(&host(&settings.url)),
        issuer = escaped(&format!("{}/", settings.issuer.trim_end_matches('/'))),
        hub = escaped(&host(&settings.issuer)),
    )
}

fn block(id: &str, title: &str, meaning: &str, claims: &Value) -> String {
    let json = escaped(&serde_json::to_string_pretty(claims).unwrap_or_default());
    format!(
        r#"<section aria-labelledby="{id}-title">
<h2 id="{id}-title">{title}</h2>
<p>{meaning}</p>
<pre id="{id}" tabindex="0" aria-labelledby="{id}-title">{json}</pre>
</section>
"#
    )
}

/// `localhost:8080` of an address.
fn host(address: &str) -> String {
    Url::parse(address).map_or_else(
        |_| address.to_owned(),
        |url| match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => address.to_owned(),
        },
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
