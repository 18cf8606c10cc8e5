//! The person presses the button: the link is used up, the test belongs to this browser, and the trip begins.

use super::open_link::{Link, Ticket, find_link};
use super::trip::{Underway, depart};
use super::{HeldTest, HeldTestChanges, TestError, TestOutcome, TestView, Tester, conclude};
use crate::crypto::digest;
use crate::domain::audit::{LogEntry, LogType};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::login::new_login_id;
use crate::domain::secret::Secret;
use crate::domain::test_login::{Begun, Maker, Step, TestLogin, TestReport};
use crate::flows::hub::Hub;
use crate::flows::journal;
use crate::flows::login::CookieChanges;
use crate::store::Tx;

/// Begins the test of the connection `name` that `token` leads to.
///
/// # Errors
/// [`TestError`]; the link is used up only if a test began.
pub async fn begin_test(
    hub: &Hub,
    name: &str,
    token: &str,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let (connection, ticket) = match find_link(hub, name, token, tester).await? {
        Link::Open { connection, by } => (connection, by),
        Link::Begun { test_id } => {
            let ui_locales = tester.ui_locales.clone();
            let view = TestView::Report { connection: name.to_owned(), test_id, ui_locales };
            return Ok(TestOutcome {
                view,
                cookies: CookieChanges::default(),
                tests: HeldTestChanges::default(),
            });
        }
    };
    let now = hub.clock.now();
    let held = HeldTest {
        test_id: match &ticket {
            Ticket::Test(test) => test.id.clone(),
            Ticket::Setup(_) => new_test_id(hub),
        },
        secret: Secret::new(format!("{:010x}{}", now.seconds(), hub.random.token())),
    };
    let begun = Begun { at: now, holder_hash: digest::sha256_base64url(held.secret.reveal()) };
    let entry = conclude::entry(hub, LogType::TestLoginBegun, "a test login begins", &tester.browser, now);
    let entry = conclude::about(entry, &connection, &held.test_id);
    let nobodys = digest::sha256_base64url(&hub.random.token());
    let (test_id, for_log) = (held.test_id.clone(), entry.clone());
    hub.store.write(move |tx| take(tx, &ticket, &test_id, &begun, &nobodys, entry.clone())).await?;
    journal::trace(&for_log);
    let underway = Underway {
        trip_id: new_login_id(now, &hub.random),
        test_id: held.test_id.clone(),
        began_at: now,
        report: TestReport { steps: vec![Step::Begun { at: 0 }], ..TestReport::default() },
    };
    let tests = HeldTestChanges { forget: surplus(tester, &held), keep: Some(held) };
    let outcome = depart(hub, &connection, underway, tester).await?;
    Ok(TestOutcome { tests, ..outcome })
}

/// The id of a new test.
pub(in crate::flows) fn new_test_id(hub: &Hub) -> String {
    format!("tst_{}", hub.random.alphanumeric(limits::TEST_ID_CHARACTERS))
}

fn take(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    test_id: &str,
    begun: &Begun,
    nobodys: &str,
    mut entry: LogEntry,
) -> Result<(), TestError> {
    let now = begun.at;
    let expires_at = now.plus_seconds(limits::TEST_REPORT_SECONDS);
    let made_by = match ticket {
        Ticket::Test(test) => {
            if !tx.begin_test_login(&test.id, begun, expires_at)? {
                return Err(TestError::LinkUsed);
            }
            test.made_by.clone()
        }
        Ticket::Setup(ticket) => {
            let made_by = Maker::SetupTicket(ticket.id.clone());
            make_room(tx, &ticket.connection_id, Some(&made_by), now)?;
            tx.add_test_login(&TestLogin {
                id: test_id.to_owned(),
                connection_id: ticket.connection_id.clone(),
                token_hash: nobodys.to_owned(),
                made_by: made_by.clone(),
                created_at: now,
                good_until: now,
                begun: Some(begun.clone()),
                finished_at: None,
                expires_at,
            })?;
            made_by
        }
    };
    entry.details.insert("made_by".into(), made_by.to_text().into());
    tx.add_log_entries(&[entry])?;
    Ok(())
}

/// Lets go the oldest test that has begun, if a connection has as many as it may. Who came by a set-up ticket has a
/// limit of their own, or they could drive out everybody else's reports.
pub(in crate::flows) fn make_room(
    tx: &mut Tx<'_>,
    connection_id: &str,
    by_ticket: Option<&Maker>,
    now: Timestamp,
) -> Result<(), TestError> {
    let tests = tx.test_logins_of(connection_id, now)?;
    let an_hour_ago = now.plus_seconds(-3600);
    let of_ticket =
        tests.iter().filter(|(test, _)| Some(&test.made_by) == by_ticket && test.created_at > an_hour_ago);
    if of_ticket.count() >= limits::TESTS_PER_TICKET_AND_HOUR {
        return Err(TestError::TooMany);
    }
    if tests.len() < limits::TESTS_PER_CONNECTION {
        return Ok(());
    }
    let oldest = tests.iter().rev().find(|(test, _)| test.begun.is_some()).ok_or(TestError::NoRoom)?;
    Ok(tx.remove_test_login(&oldest.0.id)?)
}

/// The oldest tests of a browser that holds more than it may.
fn surplus(tester: &Tester, new: &HeldTest) -> Vec<String> {
    let mut others: Vec<&HeldTest> = tester.held.iter().filter(|held| held.test_id != new.test_id).collect();
    others.sort_unstable_by(|one, other| one.secret.reveal().cmp(other.secret.reveal()));
    let surplus = (others.len() + 1).saturating_sub(limits::TESTS_PER_BROWSER);
    others.into_iter().take(surplus).map(|held| held.test_id.clone()).collect()
}
