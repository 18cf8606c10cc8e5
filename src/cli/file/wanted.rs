//! What a file wants, item by item, and which item of the hub each of them is.

use serde_json::{Map, Value};

use super::document::Document;
use super::hub_state::{HubState, Item};
use super::normal::{Properties, Sort};
use crate::config::settings;

/// The option that a hub decides where nobody says it.
pub(super) const REDIRECT_URI: &str = "redirect_uri";

/// An application, as a connection of a file means it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference {
    /// Its client id.
    Known(String),
    /// It is about to be made: its place in the file, and its name.
    New(usize, String),
}

impl Reference {
    /// For people.
    pub(super) fn shown(&self, state: &HubState) -> String {
        match self {
            Self::Known(id) => state.reference(id),
            Self::New(_, name) => name.clone(),
        }
    }
}

/// One item of a file.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// As the file says it, without what is not for the hub.
    pub(super) body: Properties,
    pub(super) normal: Properties,
    pub(super) enabled: Vec<Reference>,
    /// The variable that holds a connection's secret.
    pub(super) secret: Option<String>,
    pub(super) removes_secret: bool,
    /// What it is now.
    pub(super) on_hub: Option<Item>,
}

/// All items of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct WantedItems {
    pub(super) applications: Vec<Wanted>,
    pub(super) connections: Vec<Wanted>,
}

/// Reads every item.
///
/// # Errors
/// All problems, each with the item and the property.
pub(super) fn wanted(document: &Document, state: &HubState) -> Result<WantedItems, Vec<String>> {
    let mut problems = Vec::new();
    let claimed: Vec<Option<&str>> = document
        .applications
        .iter()
        .map(|item| text(item, "client_id").filter(|id| state.applications.iter().any(|one| one.id == *id)))
        .collect();
    let mut applications: Vec<Wanted> = Vec::new();
    for (place, item) in document.applications.iter().enumerate() {
        let mut complain = complaint(Sort::Application, place, item, &mut problems);
        let on_hub = application_on_hub(item, &claimed, state, &mut complain);
        applications.extend(read(Sort::Application, item, on_hub, &mut complain));
    }
    refuse_twice(Sort::Application, &document.applications, &applications, &mut problems);
    let mut connections: Vec<Wanted> = Vec::new();
    for (place, item) in document.connections.iter().enumerate() {
        let mut complain = complaint(Sort::Connection, place, item, &mut problems);
        let on_hub = state.connections.iter().find(|one| Some(one.name.as_str()) == text(item, "name"));
        let Some(mut one) = read(Sort::Connection, item, on_hub.cloned(), &mut complain) else { continue };
        one.enabled = references(item, &document.applications, &applications, state, &mut complain);
        connections.push(one);
    }
    refuse_twice(Sort::Connection, &document.connections, &connections, &mut problems);
    if problems.is_empty() { Ok(WantedItems { applications, connections }) } else { Err(problems) }
}

fn text<'a>(item: &'a Properties, name: &str) -> Option<&'a str> {
    item.get(name)?.as_str()
}

/// Notes a problem with where it is.
fn complaint<'a>(
    sort: Sort,
    place: usize,
    item: &Properties,
    problems: &'a mut Vec<String>,
) -> impl FnMut(&str, &str) + use<'a> {
    let name = text(item, "name").map(|name| format!(" ({name})")).unwrap_or_default();
    let word = sort.word();
    move |path: &str, message: &str| problems.push(format!("{word}s[{place}]{name}: {path} {message}"))
}

/// By its client id; else by its name, unless that is somebody else's.
fn application_on_hub(
    item: &Properties,
    claimed: &[Option<&str>],
    state: &HubState,
    complain: &mut impl FnMut(&str, &str),
) -> Option<Item> {
    if let Some(id) = text(item, "client_id")
        && let Some(found) = state.applications.iter().find(|one| one.id == id)
    {
        return Some(found.clone());
    }
    let is_free = |one: &&Item| !claimed.contains(&Some(one.id.as_str()));
    let named = state.applications.iter().filter(|one| Some(one.name.as_str()) == text(item, "name"));
    match named.filter(is_free).collect::<Vec<_>>().as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            complain(
                "client_id",
                &format!("is required: several are called so on the hub, {}", ids.join(", ")),
            );
            None
        }
    }
}

fn read(
    sort: Sort,
    item: &Properties,
    on_hub: Option<Item>,
    complain: &mut impl FnMut(&str, &str),
) -> Option<Wanted> {
    let mut body = item.clone();
    body.remove("enabled_clients");
    if sort == Sort::Application {
        body.remove("client_id");
    }
    let named =
        if sort == Sort::Connection { named_secret(&mut body, complain) } else { NamedSecret::Unsaid };
    // A secret that is there stays, whether or not the file names it.
    let has_one = on_hub.as_ref().is_some_and(|one| one.has_secret);
    let will_have_one = match &named {
        NamedSecret::Variable(_) | NamedSecret::Refused => true,
        NamedSecret::None => false,
        NamedSecret::Unsaid => has_one,
    };
    let mut normal = match sort.normal(&body, will_have_one) {
        Ok(normal) => normal,
        Err(found) => {
            found.iter().for_each(|problem| complain(&problem.path, &problem.message));
            return None;
        }
    };
    if let Some(before) = &on_hub {
        leave_to_the_hub(sort, &body, &mut normal, &before.normal);
        for path in ["strategy", "options.preset", "is_first_party"] {
            let at = |of: &Properties| {
                path.split('.').try_fold(Value::Object(of.clone()), |at, part| at.get(part).cloned())
            };
            if at(&before.normal) != at(&normal) {
                complain(path, "cannot be changed once it is made; leave it as it is on the hub");
            }
        }
    }
    Some(Wanted {
        name: text(&body, "name").unwrap_or_default().to_owned(),
        removes_secret: matches!(named, NamedSecret::None),
        secret: match named {
            NamedSecret::Variable(name) => Some(name),
            NamedSecret::Unsaid | NamedSecret::None | NamedSecret::Refused => None,
        },
        body,
        normal,
        enabled: Vec::new(),
        on_hub,
    })
}

