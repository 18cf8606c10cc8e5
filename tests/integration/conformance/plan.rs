//! One certification plan: how its application asks, and what every answer it gets must hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, AuthorizationCodeHash, ClientId, IssuerUrl, Nonce,
};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use vestibule::crypto::jws::Algorithm;

use super::modules::modules_of;
use super::run;
use crate::support::browser::{Browser, Page};
use crate::support::databases::TestDatabase;
use crate::support::sign_in::{
    Answer, CALLBACK, EMAIL, NONCE, PERSON, STATE, Stage, changed, claims_of, http, post_form, read,
};

/// The application's other redirect URI: it has a query of its own.
pub const OTHER_CALLBACK: &str = "https://app.example/callback?tenant=1";

/// A hub, and an application that may ask in one way alone.
pub struct Plan {
    pub stage: Stage,
    response_type: &'static str,
    /// Empty: the response type's own.
    response_mode: &'static str,
    /// A browser in which the person is signed in.
    member: Mutex<Option<Browser>>,
}

/// An answer whose parameters are right.
#[derive(Debug)]
pub struct Given {
    pub code: Option<String>,
    pub access_token: Option<String>,
    pub id_token: Option<String>,
}

impl Plan {
    pub async fn on(
        database: TestDatabase,
        response_type: &'static str,
        response_mode: &'static str,
    ) -> Self {
        let words: Vec<&str> = response_type.split(' ').collect();
        let mut grant_types = Vec::new();
        if words.contains(&"code") {
            grant_types.extend(["authorization_code", "refresh_token"]);
        }
        if words.contains(&"token") || words.contains(&"id_token") {
            grant_types.push("implicit");
        }
        let settings = json!({
            "response_types": [response_type],
            "grant_types": grant_types,
            "callbacks": [CALLBACK, OTHER_CALLBACK],
        });
        let stage = Stage::with_client(database, settings).await;
        complete_the_profile(&stage).await;
        Self { stage, response_type, response_mode, member: Mutex::default() }
    }

    /// Runs every module of the plan's response type.
    pub async fn run(&self) {
        let way = format!("{} {}", self.response_type, self.response_mode);
        run(&modules_of(self.response_type), self, &way).await;
    }

    /// Whether the answer itself holds `what`: `code`, `token` or `id_token`.
    pub fn gives(&self, what: &str) -> bool {
        self.response_type.split(' ').any(|word| word == what)
    }

    /// An authorization request of this plan, with `changes`; an empty value leaves a parameter out.
    pub fn ask(&self, changes: &[(&str, &str)]) -> String {
        let own = [("response_type", self.response_type), ("response_mode", self.response_mode)];
        self.stage.ask(&[&own, changes].concat())
    }

    /// A browser in which the person is signed in; its session is shared with its clones.
    pub async fn member(&self) -> Browser {
        let mut member = self.member.lock().await;
        if member.is_none() {
            let mut browser = self.stranger();
            let page = browser.walk(&self.ask(&[]), PERSON).await;
            self.read(&page).await;
            *member = Some(browser);
        }
        member.clone().unwrap()
    }

    /// What somebody who is signed in is answered with.
    pub async fn given(&self, changes: &[(&str, &str)]) -> Given {
        let page = self.member().await.walk(&self.ask(changes), &[]).await;
        self.read(&page).await
    }

    /// Reads an answer with the nonce of every request.
    pub async fn read(&self, page: &Page) -> Given {
        self.read_with(page, Some(STATE), Some(NONCE)).await
    }

    /// Reads an answer: it came as the mode says, and every parameter in it is right.
    pub async fn read_with(&self, page: &Page, state: Option<&str>, nonce: Option<&str>) -> Given {
        assert!(page.stopped, "no answer to the application: {page:?}");
        self.assert_delivered(page);
        assert_eq!(page.answered("state").as_deref(), state, "{page:?}");
        assert_eq!(page.answered("iss").as_deref(), Some(self.stage.hub.issuer.as_str()), "{page:?}");
        let given = Given {
            code: page.answered("code"),
            access_token: page.answered("access_token"),
            id_token: page.answered("id_token"),
        };
        assert_eq!(given.code.is_some(), self.gives("code"), "{page:?}");
        assert_eq!(given.access_token.is_some(), self.gives("token"), "{page:?}");
        assert_eq!(given.id_token.is_some(), self.gives("id_token"), "{page:?}");
        for name in ["token_type", "expires_in", "scope"] {
            assert_eq!(page.answered(name).is_some(), self.gives("token"), "{name}: {page:?}");
        }
        assert_eq!(page.answered("refresh_token"), None, "{page:?}");
        assert_eq!(page.answered("error"), None, "{page:?}");
        if self.gives("token") {
            assert_eq!(page.answered("token_type").unwrap(), "Bearer");
            assert!(page.answered("expires_in").unwrap().parse::<u32>().unwrap() > 0);
        }
        if let Some(id_token) = &given.id_token {
            self.verify(id_token, nonce, given.access_token.as_deref(), given.code.as_deref()).await;
            let s_hash = state.map(|state| Algorithm::RS256.left_half_hash(state));
            assert_eq!(claims_of(id_token)["s_hash"], json!(s_hash));
        }
        given
    }

    fn assert_delivered(&self, page: &Page) {
        let query = page.url.query().unwrap_or_default();
        let form = (self.response_mode == "form_post", page.posted.is_some());
        assert_eq!(form.0, form.1, "{page:?}");
        let in_fragment = !form.0 && self.response_type != "code";
        assert_eq!(page.url.fragment().is_some(), in_fragment, "{page:?}");
        if form.0 || in_fragment {
            assert!(query.is_empty() || query == "tenant=1", "{page:?}");
        }
    }

