//! Two applications held to FAPI 2.0, and what passes between them and the hub.

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use url::Url;
use vestibule::crypto::digest;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use crate::conformance::plan::complete_the_profile;
use crate::conformance::{Module, run};
use crate::oauth::dpop::Holder;
use crate::support::browser::{Browser, Fields, Page};
use crate::support::databases::TestDatabase;
use crate::support::sign_in::{
    Answer, CALLBACK, NONCE, PERSON, STATE, Stage, VERIFIER, add_client, changed, fields, post_form,
};

/// One application: it signs by ES256, and by RSA where it should not or may.
pub struct Application {
    pub client_id: String,
    pub key: SigningKey,
    pub rsa: SigningKey,
    /// The key of its tokens.
    pub holder: Holder,
}

/// A hub, and two applications that ask in one way alone.
pub struct Fapi {
    pub stage: Stage,
    pub app: Application,
    pub other: Application,
    /// Whether requests are signed.
    is_signed: bool,
    /// Empty: a plain answer.
    response_mode: &'static str,
    /// A browser in which the person is signed in.
    member: Mutex<Option<Browser>>,
}

impl Fapi {
    pub async fn on(database: TestDatabase, is_signed: bool, response_mode: &'static str) -> Self {
        let keys = || (key(KeyType::P256), key(KeyType::Rsa));
        let settings = |(key, rsa): &(SigningKey, SigningKey)| {
            json!({
                "compliance_level": "fapi2_sp_pkj_dpop", "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [key.public_jwk(), rsa.public_jwk()]},
                "id_token_signed_response_alg": "ES256", "require_signed_request_object": is_signed,
            })
        };
        let (own, others) = (keys(), keys());
        let stage = Stage::with_client(database, settings(&own)).await;
        complete_the_profile(&stage).await;
        let other = add_client(&stage.hub, settings(&others)).await;
        let path = format!("connections/{}/clients", stage.connection.id);
        let enabled = json!([{"client_id": other.client_id, "status": true}]);
        stage.manage(Method::PATCH, &path, enabled).await;
        let application = |client_id: &str, (key, rsa): (SigningKey, SigningKey)| Application {
            client_id: client_id.to_owned(),
            key,
            rsa,
            holder: Holder::new(),
        };
        let (app, other) = (application(&stage.app.client_id, own), application(&other.client_id, others));
        Self { stage, app, other, is_signed, response_mode, member: Mutex::default() }
    }

    /// Runs `modules` one after the other.
    pub async fn run(&self, modules: &[Module<Self>]) {
        let way = format!("signed requests: {}, response_mode={}", self.is_signed, self.response_mode);
        run(modules, self, &way).await;
    }

    pub fn now(&self) -> i64 {
        self.stage.hub.clock.now().seconds()
    }

