//! `VESTIBULE_SMTP_URL` and `VESTIBULE_MAIL_FROM`: how mail leaves the hub, and whom it comes from.

use std::net::IpAddr;
use std::path::Path;

use percent_encoding::percent_decode_str;
use url::Url;

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::home_realm::EmailDomain;
use crate::domain::limits;
use crate::domain::mail_settings::{Encryption, MailSettings, MailWay, Sender, SmtpAccount, SmtpServer};
use crate::domain::secret::Secret;

const OUTBOX: &str = "outbox";
const SMTPS_PORT: u16 = 465;
const SUBMISSION_PORT: u16 = 587;
const RELAY_PORT: u16 = 25;

/// `host` is the hub's own name, `extra_ca_pem` what it trusts beside the system's authorities.
pub(super) fn read(
    values: &Values,
    data_dir: &Path,
    host: &str,
    extra_ca_pem: Option<&[u8]>,
) -> Result<MailSettings, Problems> {
    let mut problems = Problems::default();
    let from = problems.keep(values.text(&settings::MAIL_FROM).map(sender).transpose());
    let server = problems.keep(values.text(&settings::SMTP_URL).map(server).transpose());
    let (Some(from), Some(server)) = (from, server) else { return Err(problems) };
    Ok(match (server, from) {
        (Some(server), Some(from)) => {
            let server = SmtpServer { extra_ca_pem: extra_ca_pem.map(<[u8]>::to_vec), ..server };
            MailSettings { from, way: MailWay::Smtp(server) }
        }
        (Some(_), None) => {
            let what =
                format!("{} is set, and nobody is named whom mail comes from", settings::SMTP_URL.name);
            let fix =
                format!("name an address that the server sends for, like {}", settings::MAIL_FROM.example);
            return Err(Problem::new(&settings::MAIL_FROM, what, fix).into());
        }
        (None, from) => {
            let nobody = || Sender { name: Some("Vestibule".into()), address: format!("vestibule@{host}") };
            MailSettings { from: from.unwrap_or_else(nobody), way: MailWay::Outbox(data_dir.join(OUTBOX)) }
        }
    })
}

/// `Name <address>`, or an address alone.
fn sender(text: &str) -> Result<Sender, Problems> {
    let refused = |what: String| {
        let fix = format!("write it like {}", settings::MAIL_FROM.example);
        Err(Problem::new(&settings::MAIL_FROM, what, fix).into())
    };
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
        None => ("", text),
    };
    if name.chars().any(char::is_control) || name.chars().count() > limits::SENDER_NAME_CHARACTERS {
        return refused(format!(
            "its name has more than {} characters, or a line break",
            limits::SENDER_NAME_CHARACTERS
        ));
    }
    match EmailDomain::of(address) {
        Ok((address, _)) => Ok(Sender { name: (!name.is_empty()).then(|| name.to_owned()), address }),
        Err(error) => refused(format!("it holds no e-mail address: {error}")),
    }
}