/// What a file leaves to the hub, which asks the provider, is as it is there.
fn leave_to_the_hub(sort: Sort, body: &Properties, normal: &mut Properties, on_hub: &Properties) {
    let of = |item: &Properties| item.get("options").and_then(|options| options.get(REDIRECT_URI)).cloned();
    if sort == Sort::Application || of(body).is_some_and(|said| !said.is_null()) {
        return;
    }
    if let (Some(decided), Some(Value::Object(options))) = (of(on_hub), normal.get_mut("options")) {
        options.insert(REDIRECT_URI.into(), decided);
    }
}

/// What a file says of a connection's secret.
enum NamedSecret {
    Unsaid,
    /// There shall be none.
    None,
    /// `{"env": NAME}`
    Variable(String),
    Refused,
}

fn named_secret(body: &mut Properties, complain: &mut impl FnMut(&str, &str)) -> NamedSecret {
    const PATH: &str = "options.client_secret";
    let Some(Value::Object(options)) = body.get_mut("options") else { return NamedSecret::Unsaid };
    let refusal = match options.remove("client_secret") {
        None => return NamedSecret::Unsaid,
        Some(Value::Null) => return NamedSecret::None,
        Some(Value::Object(reference)) => match variable(&reference) {
            // The hub's own secrets are for no provider.
            Some(name)
                if name.starts_with(settings::PREFIX) && !name.starts_with(settings::PROVIDER_PREFIX) =>
            {
                "must not name a setting of this program; choose another variable"
            }
            Some(name) => return NamedSecret::Variable(name.to_owned()),
            None => "must name a variable alone, as in {\"env\": \"ACME_CLIENT_SECRET\"}",
        },
        Some(_) => {
            "must not be in the file; name the variable that holds it, as in {\"env\": \"ACME_CLIENT_SECRET\"}"
        }
    };
    complain(PATH, refusal);
    NamedSecret::Refused
}

fn variable(reference: &Map<String, Value>) -> Option<&str> {
    let name = reference.get("env")?.as_str()?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (reference.len() == 1 && !name.is_empty() && is_name(name)).then_some(name)
}

/// The applications that an item's `enabled_clients` names, by client id or name.
fn references(
    item: &Properties,
    items: &[Properties],
    applications: &[Wanted],
    state: &HubState,
    complain: &mut impl FnMut(&str, &str),
) -> Vec<Reference> {
    const PATH: &str = "enabled_clients";
    let names = match item.get(PATH) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(names)) => names,
        Some(_) => {
            complain(PATH, "must be a list of names or client ids of applications");
            return Vec::new();
        }
    };
    // Items with problems are not among the applications; then nothing is done anyway.
    let by_place = |place: usize| {
        let one = applications.get(place)?;
        Some(match &one.on_hub {
            Some(item) => Reference::Known(item.id.clone()),
            None => Reference::New(place, one.name.clone()),
        })
    };
    let places = |name: &str, key: &str| -> Vec<usize> {
        let of_file = items.iter().enumerate();
        of_file.filter(|(_, item)| text(item, key) == Some(name)).map(|(place, _)| place).collect()
    };
    let mut found = Vec::new();
    for name in names {
        let Some(name) = name.as_str() else {
            complain(PATH, "must hold names or client ids of applications, as text");
            continue;
        };
        let (by_id, by_name, on_hub) = (places(name, "client_id"), places(name, "name"), state.called(name));
        match (by_id.as_slice(), by_name.as_slice(), on_hub.as_slice()) {
            ([place], _, _) => found.extend(by_place(*place)),
            _ if state.has_application(name) => found.push(Reference::Known(name.to_owned())),
            (_, [place], _) => found.extend(by_place(*place)),
            (_, [], [id]) => found.push(Reference::Known((*id).to_owned())),
            (_, [], []) => complain(
                PATH,
                &format!("names {name:?}, and there is no such application here or on the hub"),
            ),
            _ => complain(
                PATH,
                &format!("names {name:?}, and several applications are called so: name a client id"),
            ),
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Two items of a file are never the same one of the hub.
fn refuse_twice(sort: Sort, items: &[Properties], read: &[Wanted], problems: &mut Vec<String>) {
    for (place, item) in items.iter().enumerate() {
        let name = text(item, "name");
        let is_same = |other: &Properties| match sort {
            Sort::Connection => text(other, "name") == name,
            Sort::Application => {
                text(other, "name") == name && [item, other].iter().all(|one| !one.contains_key("client_id"))
            }
        };
        if name.is_some() && items.iter().take(place).any(is_same) {
            let word = sort.word();
            problems.push(format!("{word}s[{place}]: name is that of another {word} of this file"));
        }
    }
    for (place, one) in read.iter().enumerate() {
        let id = |one: &Wanted| one.on_hub.as_ref().map(|item| item.id.clone());
        if sort == Sort::Application
            && id(one).is_some()
            && read.iter().take(place).any(|other| id(other) == id(one))
        {
            problems
                .push(format!("applications[{place}] ({}): is the same as another of this file", one.name));
        }
    }
}
