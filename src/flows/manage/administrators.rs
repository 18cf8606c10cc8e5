//! Who manages the hub is decided where the hub runs (`vestibule admins`), and by no scope of the Management API: no call
//! keeps an administrator out, and so none can keep all of them out.

use super::ManageError;
use crate::domain::connection::Connection;
use crate::domain::user::User;
use crate::store::Tx;

/// # Errors
/// [`ManageError::NotSupported`] if `user`, who is to be blocked, unblocked or removed, is an administrator.
pub(super) fn refuse_administrator(tx: &mut Tx<'_>, user: &User) -> Result<(), ManageError> {
    if tx.is_administrator(&user.user_id)? {
        return Err(ManageError::NotSupported(
            "This user manages the hub, and can be neither blocked, unblocked nor removed by the API: take the management \
             from them first, by `vestibule admins remove` where the hub runs",
        ));
    }
    Ok(())
}

/// # Errors
/// [`ManageError::NotSupported`] if an administrator signs in through `connection`, which is to be removed or disabled.
pub(super) fn refuse_way_in_of_administrators(
    tx: &mut Tx<'_>,
    connection: &Connection,
) -> Result<(), ManageError> {
    for one in tx.list_administrators()? {
        let identities = tx.identities_of(&one.user.user_id)?;
        if identities.iter().any(|identity| identity.connection_id == connection.id) {
            return Err(ManageError::NotSupported(
                "An administrator of the hub signs in through this connection: take the management from them first, by \
                 `vestibule admins remove` where the hub runs",
            ));
        }
    }
    Ok(())
}
