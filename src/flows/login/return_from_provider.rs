//! The browser comes back from the provider: the answer is bound to the login that asked, then verified.

use crate::domain::audit::LogType;
use crate::domain::login::{Login, Progress};
use crate::flows::hub::Hub;
use crate::flows::provider_trip::{Returned, TripError, arrive, trip_of};
use crate::protocol::error::{ErrorCode, OAuthError};

use super::browser::{Browser, Outcome, open_login};
use super::continue_login::continue_login;
use super::refuse::{Parties, refuse, refuse_upstream};
use super::send_to_provider::max_age_for_provider;
use super::sign_in::sign_in;
use super::{LoginError, record};

/// Takes the provider's answer.
///
/// # Errors
/// [`LoginError`] when the answer does not belong to a login of this browser; everything later is an
/// answer to the application.
pub async fn return_from_provider(
    hub: &Hub,
    returned: Returned<'_>,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let (login_id, secret) = trip_of(&returned.answer).ok_or(LoginError::NoState)?;
    let login = open_login(hub, browser, login_id, now).await?;
    if matches!(login.progress, Progress::Proven(_)) {
        // The person went back to the provider and came once more: the question still stands, and nothing is redeemed.
        return continue_login(hub, login, browser).await;
    }
    let Progress::AtProvider(expected) = &login.progress else { return Err(LoginError::WrongState) };
    expected.expects(secret, returned.path)?;
    let expected = expected.clone();
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let connection = hub.directory.connection(&expected.connection_id).await?;
    let parties = Parties { client: &client, connection: connection.as_deref() };
    let checked = login.admits(connection.as_deref(), &client).map(drop);
    let (Some(connection), Ok(())) = (connection.clone(), checked) else {
        let words = checked.err().map_or_else(String::new, |refusal| refusal.to_string());
        let error = OAuthError::new(ErrorCode::AccessDenied, words);
        return refuse(hub, &login, parties, &error, browser, now);
    };
    if connection.fingerprint() != expected.fingerprint {
        let text = "the connection's settings changed during the login, which starts again";
        let entry = record::failure(hub, browser, LogType::LoginWarning, now, text);
        hub.journal.note(record::with_parties(entry, &client, Some(&connection), None));
        let again = Login { progress: Progress::Accepted, ..login };
        return continue_login(hub, again, browser).await;
    }
    let (max_age, network) = (max_age_for_provider(&login, &client), browser.origin.network());
    let arrival = arrive(hub, &hub.upstream, &connection, &expected, max_age, network, returned).await;
    match arrival {
        Ok(arrival) => sign_in(hub, login, client, connection, arrival, browser).await,
        Err(TripError::Store(error)) => Err(error.into()),
        Err(TripError::Upstream(failure)) => refuse_upstream(hub, &login, parties, &failure, browser, now),
    }
}
