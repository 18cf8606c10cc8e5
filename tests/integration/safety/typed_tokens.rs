//! Each kind of token opens its own door and no other.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::{Registered, TestHub};
use crate::support::keys::{TestKey, Token};
use crate::support::sign_in::{CALLBACK, Stage, add_client, changed, fields, http, post_form, read};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const KINDS: [&str; 13] = [
    "ID token",
    "access token",
    "access token for an API",
    "exchanged token",
    "Management API token",
    "refresh token",
    "code",
    "session token",
    "client assertion",
    "logout token",
    "introspection answer",
    "initial access token",
    "pushed request",
];
/// Each door, and the kinds that open it. What takes a token for good stands last.
const DOORS: [(&str, &[&str]); 11] = [
    ("introspection", &["access token", "access token for an API", "exchanged token", "refresh token"]),
    ("token exchange", &["access token for an API", "exchanged token"]),
    ("UserInfo", &["access token", "access token for an API"]),
    ("Management API", &["Management API token"]),
    ("id_token_hint of a login", &["ID token"]),
    ("id_token_hint of a logout", &["ID token"]),
    ("client authentication", &["client assertion"]),
    ("registration", &["initial access token"]),
    ("request_uri", &["pushed request"]),
    ("code", &["code"]),
    ("refresh", &["refresh token"]),
];

struct House {
    stage: Stage,
    signer: Registered,
}

impl House {
    async fn on(database: TestDatabase) -> Self {
        let open = [("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token")];
        let hub = TestHub::start_with(database, "http", &open).await;
        let grant_types = ["authorization_code", "refresh_token", EXCHANGE];
        let stage = Stage::at(hub, json!({"grant_types": grant_types})).await;
        let body =
            json!({"name": "Orders", "identifier": "urn:orders", "scopes": [{"value": "read:orders"}]});
        stage.manage(Method::POST, "resource-servers", body).await;
        let grant = json!({
            "client_id": stage.app.client_id, "audience": "urn:orders", "scope": ["read:orders"],
        });
        stage.manage(Method::POST, "client-grants", grant).await;
        let settings = json!({
            "name": "Signer", "app_type": "non_interactive", "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [TestKey::honest().jwk]},
        });
        let signer = stage.hub.client(settings).await;
        Self { stage, signer }
    }

    async fn for_api(&self) -> String {
        let changes = [("audience", "urn:orders"), ("scope", "openid read:orders")];
        self.stage.tokens(&changes).await.text_of("access_token")
    }

    async fn exchange(&self, token: &str) -> crate::support::sign_in::Answer {
        let own = fields(&[
            ("grant_type", EXCHANGE),
            ("client_id", &self.stage.app.client_id),
            ("client_secret", &self.stage.app.secret),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", "urn:orders"),
        ]);
        self.stage.token(&own).await
    }

    /// A fresh one of its kind, good where it belongs.
    async fn token(&self, kind: &str) -> String {
        let stage = &self.stage;
        let (issuer, now) = (&stage.hub.issuer, stage.hub.clock.now().seconds());
        match kind {
            "ID token" => stage.tokens(&[]).await.text_of("id_token"),
            "access token" => stage.tokens(&[]).await.text_of("access_token"),
            "access token for an API" => self.for_api().await,
            "exchanged token" => self.exchange(&self.for_api().await).await.text_of("access_token"),
            "Management API token" => stage.hub.management_token().await,
            "refresh token" => stage.offline().await.text_of("refresh_token"),
            "code" => stage.code(&[]).await,
            "session token" => {
                let browser = stage.member().await;
                let cookies = browser.cookies();
                cookies.iter().find(|cookie| cookie.name.ends_with("_session")).unwrap().value.clone()
            }
            "client assertion" => Token::honest(json!({
                "iss": self.signer.client_id, "sub": self.signer.client_id, "aud": issuer,
                "iat": now, "exp": now + 60, "jti": stage.hub.hub.random.token(),
            }))
            .write(),
            "logout token" => {
                let claims = json!({
                    "iss": issuer, "aud": stage.app.client_id, "sub": stage.user_id, "iat": now, "exp": now + 60,
                    "jti": stage.hub.hub.random.token(),
                    "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
                });
                stage.hub.hub.keys.current().sign(Algorithm::RS256, "logout+jwt", &claims).unwrap()
            }
            "introspection answer" => {
                let token = stage.tokens(&[]).await.text_of("access_token");
                let accept = ("accept", "application/token-introspection+jwt");
                self.introspect(&token, &[accept]).await.text
            }
            "initial access token" => {
                let made = stage.manage(Method::POST, "initial-access-tokens", json!({"count": 10})).await;
                made.text_of("token")
            }
            "pushed request" => {
                let form = fields(&[
                    ("client_id", &stage.app.client_id),
                    ("client_secret", &stage.app.secret),
                    ("response_type", "code"),
                    ("redirect_uri", CALLBACK),
                    ("scope", "openid"),
                ]);
                post_form(&stage.hub.url("oauth/par"), &form, &[]).await.text_of("request_uri")
            }
            other => panic!("{other}"),
        }
    }

    async fn introspect(&self, token: &str, headers: &[(&str, &str)]) -> crate::support::sign_in::Answer {
        let app = &self.stage.app;
        let form = fields(&[("token", token), ("client_id", &app.client_id), ("client_secret", &app.secret)]);
        post_form(&self.stage.hub.url("oauth/introspect"), &form, headers).await
    }

