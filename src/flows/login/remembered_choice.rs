//! The connection that a person wants this browser to offer again, in a sealed cookie.

use serde::{Deserialize, Serialize};

use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;
use crate::domain::login::{Login, Progress};
use crate::flows::hub::Hub;

use super::browser::{Browser, ChoiceChange};

#[derive(Serialize, Deserialize)]
struct Choice {
    connection_id: String,
    expires_at: Timestamp,
}

/// The id of the remembered connection, unless `login` has gone past it: the person typed something, was at a
/// provider already, or asked for another way.
pub(super) fn of(hub: &Hub, login: &Login, browser: &Browser, now: Timestamp) -> Option<String> {
    let is_new = login.progress == Progress::Accepted && login.typed_email.is_none();
    let sealed = browser.remembered_choice.as_ref().filter(|_| is_new && !login.wants_other_way)?;
    let plain = hub.sealer.open(Purpose::RememberedChoice, b"", sealed).ok()?;
    let choice: Choice = serde_json::from_slice(&plain).ok()?;
    (now < choice.expires_at).then_some(choice.connection_id)
}

/// Who signed in has confirmed the choice, if they asked to remember it; who chose another way, and did not, wants
/// the former one forgotten. Classic accounts begin with an address, which is not remembered.
pub(super) fn after_sign_in(
    hub: &Hub,
    login: &Login,
    connection: &Connection,
    browser: &Browser,
    now: Timestamp,
) -> Option<ChoiceChange> {
    if login.remembers_choice && connection.strategy == Strategy::Oidc {
        let expires_at = now.plus_seconds(limits::REMEMBERED_CHOICE_SECONDS);
        let plain = serde_json::to_vec(&Choice { connection_id: connection.id.clone(), expires_at }).ok()?;
        let sealed = hub.sealer.seal(Purpose::RememberedChoice, b"", &plain, &hub.random);
        return Some(ChoiceChange::Remember(sealed));
    }
    (login.wants_other_way && browser.remembered_choice.is_some()).then_some(ChoiceChange::Forget)
}
