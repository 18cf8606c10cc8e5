//! The same requests to a hub with few connections and to one with many.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use vestibule::app::App;
use vestibule::config::Config;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::new_connection;
use vestibule::domain::limits;

use crate::Size;
use crate::database::{Database, Kind};
use crate::http;
use crate::hub::{Application, Hub, MASTER_KEY, connection};
use crate::people::{self, PROFILE, Walk};
use crate::usage::Memory;

pub const DOMAINS_PER_CONNECTION: usize = 10;
/// Until a hub has read what it keeps in memory.
const SETTLE: Duration = Duration::from_secs(3);
/// Connections of a page of the list: as many as few connections have, and some that follow, wherever it begins.
const PAGE: usize = 8;
/// The same for pages by number, of which few connections too have two that are full.
const NUMBERED_PAGE: usize = 4;

pub struct Figures {
    /// What was measured, in the same order for every number of connections.
    pub times: Vec<(&'static str, Duration)>,
    pub memory_at_start: u64,
    pub memory: u64,
}

impl Figures {
    /// # Errors
    /// The hub does not do what is asked.
    pub async fn measure(
        client: &Client,
        provider: &str,
        kind: Kind,
        connections: usize,
        size: Size,
    ) -> anyhow::Result<Self> {
        let say = |what: &str| eprintln!("{}, {connections} connections: {what}", kind.name());
        let folder = tempfile::tempdir()?;
        let mut database = Database::fresh(kind, folder.path())?;
        say("setting up");
        let hub = Hub::start(folder.path(), &database.url)?;
        let application = hub.set_up(client, provider).await?;
        hub.stop()?;
        // Two there are already.
        add_connections(folder.path(), &database.url, &application, provider, connections - 2).await?;
        database.tidy()?;

        say("starts");
        let mut starts = Vec::new();
        for _ in 0..size.starts {
            let hub = Hub::start(folder.path(), &database.url)?;
            starts.push(hub.ready_after);
            hub.stop()?;
        }
        starts.sort_unstable();
        let hub = Hub::start(folder.path(), &database.url)?;
        actix_web::rt::time::sleep(SETTLE).await;
        let memory_at_start = Memory::of(hub.process())?.now;

        say("logins");
        let walk = Rc::new(Walk::new(client, &hub, &application, PROFILE));
        people::sign_in_many(client, &hub, &application, size.logins / 5).await?;
        let logins = people::sign_in_many(client, &hub, &application, size.logins).await?;
        let pages = {
            let walk = Rc::clone(&walk);
            people::round(size.requests, move |_| {
                let walk = Rc::clone(&walk);
                async move { walk.login_page().await }
            })
            .await?
        };
        let mut times = vec![
            ("start to ready, median", *starts.get(starts.len() / 2).context("no start")?),
            ("login, p50", logins.quantile(0.5)),
            ("login, p99", logins.quantile(0.99)),
            ("login page, p50", pages.quantile(0.5)),
            ("login page, p99", pages.quantile(0.99)),
        ];

        say("an edit, and the next login page");
        times.push(("login page after an edit, median", after_edits(client, &hub, &walk, size.edits).await?));

        say("lists");
        let token = hub.management_token(client).await?;
        let reach = usize::try_from(limits::OFFSET_ROWS_MAX)?;
        let last = connections.min(reach) / NUMBERED_PAGE - 1;
        let id = application.client_id.as_str();
        for (what, path) in [
            ("the first page", format!("connections?per_page={PAGE}")),
            ("the first page with totals", format!("connections?per_page={PAGE}&include_totals=true")),
            ("the last full page by number", format!("connections?per_page={NUMBERED_PAGE}&page={last}")),
            (
                "a page from a point on",
                format!("connections?take={PAGE}&from={}", point(client, &hub, &token).await?),
            ),
            ("of a strategy", format!("connections?strategy=oidc&per_page={PAGE}")),
            ("search by name", format!("connections?name={}", name(connections / 2))),
            (
                "resolve, a listed domain",
                format!("connections/resolve?client_id={id}&email=a@{}", domain(connections * 5)),
            ),
            (
                "resolve, nobody's domain",
                format!("connections/resolve?client_id={id}&email=a@nobody.example"),
            ),
        ] {
            let (url, token, client) = (hub.url(&format!("api/v2/{path}")), token.clone(), client.clone());
            let round = people::round(size.requests, move |_| {
                let request = client.get(&url).bearer_auth(&token);
                async move {
                    http::expect(request, StatusCode::OK).await?.bytes().await.map(drop).context("no body")
                }
            });
            times.push((what, round.await.context(what)?.quantile(0.5)));
        }
        let memory = Memory::of(hub.process())?.now;
        Ok(Self { times, memory_at_start, memory })
    }
}

/// Time of the login page that comes right after an edit of some connection.
async fn after_edits(client: &Client, hub: &Hub, walk: &Walk, edits: usize) -> anyhow::Result<Duration> {
    let token = hub.management_token(client).await?;
    let url = hub.url("api/v2/connections?name=another");
    let found = http::json(http::expect(client.get(url).bearer_auth(&token), StatusCode::OK).await?).await?;
    let id = found.pointer("/0/id").and_then(Value::as_str).context("no such connection")?.to_owned();
    let mut times = Vec::new();
    for number in 0..edits {
        let edit = client
            .patch(hub.url(&format!("api/v2/connections/{id}")))
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(json!({"display_name": format!("Another {number}")}).to_string());
        http::expect(edit, StatusCode::OK).await?.bytes().await?;
        let asked = Instant::now();
        walk.login_page().await?;
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("no edit")
}

/// Where the second page begins.
async fn point(client: &Client, hub: &Hub, token: &str) -> anyhow::Result<String> {
    let url = hub.url("api/v2/connections?take=1");
    let answer = http::json(http::expect(client.get(url).bearer_auth(token), StatusCode::OK).await?).await?;
    Ok(http::text(&answer, "next")?.to_owned())
}

/// Writes connections past a hub, which would take its time. Half of their domains are wildcards.
async fn add_connections(
    folder: &Path,
    database_url: &str,
    application: &Application,
    provider: &str,
    count: usize,
) -> anyhow::Result<()> {
    let settings = [
        ("VESTIBULE_DATA_DIR", folder.join("other").display().to_string()),
        ("VESTIBULE_DATABASE_URL", database_url.to_owned()),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY.to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
    let config = Config::load(settings, None).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let app = App::build(&config, Clock::default()).await?;
    let now = app.hub.clock.now();
    let mut made = Vec::with_capacity(count);
    for number in 0..count {
        let own = (0..DOMAINS_PER_CONNECTION).map(|one| number * DOMAINS_PER_CONNECTION + one);
        let domains: Vec<String> =
            own.map(|one| if one % 2 == 0 { domain(one) } else { format!("*.{}", domain(one)) }).collect();
        let mut body = connection(&name(number), provider, &application.client_id);
        if let Some(options) = body.get_mut("options").and_then(Value::as_object_mut) {
            options.insert("domain_aliases".into(), json!(domains));
        }
        let body = body.as_object().context("no object")?;
        let connection = new_connection(body, &format!("con_{number:016}"), true, now);
        made.push(connection.map_err(|problems| anyhow::anyhow!("{problems:?}"))?);
    }
    for some in made.chunks(500) {
        let some = some.to_vec();
        let add = move |tx: &mut vestibule::store::Tx<'_>| {
            some.iter().try_for_each(|connection| tx.add_connection(connection))
        };
        app.hub.store.write(add).await?;
    }
    Ok(())
}

fn name(number: usize) -> String {
    format!("company-{number}")
}

fn domain(number: usize) -> String {
    format!("company-{number}.example")
}
