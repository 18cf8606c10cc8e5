//! An application's web site for real browsers: answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// A site on a free port of this machine, gone when dropped.
pub struct Site {
    /// Scheme, host and port, without a slash.
    pub origin: String,
    asked: Asked,
    server: ServerHandle,
}

/// Method, path with query, and body of every request.
type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

impl Site {
    /// An empty page at every address of `http://{host}`.
    pub fn blank(host: &str) -> Self {
        Self::start(host, |_| {
            HttpResponse::Ok().content_type("text/html").body("<!doctype html><p>ready</p>")
        })
    }

    /// Answers every request by `answer`. `host` is `localhost` or `127.0.0.1`: two sites for a browser.
    pub fn start(host: &str, answer: impl Fn(&HttpRequest) -> HttpResponse + Clone + Send + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{host}:{}", listener.local_addr().unwrap().port());
        let asked = Asked::default();
        let seen = Arc::clone(&asked);
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let (seen, answer) = (Arc::clone(&seen), answer.clone());
                    App::new().default_service(web::to(move |request: HttpRequest, body: String| {
                        let method = request.method().to_string();
                        seen.lock().unwrap().push((method, request.uri().to_string(), body));
                        std::future::ready(answer(&request))
                    }))
                })
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { origin, asked, server: receiver.recv().unwrap() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How often `path` was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(_, address, _)| address == path).count()
    }

    /// The bodies of the POSTs to `path`.
    pub fn posted(&self, path: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let posts = asked.iter().filter(|(method, address, _)| method == "POST" && address == path);
        posts.map(|(_, _, body)| body.clone()).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
