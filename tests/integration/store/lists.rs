//! Lists: both pagings show the same rows in the same order, each once; filters keep what they say.

use vestibule::domain::audit::LogType;
use vestibule::domain::connection::Strategy;
use vestibule::store::{ConnectionFilter, LogFilter, Page, Paged, Store, StoreError, Tx, UserFilter};

use super::add_a_signed_in_person;
use crate::support::databases::each_database;
use crate::support::samples;

const ROWS: usize = 23;
const SIZE: i64 = 5;

/// Reads a whole list by page numbers and by keys; both must agree.
async fn whole_list<T, F>(store: &Store, list: F) -> Vec<T>
where
    T: Send + PartialEq + std::fmt::Debug + 'static,
    F: Fn(&mut Tx<'_>, &Page) -> Result<Paged<T>, StoreError> + Clone + Send + 'static,
{
    let read = |page: Page| {
        let list = list.clone();
        async move { store.read(move |tx| list(tx, &page)).await.unwrap() }
    };
    let mut by_number = Vec::new();
    for number in 0.. {
        let page = read(Page::Numbered { number, size: SIZE, with_total: number % 2 == 0 }).await;
        assert_eq!(page.total.is_some(), number % 2 == 0);
        if let Some(total) = page.total {
            assert_eq!(usize::try_from(total).unwrap(), ROWS);
        }
        if page.items.is_empty() {
            break;
        }
        by_number.extend(page.items);
    }
    let mut by_key = Vec::new();
    let mut after = None;
    loop {
        let page = read(Page::After { after, take: SIZE }).await;
        by_key.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(by_number, by_key);
    assert_eq!(by_key.len(), ROWS);
    by_key
}

#[tokio::test]
async fn pages_by_number_and_by_key_agree() {
    for database in each_database() {
        let store = database.store();
        store
            .write(|tx| {
                for number in 0..i64::try_from(ROWS).unwrap() {
                    let name = format!("n{}", (number * 7) % 23);
                    tx.add_client(&samples::client(&name))?;
                    tx.add_connection(&samples::connection(&name, &name))?;
                    tx.add_user(&samples::user(&name))?;
                    tx.add_log_entries(&[samples::log_entry(number, LogType::LoginFailed)])?;
                }
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        whole_list(&store, |tx, page| tx.list_clients(page)).await;
        whole_list(&store, |tx, page| tx.list_users(&UserFilter::default(), page)).await;
        let connections =
            whole_list(&store, |tx, page| tx.list_connections(&ConnectionFilter::default(), page, None))
                .await;
        assert!(connections.iter().all(|found| *found == samples::connection(&found.name, &found.name)));
        let oldest_first = whole_list(&store, |tx, page| tx.list_logs(&LogFilter::default(), page)).await;
        let newest = LogFilter { newest_first: true, ..LogFilter::default() };
        let mut newest_first = whole_list(&store, move |tx, page| tx.list_logs(&newest, page)).await;
        assert!(oldest_first.is_sorted_by_key(|entry| entry.date));
        newest_first.reverse();
        assert_eq!(newest_first, oldest_first);
    }
}

/// The first hundred.
fn page() -> Page {
    Page::Numbered { number: 0, size: 100, with_total: true }
}

#[tokio::test]
async fn filters_keep_what_they_say() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        store
            .write(|tx| {
                tx.add_client(&samples::client("second"))?;
                let mut local = samples::connection("people", "second");
                local.strategy = Strategy::Local;
                tx.add_connection(&local)?;
                let mut other = samples::user("local|1");
                other.profile.insert("email".into(), "bob@people.example".into());
                tx.add_user(&other)?;
                let mut entry = samples::log_entry(1, LogType::LoginSucceeded);
                entry.user_id = None;
                entry.name(&samples::client("second"));
                entry.connection_id = None;
                tx.add_log_entries(&[samples::log_entry(0, LogType::LoginFailed), entry])
            })
            .await
            .unwrap();
        store
            .read(|tx| {
                let mut names = |filter: ConnectionFilter| -> Result<Vec<String>, StoreError> {
                    let found = tx.list_connections(&filter, &page(), None)?;
                    assert_eq!(found.total, i64::try_from(found.items.len()).ok());
                    Ok(found.items.into_iter().map(|connection| connection.name).collect())
                };
                assert_eq!(names(ConnectionFilter::default())?, ["acme", "people"]);
                let strategies = vec![Strategy::Local];
                assert_eq!(names(ConnectionFilter { strategies, ..Default::default() })?, ["people"]);
                let name = Some("acme".to_owned());
                assert_eq!(names(ConnectionFilter { name, ..Default::default() })?, ["acme"]);
                let enabled_client = Some("second".to_owned());
                assert_eq!(names(ConnectionFilter { enabled_client, ..Default::default() })?, ["people"]);

                let mut second = |strategies: &[Strategy]| -> Result<Vec<String>, StoreError> {
                    let filter = ConnectionFilter { strategies: strategies.to_vec(), ..Default::default() };
                    let page = Page::Numbered { number: 1, size: 1, with_total: false };
                    let found = tx.list_connections(&filter, &page, None)?;
                    Ok(found.items.into_iter().map(|connection| connection.name).collect())
                };
                assert_eq!(second(&[Strategy::Oidc, Strategy::Local])?, ["people"]);
                assert!(second(&[Strategy::Local])?.is_empty());

                let mut ids = |filter: UserFilter| -> Result<Vec<String>, StoreError> {
                    let found = tx.list_users(&filter, &page())?;
                    Ok(found.items.into_iter().map(|user| user.user_id).collect())
                };
                let email = Some("éLISE@acme.EXAMPLE".to_owned());
                assert_eq!(ids(UserFilter { email, ..Default::default() })?, ["oidc|acme|1"]);
                let connection_id = Some("con_acme".to_owned());
                assert_eq!(ids(UserFilter { connection_id, ..Default::default() })?, ["oidc|acme|1"]);

                let mut entries = |filter: LogFilter| -> Result<Vec<String>, StoreError> {
                    let found = tx.list_logs(&filter, &page())?;
                    Ok(found.items.into_iter().map(|entry| entry.request_id.to_string()).collect())
                };
                let log_types = vec!["s".to_owned(), "fp".to_owned()];
                assert_eq!(entries(LogFilter { log_types, ..Default::default() })?, ["request-1"]);
                let user_id = Some("oidc|acme|1".to_owned());
                assert_eq!(entries(LogFilter { user_id, ..Default::default() })?, ["request-0"]);
                let client_id = Some("second".to_owned());
                assert_eq!(entries(LogFilter { client_id, ..Default::default() })?, ["request-1"]);
                let connection_id = Some("con_acme".to_owned());
                assert_eq!(entries(LogFilter { connection_id, ..Default::default() })?, ["request-0"]);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_domain_finds_every_connection_that_claims_it_until_it_no_longer_does() {
    for database in each_database() {
        let store = database.store();
        add_a_signed_in_person(&store).await;
        let pair = |domain: &str, id: &str| (domain.to_owned(), id.to_owned());
        let ask = || {
            let domains = ["acme.example".to_owned(), "*.acme.example".into(), "other.example".into()];
            store.read(move |tx| tx.connection_ids_for_domains(&domains))
        };
        store
            .write(|tx| {
                let mut twin = samples::connection("twin", "app");
                twin.options.domain_aliases = vec!["acme.example".into(), "acme.example".into()];
                tx.add_connection(&twin)
            })
            .await
            .unwrap();
        let mut found = ask().await.unwrap();
        found.sort();
        assert_eq!(
            found,
            [
                pair("*.acme.example", "con_acme"),
                pair("acme.example", "con_acme"),
                pair("acme.example", "con_twin")
            ]
        );
        store
            .write(|tx| {
                let mut connection = samples::connection("acme", "app");
                connection.options.domain_aliases = vec!["other.example".into()];
                tx.change_connection(&connection)
            })
            .await
            .unwrap();
        assert_eq!(
            ask().await.unwrap(),
            [pair("acme.example", "con_twin"), pair("other.example", "con_acme")]
        );
    }
}
