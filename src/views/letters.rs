//! Mail to administrators as text: `templates/letters/`.

use serde::Serialize;

use super::pages::{CheckLine, Moment};
use super::{Edition, ViewError, Views};
use crate::domain::clock::Timestamp;
use crate::domain::issuer::Issuer;
use crate::domain::letter::{About, Letter};
use crate::domain::locale::Locale;

const SUBJECT: &str = "letters/subject";
const TEXT: &str = "letters/text";

/// A mail, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenMail {
    pub subject: String,
    pub text: String,
}

/// What the templates see.
#[derive(Serialize)]
struct Content<'a> {
    issuer: &'a str,
    letters: Vec<Line>,
    count: usize,
    several: bool,
}

#[derive(Serialize)]
struct Line {
    /// Its texts are `letters.<kind>.subject` and `.text`.
    kind: &'static str,
    connection: String,
    day: String,
    time: String,
    host: Option<String>,
    client_id: Option<String>,
    wrong: Vec<CheckLine>,
    link: String,
}

impl Line {
    fn of(letter: &Letter, issuer: &Issuer) -> Self {
        let About { name, display_name } = letter.about();
        let moment = |at: Timestamp| {
            let Moment { day, time } = Moment::of(at);
            (day, time)
        };
        let (day, time) = match letter {
            Letter::Broken { since, .. } => moment(*since),
            Letter::WorksAgain { at, .. }
            | Letter::SecretExpires { at, .. }
            | Letter::CertificateExpires { at, .. } => moment(*at),
        };
        Self {
            kind: letter.kind(),
            connection: display_name.clone(),
            day,
            time,
            host: match letter {
                Letter::CertificateExpires { host, .. } => Some(host.clone()),
                _ => None,
            },
            client_id: match letter {
                Letter::SecretExpires { client_id, .. } => Some(client_id.clone()),
                _ => None,
            },
            wrong: match letter {
                Letter::Broken { findings, .. } => findings.iter().map(CheckLine::of).collect(),
                _ => Vec::new(),
            },
            link: issuer.join(&format!("connections/{name}/checks")),
        }
    }
}

impl Views {
    /// One mail with `letters`, which are all for the same person.
    ///
    /// # Errors
    /// A text or value the template asks for and does not get.
    pub fn mail(
        &self,
        letters: &[Letter],
        locale: Locale,
        issuer: &Issuer,
    ) -> Result<WrittenMail, ViewError> {
        self.edition(locale).mail(letters, issuer)
    }
}

impl Edition {
    pub(super) fn mail(&self, letters: &[Letter], issuer: &Issuer) -> Result<WrittenMail, ViewError> {
        let content = Content {
            issuer: issuer.as_str(),
            letters: letters.iter().map(|letter| Line::of(letter, issuer)).collect(),
            count: letters.len(),
            several: letters.len() > 1,
        };
        let write = |template: &'static str| {
            let written = self.letters.render(template, &content);
            written.map_err(|source| ViewError::Render { template, source: Box::new(source) })
        };
        Ok(WrittenMail { subject: write(SUBJECT)?.trim().to_owned(), text: write(TEXT)? })
    }
}
