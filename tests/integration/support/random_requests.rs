//! Requests over every route that no sensible program makes: what the route expects, then one or several parts of it
//! odd. The same seed and the same names of things give the same requests.

use serde_json::{Map, Value, json};

use super::odd_values::{Seeded, odd_bytes, odd_json, odd_text};
use super::raw_http::RawConnection;
use super::routes::TableRoute;

/// What exists at the hub, for requests to name.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub issuer: String,
    /// Host and port, as a `Host` header has them.
    pub host: String,
    pub management_token: String,
    /// Name of a parameter or property → a value that means something.
    pub named: Vec<(&'static str, String)>,
    /// Whatever a placeholder in a path may stand for.
    pub ids: Vec<String>,
    /// Of a browser in the middle of a login.
    pub cookies: String,
}

/// The hub, as whoever makes [`Known`] reaches it.
pub struct Owner<'a> {
    pub connection: &'a mut RawConnection,
    pub issuer: &'a str,
    pub management: (&'a str, &'a str),
    /// The issuer of a provider that answers.
    pub provider: &'a str,
}

impl Owner<'_> {
    /// Makes one of everything that requests may then name, change and remove.
    pub fn make(&mut self, random: &mut Seeded) -> Known {
        let host = self.issuer.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut known = Known { issuer: self.issuer.to_owned(), host, ..Known::default() };
        let (id, secret) = self.management;
        let audience = format!("{}api/v2/", self.issuer);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("audience", &audience),
        ];
        let answer = self.post(&known, "/oauth/token", &form);
        known.management_token = text(&answer, "access_token");
        assert!(!known.management_token.is_empty(), "no token for the Management API: {answer}");
        let name = random.letters(8);
        let application = self.create(&known, "clients", &application(&name, "client_secret_post"));
        let (client_id, secret) = (text(&application, "client_id"), text(&application, "client_secret"));
        let oidc = connection(&name, self.provider, &client_id);
        let oidc = self.create(&known, "connections", &oidc);
        let local = format!("people-{name}");
        let body = json!({"name": local, "strategy": "local", "enabled_clients": [client_id]});
        let classic = self.create(&known, "connections", &body);
        let email = format!("{name}@people.example");
        let person = json!({"connection": local, "email": email, "password": "correct horse battery staple"});
        let person = self.create(&known, "users", &person);
        let api = self.create(&known, "resource-servers", &resource_server(&name));
        let grant = json!({"client_id": client_id, "audience": format!("urn:{name}"), "scope": ["read:x"]});
        let grant = self.create(&known, "client-grants", &grant);
        let registration = self.create(&known, "initial-access-tokens", &json!({}));
        let connection_id = text(&oidc, "id");
        let ticket = self.create(&known, &format!("connections/{connection_id}/setup-tickets"), &json!({}));
        let test = self.create(&known, &format!("connections/{connection_id}/test"), &json!({}));
        let keys = self.read(&known, "keys/signing");
        let logs = self.read(&known, "logs?take=5");
        known.named = vec![
            ("client_id", client_id),
            ("client_secret", secret),
            ("connection", text(&oidc, "name")),
            ("connection_id", connection_id.clone()),
            ("user_id", text(&person, "user_id")),
            ("email", email.clone()),
            ("username", email.clone()),
            ("login_hint", email),
            ("password", "correct horse battery staple".to_owned()),
            ("audience", format!("urn:{name}")),
            ("resource", format!("urn:{name}")),
            ("redirect_uri", CALLBACK.to_owned()),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()),
            ("ticket", text(&ticket, "ticket").rsplit(['=', '/']).next().unwrap_or_default().to_owned()),
            ("link", text(&test, "url").rsplit(['=', '/']).next().unwrap_or_default().to_owned()),
            ("initial_access_token", text(&registration, "token")),
        ];
        let made = [&application, &oidc, &classic, &person, &api, &grant, &registration, &ticket, &test];
        for value in made {
            for name in ["id", "client_id", "user_id", "name", "identifier"] {
                known.ids.extend(value.get(name).and_then(Value::as_str).map(str::to_owned));
            }
        }
        for value in [&keys, &logs].into_iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            for name in ["kid", "log_id", "_id"] {
                known.ids.extend(value.get(name).and_then(Value::as_str).map(str::to_owned));
            }
        }
        self.begin_login(&mut known);
        known
    }

    /// A browser that is at the login page, and another at the provider's door.
    fn begin_login(&mut self, known: &mut Known) {
        let query = encode(&authorize(known));
        for more in ["", "&connection="] {
            let value =
                if more.is_empty() { String::new() } else { known.named("connection").unwrap_or_default() };
            let request = format!(
                "GET /authorize?{query}{more}{value} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n",
                known.host, known.cookies
            );
            let answer = self.connection.send(request.as_bytes()).unwrap_or_default();
            let location = answer.header("location");
            if let Some((_, id)) = location.rsplit_once("/login/") {
                known.ids.push(id.split('?').next().unwrap_or_default().to_owned());
            }
            let state = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("state="));
            known.named.extend(state.map(|state| ("state", state.to_owned())));
            known.cookies = [known.cookies.clone(), answer.cookies()]
                .into_iter()
                .filter(|some| !some.is_empty())
                .collect::<Vec<_>>()
                .join("; ");
        }
    }

    fn post(&mut self, known: &Known, path: &str, form: &[(&str, &str)]) -> Value {
        let form: Vec<(String, Vec<u8>)> =
            form.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        let body = encode(&form);
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            known.host,
            body.len()
        );
        self.connection.send(request.as_bytes()).unwrap_or_default().json()
    }

    fn create(&mut self, known: &Known, kind: &str, body: &Value) -> Value {
        let (body, token) = (body.to_string(), &known.management_token);
        let request = format!(
            "POST /api/v2/{kind} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            known.host,
            body.len()
        );
        let answer = self.connection.send(request.as_bytes()).unwrap_or_default();
        // Where nobody may register applications, there are no such tokens.
        let is_made = answer.status < 300 || kind == "initial-access-tokens";
        assert!(is_made, "POST {kind}: {} {}", answer.status, answer.text());
        answer.json()
    }

    fn read(&mut self, known: &Known, path: &str) -> Value {
        let request = format!(
            "GET /api/v2/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            known.host, known.management_token
        );
        self.connection.send(request.as_bytes()).unwrap_or_default().json()
    }
}

