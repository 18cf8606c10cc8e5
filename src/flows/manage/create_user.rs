//! A person with a classic account is added: e-mail and password at a connection of ours.

use serde_json::{Map, Value, json};

use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, ManageError, Resource};
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;
use crate::domain::user::{Identity, LocalAccount, User};
use crate::domain::user_parse::{NewUser, new_user};
use crate::flows::hub::Hub;
use crate::flows::password_hashing;
use crate::store::{StoreError, Tx};

/// Adds the person that `body` describes: the account that proves them, and the user they are here.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, among them a connection that has no classic accounts;
/// [`ManageError::Conflict`] if the address has an account there.
pub async fn create_user(hub: &Hub, actor: &Actor, body: &Map<String, Value>) -> Result<User, ManageError> {
    let now = hub.clock.now();
    let wanted = new_user(body).map_err(ManageError::Invalid)?;
    let connection = local_connection(hub, &wanted.connection).await?;
    let password = wanted.password.clone();
    let password_hash = password_hashing::hash(actor.origin.network(), password, &hub.random).await?;
    let person = ClassicPerson::new(hub, &connection, wanted, password_hash, now);
    let mut entry = record::change(hub, actor, "Create a user");
    entry.name(&connection);
    let made = person.user.clone();
    commit(hub, Resource::User, entry, move |tx, entry| {
        record::name(entry, Target::User(&person.user));
        person.add(tx)
    })
    .await?;
    Ok(made)
}

async fn local_connection(hub: &Hub, name: &str) -> Result<Connection, ManageError> {
    let refuse = |message: String| ManageError::invalid("connection", message);
    let found = hub.directory.connection_named(name).await?;
    let Some(connection) = found else {
        return Err(refuse(format!("is {name:?}, and there is no connection with this name")));
    };
    if connection.is_built_in() {
        return Err(refuse(
            "must be another connection: administrators are made by a set-up link, as `vestibule admins invite` prints it"
                .into(),
        ));
    }
    if connection.strategy != Strategy::Local {
        return Err(refuse(format!(
            "must be a connection with strategy local: people of {name} are made by their first sign-in"
        )));
    }
    Ok((*connection).clone())
}

/// The account that proves a person, the user they are here, and what joins the two.
#[derive(Clone)]
pub(in crate::flows) struct ClassicPerson {
    pub user: User,
    account: LocalAccount,
    identity: Identity,
}

impl ClassicPerson {
    pub fn new(
        hub: &Hub,
        connection: &Connection,
        wanted: NewUser,
        password_hash: String,
        now: Timestamp,
    ) -> Self {
        let account = LocalAccount {
            id: hub.random.alphanumeric(limits::LOCAL_ACCOUNT_ID_CHARACTERS),
            connection_id: connection.id.clone(),
            email: wanted.email.clone(),
            password_hash,
            profile: wanted.profile.clone(),
            created_at: now,
        };
        let user = user_of(connection, &account, wanted, now);
        let identity = Identity {
            connection_id: connection.id.clone(),
            issuer: hub.issuer.as_str().to_owned(),
            subject: account.id.clone(),
            user_id: user.user_id.clone(),
            profile: user.profile.clone(),
            created_at: now,
            updated_at: now,
        };
        Self { user, account, identity }
    }

    /// # Errors
    /// [`ManageError::Conflict`] if the address has an account there.
    pub fn add(&self, tx: &mut Tx<'_>) -> Result<(), ManageError> {
        let Self { user, account, identity } = self;
        if tx.find_local_account(&account.connection_id, &account.email)?.is_some() {
            return Err(address_is_taken());
        }
        tx.add_local_account(account).map_err(|error| match error {
            // Another call took it meanwhile.
            StoreError::Conflict { .. } => address_is_taken(),
            other => other.into(),
        })?;
        tx.add_user(user)?;
        tx.add_identity(identity)?;
        Ok(())
    }
}

fn user_of(connection: &Connection, account: &LocalAccount, wanted: NewUser, now: Timestamp) -> User {
    let mut profile = wanted.profile;
    profile.insert("email".into(), json!(wanted.email));
    User {
        user_id: connection.user_id_for(&account.id),
        profile,
        user_metadata: wanted.user_metadata,
        app_metadata: wanted.app_metadata,
        is_blocked: wanted.is_blocked,
        created_at: now,
        updated_at: now,
        last_login_at: None,
        last_ip: None,
        logins_count: 0,
        version: 1,
    }
}

fn address_is_taken() -> ManageError {
    ManageError::Conflict {
        resource: Resource::User,
        message: "A user with the same email already exists in this connection".into(),
    }
}
