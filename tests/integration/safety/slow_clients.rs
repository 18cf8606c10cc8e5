//! Clients that keep a connection waiting: they are answered, or lose it, and nobody else notices.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use vestibule::domain::limits;

use crate::support::browser::Browser;
use crate::support::certificates::Certificates;
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::process::Process;
use crate::support::sign_in::{PERSON, Stage, code_of};

/// What a busy machine may be late by.
const LEEWAY: Duration = Duration::from_secs(8);
/// Far below every deadline.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Between two looks of the hub at its connections, and one for the next.
const LOOKS: Duration = Duration::from_secs(2);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn address_of(hub: &TestHub) -> SocketAddr {
    let port = hub.issuer.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// A connection from `from` that has sent `bytes`.
async fn send(to: SocketAddr, from: [u8; 4], bytes: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let _ = stream.write_all(bytes).await;
    stream
}

/// Everything that comes until the connection is closed, and how long that took.
async fn read_to_end(stream: &mut TcpStream) -> (String, Duration) {
    let (started, mut bytes, mut chunk) = (Instant::now(), Vec::new(), [0; 4_096]);
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        bytes.extend_from_slice(&chunk[..count]);
    }
    (String::from_utf8_lossy(&bytes).into_owned(), started.elapsed())
}

/// Whether the connection is closed at once.
async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(tokio::time::timeout(AT_ONCE, stream.read(&mut [0])).await, Ok(Ok(0) | Err(_)))
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{body}").into_bytes()
}

#[actix_web::test]
async fn a_body_that_does_not_end_is_answered_408_in_the_words_of_its_endpoint() {
    let tried = each_database().map(|database| async {
        let stage = Stage::on(database).await;
        let to = address_of(&stage.hub);
        let bearer = format!("authorization: Bearer {}\r\n", stage.hub.management_token().await);
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let json = "content-type: application/json\r\n";
        let cases = [
            ("/oauth/token", form.to_owned(), "\"error\":\"invalid_request\""),
            ("/oauth/device/code", form.to_owned(), "\"error\":\"invalid_request\""),
            ("/login/made-up/password", form.to_owned(), "<code id=\"error-code\">request-too-slow</code>"),
            ("/oidc/register", json.to_owned(), "\"error\":\"invalid_client_metadata\""),
            ("/api/v2/users", format!("{json}{bearer}"), "\"errorCode\":\"request_timeout\""),
        ];
        join_all(cases.iter().flat_map(|case| {
            [("content-length: 900\r\n", "a"), ("transfer-encoding: chunked\r\n", "1\r\na\r\n")].map(
                |(length, begun)| async move {
                    let (path, headers, words) = case;
                    let request = post(path, &format!("{headers}{length}"), begun);
                    let mut stream = send(to, [127, 0, 0, 1], &request).await;
                    let (answer, took) = read_to_end(&mut stream).await;
                    assert!(answer.starts_with("HTTP/1.1 408 "), "{path} {length}: {answer}");
                    assert!(answer.contains(words), "{path}: {answer}");
                    assert!(answer.to_lowercase().contains("connection: close"), "{path}: {answer}");
                    let limit = seconds(limits::REQUEST_BODY_SECONDS);
                    assert!(took >= limit - seconds(1), "{path} {length}: {took:?}");
                    assert!(took < limit + LOOKS + LEEWAY, "{path} {length}: {took:?}");
                },
            )
        }))
        .await;
    });
    join_all(tried).await;
}

/// A slow line is no attack: what comes steadily is read.
#[actix_web::test]
async fn a_body_that_comes_steadily_is_read() {
    let hub = TestHub::start(sqlite()).await;
    let length = 40 * 1_024;
    let headers = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n");
    let mut stream = send(address_of(&hub), [127, 0, 0, 1], &post("/oauth/token", &headers, "")).await;
    for _ in 0..4 {
        stream.write_all(&vec![b'a'; length / 4]).await.unwrap();
        tokio::time::sleep(seconds(2)).await;
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401", "it names no application");
}

#[actix_web::test]
async fn a_connection_without_a_whole_request_is_closed_whatever_it_sends() {
    let certificates = Certificates::generate();
    let plain = TestHub::start(sqlite()).await;
    let secure = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let whole = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";
    let chunked = format!("{whole}transfer-encoding: chunked\r\n\r\n");
    let missing = "POST /nowhere HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    let cases = [
        ("nothing", &plain, String::new(), ""),
        ("a head in pieces", &plain, whole.to_owned(), "x"),
        ("another head in pieces", &plain, format!("{whole}\r\nGET /h"), "x"),
        ("a body of a GET", &plain, chunked, "1\r\na\r\n"),
        ("a body that nobody reads", &plain, missing.to_owned(), "1\r\na\r\n"),
        (
            "a body of a known length that nobody reads",
            &plain,
            format!("{whole}content-length: 900\r\n\r\n"),
            "a",
        ),
        ("no handshake", &secure, String::new(), ""),
        ("a handshake in pieces", &secure, "\u{16}\u{3}\u{1}\u{1}".to_owned(), "\u{0}"),
    ];
    join_all(cases.map(|(what, hub, begun, piece)| async move {
        let mut stream = send(address_of(hub), [127, 0, 0, 1], begun.as_bytes()).await;
        let started = Instant::now();
        let limit = seconds(limits::WITHOUT_REQUEST_SECONDS) + LOOKS + LEEWAY;
        loop {
            let read = tokio::time::timeout(seconds(1), stream.read(&mut [0; 4_096])).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                break;
            }
            let _ = stream.write_all(piece.as_bytes()).await;
            assert!(started.elapsed() < limit, "{what} is still connected");
        }
    }))
    .await;
}

