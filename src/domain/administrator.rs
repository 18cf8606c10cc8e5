//! An administrator: a user who may manage the hub.
//!
//! It is a user id that was written down here. Nothing that a provider says, that is mapped, or that the Management API
//! stores makes anybody one; a link does, which the operator of the hub was shown.

use super::clock::Timestamp;
use super::home_realm::{EmailDomain, EmailError};
use super::limits;
use super::locale::Locale;
use super::secret::Secret;
use super::user::User;
use crate::crypto::digest;

#[derive(Clone, Debug)]
pub struct Administrator {
    pub user: User,
    pub since: Timestamp,
    /// What they are written to in.
    pub language: Locale,
}

/// Whether those who are meant may stop managing the hub: somebody who can sign in has to be left, unless none of them
/// could. Each comes with whether they can.
pub fn may_go(all: &[(Administrator, bool)], is_meant: impl Fn(&Administrator) -> bool) -> bool {
    let any = |meant: bool| all.iter().any(|(one, can_sign_in)| *can_sign_in && is_meant(one) == meant);
    any(false) || !any(true)
}

/// For whom a link was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// Whoever sets up a hub that has no administrator; the address is only a suggestion.
    First { suggested: Option<String> },
    /// One address, in lower case. If it has an account already, the link gives that a new password.
    Address(String),
}

/// No address is written like this.
const FIRST: &str = "first";

impl Invited {
    /// There is one link for each of these.
    pub fn key(&self) -> &str {
        match self {
            Self::First { .. } => FIRST,
            Self::Address(address) => address,
        }
    }

    /// The address that the page begins with.
    pub fn email(&self) -> Option<&str> {
        match self {
            Self::First { suggested } => suggested.as_deref(),
            Self::Address(address) => Some(address),
        }
    }

    /// From its key and its address.
    pub fn of(key: String, email: Option<String>) -> Self {
        if key == FIRST { Self::First { suggested: email } } else { Self::Address(key) }
    }
}

/// A link to the page where somebody becomes an administrator, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdministratorTicket {
    pub invited: Invited,
    /// SHA-256 of the token in base64url.
    pub token_hash: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl AdministratorTicket {
    /// Whether it is good only while there is no administrator.
    pub fn is_for_the_first(&self) -> bool {
        matches!(self.invited, Invited::First { .. })
    }
}

/// What the page asks.
#[derive(Clone, Debug)]
pub struct SetUpForm {
    pub email: String,
    pub name: String,
    pub password: Secret,
    pub repeated: Secret,
}

/// Somebody who is to be an administrator.
#[derive(Clone, Debug)]
pub struct NewAdministrator {
    /// Lower case.
    pub email: String,
    pub name: String,
    pub password: Secret,
}

/// What is wrong with a field of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpProblem {
    EmailMissing,
    EmailMalformed,
    /// It has an account, and the link was not made for it.
    EmailTaken,
    NameMissing,
    NameTooLong,
    PasswordShort,
    PasswordLong,
    PasswordsDiffer,
}

/// The administrator that `form` describes, for a link made for `invited`. The password is kept as typed.
///
/// # Errors
/// All problems, at most one of each field.
pub fn new_administrator(invited: &Invited, form: SetUpForm) -> Result<NewAdministrator, Vec<SetUpProblem>> {
    let mut problems = Vec::new();
    let email = match invited {
        Invited::Address(address) => Some(address.clone()),
        Invited::First { .. } => match EmailDomain::of(&form.email) {
            Ok((email, _)) => Some(email),
            Err(error) => {
                let is_missing = error == EmailError::Empty;
                problems.push(if is_missing {
                    SetUpProblem::EmailMissing
                } else {
                    SetUpProblem::EmailMalformed
                });
                None
            }
        },
    };
    let name = form.name.trim();
    if name.is_empty() {
        problems.push(SetUpProblem::NameMissing);
    } else if name.chars().count() > limits::SHORT_TEXT_CHARACTERS || name.chars().any(char::is_control) {
        problems.push(SetUpProblem::NameTooLong);
    }
    let typed = form.password.reveal();
    if typed.chars().count() < limits::PASSWORD_MIN_CHARACTERS {
        problems.push(SetUpProblem::PasswordShort);
    } else if typed.len() > limits::PASSWORD_MAX_BYTES {
        problems.push(SetUpProblem::PasswordLong);
    } else if !digest::secrets_match(typed.as_bytes(), form.repeated.reveal().as_bytes()) {
        problems.push(SetUpProblem::PasswordsDiffer);
    }
    match email {
        Some(email) if problems.is_empty() => {
            Ok(NewAdministrator { email, name: name.to_owned(), password: form.password })
        }
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(email: &str, name: &str, password: &str, repeated: &str) -> SetUpForm {
        SetUpForm {
            email: email.into(),
            name: name.into(),
            password: Secret::new(password),
            repeated: Secret::new(repeated),
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_the_password_is_kept_as_typed() {
        use SetUpProblem::{
            EmailMalformed, EmailMissing, NameMissing, NameTooLong, PasswordLong, PasswordShort,
            PasswordsDiffer,
        };
        let first = Invited::First { suggested: None };
        let wrong = |form| new_administrator(&first, form).unwrap_err();
        assert_eq!(wrong(form("", "", "", "")), [EmailMissing, NameMissing, PasswordShort]);
        assert_eq!(
            wrong(form("ada", &"x".repeat(2_000), &"x".repeat(2_000), "")),
            [EmailMalformed, NameTooLong, PasswordLong]
        );
        assert_eq!(wrong(form("a@b.example", "Ada", "12345678", "1234567")), [PasswordsDiffer]);
        let made =
            new_administrator(&first, form(" Ada@B.example ", " Ada ", " 1234567", " 1234567")).unwrap();
        assert_eq!((made.email.as_str(), made.name.as_str()), ("ada@b.example", "Ada"));
        assert_eq!(made.password.reveal(), " 1234567");
    }

    #[test]
    fn a_link_for_one_address_is_for_no_other() {
        let invited = Invited::of("ada@b.example".into(), None);
        let made = new_administrator(&invited, form("eve@b.example", "Ada", "12345678", "12345678")).unwrap();
        assert_eq!(made.email, "ada@b.example");
        let first = Invited::First { suggested: Some("ada@b.example".into()) };
        assert_eq!(Invited::of(first.key().into(), first.email().map(str::to_owned)), first);
    }
}
