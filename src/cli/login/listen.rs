//! Waits on this machine for the browser to come back (RFC 8252 §7.3). `localhost` may be either address, so both are
//! listened on, and whatever else listens on one of them is an error: it might get the answer.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::web::{Data, Query, get, resource};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, bail};
use tokio::sync::{mpsc, oneshot};

use crate::domain::built_in::TERMINAL_PORT;
use crate::domain::issuer::Issuer;

/// The browser is back, and waits to hear how it went.
pub(super) struct Arrival {
    pub parameters: Vec<(String, String)>,
    went_well: oneshot::Sender<bool>,
}

impl Arrival {
    /// Lets the browser go on to the page that says so.
    pub fn answer(self, went_well: bool) {
        let _ = self.went_well.send(went_well);
    }
}

pub(super) struct Listener {
    arrivals: mpsc::Receiver<Arrival>,
    server: ServerHandle,
}

struct Door {
    /// One answer is taken; who comes later finds the door closed.
    arrivals: Mutex<Option<mpsc::Sender<Arrival>>>,
    hub: Issuer,
}

impl Listener {
    /// # Errors
    /// Something else listens there.
    pub fn bind(hub: &Issuer) -> anyhow::Result<Self> {
        let mut listeners =
            vec![bind(IpAddr::V4(Ipv4Addr::LOCALHOST))?.context("this machine has no 127.0.0.1")?];
        listeners.extend(bind(IpAddr::V6(Ipv6Addr::LOCALHOST))?);
        let (sender, arrivals) = mpsc::channel(1);
        let door = Data::new(Door { arrivals: Mutex::new(Some(sender)), hub: hub.clone() });
        let mut server = HttpServer::new(move || {
            App::new().app_data(door.clone()).service(resource("/").route(get().to(receive)))
        })
        .workers(1)
        .keep_alive(KeepAlive::Disabled)
        // A browser opens more connections than it uses.
        .shutdown_timeout(1)
        // Ctrl-C ends the command as any other.
        .disable_signals();
        for listener in listeners {
            server = server.listen(listener)?;
        }
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Self { arrivals, server: handle })
    }

    pub async fn next(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }

    /// Lets the browser have its last answer, and listens no more.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

/// `None` where this machine has no such address.
fn bind(address: IpAddr) -> anyhow::Result<Option<TcpListener>> {
    match TcpListener::bind((address, TERMINAL_PORT)) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {TERMINAL_PORT} of this machine is in use, and the browser comes back there\n  fix: end the other \
             `vestibule login`, or whatever else listens on it"
        ),
        // Not every machine speaks IPv6.
        Err(_) if address.is_ipv6() => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("port {TERMINAL_PORT} of {address} cannot be listened on"))
        }
    }
}

async fn receive(door: Data<Door>, parameters: Query<Vec<(String, String)>>) -> HttpResponse {
    let parameters = parameters.into_inner();
    let is_answer = parameters.iter().any(|(name, _)| name == "code" || name == "error");
    if !is_answer {
        return HttpResponse::NotFound()
            .body("This is where the browser comes back after `vestibule login`.\n");
    }
    let sender = door.arrivals.lock().unwrap_or_else(PoisonError::into_inner).take();
    let went_well = match sender {
        Some(sender) => {
            let (went_well, heard) = oneshot::channel();
            let sent = sender.send(Arrival { parameters, went_well }).await;
            sent.is_ok() && heard.await.unwrap_or(false)
        }
        None => false,
    };
    let end = if went_well { "terminal/done" } else { "terminal/done?error=failed" };
    // Away from here: the code must not stay in the address.
    HttpResponse::SeeOther()
        .insert_header((LOCATION, door.hub.join(end)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}
