//! An application that listens: logout tokens come to it from the hub, and frames from browsers.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use vestibule::crypto::jws::Jws;

/// What is expected comes within this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Stands for "never answers" among the statuses.
const SILENT: u16 = 0;

struct State {
    status: AtomicU16,
    tokens: Mutex<Vec<String>>,
    frames: Mutex<Vec<String>>,
}

/// On a free port of 127.0.0.1, gone when dropped.
pub struct ListeningApp {
    /// Without a slash at the end.
    pub base: String,
    state: Arc<State>,
    server: ServerHandle,
}

impl ListeningApp {
    /// Starts one that is content with every logout token.
    pub fn start() -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let state = Arc::new(State {
                status: AtomicU16::new(200),
                tokens: Mutex::default(),
                frames: Mutex::default(),
            });
            actix_web::rt::System::new().block_on(async move {
                let shared = web::Data::from(Arc::clone(&state));
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(shared.clone())
                        .route("/back", web::post().to(back))
                        .route("/front", web::get().to(front))
                        .route("/signed-out", web::get().to(|| async { "goodbye" }))
                })
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
                sender.send((base, state, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (base, state, server) = receiver.recv().unwrap();
        Self { base, state, server }
    }

    /// What an application registers to hear of a session's end, server to server.
    pub fn back_channel(&self) -> Value {
        json!({"backchannel_logout_uri": format!("{}/back", self.base)})
    }

    /// From now on it answers logout tokens, and frames, with `status`.
    pub fn answer_with(&self, status: u16) {
        self.state.status.store(status, Ordering::Relaxed);
    }

    /// From now on it answers nothing.
    pub fn fall_silent(&self) {
        self.answer_with(SILENT);
    }

    /// Every logout token so far.
    pub fn tokens(&self) -> Vec<String> {
        self.state.tokens.lock().unwrap().clone()
    }

    /// Every frame opened so far: path and query.
    pub fn frames(&self) -> Vec<String> {
        self.state.frames.lock().unwrap().clone()
    }

    /// Waits until there are `count` logout tokens, and gives them.
    pub async fn hears(&self, count: usize) -> Vec<String> {
        let began = Instant::now();
        while self.tokens().len() < count {
            assert!(began.elapsed() < PATIENCE, "{} of {count} logout tokens came", self.tokens().len());
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
        self.tokens()
    }
}

impl Drop for ListeningApp {
    fn drop(&mut self) {
        // The command is sent at once; only its outcome is not waited for.
        drop(self.server.stop(false));
    }
}

async fn answer(state: &State) -> HttpResponse {
    let status = state.status.load(Ordering::Relaxed);
    if status == SILENT {
        actix_web::rt::time::sleep(Duration::from_secs(60)).await;
    }
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK)).finish()
}

async fn back(state: web::Data<State>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = form.into_inner();
    assert_eq!(fields.len(), 1, "a logout token and nothing else");
    assert_eq!(fields[0].0, "logout_token");
    state.tokens.lock().unwrap().push(fields[0].1.clone());
    answer(&state).await
}

async fn front(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    state.frames.lock().unwrap().push(request.uri().to_string());
    answer(&state).await
}

/// Header and claims of a token that came straight from the hub.
pub fn read(token: &str) -> (Value, Value) {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let jws = Jws::parse(token).unwrap();
    (serde_json::from_slice(&header).unwrap(), serde_json::from_slice(&jws.payload).unwrap())
}
