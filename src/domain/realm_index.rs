//! What leads to which connection, in memory: domains, exact addresses, organization codes.
//!
//! It only answers which connections list something. Which of them an application may use is asked afterwards.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::connection::Connection;
use super::limits;

/// The kinds of what leads to a connection, or is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lead {
    /// `example.com`, or `*.example.com`.
    Domain,
    Address,
    Organization,
    /// A domain that the connection has proven.
    Proof,
}

impl Lead {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Address => "address",
            Self::Organization => "organization",
            Self::Proof => "proof",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Domain, Self::Address, Self::Organization, Self::Proof]
            .into_iter()
            .find(|lead| lead.name() == name)
    }
}

/// One thing that leads to one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub lead: Lead,
    pub value: String,
    pub connection_id: String,
}

/// What leads to a connection by its settings.
pub fn routes_of(connection: &Connection) -> Vec<Route> {
    let options = &connection.options;
    let domains: BTreeSet<&String> = options.domain_aliases.iter().collect();
    let addresses: BTreeSet<&String> = options.address_aliases.iter().collect();
    let route = |lead| {
        move |value: &String| Route { lead, value: value.clone(), connection_id: connection.id.clone() }
    };
    let domains = domains.into_iter().map(route(Lead::Domain));
    let addresses = addresses.into_iter().map(route(Lead::Address));
    domains.chain(addresses).chain(options.organization_code.iter().map(route(Lead::Organization))).collect()
}

/// All routes. Compares whole values: a domain matches whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct RealmIndex {
    /// As everything was read.
    settled: Arc<Routes>,
    /// Connections changed since: of them only what is newer counts.
    changed: BTreeSet<String>,
    newer: Routes,
}

impl RealmIndex {
    pub fn new(routes: Routes) -> Self {
        Self { settled: Arc::new(routes), ..Self::default() }
    }

    /// The same with `connections`, and what they have proven, in the place of what there was of `ids`; `None` if it is
    /// time to read everything again.
    pub fn with(&self, ids: BTreeSet<String>, connections: &[Connection], proofs: &[Route]) -> Option<Self> {
        let mut newer = Routes::default();
        self.newer.each().filter(|route| !ids.contains(&route.connection_id)).for_each(|it| newer.add(&it));
        connections.iter().flat_map(routes_of).for_each(|route| newer.add(&route));
        proofs.iter().for_each(|proof| newer.add(proof));
        let mut changed = ids;
        changed.extend(self.changed.iter().cloned());
        let is_small =
            changed.len() <= limits::REINDEXED_CONNECTIONS && newer.len() <= limits::REINDEXED_REALMS;
        is_small.then(|| Self { settled: Arc::clone(&self.settled), changed, newer })
    }

    /// The ids of the connections that list `value`.
    pub fn find(&self, lead: Lead, value: &str) -> Vec<String> {
        let settled = self.settled.find(lead, value).filter(|id| !self.changed.contains(*id));
        settled.chain(self.newer.find(lead, value)).map(str::to_owned).collect()
    }
}

type Listed = HashMap<Box<str>, Vec<Arc<str>>>;

/// Routes by what leads.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    domains: Listed,
    addresses: Listed,
    organizations: Listed,
    proofs: Listed,
    /// One text for each connection, however many routes it has.
    ids: HashSet<Arc<str>>,
    count: usize,
}

impl Routes {
    pub fn add(&mut self, route: &Route) {
        let id = match self.ids.get(route.connection_id.as_str()) {
            Some(id) => Arc::clone(id),
            None => {
                let id: Arc<str> = route.connection_id.as_str().into();
                self.ids.insert(Arc::clone(&id));
                id
            }
        };
        let listed = match route.lead {
            Lead::Domain => &mut self.domains,
            Lead::Address => &mut self.addresses,
            Lead::Organization => &mut self.organizations,
            Lead::Proof => &mut self.proofs,
        };
        // Most lead to one connection alone, and a list that grows by itself begins with room for four.
        listed.entry(route.value.as_str().into()).or_insert_with(|| Vec::with_capacity(1)).push(id);
        self.count += 1;
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn find<'a>(&'a self, lead: Lead, value: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let listed = match lead {
            Lead::Domain => &self.domains,
            Lead::Address => &self.addresses,
            Lead::Organization => &self.organizations,
            Lead::Proof => &self.proofs,
        };
        listed.get(value).into_iter().flatten().map(|id| &**id)
    }

    fn each(&self) -> impl Iterator<Item = Route> {
        let of = |lead, listed: &'_ Listed| {
            let routes = listed.iter().flat_map(move |(value, ids)| {
                ids.iter().map(move |id| Route {
                    lead,
                    value: value.to_string(),
                    connection_id: id.to_string(),
                })
            });
            routes.collect::<Vec<_>>()
        };
        let domains = of(Lead::Domain, &self.domains).into_iter();
        domains
            .chain(of(Lead::Address, &self.addresses))
            .chain(of(Lead::Organization, &self.organizations))
            .chain(of(Lead::Proof, &self.proofs))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::connection::new_connection;
    use crate::domain::home_realm::EmailDomain;

