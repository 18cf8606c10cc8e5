//! What has expired is removed, and nothing else.

use vestibule::domain::administrator::{AdministratorTicket, Invited};
use vestibule::domain::audit::LogType;
use vestibule::domain::one_time::OneTime;
use vestibule::domain::setup_ticket::SetupTicket;
use vestibule::domain::test_login::{Maker, TestLogin};
use vestibule::store::{Expired, StoreError};

use crate::support::databases::each_database;
use crate::support::samples::{self, NOW};

#[tokio::test]
async fn what_has_expired_goes_in_batches_and_the_rest_stays() {
    for database in each_database() {
        let store = database.store();
        store
            .write(|tx| {
                tx.add_client(&samples::client("app"))?;
                tx.add_connection(&samples::connection("acme", "app"))?;
                for number in 0..10 {
                    let expires_at = NOW.plus_seconds(number);
                    let mut session = samples::session(&number.to_string(), "user", "con_acme");
                    session.expires_at = expires_at;
                    tx.add_session(&session)?;
                    let mut grant = samples::grant(&number.to_string(), &session, "app");
                    grant.expires_at = expires_at;
                    tx.add_grant(&grant)?;
                    let mut token = samples::refresh_token(&number.to_string(), &grant);
                    token.expires_at = expires_at;
                    tx.add_refresh_token(&token)?;
                    tx.finish_login(&number.to_string(), expires_at)?;
                    tx.use_once(OneTime::DpopProof, &number.to_string(), expires_at)?;
                    let place = samples::place();
                    let number_text = number.to_string();
                    let request = samples::request_to_park(&number_text, expires_at, &place);
                    tx.park_request(request, false, NOW)?;
                    tx.add_setup_ticket(&SetupTicket {
                        id: number.to_string(),
                        connection_id: "con_acme".into(),
                        token_hash: number.to_string(),
                        created_at: NOW,
                        expires_at,
                    })?;
                    tx.put_administrator_ticket(&AdministratorTicket {
                        invited: Invited::Address(format!("{number}@x.example")),
                        token_hash: number.to_string(),
                        created_at: NOW,
                        expires_at,
                    })?;
                    tx.add_test_login(&TestLogin {
                        id: number.to_string(),
                        connection_id: "con_acme".into(),
                        token_hash: number.to_string(),
                        made_by: Maker::Client("app".into()),
                        created_at: NOW,
                        good_until: expires_at,
                        begun: None,
                        finished_at: None,
                        expires_at,
                    })?;
                    tx.add_mailings(&[samples::mailing(number, "con_acme", expires_at)], expires_at)?;
                    tx.add_log_entries(&[samples::log_entry(number, LogType::LoginFailed)])?;
                }
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        let now = NOW.plus_seconds(6);
        let mut removed = Vec::new();
        for _ in 0..3 {
            removed.push(store.write(move |tx| tx.remove_expired(now, 5)).await.unwrap());
        }
        let of = |count| Expired {
            sessions: count,
            grants: count,
            refresh_tokens: count,
            finished_logins: count,
            parked_requests: count,
            used_ids: count,
            initial_access_tokens: 0,
            device_authorizations: 0,
            setup_tickets: count,
            administrator_tickets: count,
            test_logins: count,
            mailings: count,
        };
        assert_eq!(removed, [of(5), of(2), of(0)]);
        assert!(removed[0].may_leave_more(5) && !removed[1].may_leave_more(5));
        assert!(!store.write(|tx| tx.finish_login("7", NOW)).await.unwrap());
        assert!(store.read(|tx| tx.find_session("7")).await.unwrap().is_some());

        assert_eq!(store.write(move |tx| tx.remove_old_logs(now, 4)).await.unwrap(), 4);
        assert_eq!(store.write(move |tx| tx.remove_old_logs(now, 4)).await.unwrap(), 2);
        assert_eq!(store.write(move |tx| tx.remove_old_logs(now, 4)).await.unwrap(), 0);
        let kept = samples::log_entry(6, LogType::LoginFailed).log_id;
        assert!(store.read(move |tx| tx.find_log(&kept)).await.unwrap().is_some());
    }
}
