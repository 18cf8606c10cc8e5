//! The standing of a grant: whether what a person granted is still good, as things stand now.
//!
//! Every use of a grant asks here: code, refresh token, UserInfo, introspection, token exchange.

use super::client::Client;
use super::clock::Timestamp;
use super::connection::Connection;
use super::grant::Grant;
use super::policy;
use super::resource_server::ResourceServer;
use super::session::Session;
use super::user::User;

/// Why a grant is good no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStanding {
    #[error("the grant no longer exists")]
    Gone,
    #[error("the grant has been revoked")]
    Revoked,
    #[error("the grant has expired")]
    Expired,
    #[error("the user no longer exists")]
    UserGone,
    #[error("the session has ended")]
    SessionEnded,
    #[error("the application no longer exists")]
    ClientGone,
    #[error("the API no longer exists, or is no longer open to the application")]
    ApiClosed,
    #[error(transparent)]
    Policy(#[from] policy::Refusal),
}

/// A grant, and whoever of those behind it still exists.
#[derive(Clone, Copy, Debug)]
pub struct Behind<'a> {
    pub grant: &'a Grant,
    pub user: Option<&'a User>,
    pub session: Option<&'a Session>,
    pub connection: Option<&'a Connection>,
    pub client: &'a Client,
    /// The API of the grant.
    pub api: Option<&'a ResourceServer>,
    pub is_administrator: bool,
}

/// Whether the grant is good: neither revoked nor expired, its person may sign in to the application, and is signed in
/// or granted `offline_access`. Ending a session explicitly revokes its grants, offline ones too.
///
/// # Errors
/// [`NoStanding`], the first reason there is.
pub fn check(behind: Behind<'_>, now: Timestamp) -> Result<(), NoStanding> {
    let Behind { grant, user, session, connection, client, api, is_administrator } = behind;
    if grant.revoked_at.is_some() {
        return Err(NoStanding::Revoked);
    }
    if now >= grant.expires_at {
        return Err(NoStanding::Expired);
    }
    let user = user.filter(|user| user.user_id == grant.user_id).ok_or(NoStanding::UserGone)?;
    let is_signed_in =
        session.is_some_and(|session| session.is_alive(now) && session.user_id == grant.user_id);
    if !is_signed_in && !grant.is_offline {
        return Err(NoStanding::SessionEnded);
    }
    if client.client_id != grant.client_id {
        return Err(NoStanding::ClientGone);
    }
    policy::may_sign_in(user, connection, client)?;
    policy::may_have_tokens_for(api, is_administrator)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::domain::client::new_client;
    use crate::domain::connection::new_connection;
    use crate::domain::grant::sample;
    use crate::domain::limits;
    use crate::domain::policy::Refusal;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn user() -> User {
        User {
            user_id: "oidc|acme|1".into(),
            profile: Map::new(),
            user_metadata: Map::new(),
            app_metadata: Map::new(),
            is_blocked: false,
            created_at: NOW,
            updated_at: NOW,
            last_login_at: None,
            last_ip: None,
            logins_count: 1,
            version: 1,
        }
    }

    fn session() -> Session {
        Session {
            provider_session: None,
            id: "s".into(),
            token_hash: "t".into(),
            user_id: "oidc|acme|1".into(),
            connection_id: "con_1".into(),
            auth_time: NOW,
            acr: None,
            amr: Vec::new(),
            created_at: NOW,
            last_active_at: NOW,
            expires_at: NOW.plus_seconds(limits::SESSION_ABSOLUTE_SECONDS),
        }
    }

    /// Each thing that can be wrong, alone and with every other.
    #[test]
    fn any_single_wrong_thing_ends_the_standing_of_a_grant() {
        let client = new_client(&map(json!({"name": "App"})), "app", NOW).unwrap();
        let mut connection =
            new_connection(&map(json!({"name": "people", "strategy": "local"})), "con_1", false, NOW)
                .unwrap();
        connection.enabled_clients = ["app".to_owned(), "another".to_owned()].into();
        let api = ResourceServer::management_api("https://hub.example/api/v2/".into(), NOW);
        for wrong in 0..512_u16 {
            let is_wrong = |bit: u16| wrong & (1 << bit) != 0;
            let (mut grant, mut user, mut session) = (sample(NOW), user(), session());
            let mut connection = connection.clone();
            let mut client = client.clone();
            grant.is_offline = !is_wrong(2);
            if is_wrong(0) {
                grant.revoked_at = Some(NOW);
            }
            if is_wrong(1) {
                grant.expires_at = NOW;
            }
            if is_wrong(2) {
                session.last_active_at = NOW.plus_seconds(-limits::SESSION_IDLE_SECONDS);
            }
            user.is_blocked = is_wrong(3);
            if is_wrong(4) {
                user.user_id = "somebody else".into();
            }
            connection.is_enabled = !is_wrong(5);
            if is_wrong(6) {
                connection.enabled_clients.clear();
            }
            if is_wrong(7) {
                client.client_id = "another".into();
            }
            let behind = Behind {
                grant: &grant,
                user: Some(&user),
                session: Some(&session),
                connection: Some(&connection),
                client: &client,
                api: Some(&api),
                is_administrator: !is_wrong(8),
            };
            assert_eq!(check(behind, NOW).is_ok(), wrong == 0, "{wrong:09b}");
            for (what, without, expected) in [
                ("user", Behind { user: None, ..behind }, NoStanding::UserGone),
                (
                    "connection",
                    Behind { connection: None, ..behind },
                    NoStanding::Policy(Refusal::ConnectionGone),
                ),
            ] {
                let outcome = check(without, NOW);
                assert!(outcome.is_err(), "{what} {wrong:08b}");
                assert!(wrong != 0 || outcome == Err(expected), "{what}: {outcome:?}");
            }
        }
    }

    #[test]
    fn an_offline_grant_outlives_its_session_and_no_other_does() {
        let client = new_client(&map(json!({"name": "App"})), "app", NOW).unwrap();
        let mut connection =
            new_connection(&map(json!({"name": "people", "strategy": "local"})), "con_1", false, NOW)
                .unwrap();
        connection.enabled_clients = ["app".to_owned()].into();
        let user = user();
        let somebody_elses = Session { user_id: "another".into(), ..session() };
        let dead = Session { expires_at: NOW, ..session() };
        for session in [None, Some(&somebody_elses), Some(&dead)] {
            for is_offline in [false, true] {
                let grant = Grant { is_offline, ..sample(NOW) };
                let behind = Behind {
                    grant: &grant,
                    user: Some(&user),
                    session,
                    connection: Some(&connection),
                    client: &client,
                    api: None,
                    is_administrator: false,
                };
                let expected = if is_offline { Ok(()) } else { Err(NoStanding::SessionEnded) };
                assert_eq!(check(behind, NOW), expected, "{session:?}");
            }
        }
    }
}
