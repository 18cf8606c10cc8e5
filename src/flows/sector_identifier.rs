//! `sector_identifier_uri`: the document there must list every redirect URI of the application (OpenID Connect Core
//! §8.1, Dynamic Client Registration §5). It is fetched when an application is saved, never at a login.

use crate::domain::client::ClientSettings;
use crate::domain::problem::Problem;
use crate::flows::hub::Hub;
use crate::upstream::PublicDocument;

const PROPERTY: &str = "sector_identifier_uri";

/// What a fetched document was found to vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSector {
    uri: String,
    callbacks: Vec<String>,
}

impl CheckedSector {
    /// What must be checked before `settings` are saved; `None` if nothing, because there is no such address, or
    /// because `before` was saved with the same.
    pub fn needed(settings: &ClientSettings, before: Option<&ClientSettings>) -> Option<Self> {
        let of = |settings: &ClientSettings| {
            let uri = settings.sector_identifier_uri.clone()?;
            Some(Self { uri, callbacks: settings.callbacks.clone() })
        };
        of(settings).filter(|needed| before.and_then(of).as_ref() != Some(needed))
    }

    /// As [`CheckedSector::check`], at the wish of somebody who registers applications by themselves: `whose` is a client
    /// id, or what stands for one, and asks for so many documents and no more.
    ///
    /// # Errors
    /// The problem with `sector_identifier_uri`.
    pub async fn check_for(&self, hub: &Hub, whose: &str) -> Result<(), Problem> {
        if !hub.client_fetches.admits(whose) {
            return Err(Problem::new(
                PROPERTY,
                "was fetched very often just now; try again in a few seconds",
            ));
        }
        self.check(hub).await
    }

    /// Fetches the document and looks for every redirect URI in it.
    ///
    /// # Errors
    /// The problem with `sector_identifier_uri`.
    pub async fn check(&self, hub: &Hub) -> Result<(), Problem> {
        let fetched = hub.upstream.fetch_public(PublicDocument::SectorIdentifier, &self.uri).await;
        let document = fetched
            .map_err(|error| Problem::new(PROPERTY, format!("cannot be read ({error}). {}", error.advice)))?;
        let listed: Vec<String> = serde_json::from_slice(&document.body).map_err(|_| {
            Problem::new(
                PROPERTY,
                "leads to something that is not a JSON list of redirect URIs; publish one there",
            )
        })?;
        match self.callbacks.iter().find(|callback| !listed.contains(callback)) {
            None => Ok(()),
            Some(missing) => {
                Err(Problem::new(PROPERTY, format!("does not list the redirect URI {missing}; add it there")))
            }
        }
    }
}
