//! `vestibule serve`: runs the hub.

use std::net::TcpListener;

use anyhow::Context as _;

use super::{admins, print};
use crate::app::App;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::flows::administrators::invite_first_administrator;
use crate::telemetry::logging;

/// Runs until the process is asked to stop (SIGTERM, SIGINT).
pub fn run() -> anyhow::Result<()> {
    let config = Config::from_process()?;
    logging::start(&config.log)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    actix_web::rt::System::new().block_on(serve(&config))
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let app = App::build(config, Clock::default()).await?;
    let metrics = match config.metrics_listen {
        None => None,
        Some(address) => {
            let listener = TcpListener::bind(address)
                .with_context(|| format!("VESTIBULE_METRICS_LISTEN: cannot listen on {address}"))?;
            Some(app.listen_for_metrics(listener)?)
        }
    };
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("VESTIBULE_LISTEN: cannot listen on {}; is it in use?", config.listen))?;
    let running = app.listen(listener)?;
    tracing::info!(issuer = config.issuer.as_str(), listen = %config.listen, "ready");
    invite(&app, config).await?;
    stop_signal()?.await;
    tracing::info!("stopping: requests in flight finish first");
    running.stop().await;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    Ok(())
}

/// Prints a link for the first administrator while there is none: to standard output alone, because a log is read by
/// others.
async fn invite(app: &App, config: &Config) -> anyhow::Result<()> {
    let hub = &app.hub;
    let (suggested, now) = (config.admin_email.clone(), hub.clock.now());
    let made = invite_first_administrator(&hub.store, &hub.issuer, &hub.random, suggested, now).await?;
    match made {
        Some(made) => print(&admins::invitation(
            &made,
            "Nobody manages this hub yet. Whoever opens this link becomes its administrator",
        )),
        None => Ok(()),
    }
}

/// Listens for SIGTERM and SIGINT from now on; what it returns waits for the first.
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