    fn routes(of: &[(Lead, &str, &str)]) -> Routes {
        let mut routes = Routes::default();
        for (lead, value, connection) in of {
            let (value, connection_id) = ((*value).to_owned(), (*connection).to_owned());
            routes.add(&Route { lead: *lead, value, connection_id });
        }
        routes
    }

    fn index(of: &[(Lead, &str, &str)]) -> RealmIndex {
        RealmIndex::new(routes(of))
    }

    fn connection(id: &str, domains: &[&str]) -> Connection {
        let body = json!({"name": "acme", "strategy": "local", "options": {"domain_aliases": domains}});
        new_connection(body.as_object().unwrap(), id, false, Timestamp::from_seconds(1)).unwrap()
    }

    #[test]
    fn a_changed_connection_is_found_by_what_it_lists_now_and_by_nothing_else() {
        let before = index(&[(Lead::Domain, "a.example", "con_1"), (Lead::Domain, "a.example", "con_2")]);
        let find = |index: &RealmIndex, domain: &str| index.find(Lead::Domain, domain);
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let moved = before.with(ids(&["con_1"]), &[connection("con_1", &["b.example"])], &[]).unwrap();
        assert_eq!(
            (find(&moved, "a.example"), find(&moved, "b.example")),
            (vec!["con_2".into()], vec!["con_1".into()])
        );
        let again =
            moved.with(ids(&["con_1"]), &[connection("con_1", &["a.example", "c.example"])], &[]).unwrap();
        assert_eq!(find(&again, "a.example"), ["con_2", "con_1"]);
        assert!(find(&again, "b.example").is_empty());
        let removed = again.with(ids(&["con_1", "con_2"]), &[], &[]).unwrap();
        assert!(
            ["a.example", "b.example", "c.example"].iter().all(|domain| find(&removed, domain).is_empty())
        );
        let many = (0..=limits::REINDEXED_CONNECTIONS).map(|number| number.to_string()).collect();
        assert!(removed.with(many, &[], &[]).is_none());
    }

    #[test]
    fn each_kind_is_looked_up_by_itself() {
        let index = index(&[
            (Lead::Domain, "acme", "con_1"),
            (Lead::Organization, "acme", "con_2"),
            (Lead::Address, "ada@acme", "con_3"),
            (Lead::Domain, "acme", "con_3"),
        ]);
        assert_eq!(index.find(Lead::Domain, "acme"), ["con_1", "con_3"]);
        assert_eq!(index.find(Lead::Organization, "acme"), ["con_2"]);
        assert_eq!(index.find(Lead::Address, "ada@acme"), ["con_3"]);
        assert!(index.find(Lead::Address, "acme").is_empty());
        assert_eq!(index.settled.len(), 4);
        assert_eq!(index.settled.ids.len(), 3, "an id is kept once");
    }

    /// Incident: a domain was compared by its end (CVE-2024-27918).
    #[test]
    fn a_domain_that_only_looks_like_a_listed_one_finds_nothing() {
        let index = index(&[(Lead::Domain, "corp.com", "con_1"), (Lead::Domain, "*.corp.com", "con_2")]);
        let found = |typed: &str| -> Vec<String> {
            let Ok((_, domain)) = EmailDomain::of(typed) else { return Vec::new() };
            let candidates = domain.candidates();
            candidates.iter().flat_map(|candidate| index.find(Lead::Domain, candidate)).collect()
        };
        for (typed, expected) in [
            ("x@corp.com", "con_1"),
            ("x@CORP.com", "con_1"),
            ("x+tag@corp.com", "con_1"),
            ("x@corp.com.", "con_1"),
            ("x@eu.corp.com", "con_2"),
        ] {
            assert_eq!(found(typed), [expected], "{typed}");
        }
        for typed in [
            "x@evilcorp.com",
            "x@corp.com.evil.io",
            "x@\u{441}orp.com",
            "x@c\u{f3}rp.com",
            "a@b@corp.com",
            "\"x@corp.com\"@evil.io",
            "\"x\"@corp.com",
            "x@corp.com\0",
            "x\0@corp.com",
            "x@corp.com\0.evil.io",
            "x@corp.com..",
            "x@corp.com%00",
            "x@corp.com,evil.io",
            "x@[corp.com]",
            "x@com",
            "x@corp",
            "@corp.com",
            "corp.com",
        ] {
            assert_eq!(found(typed), Vec::<String>::new(), "{typed:?}");
        }
    }
}
