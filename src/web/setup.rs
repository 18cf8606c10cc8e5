//! `GET|POST /setup/{ticket}`: somebody with the link that the hub printed becomes an administrator. Reading the page uses
//! nothing up, so programs that preview links do no harm; posting its form does.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::extract::Visit;
use super::login::own_form;
use super::page;
use super::page_error::{self, PageError};
use crate::domain::administrator::{AdministratorTicket, Invited, SetUpForm, SetUpProblem};
use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::domain::secret::Secret;
use crate::flows::administrators::{NotSetUp, find_invitation, set_up_administrator};
use crate::flows::password_hashing::NotHashed;
use crate::protocol::parameters::Parameters;
use crate::views::pages::{AdministratorMadePage, AdministratorPage};

pub async fn show(visit: Visit, ticket: Path<String>) -> HttpResponse {
    match find_invitation(&visit.state.hub, &ticket, &visit.origin).await {
        Ok(Some(found)) => ask(&visit, &ticket, &found, Typed::default(), &[]),
        Ok(None) => unknown(&visit),
        Err(error) => refuse(&visit, error),
    }
}

pub async fn submit(visit: Visit, ticket: Path<String>, request: HttpRequest, body: Payload) -> HttpResponse {
    let hub = &visit.state.hub;
    let form = match own_form(&visit, &request, body).await {
        Ok(form) => form,
        Err(error) => return page_error::show_as(&visit, LogType::ManagementFailed, error),
    };
    let outcome = set_up_administrator(hub, &ticket, read(&form), visit.locale(None), &visit.origin).await;
    match outcome {
        Ok(user) => {
            let page = AdministratorMadePage::new(
                user.email().unwrap_or_default().to_owned(),
                &format!("vestibule login --server {}", hub.issuer),
                "vestibule providers add --help",
            );
            page::finish(&visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
        }
        Err(NotSetUp::Problems(problems)) => match find_invitation(hub, &ticket, &visit.origin).await {
            Ok(Some(found)) => ask(&visit, &ticket, &found, Typed::of(&form), &problems),
            Ok(None) => unknown(&visit),
            Err(error) => refuse(&visit, error),
        },
        Err(error) => refuse(&visit, error),
    }
}

fn refuse(visit: &Visit, error: NotSetUp) -> HttpResponse {
    match error {
        NotSetUp::UnknownTicket => unknown(visit),
        NotSetUp::TooMany(error) => page_error::show_as(visit, LogType::TooManyAttempts, error),
        NotSetUp::Store(error) => page_error::show(visit, error),
        NotSetUp::Hash(NotHashed::Busy) => {
            let error = PageError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily-unavailable",
                NotHashed::Busy.to_string(),
            );
            let mut page = page_error::show(visit, error);
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(limits::PASSWORD_HASH_RETRY_SECONDS));
            page
        }
        NotSetUp::Hash(_) | NotSetUp::Problems(_) => {
            let error = PageError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string());
            page_error::show(visit, error)
        }
    }
}

fn unknown(visit: &Visit) -> HttpResponse {
    page_error::show_unlogged(visit, StatusCode::NOT_FOUND, "set-up-link-unknown")
}

/// What the page shows again; passwords are typed anew.
#[derive(Default)]
struct Typed {
    email: Option<String>,
    name: String,
}

impl Typed {
    fn of(form: &Parameters) -> Self {
        let short = |name: &str| -> String {
            form.single(name).unwrap_or_default().chars().take(limits::SHORT_TEXT_CHARACTERS).collect()
        };
        Self { email: Some(short("email")), name: short("name") }
    }
}

fn read(form: &Parameters) -> SetUpForm {
    let field = |name: &str| form.single(name).unwrap_or_default();
    SetUpForm {
        email: field("email").to_owned(),
        name: field("name").to_owned(),
        password: Secret::new(field("password")),
        repeated: Secret::new(field("repeated")),
    }
}

fn ask(
    visit: &Visit,
    token: &str,
    ticket: &AdministratorTicket,
    typed: Typed,
    problems: &[SetUpProblem],
) -> HttpResponse {
    let is_email_fixed = matches!(ticket.invited, Invited::Address(_));
    let invited = ticket.invited.email().map(str::to_owned);
    let email = if is_email_fixed { invited } else { typed.email.or(invited) };
    let mut page = AdministratorPage {
        action: format!("/setup/{token}"),
        email: email.unwrap_or_default(),
        is_email_fixed,
        name: typed.name,
        least: limits::PASSWORD_MIN_CHARACTERS,
        ..AdministratorPage::default()
    };
    for problem in problems {
        let (error, word) = match problem {
            SetUpProblem::EmailMissing => (&mut page.email_error, "email-missing"),
            SetUpProblem::EmailMalformed => (&mut page.email_error, "email-malformed"),
            SetUpProblem::EmailTaken => (&mut page.email_error, "email-taken"),
            SetUpProblem::NameMissing => (&mut page.name_error, "name-missing"),
            SetUpProblem::NameTooLong => (&mut page.name_error, "name-too-long"),
            SetUpProblem::PasswordShort => (&mut page.password_error, "password-short"),
            SetUpProblem::PasswordLong => (&mut page.password_error, "password-long"),
            SetUpProblem::PasswordsDiffer => (&mut page.repeated_error, "passwords-differ"),
        };
        *error = Some(word);
    }
    page.focus = focus(&page);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page::finish(visit, page::begin(status), &page, &visit.frame(None))
}

/// The first field that was wrong, or else the first that is empty.
fn focus(page: &AdministratorPage) -> &'static str {
    if page.email_error.is_some() {
        "email"
    } else if page.name_error.is_some() {
        "name"
    } else if page.password_error.is_some() || page.repeated_error.is_some() {
        "password"
    } else if page.email.is_empty() {
        "email"
    } else if page.name.is_empty() {
        "name"
    } else {
        "password"
    }
}