impl Known {
    fn named(&self, name: &str) -> Option<String> {
        self.named.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }
}

const CALLBACK: &str = "https://app.example/callback";

/// Parameters of queries and forms, beside those that the route expects.
const PARAMETERS: &[&str] = &[
    "access_token",
    "acr_values",
    "actor_token",
    "audience",
    "authorization_details",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "connection",
    "connection_scope",
    "device_code",
    "display",
    "domain_hint",
    "dpop_jkt",
    "email",
    "error",
    "error_description",
    "fields",
    "federated",
    "from",
    "grant_type",
    "id_token",
    "id_token_hint",
    "include_fields",
    "include_totals",
    "iss",
    "login_hint",
    "logout_hint",
    "logout_token",
    "max_age",
    "nonce",
    "organization",
    "page",
    "password",
    "per_page",
    "post_logout_redirect_uri",
    "prompt",
    "q",
    "redirect_uri",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "requested_token_type",
    "resource",
    "response",
    "response_mode",
    "response_type",
    "returnTo",
    "scope",
    "screen_hint",
    "search",
    "sid",
    "sort",
    "state",
    "subject_token",
    "subject_token_type",
    "take",
    "ticket",
    "token",
    "token_type_hint",
    "ui_locales",
    "user_code",
    "username",
    "choice",
    "remember",
    "start",
    "name",
    "identifiers",
    "strategy",
    "audiences",
    "user_id",
    "app_type",
];

