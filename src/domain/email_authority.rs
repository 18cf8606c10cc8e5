//! Whose word about an e-mail address counts.
//!
//! What one connection asserts about an address in another's domain proves nothing, whatever its policy: the domain is
//! another's where another has proven it, it or a domain above it, and where the administrators of the hub send its people
//! to others.

use super::connection::EmailVerifiedPolicy;
use super::home_realm::EmailDomain;

/// What leads to connections from an address, and what they have proven of its domain; ids of connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressLeads {
    /// Pairs of a proven domain and its connection: the address's own and those above it, most specific first.
    pub proofs: Vec<(String, String)>,
    /// The connections that list the address itself.
    pub addresses: Vec<String>,
    /// Pairs of a listed domain (`example.com`, `*.example.com`) and a connection, most specific first.
    pub domains: Vec<(String, String)>,
}

/// The domains whose proof speaks for an address at `domain`, most specific first: whoever runs a domain decides who has the
/// ones below it, unless they are proven by themselves.
pub fn domains_above(domain: &EmailDomain) -> Vec<String> {
    let above = domain.candidates().into_iter();
    above.map(|candidate| candidate.strip_prefix("*.").unwrap_or(&candidate).to_owned()).collect()
}

/// Whose an address is, as one connection sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The connection has proven the address's own domain.
    Itself,
    Nobody,
    /// Another connection has proven this domain.
    ProvenByOther(String),
    /// The administrators of the hub let this address or domain lead to others alone.
    LeadsToOthers(String),
    /// Two readers may disagree about its domain.
    Unreadable,
}

impl Holder {
    /// Who holds `address`, as [`EmailDomain::of`] reads it, in the eyes of `connection_id`.
    pub fn of(connection_id: &str, address: &str, domain: &EmailDomain, leads: &AddressLeads) -> Self {
        if let Some((proven, by)) = leads.proofs.first() {
            if by != connection_id {
                return Self::ProvenByOther(proven.clone());
            }
            if proven == domain.as_str() {
                return Self::Itself;
            }
        }
        if !leads.addresses.is_empty() {
            let is_here = leads.addresses.iter().any(|id| id == connection_id);
            return if is_here { Self::Nobody } else { Self::LeadsToOthers(address.to_owned()) };
        }
        let Some((nearest, _)) = leads.domains.first() else { return Self::Nobody };
        let mut there = leads.domains.iter().take_while(|(listed, _)| listed == nearest);
        if there.any(|(_, id)| id == connection_id) {
            return Self::Nobody;
        }
        Self::LeadsToOthers(nearest.clone())
    }
}

/// Why an address that a provider calls verified does not count as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotVerified {
    Policy,
    ProvenByOther(String),
    LeadsToOthers(String),
    Unreadable,
}

impl NotVerified {
    /// The reason, if there is one.
    pub fn by(policy: EmailVerifiedPolicy, holder: &Holder) -> Option<Self> {
        match (holder, policy) {
            (_, EmailVerifiedPolicy::Never) => Some(Self::Policy),
            (Holder::Itself, EmailVerifiedPolicy::AsAsserted | EmailVerifiedPolicy::VerifiedDomainsOnly) => {
                None
            }
            (Holder::ProvenByOther(domain), _) => Some(Self::ProvenByOther(domain.clone())),
            (Holder::LeadsToOthers(what), _) => Some(Self::LeadsToOthers(what.clone())),
            (Holder::Unreadable, _) => Some(Self::Unreadable),
            (Holder::Nobody, EmailVerifiedPolicy::AsAsserted) => None,
            (Holder::Nobody, EmailVerifiedPolicy::VerifiedDomainsOnly) => Some(Self::Policy),
        }
    }

    /// For the log of the hub: it may name what other connections have.
    pub fn words(&self) -> String {
        let why = match self {
            Self::Policy => "email_verified_policy of this connection does not take that from it".to_owned(),
            Self::ProvenByOther(domain) => format!("another connection has proven that {domain} is its own"),
            Self::LeadsToOthers(what) => format!("{what} leads to other connections and not to this one"),
            Self::Unreadable => "it is written so that two readers may disagree about its domain".to_owned(),
        };
        format!("the provider calls the address verified, which does not count: {why}")
    }
}

#[cfg(test)]
mod tests {
    use EmailVerifiedPolicy::{AsAsserted, Never, VerifiedDomainsOnly};

    use super::*;

