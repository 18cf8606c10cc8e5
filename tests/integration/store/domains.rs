//! What leads to connections, and which domains they have proven to be theirs.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use vestibule::domain::connection::Connection;
use vestibule::domain::domain_claim::{DomainClaim, Finding};
use vestibule::domain::limits;
use vestibule::domain::realm_index::{Lead, Route};
use vestibule::flows::directory::Directory;
use vestibule::store::{Store, StoreError};

use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

/// A connection with these domains and addresses, and its name as its organization's code.
fn connection(name: &str, domains: &[&str], addresses: &[&str]) -> Connection {
    let mut connection = samples::connection(name, "app");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    connection.options.domain_aliases = texts(domains);
    connection.options.address_aliases = texts(addresses);
    connection.options.organization_code = Some(name.into());
    connection
}

fn claim(connection: &str, domain: &str) -> DomainClaim {
    let id = format!("dom_{connection}_{domain}");
    DomainClaim::new(id, format!("con_{connection}"), domain.into(), "token".into(), NOW)
}

async fn add(store: &Store, connections: Vec<Connection>) {
    let adding = store.write(move |tx| {
        tx.add_client(&samples::client("app"))?;
        connections.iter().try_for_each(|connection| tx.add_connection(connection))
    });
    adding.await.unwrap();
}

fn two_companies() -> Vec<Connection> {
    vec![
        connection(
            "acme",
            &["acme.example", "*.acme.example", "shared.example"],
            &["a@x.example", "b@x.example"],
        ),
        connection("globex", &["globex.example", "shared.example"], &["b@x.example"]),
    ]
}

#[tokio::test]
async fn memory_and_database_say_the_same_of_what_leads_where() {
    for database in each_database() {
        let store = database.store();
        add(&store, two_companies()).await;
        let directory = Directory::new(store.clone());
        let domains =
            ["x.acme.example", "*.acme.example", "shared.example", "nobody.example", "acme.example"];
        let domains = domains.map(str::to_owned);
        let others = [
            (Lead::Address, "b@x.example"),
            (Lead::Address, "a@x.example"),
            (Lead::Address, "acme"),
            (Lead::Organization, "globex"),
            (Lead::Organization, "a@x.example"),
        ];
        let ask = async || {
            let mut answers = vec![directory.connections_of_domains(&domains).await.unwrap()];
            for (lead, value) in others {
                let ids = directory.connections_listing(lead, value).await.unwrap();
                answers.push(ids.into_iter().map(|id| (value.to_owned(), id)).collect());
            }
            answers
        };
        let by_database = ask().await;
        assert_eq!(by_database[0].len(), 4, "{by_database:?}");
        assert_eq!(by_database[1].len(), 2);
        directory.index_realms().await.unwrap();
        // Were the database still asked, it would have nothing to say.
        database.execute("DELETE FROM connection_domains");
        database.execute("DELETE FROM connection_routes");
        assert_eq!(ask().await, by_database, "{:?}", database.kind);
        // A change is not hidden by what was read before it.
        directory.forget();
        assert!(ask().await.iter().all(Vec::is_empty));
        directory.index_realms().await.unwrap();
        assert!(ask().await.iter().all(Vec::is_empty));
    }
}

