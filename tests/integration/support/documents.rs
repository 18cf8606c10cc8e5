//! An application's own web server: documents at addresses of its choice, which a test may change at any time.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Answers by path; anything else is 404.
pub struct Documents {
    base: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Path → status line, headers and body.
    answers: BTreeMap<String, String>,
    requests: Vec<String>,
    connections: usize,
}

impl Documents {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let shared = Arc::<Mutex<Shared>>::default();
        let served = Arc::clone(&shared);
        // Ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.lock().unwrap().connections += 1;
                serve(stream, &served);
            }
        });
        Self { base, shared }
    }

    /// The address of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What `path` answers with from now on.
    pub fn put(&self, path: &str, media_type: &str, body: &str) {
        let length = body.len();
        self.put_raw(
            path,
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            ),
        );
    }

    /// A whole answer, status line and all.
    pub fn put_raw(&self, path: &str, answer: String) {
        self.shared.lock().unwrap().answers.insert(path.into(), answer);
    }

    /// The same address with https, which nobody answers here: who tries it has connected all the same.
    pub fn https_url(&self, path: &str) -> String {
        self.url(path).replace("http://", "https://")
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.shared.lock().unwrap().connections
    }

    /// How often `path` was asked for.
    pub fn requests(&self, path: &str) -> usize {
        self.shared.lock().unwrap().requests.iter().filter(|asked| *asked == path).count()
    }
}

fn serve(mut stream: TcpStream, shared: &Mutex<Shared>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    let _ = reader.read_line(&mut line);
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    loop {
        let mut header = String::new();
        match reader.read_line(&mut header) {
            Ok(length) if length > 2 => {}
            _ => break,
        }
    }
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let answer = {
        let mut shared = shared.lock().unwrap();
        shared.requests.push(path.clone());
        shared.answers.get(&path).cloned().unwrap_or_else(|| missing.into())
    };
    let _ = stream.write_all(answer.as_bytes());
}
