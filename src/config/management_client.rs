//! `VESTIBULE_MANAGEMENT_CLIENT_ID` and its secret: the application that manages the hub from the first start.

use std::path::Path;

use zeroize::Zeroizing;

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::limits;
use crate::domain::secret::Secret;

/// A machine-to-machine application with every Management API scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagementClient {
    pub client_id: String,
    pub client_secret: Secret,
}

impl ManagementClient {
    pub(super) fn read(values: &Values) -> Result<Option<Self>, Problems> {
        let mut problems = Problems::default();
        let id = values.text(&settings::MANAGEMENT_CLIENT_ID);
        let client_id = problems.keep(id.map(client_id).transpose());
        let client_secret = problems.keep(client_secret(values));
        if id.is_none() && client_secret.is_none() {
            problems.0.push(id_is_missing());
        }
        match (client_id, client_secret) {
            (Some(Some(client_id)), Some(Some(client_secret))) => Ok(Some(Self { client_id, client_secret })),
            (Some(None), Some(None)) => Ok(None),
            (Some(None), Some(Some(_))) => Err(id_is_missing().into()),
            (Some(Some(_)), Some(None)) => Err(Problem::new(
                &settings::MANAGEMENT_CLIENT_SECRET,
                "it is not set although the client id is",
                "set both or neither",
            )
            .into()),
            (None, _) | (_, None) => Err(problems),
        }
    }
}

fn id_is_missing() -> Problem {
    Problem::new(&settings::MANAGEMENT_CLIENT_ID, "its secret is set and it is not", "set both or neither")
}

/// A client identifier: visible ASCII (RFC 6749 appendix A.1), here without spaces.
fn client_id(text: &str) -> Result<String, Problems> {
    if text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    let what = format!("{text:?} holds a space or a character beyond ASCII");
    Err(Problem::new(&settings::MANAGEMENT_CLIENT_ID, what, "use letters, digits, - and _").into())
}

/// A client secret: visible ASCII (RFC 6749 appendix A.2), here without spaces.
fn client_secret(values: &Values) -> Result<Option<Secret>, Problems> {
    let (direct, file) = (&settings::MANAGEMENT_CLIENT_SECRET, &settings::MANAGEMENT_CLIENT_SECRET_FILE);
    let (setting, text) = match (values.text(direct), values.text(file)) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(
                Problem::new(file, format!("{} is set too", direct.name), "keep one of the two").into()
            );
        }
        (Some(text), None) => (direct, Zeroizing::new(text.to_owned())),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(Path::new(path)).map_err(|error| {
                Problem::new(file, format!("{path}: {error}"), "name a file that the hub can read")
            })?;
            (file, Zeroizing::new(text))
        }
    };
    let secret = text.trim();
    if secret.is_empty() || !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Problem::new(
            setting,
            "the secret is empty or holds a space or a character beyond ASCII",
            "use a long random one, for instance the output of openssl rand -hex 32",
        )
        .into());
    }
    let length = secret.len();
    if length < limits::MANAGEMENT_SECRET_CHARACTERS {
        let least = limits::MANAGEMENT_SECRET_CHARACTERS;
        return Err(Problem::new(
            setting,
            format!(
                "the secret has {length} characters, and at least {least} are needed: it opens the whole hub"
            ),
            "use a random one, for instance the output of openssl rand -hex 32",
        )
        .into());
    }
    Ok(Some(Secret::new(secret)))
}