#[tokio::test]
async fn everything_that_leads_anywhere_is_read_page_by_page_and_goes_with_its_connection() {
    for database in each_database() {
        let store = database.store();
        add(&store, two_companies()).await;
        for take in [1, 2, 3, 100] {
            let mut read: Vec<Route> = Vec::new();
            loop {
                let after = read.last().cloned();
                let page = store.read(move |tx| tx.routes_after(after.as_ref(), take)).await.unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(i64::try_from(page.len()).unwrap() <= take);
                read.extend(page);
            }
            assert_eq!(read.len(), 10, "{take} at a time: {read:#?}");
            let whole: BTreeSet<String> = read.iter().map(|route| format!("{route:?}")).collect();
            assert_eq!(whole.len(), 10);
        }
        let fewer = Connection { version: 1, ..connection("acme", &["acme.example"], &[]) };
        store.write(move |tx| tx.change_connection(&fewer)).await.unwrap();
        assert_eq!(store.read(|tx| tx.routes_after(None, 100)).await.unwrap().len(), 6);
        store.write(|tx| tx.remove_connection("con_globex", NOW)).await.unwrap();
        assert_eq!(store.read(|tx| tx.routes_after(None, 100)).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn of_connections_that_prove_a_domain_at_the_same_time_one_has_it() {
    for database in each_database() {
        let store = database.store();
        let names: Vec<String> = (0..8).map(|number| format!("c{number}")).collect();
        add(&store, names.iter().map(|name| connection(name, &[], &[])).collect()).await;
        for name in &names {
            let pending = claim(name, "acme.example");
            store.write(move |tx| tx.add_domain_claim(&pending)).await.unwrap();
        }
        let prove = |name: &String| {
            let proven = claim(name, "acme.example").after(&Finding::Proof, NOW);
            store.write(move |tx| tx.change_domain_claim(&proven))
        };
        let outcomes = join_all(names.iter().map(prove)).await;
        let conflicts = outcomes.iter().filter(|one| matches!(one, Err(StoreError::Conflict { .. }))).count();
        assert_eq!(conflicts, names.len() - 1, "{outcomes:?}");
        let holder = store.read(|tx| tx.holder_of_domain("acme.example")).await.unwrap().unwrap();
        let mut holders = 0;
        for name in &names {
            let id = format!("con_{name}");
            let domains = store.read(move |tx| tx.verified_domains_of(&id)).await.unwrap();
            holders += domains.len();
            assert_eq!(domains.contains("acme.example"), holder == format!("con_{name}"));
        }
        assert_eq!(holders, 1);
        // The connection goes, and leaves the domain to others.
        store.write(move |tx| tx.remove_connection(&holder, NOW)).await.unwrap();
        assert_eq!(store.read(|tx| tx.holder_of_domain("acme.example")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_claim_is_kept_whole_and_taken_by_one_node_when_it_is_due() {
    for database in each_database() {
        let store = database.store();
        add(&store, two_companies()).await;
        let verified = claim("acme", "acme.example").after(&Finding::Proof, NOW);
        let failing = claim("acme", "b.example")
            .after(&Finding::Proof, NOW)
            .after(&Finding::NoAnswer("no server answers".into()), NOW.plus_seconds(1));
        let pending = claim("globex", "acme.example").after(&Finding::Nothing("not there".into()), NOW);
        let all = [verified.clone(), failing.clone(), pending.clone()];
        store.write(move |tx| all.iter().try_for_each(|claim| tx.add_domain_claim(claim))).await.unwrap();
        assert_eq!(
            store.read(|tx| tx.domain_claims_of("con_acme")).await.unwrap(),
            [verified.clone(), failing.clone()]
        );
        let found = store.read(|tx| tx.find_domain_claim("con_globex", "acme.example")).await.unwrap();
        assert_eq!(found, Some(pending.clone()));
        let again = store.write(move |tx| tx.add_domain_claim(&pending)).await;
        assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");

        let take = |now: i64| {
            let now = NOW.plus_seconds(now);
            let lease_end = now.plus_seconds(limits::DOMAIN_CHECK_LEASE_SECONDS);
            store.write(move |tx| tx.take_due_domain_claims(now, lease_end, 10))
        };
        assert!(take(limits::DOMAIN_RETRY_SECONDS).await.unwrap().is_empty());
        let both =
            join_all([take(limits::DOMAIN_RECHECK_SECONDS), take(limits::DOMAIN_RECHECK_SECONDS)]).await;
        let taken: Vec<String> =
            both.into_iter().flat_map(Result::unwrap).map(|claim| claim.domain).collect();
        assert_eq!(taken.len(), 2, "{taken:?}");
        assert!(store.write(|tx| tx.remove_domain_claim("con_acme", "acme.example")).await.unwrap());
        assert!(!store.write(|tx| tx.remove_domain_claim("con_acme", "acme.example")).await.unwrap());
        assert!(!store.write(move |tx| tx.change_domain_claim(&verified)).await.unwrap());
    }
}
