//! A provider that costs as little as one can: it keeps nothing, and runs beside the driver, whose processor
//! time is not the hub's.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;

use actix_web::web::{Data, get, post, resource};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context as _;
use serde_json::json;
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::domain::clock::Clock;

/// The hub's id at this provider.
pub const CLIENT_ID: &str = "vestibule";
pub const CLIENT_SECRET: &str = "a secret between hub and provider";

struct State {
    issuer: String,
    key: SigningKey,
    clock: Clock,
}

/// Starts the provider; its issuer. It runs until this process ends.
///
/// # Errors
/// No key, or no port.
pub fn start() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let pkcs8 = SigningKey::generate_pkcs8(KeyType::Rsa)?;
    let key = SigningKey::from_pkcs8(KeyType::Rsa, &pkcs8)?;
    let state = Data::from(Arc::new(State { issuer: issuer.clone(), key, clock: Clock::default() }));
    let (started, outcome) = mpsc::channel();
    std::thread::Builder::new().name("provider".into()).spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(state.clone())
                    .service(resource("/.well-known/openid-configuration").route(get().to(metadata)))
                    .service(resource("/keys").route(get().to(keys)))
                    .service(resource("/token").route(post().to(token)))
                    .service(resource("/bare").route(get().to(bare)))
            })
            .workers(1)
            .disable_signals()
            .listen(listener);
            match server {
                Ok(server) => {
                    let _ = started.send(Ok(()));
                    let _ = server.run().await;
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
    })?;
    outcome.recv().context("the provider did not start")??;
    Ok(issuer)
}

/// The code that this provider redeems for an ID token about `subject`.
pub fn code(subject: &str, nonce: &str) -> String {
    format!("{subject}.{nonce}")
}

async fn metadata(state: Data<State>) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", state.issuer);
    HttpResponse::Ok().json(json!({
        "issuer": state.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"keys": [state.key.public_jwk()]}))
}

async fn token(state: Data<State>, form: String) -> HttpResponse {
    let code = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "code");
    let Some((subject, nonce)) = code.as_ref().and_then(|(_, code)| code.split_once('.')) else {
        return HttpResponse::BadRequest().json(json!({"error": "invalid_grant"}));
    };
    let now = state.clock.now().seconds();
    let claims = json!({
        "iss": state.issuer,
        "sub": subject,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 300,
        "auth_time": now,
        "nonce": nonce,
        "email": format!("{subject}@acme.example"),
        "email_verified": true,
        "name": format!("Person {subject}"),
        "given_name": "Person",
        "family_name": subject,
        "amr": ["pwd", "otp"],
        "groups": ["staff", "engineering"],
    });
    match state.key.sign(Algorithm::RS256, "JWT", &claims) {
        Ok(id_token) => HttpResponse::Ok().json(json!({
            "access_token": "opaque",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": id_token,
        })),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// The cheapest answer: for the floor.
async fn bare() -> &'static str {
    "{}"
}
