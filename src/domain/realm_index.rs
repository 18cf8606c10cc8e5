//! What leads to which connection, in memory: domains, exact addresses, organization codes.
//!
//! It only answers which connections list something. Which of them an application may use is asked afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The kinds of what leads to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lead {
    /// `example.com`, or `*.example.com`.
    Domain,
    Address,
    Organization,
}

impl Lead {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Address => "address",
            Self::Organization => "organization",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Domain, Self::Address, Self::Organization].into_iter().find(|lead| lead.name() == name)
    }
}

/// One thing that leads to one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub lead: Lead,
    pub value: String,
    pub connection_id: String,
}

type Listed = HashMap<Box<str>, Vec<Arc<str>>>;

/// All routes. Compares whole values: a domain matches whole or not at all.
#[derive(Debug, Default)]
pub struct RealmIndex {
    domains: Listed,
    addresses: Listed,
    organizations: Listed,
    /// One text for each connection, however many routes it has.
    ids: HashSet<Arc<str>>,
    routes: usize,
}

impl RealmIndex {
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
        };
        listed.entry(route.value.as_str().into()).or_default().push(id);
        self.routes += 1;
    }

    /// How many routes there are.
    pub const fn len(&self) -> usize {
        self.routes
    }

    pub const fn is_empty(&self) -> bool {
        self.routes == 0
    }

    /// The ids of the connections that list `value`.
    pub fn find(&self, lead: Lead, value: &str) -> Vec<String> {
        let listed = match lead {
            Lead::Domain => &self.domains,
            Lead::Address => &self.addresses,
            Lead::Organization => &self.organizations,
        };
        listed.get(value).into_iter().flatten().map(|id| id.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::home_realm::EmailDomain;

    fn index(routes: &[(Lead, &str, &str)]) -> RealmIndex {
        let mut index = RealmIndex::default();
        for (lead, value, connection) in routes {
            let (value, connection_id) = ((*value).to_owned(), (*connection).to_owned());
            index.add(&Route { lead: *lead, value, connection_id });
        }
        index
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
        assert_eq!(index.len(), 4);
        assert_eq!(index.ids.len(), 3, "an id is kept once");
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