/// Properties of bodies, beside those that the route expects.
const PROPERTIES: &[&str] = &[
    "name",
    "display_name",
    "strategy",
    "options",
    "enabled_clients",
    "realms",
    "metadata",
    "is_enabled",
    "client_id",
    "client_secret",
    "callbacks",
    "redirect_uris",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "subject_type",
    "sector_identifier_uri",
    "request_uris",
    "oidc_logout",
    "refresh_token",
    "access_token_ttl",
    "profile_claims",
    "email",
    "email_verified",
    "blocked",
    "user_metadata",
    "app_metadata",
    "connection",
    "password",
    "identifier",
    "scopes",
    "scope",
    "signing_alg",
    "token_lifetime",
    "authorization_details",
    "audience",
    "subject_type",
    "ids",
    "user_id",
    "domain",
    "claims",
    "attribute_map",
    "id_token",
    "userinfo",
    "hash",
    "status",
    "max_registrations",
    "expires_in",
    "contacts",
    "logo_uri",
    "initiate_login_uri",
    "jwt_configuration",
    "allowed_origins",
    "web_origins",
    "is_first_party",
];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"];

/// Makes requests, one after the other.
pub struct RandomRequests {
    random: Seeded,
    routes: Vec<TableRoute>,
}

/// A request as bytes, and what to call it in a report.
pub struct Attempt {
    pub bytes: Vec<u8>,
    pub method: String,
    pub pattern: String,
}

impl RandomRequests {
    pub fn new(seed: u64, routes: Vec<TableRoute>) -> Self {
        Self { random: Seeded::new(seed), routes }
    }

    pub fn next(&mut self, known: &Known) -> Attempt {
        let route = self.random.pick(&self.routes).clone();
        let method = if self.random.percent(90) {
            self.random.pick(&route.methods).clone()
        } else {
            (*self.random.pick(METHODS)).to_owned()
        };
        let path = self.path(&route.pattern, &method, known);
        let mut target = path;
        let expects_query = route.pattern == "/authorize" && method == "GET";
        if expects_query || self.random.percent(40) {
            let base = if expects_query { authorize(known) } else { Vec::new() };
            let query = self.changed_pairs(base, known, 1_500);
            target = format!("{target}?{}", encode(&query));
            target.truncate(15_000);
        }
        let (body, media_type) = self.body(&route.pattern, &method, known);
        let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", known.host).into_bytes();
        for (name, value) in self.headers(&route.pattern, known) {
            header(&mut bytes, name, &value);
        }
        if let Some(media_type) = media_type {
            header(&mut bytes, "Content-Type", media_type.as_bytes());
        }
        header(&mut bytes, "Content-Length", body.len().to_string().as_bytes());
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        Attempt { bytes, method, pattern: route.pattern }
    }

    fn path(&mut self, pattern: &str, method: &str, known: &Known) -> String {
        let (mut path, mut rest) = (String::new(), pattern);
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            // What there is would soon be gone, were it removed as often as it is asked for.
            let is_known = self.random.percent(if method == "DELETE" { 5 } else { 60 });
            let filled = if is_known && !known.ids.is_empty() {
                self.random.pick(&known.ids).clone().into_bytes()
            } else {
                odd_bytes(&mut self.random, 400)
            };
            let is_kept = self.random.percent(5);
            let filled = percent_encode(&filled);
            path.push_str(&if is_kept { filled.replace("%2F", "/") } else { filled });
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        path.push_str(rest);
        if self.random.percent(2) {
            let odd = odd_bytes(&mut self.random, 60);
            path.push_str(&percent_encode(&odd));
        }
        path
    }

