//! The browser is sent to the company's own provider.

use std::sync::Arc;

use crate::domain::client::Client;
use crate::domain::connection::{Connection, resolved_upstream_params};
use crate::domain::limits;
use crate::domain::login::Login;
use crate::flows::hub::Hub;
use crate::flows::provider_trip::{TripError, depart};
use crate::upstream::Departure;

use super::LoginError;
use super::browser::{Browser, Outcome, View, keep, seal_login};
use super::refuse::{Parties, refuse_upstream};

/// Sends the browser to `connection`'s provider; the login remembers what must come back.
pub(super) async fn send_to_provider(
    hub: &Hub,
    login: Login,
    client: &Client,
    connection: &Arc<Connection>,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let now = hub.clock.now();
    let acr_values = login.request.wanted_acr_values();
    let further = resolved_upstream_params(&connection.options.upstream_params, &login.request);
    let wishes = Departure {
        login_hint: login.typed_email.as_deref().or(login.request.login_hint.as_deref()),
        prompt: prompt_for_provider(&login),
        max_age: max_age_for_provider(&login, client),
        ui_locales: login.request.ui_locales.as_deref(),
        acr_values: acr_values.as_deref(),
        domain_hint: login.request.domain_hint.as_deref(),
        connection_scope: login.request.connection_scope.as_deref(),
        further: &further,
        ..Departure::default()
    };
    let network = browser.origin.network();
    let departed = depart(hub, &hub.upstream, connection, &login.id, wishes, network, now).await;
    let (url, at_provider) = match departed {
        Ok(departed) => departed,
        Err(TripError::Store(error)) => return Err(error.into()),
        Err(TripError::Upstream(failure)) => {
            let parties = Parties { client, connection: Some(connection) };
            return refuse_upstream(hub, &login, parties, &failure, browser, now);
        }
    };
    let login = login.depart(connection, client, at_provider)?;
    let sealed = seal_login(hub, &login, browser).await?;
    Ok(Outcome { view: View::Depart(url), cookies: keep(browser, sealed) })
}

/// The provider has a session of its own: who must prove themselves here must do so there.
fn prompt_for_provider(login: &Login) -> Option<&'static str> {
    let prompt = login.request.prompt;
    if prompt.login {
        Some("login")
    } else if prompt.select_account || login.wants_other_account {
        Some("select_account")
    } else {
        None
    }
}

/// An application that needs to know when the person authenticated gets no guess of ours: a provider answers any
/// `max_age` with `auth_time` (OpenID Connect Core §3.1.2.1), so it is asked for one that nobody exceeds.
pub(super) fn max_age_for_provider(login: &Login, client: &Client) -> Option<i64> {
    let any_age = client.settings.require_auth_time.then_some(limits::ANY_AUTHENTICATION_SECONDS);
    login.request.max_age.or(any_age)
}