    fn holder(
        address: &str,
        proofs: &[(&str, &str)],
        addresses: &[&str],
        domains: &[(&str, &str)],
    ) -> Holder {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(what, id)| ((*what).to_owned(), (*id).to_owned())).collect()
        };
        let leads = AddressLeads {
            proofs: owned(proofs),
            addresses: addresses.iter().map(|id| (*id).to_owned()).collect(),
            domains: owned(domains),
        };
        let (address, domain) = EmailDomain::of(address).unwrap();
        Holder::of("b", &address, &domain, &leads)
    }

    #[test]
    fn an_address_is_whose_domain_is_proven_and_else_whom_it_leads_to() {
        let proven = |domain: &str| Holder::ProvenByOther(domain.to_owned());
        let routed = |what: &str| Holder::LeadsToOthers(what.to_owned());
        let (none, nobody): (&[(&str, &str)], &[&str]) = (&[], &[]);
        for (address, proofs, addresses, domains, expected) in [
            ("x@a.example", none, nobody, none, Holder::Nobody),
            ("x@a.example", &[("a.example", "b")], &[], &[("a.example", "a")], Holder::Itself),
            ("x@a.example", &[("a.example", "a")], &["b"], &[("a.example", "b")], proven("a.example")),
            ("x@eu.a.example", &[("a.example", "a")], &[], &[], proven("a.example")),
            ("x@eu.a.example", &[("eu.a.example", "b"), ("a.example", "a")], &[], &[], Holder::Itself),
            ("x@eu.a.example", &[("a.example", "b")], &[], &[], Holder::Nobody),
            ("x@eu.a.example", &[("a.example", "b")], &[], &[("eu.a.example", "a")], routed("eu.a.example")),
            ("x@a.example", &[], &["a"], &[("a.example", "b")], routed("x@a.example")),
            ("x@a.example", &[], &["a", "b"], &[("a.example", "a")], Holder::Nobody),
            ("x@a.example", &[], &[], &[("a.example", "a")], routed("a.example")),
            ("x@a.example", &[], &[], &[("a.example", "a"), ("a.example", "b")], Holder::Nobody),
            ("x@eu.a.example", &[], &[], &[("*.a.example", "a"), ("*.example", "b")], routed("*.a.example")),
        ] {
            assert_eq!(
                holder(address, proofs, addresses, domains),
                expected,
                "{address} {proofs:?} {domains:?}"
            );
        }
    }

    #[test]
    fn no_policy_vouches_for_an_address_of_anothers() {
        let others = [
            Holder::ProvenByOther("a.example".into()),
            Holder::LeadsToOthers("a.example".into()),
            Holder::Unreadable,
        ];
        for policy in [AsAsserted, VerifiedDomainsOnly, Never] {
            for holder in &others {
                assert!(NotVerified::by(policy, holder).is_some(), "{policy:?} {holder:?}");
            }
        }
        for (policy, holder, counts) in [
            (AsAsserted, Holder::Nobody, true),
            (AsAsserted, Holder::Itself, true),
            (VerifiedDomainsOnly, Holder::Itself, true),
            (VerifiedDomainsOnly, Holder::Nobody, false),
            (Never, Holder::Itself, false),
        ] {
            assert_eq!(NotVerified::by(policy, &holder).is_none(), counts, "{policy:?} {holder:?}");
        }
    }

    #[test]
    fn a_proof_speaks_for_the_domain_and_those_below_it() {
        let above = |address: &str| domains_above(&EmailDomain::of(address).unwrap().1);
        assert_eq!(above("x@mail.eu.a.example"), ["mail.eu.a.example", "eu.a.example", "a.example"]);
        assert_eq!(above("x@A.Example."), ["a.example"]);
        assert_eq!(above("x@société.example"), ["xn--socit-esab.example"]);
    }

    /// Incident: an allowed domain was compared by its end (CVE-2024-27918).
    #[test]
    fn a_proof_speaks_for_no_look_alike() {
        let is_spoken_for = |address: &str| {
            EmailDomain::of(address)
                .is_ok_and(|(_, domain)| domains_above(&domain).contains(&"corp.com".into()))
        };
        for address in ["x@corp.com", "X@CORP.com", "x+tag@corp.com", "x@corp.com.", "x@eu.corp.com"] {
            assert!(is_spoken_for(address), "{address}");
        }
        for address in [
            "x@evilcorp.com",
            "x@corp.com.evil.io",
            "x@\u{441}orp.com",
            "a@b@corp.com",
            "\"x\"@corp.com",
            "x@corp.com\0",
            "x\0@corp.com",
            "corp.com",
            "",
        ] {
            assert!(!is_spoken_for(address), "{address:?}");
        }
    }
}
