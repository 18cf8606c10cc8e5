//! The person presses the button: the link is used up, the test belongs to this browser, and the trip begins.

use super::open_link::{Link, Right, find_link};
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
    token: Option<&str>,
    tester: &Tester,
) -> Result<TestOutcome, TestError> {
    let (connection, right) = match find_link(hub, name, token, tester).await? {
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
        test_id: match &right {
            Right::Link(test) => test.id.clone(),
            Right::Pages(_) => new_test_id(hub),
        },
        secret: Secret::new(format!("{:010x}{}", now.seconds(), hub.random.token())),
    };
    let begun = Begun { at: now, holder_hash: digest::sha256_base64url(held.secret.reveal()) };
    let entry = conclude::entry(hub, LogType::TestLoginBegun, "a test login begins", &tester.browser, now);
    let new = TestLogin {
        id: held.test_id.clone(),
        connection_id: connection.id.clone(),
        token_hash: digest::sha256_base64url(&hub.random.token()),
        made_by: match &right {
            Right::Link(test) => test.made_by.clone(),
            Right::Pages(maker) => maker.clone(),
        },
        created_at: now,
        good_until: now,
        begun: Some(begun.clone()),
        finished_at: None,
        expires_at: now.plus_seconds(limits::TEST_REPORT_SECONDS),
    };
    let mut entry = conclude::about(entry, &connection, &held.test_id);
    entry.details.insert("made_by".into(), new.made_by.to_text().into());
    let for_log = entry.clone();
    hub.store.write(move |tx| take(tx, &right, &begun, &new, entry.clone())).await?;
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

/// Uses the link up, or adds a `new` test that none leads to.
fn take(
    tx: &mut Tx<'_>,
    right: &Right,
    begun: &Begun,
    new: &TestLogin,
    entry: LogEntry,
) -> Result<(), TestError> {
    match right {
        Right::Link(test) if !tx.begin_test_login(&test.id, begun, new.expires_at)? => {
            return Err(TestError::LinkUsed);
        }
        Right::Link(_) => {}
        Right::Pages(maker) => {
            make_room(tx, &new.connection_id, Some(maker), begun.at)?;
            tx.add_test_login(new)?;
        }
    }
    tx.add_log_entries(&[entry])?;
    Ok(())
}

/// Lets go the oldest test that has begun, if a connection has as many as it may. Who came by the connection's pages has
/// a limit of their own, or they could drive out everybody else's reports.
pub(in crate::flows) fn make_room(
    tx: &mut Tx<'_>,
    connection_id: &str,
    by_pages: Option<&Maker>,
    now: Timestamp,
) -> Result<(), TestError> {
    let tests = tx.test_logins_of(connection_id, now)?;
    let an_hour_ago = now.plus_seconds(-3600);
    let of_maker =
        tests.iter().filter(|(test, _)| Some(&test.made_by) == by_pages && test.created_at > an_hour_ago);
    if of_maker.count() >= limits::TESTS_PER_MAKER_AND_HOUR {
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
