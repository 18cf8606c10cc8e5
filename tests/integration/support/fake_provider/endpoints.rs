//! The endpoints of the scriptable provider (OpenID Connect Core §3.1, §3.2, §5.3; Discovery §4).

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, DATE, HttpDate, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded;
use vestibule::crypto::digest;
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::crypto::random::Random;
use vestibule::protocol::dpop::{self, ProvenRequest};

use super::behaviour::{Answer, Behaviour, Body, Reply, Scene};
use super::{CLIENT_ID, CLIENT_SECRET, Make, State, count};
use crate::support::keys::{TestKey, Token};

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/.well-known/openid-configuration", web::get().to(discovery))
        .route("/organizations/v2.0/.well-known/openid-configuration", web::get().to(discovery))
        .route("/keys", web::get().to(keys))
        .route("/authorize", web::get().to(authorize))
        .route("/par", web::post().to(pushed))
        .route("/token", web::post().to(token))
        .route("/userinfo", web::get().to(userinfo));
    // Where redirects of misbehaving endpoints lead: to the same in good order.
    app.route("/moved/openid-configuration", web::get().to(discovery))
        .route("/moved/keys", web::get().to(keys))
        .route("/moved/token", web::post().to(token))
        .route("/moved/userinfo", web::get().to(userinfo));
}

impl State {
    fn behaviour(&self) -> Behaviour {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self) -> Option<Make> {
        self.make.lock().unwrap().clone()
    }

    /// How the endpoint that was asked behaves: those that others redirect to are honest.
    fn behaviour_of(&self, request: &HttpRequest) -> Behaviour {
        if request.path().starts_with("/moved/") { Behaviour::default() } else { self.behaviour() }
    }

    fn scene(&self) -> Scene {
        Scene {
            issuer: self.issuer.clone(),
            now: self.clock.now().seconds(),
            client_secret: CLIENT_SECRET.into(),
            ..Scene::default()
        }
    }

    fn id_token(&self, scene: &Scene) -> String {
        let mut claims = self.make().map_or_else(person, |make| make.id_token);
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("aud", json!(scene.client_id)),
            ("iat", json!(self.clock.now().seconds())),
            ("exp", json!(self.clock.now().seconds() + 300)),
            ("auth_time", json!(self.clock.now().seconds())),
            ("nonce", json!(scene.nonce)),
        ] {
            claims[name] = value;
        }
        if !scene.access_token.is_empty() {
            claims["at_hash"] = json!(Algorithm::RS256.left_half_hash(&scene.access_token));
        }
        let mut token = Token::honest(claims);
        if let Some(edit) = self.behaviour().id_token {
            edit(&mut token, scene);
        }
        token.write()
    }
}

/// Who signs in here.
fn person() -> Value {
    json!({
        "sub": "alice",
        "email": "alice@acme.example",
        "email_verified": true,
        "name": "Alice Adams",
        "given_name": "Alice",
        "family_name": "Adams",
        "groups": ["staff", "admins"],
    })
}