/// The text may hold a password: problems do not quote it.
fn server(text: &str) -> Result<SmtpServer, Problems> {
    let refused = |what: &str, fix: &str| -> Problems { Problem::new(&settings::SMTP_URL, what, fix).into() };
    let shape = "write smtps://user:password@host or smtp://host:port, with what is not a letter or digit of the \
                 password as %XX";
    let url = Url::parse(text).map_err(|_| refused("it is not a URL", shape))?;
    let is_smtps = match url.scheme() {
        "smtps" => true,
        "smtp" => false,
        _ => return Err(refused("it begins with neither smtps:// nor smtp://", shape)),
    };
    let host = url.host_str().map(|host| host.trim_matches(['[', ']'])).filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| refused("it names no server", shape))?.to_owned();
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(refused("something follows the server that does not belong there", shape));
    }
    let demands_tls = match url.query() {
        None => false,
        Some("tls=required") => true,
        Some(_) => {
            return Err(refused("it has an option that there is not", "the one option is ?tls=required"));
        }
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
    let account = match (decoded(url.username()), url.password().map(decoded).transpose()) {
        (Ok(user), Ok(None)) if user.is_empty() => None,
        (Ok(user), Ok(Some(password))) if !user.is_empty() && !password.is_empty() => {
            Some(SmtpAccount { user, password: Secret::new(password) })
        }
        _ => return Err(refused("it has a user without a password, or a password without a user", shape)),
    };
    let encryption = match (is_smtps, demands_tls || account.is_some()) {
        (true, _) => Encryption::Tls,
        (false, _) if is_loopback(&host) && !demands_tls => Encryption::None,
        (false, true) => Encryption::StartTls,
        (false, false) => Encryption::IfOffered,
    };
    let usual = match (is_smtps, &account) {
        (true, _) => SMTPS_PORT,
        (false, Some(_)) => SUBMISSION_PORT,
        (false, None) => RELAY_PORT,
    };
    let port = url.port().unwrap_or(usual);
    Ok(SmtpServer { host, port, encryption, account, extra_ca_pem: None })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(url: &str, from: &str) -> Result<MailSettings, Problems> {
        let given = [(settings::SMTP_URL.name, url), (settings::MAIL_FROM.name, from)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        read(&Values::gather(given, None).0, Path::new("/data"), "login.example.com", None)
    }

    fn smtp(url: &str) -> SmtpServer {
        match read_all(url, "a@b.example").unwrap().way {
            MailWay::Smtp(server) => server,
            MailWay::Outbox(_) => panic!("{url} is a server"),
        }
    }

    #[test]
    fn without_a_server_mail_goes_to_a_folder() {
        let settings = read_all("", "").unwrap();
        assert_eq!(settings.way, MailWay::Outbox("/data/outbox".into()));
        assert_eq!(settings.from.address, "vestibule@login.example.com");
        assert_eq!(read_all("", "Hub <hub@b.example>").unwrap().from.name.as_deref(), Some("Hub"));
    }

    #[test]
    fn a_password_leaves_this_machine_encrypted_or_not_at_all() {
        let encryption = |url: &str| (smtp(url).encryption, smtp(url).port);
        assert_eq!(encryption("smtps://u:p@mail.example"), (Encryption::Tls, 465));
        assert_eq!(encryption("smtp://u:p@mail.example"), (Encryption::StartTls, 587));
        assert_eq!(encryption("smtp://mail.example"), (Encryption::IfOffered, 25));
        assert_eq!(encryption("smtp://mail.example:2525?tls=required"), (Encryption::StartTls, 2525));
        for local in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(encryption(&format!("smtp://u:p@{local}:2525")), (Encryption::None, 2525), "{local}");
        }
        assert_eq!(encryption("smtp://localhost?tls=required"), (Encryption::StartTls, 25));
        assert_eq!(encryption("smtp://u:p@localhost.evil.example"), (Encryption::StartTls, 587));
    }

    #[test]
    fn what_is_escaped_in_a_url_is_not_in_the_password() {
        let account = smtp("smtps://hub%40b.example:a%2Fb%20%C3%A9@mail.example").account.unwrap();
        assert_eq!((account.user.as_str(), account.password.reveal()), ("hub@b.example", "a/b é"));
    }

    #[test]
    fn whom_mail_comes_from_is_a_name_and_an_address() {
        let from = |text: &str| read_all("", text).map(|settings| settings.from);
        let named = |name: Option<&str>| {
            Ok(Sender { name: name.map(str::to_owned), address: "hub@b.example".into() })
        };
        assert_eq!(from("hub@b.example"), named(None));
        assert_eq!(from("<hub@b.example>"), named(None));
        assert_eq!(from("The Hub <hub@b.example>"), named(Some("The Hub")));
        assert_eq!(from("\"Hub, The\" <hub@b.example>"), named(Some("Hub, The")));
        for refused in ["hub", "Hub <hub>", "a@b.example, c@d.example", "H\r\nBcc: x <hub@b.example>"] {
            assert!(from(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_quoting_it() {
        for (url, from) in [
            ("mail.example", "a@b.example"),
            ("https://u:canary@mail.example", "a@b.example"),
            ("smtp://", "a@b.example"),
            ("smtps://u:canary@mail.example/path", "a@b.example"),
            ("smtps://u:canary@mail.example?tls=none", "a@b.example"),
            ("smtps://canary@mail.example", "a@b.example"),
            ("smtps://:canary@mail.example", "a@b.example"),
            ("smtps://u:%FFcanary@mail.example", "a@b.example"),
            ("smtps://u:canary@mail.example", ""),
        ] {
            let problems = read_all(url, from).unwrap_err();
            assert_eq!(problems.0.len(), 1, "{url}");
            assert!(!problems.to_string().contains("canary"), "{url}");
        }
        assert_eq!(read_all("mail.example", "hub").unwrap_err().0.len(), 2);
    }
}
