//! People at one provider, while many others hang at another.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use reqwest::Client;
use serde_json::json;

use crate::Size;
use crate::database::{Database, Kind};
use crate::hub::{Hub, connection};
use crate::people::{self, PROFILE, Round, Walk};

/// Who hang at the same time.
pub const PEOPLE: usize = 200;
const CONNECTION: &str = "hanging";
/// Until as many hang as will; they are given up after ten seconds.
const SETTLE: Duration = Duration::from_secs(1);

/// The time that 99 of 100 logins did not exceed, of several rounds together.
pub struct Hanging {
    pub alone: Duration,
    pub beside: Duration,
}

impl Hanging {
    /// # Errors
    /// The hub does not do what is asked.
    pub async fn measure(client: &Client, provider: &str, kind: Kind, size: Size) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Database::fresh(kind, folder.path())?;
        let hub = Hub::start(folder.path(), &database.url)?;
        let application = hub.set_up(client, provider).await?;
        let mut body = connection(CONNECTION, provider, &application.client_id);
        if let Some(options) = body.get_mut("options").and_then(|options| options.as_object_mut()) {
            options.insert("token_endpoint".into(), json!(never_answering()?));
        }
        let token = hub.management_token(client).await?;
        hub.create(client, &token, "connections", &body).await?;
        let walk = Rc::new(Walk::new(client, &hub, &application, PROFILE));
        let count = size.logins / size.turns;
        people::sign_in_many(client, &hub, &application, count / 2).await?;
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for turn in 0..size.turns {
            eprintln!("{}: logins beside people who hang, turn {turn}", kind.name());
            // A database that grows, or tidies up, is as much in the way of the ones as of the others.
            let is_alone_first = turn % 2 == 0;
            if is_alone_first {
                alone.push(people::sign_in_many(client, &hub, &application, count).await?);
            }
            let hang = |_| {
                let walk = Rc::clone(&walk);
                actix_web::rt::spawn(async move { walk.fail(CONNECTION).await })
            };
            let hanging: Vec<_> = (0..PEOPLE).map(hang).collect();
            actix_web::rt::time::sleep(SETTLE).await;
            beside.push(people::sign_in_many(client, &hub, &application, count).await?);
            for one in hanging {
                one.await??;
            }
            if !is_alone_first {
                alone.push(people::sign_in_many(client, &hub, &application, count).await?);
            }
        }
        let p99 = |rounds| Round::together(rounds).quantile(0.99);
        Ok(Self { alone: p99(alone), beside: p99(beside) })
    }
}

/// A token endpoint that takes requests and never says a word.
fn never_answering() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/token", listener.local_addr()?);
    thread::Builder::new().name("never answering".into()).spawn(move || {
        let mut held = VecDeque::new();
        for stream in listener.incoming() {
            held.push_back(stream);
            // The hub has given the oldest up.
            if held.len() > 2 * PEOPLE {
                held.pop_front();
            }
        }
    })?;
    Ok(url)
}
