//! What is no HTTP is refused, counted, and no error of the hub's.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::certificates::Certificates;
use crate::support::databases::sqlite;
use crate::support::process::Process;
use crate::support::sign_in::http;

const CLIENT_HELLO: &[u8] = &[22, 3, 1, 0, 5, 1, 0, 0, 1, 3];

/// Sends `bytes`, and hangs up after the answer, or before it.
async fn send(port: u16, bytes: &[u8], waits: bool) -> String {
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    if waits {
        let _ = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
    } else {
        // Closed by a reset.
        stream.set_zero_linger().unwrap();
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn garbage() -> Vec<Vec<u8>> {
    let get = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";
    let post = "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let mut all: Vec<Vec<u8>> = [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "NONSENSE\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET /healthz HTTP/9.9\r\n\r\n".to_owned(),
        "GET /h\u{7f}\u{1} HTTP/1.1\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n".to_owned(),
        format!("{get}bad header\r\n\r\n"),
        format!("{get}: empty\r\n\r\n"),
        format!("{get}x: \0\r\n\r\n"),
        format!("{get}content-length: many\r\n\r\n"),
        format!("{get}content-length: 1\r\ncontent-length: 2\r\n\r\n"),
        format!("{get}transfer-encoding: gzip\r\n\r\n"),
        format!("{get}transfer-encoding: chunked\r\n\r\nnot-a-size\r\n"),
        format!("{get}upgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
        format!("{get}x: {}\r\n\r\n", "a".repeat(200_000)),
        format!("{get}{}\r\n", "x: y\r\n".repeat(2_000)),
        format!("{post}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n"),
        format!("{post}content-length: 100\r\n\r\ncut short"),
    ]
    .map(String::into_bytes)
    .to_vec();
    all.push(CLIENT_HELLO.to_vec());
    all.push((0..=255).collect());
    all
}

/// Lines of the log that call something an error, or a warning.
fn complaints(log: &str) -> Vec<&str> {
    log.lines().filter(|line| [" ERROR ", " WARN "].iter().any(|level| line.contains(level))).collect()
}

#[actix_web::test]
async fn what_is_no_http_makes_no_error_line() {
    let certificates = Certificates::generate();
    for (scheme, more) in [("http", Vec::new()), ("https", certificates.settings().to_vec())] {
        let hub = Process::start_over(scheme, sqlite(), &more).await;
        let before = complaints(&hub.log()).len();
        for bytes in garbage() {
            for waits in [true, false] {
                let answer = send(hub.port, &bytes, waits).await;
                assert!(!answer.starts_with("HTTP/1.1 5"), "{:?}: {answer}", String::from_utf8_lossy(&bytes));
            }
        }
        let log = hub.log();
        let found = complaints(&log);
        assert_eq!(found.len(), before, "{found:?}");
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[actix_web::test]
async fn what_is_no_http_is_counted() {
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hub = Process::start(sqlite(), &[("VESTIBULE_METRICS_LISTEN", &metrics.to_string())]).await;
    send(hub.port, b"NONSENSE\r\n\r\n", true).await;
    let text = http().get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("vestibule_http_connections_closed_total{reason=\"malformed\"} 1"), "{text}");
}