#[actix_web::test]
async fn a_client_that_reads_no_answer_loses_its_connection() {
    let hub = TestHub::start(sqlite()).await;
    let to = address_of(&hub);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    // Far more answers than the buffers of two sockets hold.
    let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(4_000);
    let _ = tokio::time::timeout(seconds(2), stream.write_all(&request)).await;
    let closed = || hub.hub.metrics.render().contains("http_connections_closed_total{reason=\"too-slow\"} 1");
    let (started, limit) = (Instant::now(), seconds(limits::ANSWER_STALL_SECONDS) + LOOKS + LEEWAY);
    while !closed() {
        assert!(started.elapsed() < limit, "it is still connected: {}", hub.hub.metrics.render());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A client may send requests before it has read the answers to those before (RFC 9112 §9.3.2).
#[actix_web::test]
async fn requests_that_are_sent_ahead_are_all_answered_in_turn() {
    let hub = Process::start(sqlite(), &[]).await;
    let to = SocketAddr::from(([127, 0, 0, 1], hub.port));
    let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
    let mut client = send(to, [127, 0, 0, 1], &request).await;
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    tokio::time::sleep(seconds(1)).await;
    let (answers, _) = read_to_end(&mut client).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 101);
}

#[actix_web::test]
async fn one_network_has_its_share_of_connections_and_others_sign_in_meanwhile() {
    let tried = each_database().map(|database| async {
        let stage = Stage::on(database).await;
        let to = address_of(&stage.hub);
        let share = limits::HTTP_CONNECTIONS / limits::HTTP_CONNECTION_SHARES;
        let request = post(
            "/oauth/token",
            "content-type: application/x-www-form-urlencoded\r\ncontent-length: 900\r\n",
            "a",
        );
        // Two addresses of one network.
        let hanging = (0..share + 200)
            .map(|number| send(to, [127, 0, 0, if number % 2 == 0 { 1 } else { 2 }], &request));
        let mut hanging = join_all(hanging).await;
        let closed = join_all(hanging.iter_mut().map(is_closed)).await;
        let closed = closed.into_iter().filter(|is_closed| *is_closed).count();
        assert_eq!(closed, 200, "those beyond the share of {share}");
        assert!(
            is_closed(&mut send(to, [127, 0, 0, 3], &request).await).await,
            "the network's share is taken"
        );
        let mut others = Vec::new();
        for number in 0..10 {
            let started = Instant::now();
            let mut browser =
                Browser::at(IpAddr::from([127, 0, 1, number])).stopping_at("https://app.example/");
            assert_eq!(browser.open(&stage.hub.url("healthz")).await.status, 200);
            code_of(&browser.walk(&stage.ask(&[]), PERSON).await);
            others.push(started.elapsed());
        }
        assert!(others.iter().all(|took| *took < seconds(5)), "{others:?}");
        drop(hanging);
        let mut browser = Browser::at(IpAddr::from([127, 0, 0, 3]));
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(browser.open(&stage.hub.url("healthz")).await.status, 200, "places come back");
    });
    join_all(tried).await;
}

/// A trusted proxy speaks for many networks.
#[actix_web::test]
async fn a_trusted_proxy_has_no_share() {
    let hub = TestHub::start_with(sqlite(), "http", &[("VESTIBULE_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let to = address_of(&hub);
    let share = limits::HTTP_CONNECTIONS / limits::HTTP_CONNECTION_SHARES;
    let mut proxied = join_all((0..share + 50).map(|_| send(to, [127, 0, 0, 1], b"GET /he"))).await;
    let closed =
        join_all(proxied.iter_mut().map(is_closed)).await.into_iter().filter(|closed| *closed).count();
    assert_eq!(closed, 0);
}

#[actix_web::test]
async fn a_hub_stops_in_time_though_bodies_do_not_end() {
    for database in each_database() {
        let mut hub = Process::start(database, &[]).await;
        let to = SocketAddr::from(([127, 0, 0, 1], hub.port));
        let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 900\r\n";
        let mut hanging = Vec::new();
        for begun in [post("/oauth/token", form, "a"), b"GET /he".to_vec(), Vec::new()] {
            hanging.push(send(to, [127, 0, 0, 1], &begun).await);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let asked = Instant::now();
        hub.terminate();
        let status = hub.ended().await;
        assert_eq!(status.code(), Some(0), "{}", hub.log());
        assert!(asked.elapsed() < seconds(limits::SHUTDOWN_SECONDS) + LEEWAY, "{:?}", asked.elapsed());
    }
}

#[actix_web::test]
async fn a_hub_may_open_as_many_files_as_the_system_lets_it() {
    let hub = Process::start(sqlite(), &[]).await;
    let (now, most) = hub.open_file_limits();
    assert_eq!(now, most);
    assert!(now > 256);
    assert!(hub.log().contains("open_files"), "{}", hub.log());
}