async fn discovery(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    count(&state.counts.discovery);
    let issuer = &state.issuer;
    let honest = || {
        json!({
            "response_types_supported": ["code", "id_token"],
            "response_modes_supported": ["query", "form_post"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "pushed_authorization_request_endpoint": format!("{issuer}/par"),
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        })
    };
    let mut answer = Answer::json(state.make().map_or_else(honest, |make| make.metadata));
    answer.set("issuer", issuer.as_str());
    for (name, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("userinfo_endpoint", "userinfo"),
        ("jwks_uri", "keys"),
    ] {
        answer.set(name, format!("{issuer}/{path}"));
    }
    if let Some(edit) = state.behaviour_of(&request).discovery {
        edit(&mut answer, &state.scene());
    }
    send(&state, answer).await
}

async fn keys(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    count(&state.counts.keys);
    let mut answer = Answer::json(json!({"keys": [TestKey::honest().jwk]}));
    if let Some(edit) = state.behaviour_of(&request).keys {
        edit(&mut answer, &state.scene());
    }
    send(&state, answer).await
}

/// Signs the one person in without asking, and sends the browser back at once.
async fn authorize(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    count(&state.counts.authorize);
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    if let Some((_, reference)) = pairs.iter().find(|(name, _)| name == "request_uri") {
        // What was pushed counts, and nothing beside the two parameters that go with it (RFC 9126 §4).
        let Some(pushed) = state.pushed.lock().unwrap().remove(reference).filter(|_| pairs.len() == 2) else {
            return HttpResponse::BadRequest().body("not a reference this provider gave");
        };
        pairs = pushed;
    }
    let parameters: HashMap<&str, &str> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let parameter = |name: &str| parameters.get(name).copied().unwrap_or_default().to_owned();
    if parameters.len() != pairs.len() || parameter("client_id") != CLIENT_ID || parameter("nonce").is_empty()
    {
        return HttpResponse::BadRequest().body("not a request this provider takes");
    }
    let mut scene = Scene {
        client_id: parameter("client_id"),
        redirect_uri: parameter("redirect_uri"),
        state: parameter("state"),
        nonce: parameter("nonce"),
        response_type: parameter("response_type"),
        response_mode: parameter("response_mode"),
        code_challenge: parameter("code_challenge"),
        code_challenge_method: parameter("code_challenge_method"),
        request: pairs.clone(),
        ..state.scene()
    };
    if let Some(edit) = state.behaviour().authorization {
        let mut answer = Answer::json(json!({}));
        edit(&mut answer, &scene);
        return send(&state, answer).await;
    }
    let mut reply = Reply { fields: Vec::new(), by_form_post: scene.response_mode == "form_post" };
    match scene.response_type.as_str() {
        "code" => {
            scene.code = Random::default().token();
            reply.add("code", &scene.code);
            state.codes.lock().unwrap().insert(scene.code.clone(), scene.clone());
        }
        "id_token" if reply.by_form_post => reply.add("id_token", &state.id_token(&scene)),
        _ => return HttpResponse::BadRequest().body("unknown response_type or response_mode"),
    }
    reply.add("state", &scene.state);
    if let Some(edit) = state.behaviour().reply {
        edit(&mut reply, &scene);
    }
    state.scenes.lock().unwrap().push(scene.clone());
    if reply.by_form_post {
        form_post(&scene.redirect_uri, &reply)
    } else {
        redirect(&scene.redirect_uri, &reply)
    }
}

fn redirect(redirect_uri: &str, reply: &Reply) -> HttpResponse {
    let mut url = Url::parse(redirect_uri).unwrap();
    url.query_pairs_mut().extend_pairs(&reply.fields);
    HttpResponse::Found().insert_header((LOCATION, url.as_str())).finish()
}

/// OAuth 2.0 Form Post Response Mode.
fn form_post(redirect_uri: &str, reply: &Reply) -> HttpResponse {
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let inputs: String = reply
        .fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value))
        })
        .collect();
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html><body onload=\"document.forms[0].submit()\">\n\
         <form method=\"post\" action=\"{}\">\n{inputs}<button>Continue</button></form></body></html>",
        escape(redirect_uri),
    ))
}

/// RFC 9126.
async fn pushed(state: web::Data<State>, request: HttpRequest, body: String) -> HttpResponse {
    count(&state.counts.pushed);
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let fields: HashMap<String, String> = form.iter().cloned().collect();
    let mut answer = if is_authenticated(&request, &fields) {
        let reference = format!("urn:fake:{}", Random::default().token());
        let said = form.into_iter().filter(|(name, _)| !name.starts_with("client_") || name == "client_id");
        state.pushed.lock().unwrap().insert(reference.clone(), said.collect());
        let mut answer = Answer::json(json!({"request_uri": reference, "expires_in": 60}));
        answer.status = 201;
        answer
    } else {
        let mut answer = Answer::json(json!({"error": "invalid_client"}));
        answer.status = 401;
        answer
    };
    if let Some(edit) = state.behaviour().pushed {
        edit(&mut answer, &state.scene());
    }
    send(&state, answer).await
}

async fn token(state: web::Data<State>, request: HttpRequest, body: String) -> HttpResponse {
    count(&state.counts.token);
    let (mut answer, scene) = match redeem(&state, &request, &body) {
        Ok(scene) => {
            let mut answer = Answer::json(json!({
                "access_token": scene.access_token,
                "token_type": if scene.proof.is_empty() { "Bearer" } else { "DPoP" },
                "expires_in": 300,
                "id_token": state.id_token(&scene),
            }));
            if !scene.refresh_token.is_empty() {
                answer.set("refresh_token", scene.refresh_token.clone());
                state.refresh_tokens.lock().unwrap().insert(scene.refresh_token.clone(), scene.clone());
            }
            state.access_tokens.lock().unwrap().insert(scene.access_token.clone(), scene.clone());
            (answer, scene)
        }
        Err(error) => {
            let mut answer = Answer::json(json!({"error": error}));
            answer.status = 400;
            (answer, state.scene())
        }
    };
    if let Some(edit) = state.behaviour_of(&request).token {
        edit(&mut answer, &scene);
    }
    send(&state, answer).await
}

/// Whether the request is the application's, by its secret or an assertion.
fn is_authenticated(request: &HttpRequest, form: &HashMap<String, String>) -> bool {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let header = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap());
    let by_basic = header.and_then(|header| {
        let pair = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (id, secret) = pair.split_once(':')?;
        let decode = |text: &str| {
            form_urlencoded::parse(text.as_bytes())
                .next()
                .map(|(name, _)| name.into_owned())
                .unwrap_or_default()
        };
        Some((decode(id), decode(secret)))
    });
    let by_post = || (field("client_id").to_owned(), field("client_secret").to_owned());
    // Whether the assertion is signed by whom is for the test to say, which knows the keys.
    let by_assertion = Jws::parse(field("client_assertion"))
        .ok()
        .and_then(|jws| serde_json::from_slice::<Value>(&jws.payload).ok())
        .is_some_and(|claims| claims["sub"] == CLIENT_ID && claims["iss"] == CLIENT_ID);
    by_assertion || by_basic.unwrap_or_else(by_post) == (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())
}

