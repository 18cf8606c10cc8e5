//! What a link leads to. Reading it uses nothing up: programs that preview links read them too.

use std::sync::Arc;

use super::{TestError, Tester};
use crate::crypto::digest;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::policy;
use crate::domain::setup_ticket::SetupTicket;
use crate::domain::test_login::TestLogin;
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// What a token leads to.
#[derive(Clone, Debug)]
pub enum Link {
    /// Its holder may begin a test of this connection.
    Open { connection: Arc<Connection>, by: Ticket },
    /// This browser has begun it.
    Begun { test_id: String },
}

/// What the token is.
#[derive(Clone, Debug)]
pub enum Ticket {
    /// A link to one test.
    Test(Box<TestLogin>),
    /// A ticket to the set-up page, which also leads to tests.
    Setup(SetupTicket),
}

/// What `token` leads to, for the connection `name`.
///
/// # Errors
/// [`TestError`].
pub async fn find_link(hub: &Hub, name: &str, token: &str, tester: &Tester) -> Result<Link, TestError> {
    let (hash, now) = (digest::sha256_base64url(token), hub.clock.now());
    let found = hub
        .store
        .read(move |tx| {
            let test = tx.find_test_login_by_token(&hash, now)?;
            Ok::<_, StoreError>(match test {
                Some(test) => Some(Ticket::Test(Box::new(test))),
                None => tx.find_setup_ticket(&hash, now)?.map(Ticket::Setup),
            })
        })
        .await?;
    let ticket = found.ok_or(TestError::LinkUnknown)?;
    let connection_id = match &ticket {
        Ticket::Test(test) => &test.connection_id,
        Ticket::Setup(ticket) => &ticket.connection_id,
    };
    let connection = hub.directory.connection(connection_id).await?;
    let connection = connection
        .filter(|one| one.name == name && one.strategy == Strategy::Oidc)
        .ok_or(TestError::LinkUnknown)?;
    if let Ticket::Test(test) = &ticket
        && !test.is_open(now)
    {
        return match tester.holds(test) {
            true => Ok(Link::Begun { test_id: test.id.clone() }),
            false if test.begun.is_some() => Err(TestError::LinkUsed),
            false => Err(TestError::LinkUnknown),
        };
    }
    policy::may_be_tested(Some(&connection))?;
    Ok(Link::Open { connection, by: ticket })
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