    async fn bearer(&self, method: Method, path: &str, token: &str, body: Value) -> u16 {
        let request = http().request(method, self.stage.hub.url(path));
        let request = request.header("authorization", format!("Bearer {token}"));
        match body {
            Value::Null => read(request).await.status,
            body => {
                read(request.header("content-type", "application/json").body(body.to_string())).await.status
            }
        }
    }

    /// Whether the door opens.
    async fn opens(&self, door: &str, token: &str) -> bool {
        let stage = &self.stage;
        match door {
            "introspection" => self.introspect(token, &[]).await.json["active"] == true,
            "token exchange" => self.exchange(token).await.status == 200,
            "UserInfo" => stage.userinfo(token).await.status == 200,
            "Management API" => self.bearer(Method::GET, "api/v2/clients", token, Value::Null).await == 200,
            "id_token_hint of a login" => {
                let asked = stage.ask(&[("prompt", "none"), ("id_token_hint", token)]);
                stage.member().await.open(&asked).await.answered("code").is_some()
            }
            "id_token_hint of a logout" => {
                let form = fields(&[("id_token_hint", token)]);
                let query = serde_urlencoded::to_string(form).unwrap();
                let page = stage.browser().open(&stage.hub.url(&format!("oidc/logout?{query}"))).await;
                page.status == 200
            }
            "client authentication" => {
                let form = fields(&[
                    ("grant_type", "client_credentials"),
                    ("audience", &stage.hub.url("api/v2/")),
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", token),
                ]);
                // Known, though it may do nothing there.
                stage.token(&form).await.error() == (400, "access_denied")
            }
            "registration" => {
                let metadata = json!({"redirect_uris": [CALLBACK], "client_name": "Newcomer"});
                self.bearer(Method::POST, "oidc/register", token, metadata).await == 201
            }
            "request_uri" => {
                let form = fields(&[("client_id", &stage.app.client_id), ("request_uri", token)]);
                let query = serde_urlencoded::to_string(form).unwrap();
                let url = stage.hub.url(&format!("authorize?{query}"));
                stage.member().await.open(&url).await.answered("code").is_some()
            }
            "code" => {
                let form = stage.exchange(token);
                stage.token(&form).await.status == 200
            }
            "refresh" => stage.refresh(token).await.status == 200,
            other => panic!("{other}"),
        }
    }
}

/// Incident: a token of one type was accepted in another exchange (CVE-2025-12421).
#[actix_web::test]
async fn each_token_opens_its_own_door_and_no_other() {
    for database in each_database() {
        let house = House::on(database).await;
        for kind in KINDS {
            let token = house.token(kind).await;
            let is_meant = |kinds: &[&str]| kinds.contains(&kind);
            for (door, kinds) in DOORS.iter().filter(|(_, kinds)| !is_meant(kinds)) {
                assert!(!house.opens(door, &token).await, "a {kind} opens {door}, not only {kinds:?}");
            }
            // Being tried elsewhere cost the token nothing.
            for (door, _) in DOORS.iter().filter(|(_, kinds)| is_meant(kinds)) {
                assert!(house.opens(door, &token).await, "a {kind} does not open {door}");
            }
        }
    }
}

/// Incident: a truncated opaque token was still valid (CVE-2026-27840).
#[actix_web::test]
async fn no_piece_of_a_token_and_no_flipped_bit_opens_its_door() {
    for database in each_database() {
        let house = House::on(database).await;
        for (kind, door) in [
            ("access token", "UserInfo"),
            ("Management API token", "Management API"),
            ("ID token", "id_token_hint of a login"),
            ("code", "code"),
            ("pushed request", "request_uri"),
            ("initial access token", "registration"),
        ] {
            let token = house.token(kind).await;
            let (length, middle) = (token.len(), token.len() / 2);
            let mut others: Vec<String> = vec![token[1..].into(), token[..length - 1].into()];
            others.extend([token[middle..].to_owned(), token[..middle].to_owned()]);
            // The last character of base64url may hold unused bits: those count too.
            for at in [0, middle, length - 2, length - 1] {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = if bytes[at] == b'B' { b'C' } else { b'B' };
                others.push(String::from_utf8(bytes).unwrap());
            }
            for other in others {
                assert!(!house.opens(door, &other).await, "{kind}: {other} instead of {token}");
            }
            assert!(house.opens(door, &token).await, "{kind}");
        }
    }
}

/// A refresh token, an access token or a code never travels in an address of ours.
#[actix_web::test]
async fn the_token_endpoints_read_no_query() {
    for database in each_database() {
        let house = House::on(database).await;
        let stage = &house.stage;
        let stranger = add_client(&stage.hub, json!({})).await;
        let token = stage.offline().await.text_of("refresh_token");
        let query = serde_urlencoded::to_string(stage.refreshing(&token)).unwrap();
        for path in ["oauth/token", "oauth/revoke", "oauth/introspect"] {
            let url = stage.hub.url(&format!("{path}?{query}&token={token}"));
            let nothing = post_form(&url, &[], &[]).await;
            assert_eq!(nothing.error(), (401, "invalid_client"), "{path}");
            let own = fields(&[("client_id", &stranger.client_id)]);
            let own = changed(&own, "client_secret", &stranger.secret);
            assert_eq!(post_form(&url, &own, &[]).await.error(), (400, "invalid_request"), "{path}");
        }
        assert!(house.opens("refresh", &token).await);
    }
}
