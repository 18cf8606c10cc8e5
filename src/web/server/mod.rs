//! Listening: every connection has a place, a client that keeps us waiting loses it, and HTTP comes only after that.

mod connection;
mod connections;
mod open_files;
mod transport;

use std::fmt::Debug;
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{ConnectionType, HttpService, Request, Response};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service,
    map_config,
};
use actix_web::Error;
use actix_web::dev::AppConfig;
use futures_util::future::{Either, ready, select};
use ipnet::IpNet;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

pub(super) use connection::Connection;
use connections::{Connections, Place, Watcher};
use transport::Transport;

use crate::domain::limits;

/// How to listen.
pub struct Listening {
    pub listener: TcpListener,
    /// HTTPS where it is given.
    pub tls: Option<ServerConfig>,
    pub workers: usize,
    /// Connections at the same time, if the process may open as many files.
    pub connections: usize,
    /// Who speaks for others.
    pub trusted_proxies: Vec<IpNet>,
    /// Is told why a connection was refused or closed: a fixed word.
    pub watcher: Watcher,
}

/// Serves what `app` makes, until the server is stopped. Only HTTP/1.1 is spoken.
///
/// # Errors
/// The listener cannot be listened on.
pub fn serve<F, I, S, B>(listening: Listening, app: F) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let Listening { listener, tls, workers, connections, trusted_proxies, watcher } = listening;
    let room = open_files::room_for_connections(connections);
    let connections = Connections::new(room, trusted_proxies, watcher);
    actix_web::rt::spawn(Connections::look_after(Arc::downgrade(&connections)));
    let acceptor = tls.map(|mut tls| {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(tls))
    });
    let server = Server::build()
        .workers(workers)
        // Those that wait for a place are files too: where they come faster than they are looked at, none is accepted.
        .max_concurrent_connections((room + limits::OPEN_FILES_KEPT / 2).div_ceil(workers))
        .worker_max_blocking_threads(limits::BLOCKING_THREADS_PER_WORKER)
        .shutdown_timeout(limits::SHUTDOWN_SECONDS)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen("http", listener, move || {
        let (acceptor, connections) = (acceptor.clone(), Arc::clone(&connections));
        let begin = fn_service(move |(stream, connection): (TcpStream, Arc<Connection>)| {
            let acceptor = acceptor.clone();
            async move {
                let peer = stream.peer_addr().ok();
                let transport = Transport::begin(stream, connection, acceptor).await;
                transport.map(|transport| (transport, peer)).map_err(DispatchError::Io)
            }
        });
        let whole = begin.and_then(http(app(), stopping.clone()));
        apply_fn_factory(whole, move |stream: TcpStream, whole| {
            let peer = stream.peer_addr().ok().map(|peer| peer.ip());
            match connections.admit(peer) {
                // Closed at once.
                None => Either::Left(ready(Ok(()))),
                Some(place) => {
                    let conversation = whole.call((stream, Arc::clone(&place.connection)));
                    Either::Right(keep(place, conversation))
                }
            }
        })
    })?;
    Ok(server.run())
}

/// Goes on with the conversation until it has ended, or its place is needed.
async fn keep(
    place: Place,
    conversation: impl Future<Output = Result<(), DispatchError>>,
) -> Result<(), DispatchError> {
    let Either::Left((Err(error), _)) = select(pin!(conversation), pin!(place.connection.closed())).await
    else {
        return Ok(());
    };
    if matches!(error, DispatchError::Parse(_)) {
        place.connections().note("malformed");
    }
    // Whatever a stranger sends is no error of ours.
    tracing::debug!(%error, "a connection ended early");
    Ok(())
}

/// HTTP/1.1 over a transport.
fn http<I, S, B>(
    app: I,
    stopping: GracefulShutdownSignal,
) -> impl ServiceFactory<
    (Transport, Option<std::net::SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
>
where
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let app = app.into_factory().map_err(|error| error.into().error_response());
    let app = map_config(app, |()| AppConfig::default());
    let answering = apply_fn_factory(app, |request: Request, app| {
        let connection = request.conn_data::<Arc<Connection>>().cloned();
        let answering = connection.as_ref().map(Connection::answers);
        let answer = app.call(request);
        async move {
            let answer: Result<Response<B>, _> = answer.await.map(Into::into);
            if let Some(connection) = &connection {
                connection.turn().await;
            }
            drop(answering);
            answer.map(|mut answer| {
                if connection.is_some_and(|connection| connection.is_ending()) {
                    answer.head_mut().set_connection_type(ConnectionType::Close);
                }
                answer
            })
        }
    });
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .keep_alive(Duration::from_secs(limits::KEEP_ALIVE_SECONDS))
        .client_request_timeout(Duration::from_secs(limits::REQUEST_HEAD_SECONDS))
        .client_disconnect_timeout(Duration::from_secs(limits::DISCONNECT_SECONDS))
        .on_connect_ext(|transport: &Transport, data| {
            data.insert(Arc::clone(transport.connection()));
        })
        .h1(answering)
}