    fn headers(&mut self, pattern: &str, known: &Known) -> Vec<(&'static str, Vec<u8>)> {
        let mut headers = Vec::new();
        let is_api = pattern.starts_with("/api/");
        let authorization = match self.random.below(20) {
            0..=14 if is_api => Some(format!("Bearer {}", known.management_token).into_bytes()),
            0..=2 => {
                let pair =
                    [known.named("client_id"), known.named("client_secret")].map(Option::unwrap_or_default);
                let basic = format!("{}:{}", pair[0], pair[1]);
                Some(format!("Basic {}", base64(basic.as_bytes())).into_bytes())
            }
            15 => Some([b"Basic ".as_slice(), base64(&odd_bytes(&mut self.random, 300)).as_bytes()].concat()),
            16 => Some([b"Bearer ".as_slice(), &odd_bytes(&mut self.random, 3_000)].concat()),
            17 => Some(odd_bytes(&mut self.random, 500)),
            _ => None,
        };
        headers.extend(authorization.map(|value| ("Authorization", value)));
        if self.random.percent(50) {
            let mut cookies = known.cookies.clone().into_bytes();
            if self.random.percent(20) {
                cookies.extend_from_slice(b"; ");
                cookies.extend(odd_bytes(&mut self.random, 1_000));
            }
            headers.push(("Cookie", cookies));
        }
        let ours = known.issuer.trim_end_matches('/').as_bytes().to_vec();
        if self.random.percent(70) {
            headers.push(("Origin", ours));
        } else if self.random.percent(40) {
            headers.push(("Origin", odd_bytes(&mut self.random, 200)));
        }
        for name in [
            "Accept",
            "Accept-Language",
            "User-Agent",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Request-Id",
            "If-Match",
            "DPoP",
            "Sec-Fetch-Dest",
            "Sec-Fetch-Site",
            "Range",
            "If-None-Match",
            "Expect",
            "Access-Control-Request-Method",
            "Forwarded",
        ] {
            // A client that expects to be told to go on would wait for it.
            if self.random.percent(5) && name != "Expect" {
                headers.push((name, odd_bytes(&mut self.random, 1_000)));
            }
        }
        headers
    }

    fn body(&mut self, pattern: &str, method: &str, known: &Known) -> (Vec<u8>, Option<String>) {
        let has_body = ["POST", "PUT", "PATCH"].contains(&method) || self.random.percent(3);
        if !has_body {
            return (Vec::new(), None);
        }
        let is_json = pattern.starts_with("/api/") || pattern.starts_with("/oidc/register");
        let is_json = if self.random.percent(3) { !is_json } else { is_json };
        let mut body = if is_json {
            let base = base_body(pattern, &mut self.random, known);
            let changed = self.changed_json(base, known, 0);
            changed.to_string().into_bytes()
        } else {
            let base = base_form(pattern, &mut self.random, known);
            encode(&self.changed_pairs(base, known, 9_000)).into_bytes()
        };
        match self.random.below(40) {
            0 => body = odd_bytes(&mut self.random, 70_000),
            1 => body.truncate(self.random.below(body.len() + 1)),
            2 => {
                let at = self.random.below(body.len() + 1);
                body.splice(at..at, odd_bytes(&mut self.random, 200));
            }
            3 if !body.is_empty() => {
                let at = self.random.below(body.len());
                body[at] ^= 1 << self.random.below(8);
            }
            4 => body = String::from_utf8_lossy(&body).replacen('1', "1e400", 1).into_bytes(),
            _ => {}
        }
        let media_type = match self.random.below(30) {
            0 => None,
            1 => {
                let odd: String =
                    odd_text(&mut self.random, 100).chars().filter(char::is_ascii_graphic).collect();
                Some(odd)
            }
            2 => Some("application/json; charset=utf-16".to_owned()),
            _ if is_json => Some("application/json".to_owned()),
            _ => Some("application/x-www-form-urlencoded".to_owned()),
        };
        (body, media_type)
    }

