//! What is known of a login and of who is signed in, gathered for the one function that says what comes next.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::clock::Timestamp;
use crate::domain::login::Login;
use crate::domain::next_step::{Circumstances, KnownSession, Routing, Step, next_step};
use crate::domain::policy::{self, Refusal};
use crate::domain::user::User;
use crate::flows::hub::Hub;

use super::LoginError;
use super::consent::{by_request, is_consent_needed};
use super::continue_login::SignedIn;

/// The next step of `login` if `signed_in` is who is signed in.
pub(super) async fn find_step(
    hub: &Hub,
    client: &Arc<Client>,
    login: &Login,
    signed_in: Option<&SignedIn>,
    routing: &Routing,
    now: Timestamp,
) -> Result<Step, LoginError> {
    let mut seen = Circumstances {
        session: None,
        routing,
        is_response_allowed: login.may_be_answered(client),
        is_consent_needed: false,
        now,
    };
    let Some(SignedIn { session, user, connection }) = signed_in else { return Ok(next_step(login, &seen)) };
    seen.is_consent_needed = is_consent_still_needed(hub, client, login, user).await?;
    let api = may_reach_api(hub, client, login, user).await?;
    let subject = hub.subject_of(client, &user.user_id);
    let known = KnownSession::of(session, (user, &subject), connection.as_deref(), login, client, api);
    seen.session = Some(known);
    Ok(next_step(login, &seen))
}

/// Whether the person may have tokens for the API that this login asks for.
async fn may_reach_api(
    hub: &Hub,
    client: &Client,
    login: &Login,
    user: &User,
) -> Result<Result<(), Refusal>, LoginError> {
    let access = hub.directory.access_of_person(client, login.request.audience.as_deref()).await?;
    let Some(access) = access.filter(|access| access.api.is_system) else { return Ok(Ok(())) };
    let user_id = user.user_id.clone();
    let is_administrator = hub.store.read(move |tx| tx.is_administrator(&user_id)).await?;
    Ok(policy::may_have_tokens_for(Some(&access.api), is_administrator))
}

async fn is_consent_still_needed(
    hub: &Hub,
    client: &Arc<Client>,
    login: &Login,
    user: &User,
) -> Result<bool, LoginError> {
    let api = match &login.request.audience {
        Some(audience) => hub.directory.api(audience).await?,
        None => None,
    };
    if let Some(is_needed) = by_request(client, api.as_deref(), login) {
        return Ok(is_needed);
    }
    let (client, login, user) = (Arc::clone(client), login.clone(), user.clone());
    Ok(hub.store.read(move |tx| is_consent_needed(tx, &client, api.as_deref(), &login, &user)).await?)
}
