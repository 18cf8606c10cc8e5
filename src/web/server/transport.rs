//! What a connection reads and writes: TCP, or TLS over it. It notes whether its client reads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::Connection;

/// One client's bytes, both ways.
pub(super) enum Transport {
    Plain(Watched),
    Tls(Box<TlsStream<Watched>>),
}

impl Transport {
    /// Over TLS where there is an `acceptor`.
    ///
    /// # Errors
    /// The client's handshake is none.
    pub(super) async fn begin(
        stream: TcpStream,
        connection: Arc<Connection>,
        acceptor: Option<TlsAcceptor>,
    ) -> io::Result<Self> {
        let watched = Watched { stream, connection };
        Ok(match acceptor {
            None => Self::Plain(watched),
            Some(acceptor) => Self::Tls(Box::new(acceptor.accept(watched).await?)),
        })
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        match self {
            Self::Plain(watched) => &watched.connection,
            Self::Tls(stream) => &stream.get_ref().0.connection,
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(watched) => Pin::new(&mut watched.stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(watched) => Pin::new(watched).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(watched) => Pin::new(watched).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(watched) => Pin::new(watched).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// The bytes on the wire.
pub(super) struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        match &written {
            Poll::Ready(Ok(count)) => this.connection.wrote(*count),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => this.connection.stalls(),
        }
        written
    }

    /// Asked for when everything was written.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.connection.flushed();
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