    /// Some pairs changed, left out, doubled, and others put in.
    fn changed_pairs(
        &mut self,
        base: Vec<(String, Vec<u8>)>,
        known: &Known,
        longest: usize,
    ) -> Vec<(String, Vec<u8>)> {
        let mut pairs = Vec::new();
        for (name, value) in base {
            match self.random.below(25) {
                0 => {}
                1 => pairs.extend([(name.clone(), value.clone()), (name, value)]),
                2 | 3 => pairs.push((name, odd_bytes(&mut self.random, longest))),
                _ => pairs.push((name, value)),
            }
        }
        while self.random.percent(45) {
            let name = *self.random.pick(PARAMETERS);
            let name = if self.random.percent(5) { odd_text(&mut self.random, 200) } else { name.to_owned() };
            let value = match known.named(&name) {
                Some(value) if self.random.percent(50) => value.into_bytes(),
                _ => odd_bytes(&mut self.random, longest),
            };
            pairs.push((name, value));
        }
        pairs
    }

    /// Some members changed, left out, and others put in, at every depth.
    fn changed_json(&mut self, value: Value, known: &Known, depth: usize) -> Value {
        if depth > 0 && self.random.percent(8) {
            return odd_json(&mut self.random, 3_000);
        }
        match value {
            Value::Object(members) => {
                let mut changed = Map::new();
                for (name, value) in members {
                    if !self.random.percent(4) {
                        changed.insert(name, self.changed_json(value, known, depth + 1));
                    }
                }
                while self.random.percent(if depth == 0 { 40 } else { 8 }) {
                    let name = *self.random.pick(PROPERTIES);
                    let name = if self.random.percent(5) {
                        odd_text(&mut self.random, 200)
                    } else {
                        name.to_owned()
                    };
                    let value = match known.named(&name) {
                        Some(value) if self.random.percent(30) => json!(value),
                        _ => odd_json(&mut self.random, 3_000),
                    };
                    changed.insert(name, value);
                }
                Value::Object(changed)
            }
            Value::Array(items) => {
                let mut changed: Vec<Value> = Vec::new();
                for item in items {
                    if self.random.percent(5) {
                        changed.push(item.clone());
                    }
                    changed.push(self.changed_json(item, known, depth + 1));
                }
                Value::Array(changed)
            }
            other => other,
        }
    }
}

fn application(name: &str, method: &str) -> Value {
    json!({
        "name": name, "app_type": "regular_web", "token_endpoint_auth_method": method,
        "callbacks": [CALLBACK, "http://127.0.0.1/callback"],
        "allowed_logout_urls": ["https://app.example/out"],
        "grant_types": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
    })
}

fn connection(name: &str, provider: &str, client_id: &str) -> Value {
    json!({
        "name": name, "strategy": "oidc", "enabled_clients": [client_id], "show_as_button": true,
        "options": {
            "type": "back_channel", "discovery_url": provider, "client_id": "vestibule",
            "client_secret": "a secret", "scope": "openid profile email",
            "attribute_map": {"mapping_mode": "use_map", "attributes": {"name": "${context.tokenset.name}"}},
            "upstream_params": {"prompt": {"value": "login"}},
        },
    })
}

fn resource_server(name: &str) -> Value {
    json!({
        "name": name, "identifier": format!("urn:{name}"), "signing_alg": "RS256",
        "scopes": [{"value": "read:x", "description": "Read"}], "token_lifetime": 600, "allow_offline_access": true,
    })
}