    /// What an application asks, with `changes`; an empty value leaves one out.
    pub fn wishes(&self, changes: &[(&str, &str)]) -> Fields {
        let challenge = digest::sha256_base64url(VERIFIER);
        let own = fields(&[
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email offline_access"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let own = changed(&own, "response_mode", self.response_mode);
        changes.iter().fold(own, |own, (name, value)| changed(&own, name, value))
    }

    /// The claims of a request object of `app` that asks for `wishes`, with `changes`; null leaves one out.
    pub fn object_claims(&self, app: &Application, wishes: &Fields, changes: &Value) -> Value {
        let mut claims = json!({
            "iss": app.client_id, "client_id": app.client_id, "aud": self.stage.hub.issuer,
            "nbf": self.now(), "exp": self.now() + 300,
        });
        let members = claims.as_object_mut().unwrap();
        for (name, value) in wishes {
            let value = match name.as_str() {
                "claims" => serde_json::from_str(value).unwrap(),
                _ => json!(value),
            };
            members.insert(name.clone(), value);
        }
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        claims
    }

    /// [`Fapi::object_claims`], signed as it should be.
    pub fn object(&self, app: &Application, wishes: &Fields, changes: &Value) -> String {
        let claims = self.object_claims(app, wishes, changes);
        app.key.sign(Algorithm::ES256, "oauth-authz-req+jwt", &claims).unwrap()
    }

    /// The form that asks for `wishes`: as they are, or signed.
    pub fn form(&self, app: &Application, wishes: Fields) -> Fields {
        if self.is_signed { fields(&[("request", &self.object(app, &wishes, &json!({})))]) } else { wishes }
    }

    /// The claims of an honest assertion of `app`, with `changes`; null leaves one out.
    pub fn assertion_claims(&self, app: &Application, changes: &Value) -> Value {
        let mut claims = json!({
            "iss": app.client_id, "sub": app.client_id, "aud": self.stage.hub.issuer,
            "jti": self.stage.hub.hub.random.token(), "iat": self.now(), "exp": self.now() + 60,
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        claims
    }

    /// `form` with a fresh assertion of `app`.
    pub fn authenticated(&self, app: &Application, form: &Fields, changes: &Value) -> Fields {
        let assertion = app.key.sign(Algorithm::ES256, "JWT", &self.assertion_claims(app, changes)).unwrap();
        with_assertion(app, form, &assertion)
    }

    /// Sends a form of `app` without a proof.
    pub async fn send(&self, path: &str, app: &Application, form: &Fields) -> Answer {
        let form = self.authenticated(app, form, &json!({}));
        post_form(&self.stage.hub.url(path), &form, &[]).await
    }

    /// Sends a form of `app` with a proof by `holder`, and again with the nonce that is asked for.
    pub async fn send_with_proof(
        &self,
        path: &str,
        app: &Application,
        form: &Fields,
        holder: &Holder,
        changes: &Value,
    ) -> Answer {
        let send = async |changes: Value| {
            let proof = holder.proof(&self.stage, "POST", path, changes);
            let form = self.authenticated(app, form, &json!({}));
            post_form(&self.stage.hub.url(path), &form, &[("dpop", &proof)]).await
        };
        let first = send(changes.clone()).await;
        if first.error().1 != "use_dpop_nonce" {
            return first;
        }
        let mut changes = changes.clone();
        changes["nonce"] = json!(first.header("dpop-nonce"));
        send(changes).await
    }

    /// Pushes what the application asks, with `changes`.
    pub async fn push(&self, changes: &[(&str, &str)]) -> Answer {
        let form = self.form(&self.app, self.wishes(changes));
        self.send("oauth/par", &self.app, &form).await
    }

    /// The `request_uri` of a request that has to be taken.
    pub async fn pushed(&self, changes: &[(&str, &str)]) -> String {
        let answer = self.push(changes).await;
        assert_eq!(answer.status, 201, "{changes:?}: {answer:?}");
        answer.text_of("request_uri")
    }

    /// Where the browser is sent: `client_id`, `request_uri`, and `more`.
    pub fn reference(&self, client_id: &str, request_uri: &str, more: &[(&str, &str)]) -> String {
        let own = [("client_id", client_id), ("request_uri", request_uri)];
        Url::parse_with_params(&self.stage.hub.url("authorize"), own.iter().chain(more)).unwrap().into()
    }

    /// A browser in which the person is signed in; its session is shared with its clones.
    pub async fn member(&self) -> Browser {
        let mut member = self.member.lock().await;
        if member.is_none() {
            let mut browser = self.stage.browser();
            let asked = self.reference(&self.app.client_id, &self.pushed(&[]).await, &[]);
            self.answer(&browser.walk(&asked, PERSON).await);
            *member = Some(browser);
        }
        member.clone().unwrap()
    }

    /// The answer to somebody who is signed in and comes with `request_uri`.
    pub async fn answered(&self, request_uri: &str, more: &[(&str, &str)]) -> Map<String, Value> {
        let asked = self.reference(&self.app.client_id, request_uri, more);
        self.answer(&self.member().await.walk(&asked, &[]).await)
    }

    /// What an answer says: it names the issuer, and is signed where the plan wants that.
    pub fn answer(&self, page: &Page) -> Map<String, Value> {
        assert!(page.stopped && page.url.as_str().starts_with(CALLBACK), "no answer: {page:?}");
        let plain: Map<String, Value> =
            page.answer().into_iter().map(|(name, value)| (name, json!(value))).collect();
        let answer = if self.response_mode.is_empty() {
            plain
        } else {
            assert_eq!(plain.keys().collect::<Vec<_>>(), ["response"], "{page:?}");
            let signed = plain["response"].as_str().unwrap();
            assert_eq!(algorithm_of(signed), "ES256");
            let keys = self.stage.hub.hub.keys.current();
            let claims: Value = keys.verify(signed, "oauth-authz-resp+jwt").expect("signed by the hub");
            assert_eq!(claims["aud"], self.app.client_id.as_str());
            claims.as_object().unwrap().clone()
        };
        assert_eq!(answer["iss"], self.stage.hub.issuer.as_str(), "{answer:?}");
        answer
    }

    /// A code for the person who is signed in.
    pub async fn code(&self, changes: &[(&str, &str)]) -> String {
        code_in(&self.answered(&self.pushed(changes).await, &[]).await)
    }

    /// The token request for `code`.
    pub fn exchange(&self, code: &str) -> Fields {
        fields(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    }

    /// What is answered to whoever presents `code` with a proof by `holder`.
    pub async fn redeem(&self, holder: &Holder, code: &str) -> Answer {
        self.send_with_proof("oauth/token", &self.app, &self.exchange(code), holder, &json!({})).await
    }

    /// Tokens for the person who is signed in.
    pub async fn tokens(&self, changes: &[(&str, &str)]) -> Answer {
        let answer = self.redeem(&self.app.holder, &self.code(changes).await).await;
        assert_eq!((answer.status, &answer.json["token_type"]), (200, &json!("DPoP")), "{answer:?}");
        answer
    }

    /// Asks UserInfo with a proof by `holder`, and again with the nonce that is asked for.
    pub async fn userinfo(&self, holder: &Holder, token: &str, changes: &Value) -> Answer {
        let first = holder.userinfo(&self.stage, token, changes.clone()).await;
        if first.error().1 != "use_dpop_nonce" {
            return first;
        }
        let mut changes = changes.clone();
        changes["nonce"] = json!(first.header("dpop-nonce"));
        holder.userinfo(&self.stage, token, changes).await
    }
}

pub fn with_assertion(app: &Application, form: &Fields, assertion: &str) -> Fields {
    let own = fields(&[
        ("client_id", &app.client_id),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ]);
    form.iter().cloned().chain(own).collect()
}

pub fn code_in(answer: &Map<String, Value>) -> String {
    answer.get("code").and_then(Value::as_str).unwrap_or_else(|| panic!("no code: {answer:?}")).to_owned()
}

/// The `alg` of a token.
pub fn algorithm_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    crate::support::sign_in::claims_of(&format!(".{header}"))["alg"].as_str().unwrap().to_owned()
}

fn key(key_type: KeyType) -> SigningKey {
    SigningKey::from_pkcs8(key_type, &SigningKey::generate_pkcs8(key_type).unwrap()).unwrap()
}
