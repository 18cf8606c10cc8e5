//! Mail leaves the hub: through a mail server, or into a folder.

mod outbox;
mod smtp;

use std::fmt;
use std::time::Duration;

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};

use self::outbox::Outbox;
use self::smtp::Smtp;
use crate::domain::limits;
use crate::domain::mail_settings::{MailSettings, MailWay, Sender};
use crate::domain::provider_text::printable;

/// One mail, plain text.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Names it (`Message-ID`): letters, digits, `.`, `-` and `_`. Sent twice, it is the same mail.
    pub id: String,
    /// The address alone.
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The language tag of its text.
    pub language: &'static str,
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server will not take it, whenever it is asked, or it cannot be written at all.
    #[error("{0}")]
    Refused(String),
    /// Another time it may.
    #[error("{0}")]
    NotNow(String),
}

/// Sends mail.
pub struct Mailer {
    from: Sender,
    way: Way,
}

enum Way {
    Outbox(Outbox),
    Smtp(Smtp),
}

impl Mailer {
    /// # Errors
    /// Settings that the mail library does not take, in words for the terminal.
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        let way = match &settings.way {
            MailWay::Outbox(folder) => Way::Outbox(Outbox::new(folder.clone())),
            MailWay::Smtp(server) => Way::Smtp(Smtp::new(server)?),
        };
        Ok(Self { from: settings.from.clone(), way })
    }

    /// # Errors
    /// [`MailError`]; its words may quote the server, and hold no secret.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Outbox(outbox) => outbox.write(&mail.id, message.formatted()).await,
            Way::Smtp(smtp) => {
                let time = Duration::from_secs(limits::MAIL_TIMEOUT_SECONDS);
                tokio::time::timeout(time, smtp.send(message)).await.unwrap_or_else(|_| {
                    let words = format!(
                        "the mail server {smtp} was not done within {} seconds",
                        limits::MAIL_TIMEOUT_SECONDS
                    );
                    Err(MailError::NotNow(words))
                })
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let refused = |what: &str, error: &dyn fmt::Display| MailError::Refused(format!("{what}: {error}"));
        let to = mail.to.parse().map_err(|error| refused("the address of the recipient", &error))?;
        let from = self.from.address.parse().map_err(|error| refused("the address of the sender", &error))?;
        let domain = self.from.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        Message::builder()
            .from(Mailbox::new(self.from.name.clone(), from))
            .to(Mailbox::new(None, to))
            .subject(one_line(&mail.subject))
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .header(AutoSubmitted)
            .header(ContentLanguage(mail.language))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| refused("the mail cannot be written", &error))
    }
}

/// How it goes, for the log.
impl fmt::Display for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Outbox(outbox) => write!(f, "the folder {outbox}"),
            Way::Smtp(smtp) => write!(f, "the mail server {smtp}"),
        }
    }
}

/// A subject is one line, whatever a name in it holds.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What a server said, or a library about it: printable and short.
fn words_of(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        source = error.source();
    }
    printable(&words.chars().take(limits::MAIL_SERVER_WORDS_CHARACTERS).collect::<String>(), &[])
}

/// No person wrote it, so no machine should answer (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// The language of the text (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(&'static str);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("it is written here, and read by others".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(subject: &str, text: &str) -> String {
        let from = Sender { name: Some("Hub, the".into()), address: "hub@hub.example".into() };
        let mailer = Mailer { from, way: Way::Outbox(Outbox::new("/nonexistent".into())) };
        let mail = Mail {
            id: "1.a-b_c".into(),
            to: "ada@acme.example".into(),
            subject: subject.into(),
            text: text.into(),
            language: "fr",
        };
        String::from_utf8(mailer.message(&mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_name_in_a_subject_cannot_add_a_header_or_end_the_head() {
        for hostile in
            ["Acme\r\nBcc: eve@x.example", "Acme\nBcc: eve@x.example", "Acme\r\n\r\nBcc: eve@x.example"]
        {
            let mail = written(hostile, "text");
            let (head, body) = mail.split_once("\r\n\r\n").unwrap();
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{mail}");
            assert_eq!(body.trim_end(), "text");
        }
    }

    #[test]
    fn a_mail_says_who_wrote_it_in_which_language_and_that_no_person_did() {
        let mail = written("Bonjour", "Voilà.");
        for header in [
            // In an encoded word a comma separates nothing (RFC 2047 §5).
            "From: =?utf-8?b?SHViLCB0aGU=?= <hub@hub.example>\r\n",
            "To: ada@acme.example\r\n",
            "Message-ID: <1.a-b_c@hub.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Language: fr\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(mail.contains(header), "{header} in {mail}");
        }
        assert!(mail.contains("\r\nDate: "), "{mail}");
    }

    #[test]
    fn what_a_server_says_is_kept_short_and_printable() {
        let error = std::io::Error::other(format!("no\r\n{}", "x".repeat(1_000)));
        let words = words_of(&error);
        assert!(words.starts_with("no??x") && words.len() <= limits::MAIL_SERVER_WORDS_CHARACTERS, "{words}");
    }
}
