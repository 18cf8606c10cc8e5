//! What a link leads to. Reading it uses nothing up: programs that preview links read them too.

use std::sync::Arc;

use super::{TestError, Tester};
use crate::crypto::digest;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::policy;
use crate::domain::test_login::{Maker, TestLogin};
use crate::flows::connection_access::{AccessBy, connection_access};
use crate::flows::guesses::Guessed;
use crate::flows::hub::Hub;
use crate::flows::login::LoginError;

/// What a token leads to.
#[derive(Clone, Debug)]
pub enum Link {
    /// Its holder may begin a test of this connection.
    Open { connection: Arc<Connection>, by: Right },
    /// This browser has begun it.
    Begun { test_id: String },
}

/// By what right a test may begin.
#[derive(Clone, Debug)]
pub enum Right {
    /// A link to this test.
    Link(Box<TestLogin>),
    /// The connection's pages are open, and lead to tests too.
    Pages(Maker),
}

/// What `token` leads to, for the connection `name`: a test, or as many as need be where it opens the connection's
/// pages. An administrator who is signed in needs none.
///
/// # Errors
/// [`TestError`].
pub async fn find_link(
    hub: &Hub,
    name: &str,
    token: Option<&str>,
    tester: &Tester,
) -> Result<Link, TestError> {
    let now = hub.clock.now();
    let test = match token {
        Some(token) => {
            // A wrong one is counted below, as the ticket that it may be instead.
            hub.guesses.admit(Guessed::Ticket, &tester.browser.origin)?.is_none();
            let hash = digest::sha256_base64url(token);
            hub.store.read(move |tx| tx.find_test_login_by_token(&hash, now)).await?
        }
        None => None,
    };
    let (connection, right) = match test {
        Some(test) => {
            let connection = hub.directory.connection(&test.connection_id).await?;
            let connection = connection.filter(|one| one.name == name && one.strategy == Strategy::Oidc);
            (connection.ok_or(TestError::LinkUnknown)?, Right::Link(Box::new(test)))
        }
        None => {
            let access = connection_access(hub, name, token, &tester.browser).await.map_err(store_error)?;
            let (connection, by) = access.ok_or(TestError::LinkUnknown)?;
            let maker = match by {
                AccessBy::Ticket { id, .. } => Maker::SetupTicket(id),
                AccessBy::Administrator(user) => Maker::Administrator(user.user_id),
            };
            (connection, Right::Pages(maker))
        }
    };
    if let Right::Link(test) = &right
        && !test.is_open(now)
    {
        return match tester.holds(test) {
            true => Ok(Link::Begun { test_id: test.id.clone() }),
            false if test.begun.is_some() => Err(TestError::LinkUsed),
            false => Err(TestError::LinkUnknown),
        };
    }
    policy::may_be_tested(Some(&connection))?;
    Ok(Link::Open { connection, by: right })
}

/// Asking whose the browser is fails by the store alone.
pub(super) fn store_error(error: LoginError) -> TestError {
    match error {
        LoginError::Store(error) => TestError::Store(error),
        LoginError::TooMany(error) => TestError::TooManyGuesses(error),
        _ => TestError::Internal("it cannot be told who is signed in"),
    }
}

impl Tester {
    /// Whether this is the browser that began `test`.
    pub(super) fn holds(&self, test: &TestLogin) -> bool {
        let held = self.held.iter().find(|held| held.test_id == test.id);
        held.zip(test.begun.as_ref()).is_some_and(|(held, begun)| {
            let hash = digest::sha256_base64url(held.secret.reveal());
            digest::secrets_match(hash.as_bytes(), begun.holder_hash.as_bytes())
        })
    }
}
