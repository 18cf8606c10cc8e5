//! What the provider of a connection that is about to be saved says to its settings. It is asked before the transaction,
//! and only where its answer could change anything.

use std::time::Duration;

use serde_json::{Map, Value};

use super::ManageError;
use super::edit_connection::adopted_document;
use crate::domain::connection::{
    Connection, OidcOptions, Strategy, Surroundings, changed_connection, is_promise_worth_asking,
    leaves_redirect_uri_open, settle_redirect_uri,
};
use crate::domain::diagnosis::{self, Evidence};
use crate::domain::limits;
use crate::domain::provider_metadata::{names_issuer_in_answers, source_of};
use crate::flows::hub::Hub;
use crate::store::{StoreError, Tx};

/// How long saving waits for a promise.
const PATIENCE: Duration = Duration::from_millis(limits::PROMISE_LOOK_UP_MILLIS);

/// Nothing, where it was not asked or did not answer.
#[derive(Default)]
pub(super) struct ProviderSays {
    evidence: Option<Evidence>,
    /// By [`source_of`] the options, that it promises to name itself in every answer.
    promised_by: Option<String>,
}

impl ProviderSays {
    /// Asks as far as `body`, which makes the connection `after` of the one `before`, gives reason to.
    ///
    /// # Errors
    /// [`ManageError::Store`]; a provider that does not answer is none.
    pub(super) async fn of(
        hub: &Hub,
        body: &Map<String, Value>,
        before: Option<&Connection>,
        after: &Connection,
    ) -> Result<Self, ManageError> {
        if after.strategy == Strategy::Local {
            return Ok(Self::default());
        }
        let (was, is) = (before.map(|before| &before.options), &after.options);
        let is_open = leaves_redirect_uri_open(body, was, is);
        let wants_promise = is_promise_worth_asking(is_open, was, is);
        // What was saved before, and a provider that has changed since, are no reason to refuse another change.
        let may_contradict =
            diagnosis::are_worth_asking(is) && was.is_none_or(|was| entered(was) != entered(is));
        let adopted = match before {
            Some(_) if wants_promise => hub.directory.adopted_metadata(after).await?,
            _ => None,
        };
        let look_up = hub.upstream.look_up(is, &hub.clock);
        let evidence = match (may_contradict, wants_promise && adopted.is_none()) {
            (true, _) => look_up.await,
            // Without the promise the connection has a redirect URI of its own, which is never wrong.
            (false, true) => tokio::time::timeout(PATIENCE, look_up).await.ok().flatten(),
            (false, false) => None,
        };
        let document = match &adopted {
            Some(adopted) => Some(&adopted.metadata.document),
            None => evidence.as_ref().and_then(Evidence::document),
        };
        let is_promised = wants_promise && document.is_some_and(names_issuer_in_answers);
        Ok(Self {
            promised_by: is_promised.then(|| source_of(is)),
            evidence: evidence.filter(|_| may_contradict),
        })
    }

    /// The same of a change, with the connection as it would be; without one, where there is none or the transaction will
    /// refuse the change.
    ///
    /// # Errors
    /// [`ManageError::Store`].
    pub(super) async fn to_change(
        hub: &Hub,
        id: &str,
        patch: &Map<String, Value>,
    ) -> Result<(Self, Option<Connection>), ManageError> {
        let (wanted, now) = (id.to_owned(), hub.clock.now());
        let read = move |tx: &mut Tx<'_>| match tx.find_connection(&wanted)? {
            Some(current) => Ok(Some((adopted_document(tx, &current)?, current))),
            None => Ok::<_, StoreError>(None),
        };
        let Some((adopted, current)) = hub.store.read(read).await? else {
            return Ok((Self::default(), None));
        };
        let allows_http = hub.upstream.allows_plain_http();
        match changed_connection(&current, patch, adopted.as_ref(), allows_http, now) {
            Ok(after) => Ok((Self::of(hub, patch, Some(&current), &after).await?, Some(after))),
            Err(_) => Ok((Self::default(), None)),
        }
    }

    /// That of a provider which promises to name itself in its answers, to what is only tried.
    pub(super) fn promising(connection: &Connection) -> Self {
        Self { evidence: None, promised_by: Some(source_of(&connection.options)) }
    }

    /// # Errors
    /// [`ManageError::Invalid`] with everything in `options` that its metadata contradict.
    pub(super) fn refuse_contradictions(&self, options: &OidcOptions) -> Result<(), ManageError> {
        let found = self.evidence.as_ref().map(|evidence| diagnosis::contradictions(options, evidence));
        let problems = found.unwrap_or_default();
        if problems.is_empty() { Ok(()) } else { Err(ManageError::Invalid(problems)) }
    }

    /// Decides what `body` leaves open of the redirect URI of `after`.
    pub(super) fn settle(
        &self,
        shares_callback: bool,
        body: &Map<String, Value>,
        before: Option<&Connection>,
        after: &mut Connection,
    ) {
        if after.strategy == Strategy::Local {
            return;
        }
        let is_open = leaves_redirect_uri_open(body, before.map(|before| &before.options), &after.options);
        let known = Surroundings {
            is_shared_by_default: shares_callback,
            // Somebody else may have pointed the connection elsewhere meanwhile.
            names_issuer_in_answers: self.promised_by.as_ref() == Some(&source_of(&after.options)),
        };
        settle_redirect_uri(&mut after.options, is_open, known);
    }
}

/// The settings that a provider's metadata can contradict.
fn entered(options: &OidcOptions) -> impl PartialEq {
    let OidcOptions { channel, discovery_url, issuer, connection_settings, .. } = options;
    (*channel, discovery_url.clone(), issuer.clone(), connection_settings.pkce)
}