/// Everything RFC 6749 §4.1.3, §6 and RFC 7636 §4.6 ask of a provider.
fn redeem(state: &State, request: &HttpRequest, body: &str) -> Result<Scene, &'static str> {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !is_authenticated(request, &form) {
        return Err("invalid_client");
    }
    if field("grant_type") == "refresh_token" {
        count(&state.counts.refreshed);
        let old = state.refresh_tokens.lock().unwrap().remove(field("refresh_token"));
        let scene = old.ok_or("invalid_grant")?;
        return Ok(Scene {
            access_token: Random::default().token(),
            refresh_token: Random::default().token(),
            ..scene
        });
    }
    if field("grant_type") != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    let mut codes = state.codes.lock().unwrap();
    let mut scene = codes.get(field("code")).ok_or("invalid_grant")?.clone();
    if !state.behaviour().codes_live_on {
        codes.remove(field("code"));
    }
    drop(codes);
    let challenge = match scene.code_challenge_method.as_str() {
        "S256" => digest::sha256_base64url(field("code_verifier")),
        _ => field("code_verifier").to_owned(),
    };
    if scene.redirect_uri != field("redirect_uri") || scene.code_challenge != challenge {
        return Err("invalid_grant");
    }
    scene.access_token = Random::default().token();
    scene.client_assertion = field("client_assertion").to_owned();
    scene.proof = proof(state, request, "/token", None)?;
    let scope = scene.request.iter().find(|(name, _)| name == "scope").map(|(_, scope)| scope.as_str());
    if scope.unwrap_or_default().split(' ').any(|scope| scope == "offline_access") {
        scene.refresh_token = Random::default().token();
    }
    Ok(scene)
}

/// The proof of the request, if there is one; it has to be good (RFC 9449 §4.3).
fn proof(
    state: &State,
    request: &HttpRequest,
    path: &str,
    access_token: Option<&str>,
) -> Result<String, &'static str> {
    let Some(proof) = request.headers().get("dpop") else { return Ok(String::new()) };
    let proof = proof.to_str().unwrap();
    let proven = ProvenRequest {
        method: request.method().as_str(),
        url: &format!("{}{path}", state.issuer),
        access_token,
        algorithms: &[Algorithm::ES256, Algorithm::EdDSA],
        now: state.clock.now().seconds(),
        max_age: 60,
        max_ahead: 5,
    };
    dpop::verify(proof, proven).map(|_| proof.to_owned()).map_err(|_| "invalid_dpop_proof")
}

async fn userinfo(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    count(&state.counts.userinfo);
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = header.and_then(|header| header.split_once(' ')).unwrap_or_default();
    let Some(scene) = state.access_tokens.lock().unwrap().get(token).cloned() else {
        return HttpResponse::Unauthorized().finish();
    };
    let proven = proof(&state, &request, "/userinfo", Some(token));
    let is_bound = !scene.proof.is_empty();
    let is_proven = proven.is_ok_and(|proof| proof.is_empty() != is_bound);
    if !is_proven || scheme != if is_bound { "DPoP" } else { "Bearer" } {
        return HttpResponse::Unauthorized().finish();
    }
    let honest = || {
        let mut person = person();
        person["department"] = json!("Kitchen");
        person
    };
    let mut answer = Answer::json(state.make().map_or_else(honest, |make| make.userinfo));
    if let Some(edit) = state.behaviour_of(&request).userinfo {
        edit(&mut answer, &scene);
    }
    send(&state, answer).await
}

/// Dated by the provider's own clock.
async fn send(state: &State, answer: Answer) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(StatusCode::from_u16(answer.status).unwrap());
    let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(state.clock.now().seconds()).unwrap());
    response.insert_header((DATE, HttpDate::from(now)));
    response.content_type(answer.content_type);
    if let Some(location) = answer.location {
        response.insert_header((LOCATION, location));
    }
    match answer.body {
        Body::Json(value) => response.body(value.to_string()),
        Body::Text(text) => response.body(text),
        Body::Endless => {
            let spaces = web::Bytes::from_static(&[b' '; 16 * 1024]);
            response.streaming(stream::repeat_with(move || Ok::<_, std::convert::Infallible>(spaces.clone())))
        }
        Body::Never => {
            actix_web::rt::time::sleep(Duration::from_secs(60)).await;
            response.finish()
        }
    }
}
