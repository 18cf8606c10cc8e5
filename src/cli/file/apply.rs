//! Does what a plan says, step by step; what was changed since it was made is refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::normal::{Properties, Sort};
use super::plan::{Action, Plan, Step};
use super::wanted::Reference;
use crate::cli::applications::client_id;
use crate::cli::outcome::on_one_line;
use crate::cli::print;
use crate::cli::server::{Server, ServerError, segment};
use crate::config::Terminal;
use crate::domain::secret::Secret;

/// Client secrets by the variable that holds them.
pub(super) type Secrets = BTreeMap<String, Secret>;

/// Every secret that the plan needs, before anything is done.
///
/// # Errors
/// Variables that are not set: all of them.
pub(super) fn secrets(plan: &Plan, terminal: &Terminal) -> anyhow::Result<Secrets> {
    let (mut found, mut missing) = (Secrets::new(), Vec::new());
    for step in &plan.steps {
        let Some(variable) = &step.secret else { continue };
        match terminal.variable(variable) {
            Some(secret) => drop(found.insert(variable.clone(), secret)),
            None => missing.push(format!("\n  {variable}: the client secret of {}", on_one_line(&step.name))),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    bail!("variables are not set, and nothing was done{}", missing.concat())
}

/// Does every step.
///
/// # Errors
/// The first that the hub refuses, with what was done until then and what was not.
pub(super) async fn run(server: &Server, plan: &Plan, secrets: &Secrets) -> anyhow::Result<()> {
    let mut made = BTreeMap::new();
    for (done, step) in plan.steps.iter().enumerate() {
        match take(server, step, secrets, &mut made).await {
            Ok(words) => print(&format!("{words}\n"))?,
            Err(error) => return Err(stopped(plan, done, &error)),
        }
    }
    print("Done.\n")
}

fn stopped(plan: &Plan, done: usize, error: &ServerError) -> anyhow::Error {
    let named = |step: &Step| format!("{} {}", step.sort.word(), on_one_line(&step.name));
    let mut words = String::new();
    for (place, step) in plan.steps.iter().enumerate() {
        let _ = match place.cmp(&done) {
            std::cmp::Ordering::Less => writeln!(words, "  done      {}", named(step)),
            std::cmp::Ordering::Equal => writeln!(words, "  refused   {}", named(step)),
            std::cmp::Ordering::Greater => writeln!(words, "  not done  {}", named(step)),
        };
    }
    let total = plan.steps.len();
    anyhow!(
        "stopped after {done} of {total} steps: {error}\n{words}  apply the file again when that is mended: what is done stays done"
    )
}

/// Does one step, and says so.
async fn take(
    server: &Server,
    step: &Step,
    secrets: &Secrets,
    made: &mut BTreeMap<usize, String>,
) -> Result<String, ServerError> {
    let (word, name) = (step.sort.word(), on_one_line(&step.name));
    let resource = if step.sort == Sort::Application { "clients" } else { "connections" };
    match &step.action {
        Action::Create { body, place } => {
            let body = completed(body.clone(), step, secrets, made);
            let answer = server.post(resource, &Value::Object(body)).await?;
            if step.sort == Sort::Connection {
                return Ok(format!("created {word} {name}"));
            }
            let id = client_id(&answer.json).to_owned();
            made.insert(*place, id.clone());
            let secret = match answer.json.get("client_secret") {
                Some(_) => format!(
                    "; its secret is not shown here: `vestibule apps rotate-secret {id}` gives it one that is"
                ),
                None => String::new(),
            };
            Ok(format!("created {word} {name}: client id {id}{secret}"))
        }
        Action::Change { id, etag, patch } => {
            let patch = completed(patch.clone(), step, secrets, made);
            let path = format!("{resource}/{}", segment(id));
            server.patch(&path, &Value::Object(patch), etag.as_deref()).await?;
            Ok(format!("changed {word} {name}"))
        }
        Action::Remove { id, etag } => {
            // Whatever was enabled for a removed connection's applications does not change their version.
            server.delete(&format!("{resource}/{}", segment(id)), etag.as_deref()).await?;
            Ok(format!("removed {word} {name}"))
        }
    }
}

/// The body with what was not known when the plan was made.
fn completed(
    mut body: Properties,
    step: &Step,
    secrets: &Secrets,
    made: &BTreeMap<usize, String>,
) -> Properties {
    if let Some(secret) = step.secret.as_ref().and_then(|variable| secrets.get(variable)) {
        let options = body.entry("options").or_insert_with(|| json!({}));
        if let Value::Object(options) = options {
            options.insert("client_secret".into(), json!(secret.reveal()));
        }
    }
    if let Some(enabled) = &step.enabled {
        let ids = enabled.iter().filter_map(|one| match one {
            Reference::Known(id) => Some(id),
            Reference::New(place, _) => made.get(place),
        });
        body.insert("enabled_clients".into(), json!(ids.collect::<Vec<_>>()));
    }
    body
}
