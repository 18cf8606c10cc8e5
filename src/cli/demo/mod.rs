//! `vestibule demo`: a hub, another company's provider and an application in one process, on loopback only,
//! with data that is gone afterwards.

mod folder;
#[path = "../../../examples/application/app.rs"]
mod sample_application;
mod seed;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use clap::Args;

use super::ports::Ports;
use super::serve::stop_signal;
use crate::app::{App, Running};
use crate::config::Config;
use crate::crypto::random::Random;
use crate::domain::clock::Clock;
use crate::telemetry::logging;
use folder::Folder;

#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Ports of the hub, of the Acme provider and of the sample application.
    #[arg(long, value_name = "HUB,ACME,APPLICATION", default_value_t)]
    ports: Ports,
}

/// Runs until the process is asked to stop.
pub fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(demo(arguments.ports))
}

async fn demo(ports: Ports) -> anyhow::Result<()> {
    let random = Random::default();
    let [at_hub, at_provider, at_application] = bind(ports)?;
    // From here on: a Ctrl-C while all this starts must not leave the folder behind.
    let stop = stop_signal()?;
    let folder = Folder::create(&random)?;
    let hub_config = config(ports.hub, &folder.path().join("hub"), &random)?;
    let acme_config = config(ports.provider, &folder.path().join("acme"), &random)?;
    logging::start(&hub_config.log)?;

    let acme = App::build(&acme_config, Clock::default()).await?;
    let hub = App::build(&hub_config, Clock::default()).await?;
    let at_acme = seed::acme(&acme, &hub.hub.issuer).await?;
    let acme_issuer = acme.hub.issuer.clone();
    // From here on: a connection is made after a look at its provider.
    let acme: Running = acme.listen(at_provider)?;
    let home = format!("http://localhost:{}", ports.application);
    let application = seed::hub(&hub, &acme_issuer, &at_acme, &home).await?;
    let settings = sample_application::Settings {
        issuer: hub.hub.issuer.as_str().to_owned(),
        client_id: application.client_id,
        client_secret: Some(application.secret),
        url: home.clone(),
        connection: Some(seed::CONNECTION.to_owned()),
        accounts: [seed::ADA, seed::GRACE]
            .map(|person| (person.email.to_owned(), person.password.to_owned()))
            .to_vec(),
    };

    let hub: Running = hub.listen(at_hub)?;
    let sample = sample_application::start(settings, at_application)?;
    let sample_handle = sample.handle();
    actix_web::rt::spawn(sample);
    super::print(&welcome(ports, &home, &hub_config))?;

    stop.await;
    sample_handle.stop(false).await;
    hub.stop().await;
    acme.stop().await;
    Ok(())
}

fn welcome(ports: Ports, home: &str, hub: &Config) -> String {
    let Ports { hub: hub_port, provider, .. } = ports;
    let [ada, grace] = [seed::ADA, seed::GRACE];
    let management = hub.management_client.as_ref().map_or_else(String::new, |client| {
        format!(
            "  Management API         http://localhost:{hub_port}/api/v2/\n    \
             client_id            {}\n    client_secret        {}\n",
            client.client_id,
            client.client_secret.reveal()
        )
    });
    format!(
        "\nVestibule demo: everything here is temporary and reachable from this machine only.\n\n  \
         Open                   {home}/\n\n  \
         Sign in as             {}   password: {}\n  \
         or as                  {}   password: {}\n\n  \
         The hub                http://localhost:{hub_port}/\n  \
         Acme, the provider     http://localhost:{provider}/\n{management}\n\
         Press Ctrl-C to stop.\n",
        ada.email, ada.password, grace.email, grace.password
    )
}

/// Listens on all three, or names every port that something else listens on.
fn bind(ports: Ports) -> anyhow::Result<[TcpListener; 3]> {
    let wanted = [ports.hub, ports.provider, ports.application];
    let [hub, provider, application] = wanted.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    match (hub, provider, application) {
        (Ok(hub), Ok(provider), Ok(application)) => Ok([hub, provider, application]),
        (hub, provider, application) => {
            let refused: Vec<String> = wanted
                .iter()
                .zip([hub.err(), provider.err(), application.err()])
                .filter_map(|(port, error)| error.map(|error| format!("port {port}: {error}")))
                .collect();
            anyhow::bail!(
                "cannot listen on {}; choose other ports, like --ports 9080,9081,9082",
                refused.join(", nor on ")
            )
        }
    }
}

/// Settings of a hub on loopback. The environment is not asked: a demo must not touch real data.
fn config(port: u16, folder: &Path, random: &Random) -> anyhow::Result<Config> {
    let pairs = [
        ("VESTIBULE_ISSUER", format!("http://localhost:{port}/")),
        ("VESTIBULE_LISTEN", format!("127.0.0.1:{port}")),
        ("VESTIBULE_DATA_DIR", folder.display().to_string()),
        ("VESTIBULE_OUTBOUND_ALLOW", "127.0.0.0/8,::1".to_owned()),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", seed::ADMINISTRATOR.to_owned()),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", random.token()),
        ("VESTIBULE_LOG", "warn".to_owned()),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
    Ok(Config::load(pairs, None)?)
}