    /// Verifies an ID token by a library that is not ours: signature, issuer, audience, nonce, and the hashes of what
    /// came with it from the authorization endpoint.
    pub async fn verify(
        &self,
        id_token: &str,
        nonce: Option<&str>,
        access_token: Option<&str>,
        code: Option<&str>,
    ) {
        let keys = read(http().get(self.stage.hub.url(".well-known/jwks.json"))).await;
        let keys: CoreJsonWebKeySet = serde_json::from_value(keys.json).unwrap();
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(self.stage.app.client_id.clone()),
            IssuerUrl::new(self.stage.hub.issuer.clone()).unwrap(),
            keys,
        );
        let token: CoreIdToken = id_token.parse().unwrap();
        let same_nonce = |found: Option<&Nonce>| match (found.map(|found| found.secret().as_str()), nonce) {
            (found, expected) if found == expected => Ok(()),
            (found, expected) => Err(format!("the nonce is {found:?} instead of {expected:?}")),
        };
        let claims =
            token.claims(&verifier, same_nonce).unwrap_or_else(|error| panic!("{error}: {id_token}"));
        assert_eq!(claims.subject().as_str(), self.stage.user_id);
        let (algorithm, key) = (token.signing_alg().unwrap(), token.signing_key(&verifier).unwrap());
        let at_hash = access_token.map(|token| {
            AccessTokenHash::from_token(&AccessToken::new(token.to_owned()), algorithm, key).unwrap()
        });
        let c_hash = code.map(|code| {
            AuthorizationCodeHash::from_code(&AuthorizationCode::new(code.to_owned()), algorithm, key)
                .unwrap()
        });
        assert_eq!(claims.access_token_hash(), at_hash.as_ref(), "at_hash");
        assert_eq!(claims.code_hash(), c_hash.as_ref(), "c_hash");
    }

    /// The tokens behind the code of an answer, by `client_secret_basic`, as the suite asks for them.
    pub async fn exchange(&self, given: &Given, redirect_uri: &str) -> Answer {
        let (stage, app) = (&self.stage, &self.stage.app);
        let changes = [("redirect_uri", redirect_uri), ("client_id", ""), ("client_secret", "")];
        let form = stage.exchange(given.code.as_deref().unwrap());
        let form = changes.iter().fold(form, |form, (name, value)| changed(&form, name, value));
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", app.client_id, app.secret)));
        let answer = post_form(&stage.hub.url("oauth/token"), &form, &[("authorization", &basic)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// The claims of the ID token that an answer leads to, at once or by its code.
    pub async fn claims(&self, given: &Given) -> Value {
        match &given.id_token {
            Some(id_token) => claims_of(id_token),
            None => claims_of(&self.exchange(given, CALLBACK).await.text_of("id_token")),
        }
    }

    /// An ID token that an answer leads to, at once or by its code.
    pub async fn id_token(&self, given: &Given) -> String {
        match &given.id_token {
            Some(id_token) => id_token.clone(),
            None => self.exchange(given, CALLBACK).await.text_of("id_token"),
        }
    }

    /// What the application learns of the person: from UserInfo, or from the ID token where that is all it gets.
    pub async fn told(&self, given: &Given) -> Value {
        let token = match (&given.access_token, &given.code) {
            (Some(token), _) => token.clone(),
            (None, Some(_)) => self.exchange(given, CALLBACK).await.text_of("access_token"),
            (None, None) => return claims_of(given.id_token.as_deref().unwrap()),
        };
        let answer = self.stage.userinfo(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json
    }

    /// The error of an answer, delivered as the plan says.
    pub fn error(&self, page: &Page) -> String {
        self.assert_delivered(page);
        for name in ["code", "access_token", "id_token"] {
            assert_eq!(page.answered(name), None, "{name} beside an error");
        }
        crate::support::sign_in::error_of(&self.stage, page)
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> Browser {
        self.stage.browser()
    }
}

/// Whether the person has to prove who they are.
pub fn asks_to_sign_in(page: &Page) -> bool {
    !page.stopped && page.forms().iter().any(|form| form.fields.iter().any(|field| field.name == "email"))
}

/// Gives the person every standard claim (OpenID Connect Core §5.1) that a provider can assert.
pub async fn complete_the_profile(stage: &Stage) {
    let connection_id = stage.connection.id.clone();
    let complete = move |tx: &mut vestibule::store::Tx<'_>| {
        let mut account = tx.find_local_account(&connection_id, EMAIL)?.unwrap();
        for (name, value) in [
            ("middle_name", json!("Byron")),
            ("nickname", json!("ada")),
            ("preferred_username", json!("ada.lovelace")),
            ("profile", json!("https://people.example/ada")),
            ("picture", json!("https://people.example/ada.png")),
            ("website", json!("https://ada.example/")),
            ("gender", json!("female")),
            ("birthdate", json!("1815-12-10")),
            ("zoneinfo", json!("Europe/London")),
            ("locale", json!("en-GB")),
            ("phone_number", json!("+44 20 7946 0000")),
            ("phone_number_verified", json!(true)),
            ("address", json!({"formatted": "12 St James's Square\nLondon", "country": "GB"})),
        ] {
            account.profile.insert(name.into(), value);
        }
        tx.remove_local_account(&connection_id, &account.id)?;
        tx.add_local_account(&account)
    };
    stage.hub.hub.store.write(complete).await.unwrap();
}
