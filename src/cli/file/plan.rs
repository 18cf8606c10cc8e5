//! What has to be done for a hub to become what a file says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::anyhow;
use serde_json::Value;

use super::difference::{Difference, differences, patch};
use super::document::Document;
use super::hub_state::{HubState, Item};
use super::normal::{Properties, Sort};
use super::wanted::{REDIRECT_URI, Reference, Wanted, wanted};

/// What was asked beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wishes {
    /// What is not in the file goes.
    pub(super) prune: bool,
    /// Secrets are sent though there are some already.
    pub(super) secrets: bool,
}

/// Steps, in the order in which they are done.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// What is not in the file and stays.
    pub(super) kept: usize,
}

/// One change of the hub.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) sort: Sort,
    pub(super) name: String,
    pub(super) action: Action,
    /// For people.
    pub(super) differences: Vec<Difference>,
    /// The applications that may use a connection afterwards; `None`: as before.
    pub(super) enabled: Option<Vec<Reference>>,
    /// The variable with a connection's secret, where one is sent.
    pub(super) secret: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    /// The body; an application is known to others by its place in the file until the hub names it.
    Create {
        body: Properties,
        place: usize,
    },
    Change {
        id: String,
        etag: Option<String>,
        patch: Properties,
    },
    Remove {
        id: String,
        etag: Option<String>,
    },
}

impl Plan {
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub(super) fn new(document: &Document, state: &HubState, wishes: &Wishes) -> anyhow::Result<Self> {
        let wanted = wanted(document, state).map_err(told)?;
        let mut steps = Vec::new();
        for (place, one) in wanted.applications.iter().enumerate() {
            steps.extend(step(Sort::Application, one, place, state, wishes));
        }
        for (place, one) in wanted.connections.iter().enumerate() {
            steps.extend(step(Sort::Connection, one, place, state, wishes));
        }
        let left = |items: &[Item], wanted: &[Wanted]| -> Vec<Item> {
            let named: BTreeSet<&str> =
                wanted.iter().filter_map(|one| Some(one.on_hub.as_ref()?.id.as_str())).collect();
            items.iter().filter(|item| !named.contains(item.id.as_str())).cloned().collect()
        };
        // Connections first: an application goes when nothing is enabled for it any more.
        let surplus = [
            (Sort::Connection, left(&state.connections, &wanted.connections)),
            (Sort::Application, left(&state.applications, &wanted.applications)),
        ];
        let kept = surplus.iter().map(|(_, items)| items.len()).sum();
        if !wishes.prune {
            return Ok(Self { steps, kept });
        }
        for (sort, items) in surplus {
            steps.extend(items.into_iter().map(|item| Step {
                sort,
                name: item.name,
                action: Action::Remove { id: item.id, etag: item.etag },
                differences: Vec::new(),
                enabled: None,
                secret: None,
            }));
        }
        Ok(Self { steps, kept: 0 })
    }
}

/// What may lead a connection's secret to another origin.
const LEADS: [&str; 5] = [
    "options.discovery_url",
    "options.issuer",
    "options.token_endpoint",
    "options.pushed_authorization_request_endpoint",
    "options.pushed_authorization_requests",
];

/// What has to be done for one item; nothing if it is as it should be.
fn step(sort: Sort, wanted: &Wanted, place: usize, state: &HubState, wishes: &Wishes) -> Option<Step> {
    let Some(item) = &wanted.on_hub else {
        let mut body = wanted.body.clone();
        body.remove("client_id");
        let mut differences = differences(&Properties::new(), &wanted.body);
        differences.extend(applications(&[], &wanted.enabled, state));
        return Some(Step {
            sort,
            name: wanted.name.clone(),
            action: Action::Create { body, place },
            differences,
            enabled: (sort == Sort::Connection).then(|| wanted.enabled.clone()),
            secret: wanted.secret.clone(),
        });
    };
    let mut found = differences(&item.normal, &wanted.normal);
    let enabled = applications(&item.enabled, &wanted.enabled, state);
    // To somebody else it goes only together with the change.
    let is_moved = found.iter().any(|difference| LEADS.contains(&difference.path.as_str()));
    let secret = wanted.secret.clone().filter(|_| !item.has_secret || wishes.secrets || is_moved);
    let forgets_secret = item.has_secret && wanted.removes_secret;
    if found.is_empty() && enabled.is_none() && secret.is_none() && !forgets_secret {
        return None;
    }
    let mut patch = patch(&item.normal, &wanted.normal);
    say_again(&mut patch, &wanted.body);
    if forgets_secret {
        let options = patch.entry("options").or_insert_with(|| Value::Object(Properties::new()));
        if let Value::Object(options) = options {
            options.insert("client_secret".into(), Value::Null);
        }
        let path = "options.client_secret".to_owned();
        found.push(Difference { path, before: Some("(set)".into()), after: None });
    }
    let has_other_applications = enabled.is_some();
    found.extend(enabled);
    Some(Step {
        sort,
        name: wanted.name.clone(),
        action: Action::Change { id: item.id.clone(), etag: item.etag.clone(), patch },
        differences: found,
        enabled: has_other_applications.then(|| wanted.enabled.clone()),
        secret,
    })
}

/// A hub asks anew what stood on an option that changes; what the file says stands.
fn say_again(patch: &mut Properties, body: &Properties) {
    let said =
        body.get("options").and_then(|options| options.get(REDIRECT_URI)).filter(|said| !said.is_null());
    if let (Some(said), Some(Value::Object(options))) = (said, patch.get_mut("options")) {
        options.insert(REDIRECT_URI.into(), said.clone());
    }
}

/// The applications that may use a connection, where they change, by what people call them.
fn applications(before: &[String], after: &[Reference], state: &HubState) -> Option<Difference> {
    let is_same = after.len() == before.len()
        && after.iter().zip(before).all(|(one, id)| *one == Reference::Known(id.clone()));
    if is_same {
        return None;
    }
    let list = |names: Vec<String>| (!names.is_empty()).then(|| Value::from(names));
    Some(Difference {
        path: "enabled_clients".into(),
        before: list(before.iter().map(|id| state.reference(id)).collect()),
        after: list(after.iter().map(|one| one.shown(state)).collect()),
    })
}

/// No wrong usage, whose exit code would say that there are changes.
fn told(problems: Vec<String>) -> anyhow::Error {
    let mut words = String::from("the file cannot be applied");
    for problem in problems {
        let _ = write!(words, "\n  {problem}");
    }
    anyhow!(words)
}