/// A body that the route would take.
fn base_body(pattern: &str, random: &mut Seeded, known: &Known) -> Value {
    let name = random.letters(10);
    let of = |name: &str| known.named(name).unwrap_or_default();
    let client_id = of("client_id");
    match pattern {
        // Nothing outside of this machine is ever asked.
        _ if pattern.starts_with("/api/v2/connections") && pattern.contains("try") => json!({
            "attribute_map": {"mapping_mode": "use_map", "attributes": {"x": "${context.tokenset.sub}"}},
            "id_token": {"sub": "x", "email": "x@people.example"}, "claims": {"sub": "x"},
        }),
        _ if pattern.ends_with("/domains") => json!({"domain": format!("{name}.example")}),
        _ if pattern.ends_with("/clients") && pattern.contains("connections") => {
            json!([{"client_id": client_id, "status": true}])
        }
        _ if pattern.starts_with("/api/v2/connections") => {
            connection(&name, "http://127.0.0.1:1", &client_id)
        }
        _ if pattern.starts_with("/api/v2/clients") => application(&name, "client_secret_basic"),
        _ if pattern.starts_with("/api/v2/users") => json!({
            "connection": format!("people-{}", of("connection")), "email": format!("{name}@people.example"),
            "password": "correct horse battery staple", "name": name, "user_metadata": {"a": 1},
        }),
        _ if pattern.starts_with("/api/v2/resource-servers") => resource_server(&name),
        _ if pattern.starts_with("/api/v2/client-grants") => {
            json!({"client_id": client_id, "audience": of("audience"), "scope": ["read:x"]})
        }
        _ if pattern.starts_with("/api/v2/refresh-tokens") => {
            json!({"ids": [name], "user_id": of("user_id")})
        }
        _ if pattern.starts_with("/oidc/register") => json!({
            "redirect_uris": [CALLBACK], "client_name": name, "grant_types": ["authorization_code"],
            "response_types": ["code"], "token_endpoint_auth_method": "client_secret_basic", "contacts": [],
        }),
        _ => json!({}),
    }
}

/// An authorization request that the hub would take.
fn authorize(known: &Known) -> Vec<(String, Vec<u8>)> {
    let of = |name: &str| known.named(name).unwrap_or_default();
    form(&[
        ("client_id", &of("client_id")),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "state"),
        ("nonce", "nonce"),
        ("code_challenge", &of("code_challenge")),
        ("code_challenge_method", "S256"),
    ])
}

/// A form that the route would take, or nearly.
fn base_form(pattern: &str, random: &mut Seeded, known: &Known) -> Vec<(String, Vec<u8>)> {
    let of = |name: &str| known.named(name).unwrap_or_default();
    let (id, secret) = (of("client_id"), of("client_secret"));
    let client = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let with = |more: &[(&str, &str)]| form(&[&client, more].concat());
    match pattern {
        "/authorize" => authorize(known),
        "/oauth/par" => [with(&[]), authorize(known).split_off(1)].concat(),
        "/oauth/token" => with(match random.below(6) {
            0 => &[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)],
            1 => &[("grant_type", "refresh_token"), ("refresh_token", "x.y")],
            2 => &[("grant_type", "client_credentials")],
            3 => &[("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "x")],
            4 => &[
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("subject_token", "x"),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ],
            _ => &[("grant_type", "password"), ("username", "x"), ("password", "y")],
        }),
        "/oauth/revoke" | "/oauth/introspect" => with(&[("token", "x.y")]),
        "/oauth/device/code" => with(&[("scope", "openid")]),
        "/activate" => form(&[("user_code", "BCDF-GHJK")]),
        "/oidc/logout" => {
            form(&[("post_logout_redirect_uri", "https://app.example/out"), ("client_id", &id)])
        }
        "/login/callback" => form(&[("state", &of("state")), ("code", "x")]),
        _ if pattern.ends_with("/connection") => {
            form(&[("email", &of("email")), ("connection", &of("connection"))])
        }
        _ if pattern.ends_with("/password") => form(&[("email", &of("email")), ("password", "wrong")]),
        _ if pattern.contains("logout") => form(&[("logout_token", "a.b.c")]),
        _ => form(&[("choice", "yes")]),
    }
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A header line; bytes that end lines are left out.
fn header(request: &mut Vec<u8>, name: &str, value: &[u8]) {
    request.extend_from_slice(name.as_bytes());
    request.extend_from_slice(b": ");
    request.extend(value.iter().copied().filter(|byte| !matches!(byte, 0 | b'\r' | b'\n')));
    request.extend_from_slice(b"\r\n");
}

fn encode(pairs: &[(String, Vec<u8>)]) -> String {
    let pair = |(name, value): &(String, Vec<u8>)| {
        format!("{}={}", percent_encode(name.as_bytes()), percent_encode(value))
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn percent_encode(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
