//! The end of a login step as an answer.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::flows::login as flows;
use crate::flows::login::{
    ConnectionChoice, ConsentScreen, CookieChanges, LoginError, Outcome, Screen, ScreenError, ScreenKind,
    View,
};
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::response_mode::Delivery;
use crate::views::pages::{
    AccountPage, ApiLines, ChooserPage, ConnectionButton, ConsentPage, DetailsLines, LoginPage, NameSearch,
    PasswordPage, Permissions, Person, RememberedPage, ScopeLine, SwitchPage, Wait,
};
use crate::web::extract::Visit;
use crate::web::{page, page_error};

/// Whether a page is shown in place, or at its own address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The request was for the page.
    Here,
    /// Post, redirect, get: a reload then repeats nothing. A page that says what was wrong stays.
    AtItsAddress,
}

/// Answers with what the step ended in.
pub async fn answer(visit: &Visit, outcome: Result<Outcome, LoginError>, shown: Shown) -> HttpResponse {
    match outcome {
        Err(error) => page_error::show(visit, error),
        Ok(Outcome { view, cookies }) => match view {
            View::Depart(url) => see_other(visit, &cookies, &url),
            View::Answer(response) => respond(visit, &cookies, response),
            View::Screen(screen) if shown == Shown::AtItsAddress && screen.error().is_none() => {
                let step = match screen.kind {
                    ScreenKind::Choose { .. } | ScreenKind::Password { .. } => "?step=2",
                    ScreenKind::Identify { .. }
                    | ScreenKind::Remembered { .. }
                    | ScreenKind::Account { .. }
                    | ScreenKind::Switch(_)
                    | ScreenKind::Consent(_) => "",
                };
                let address = visit.state.hub.issuer.join(&format!("login/{}{step}", screen.login_id));
                see_other(visit, &cookies, &address)
            }
            View::Screen(screen) => {
                let wait = screen.error().and_then(ScreenError::wait);
                let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
                let mut answer = page::wait(page::begin(status), wait);
                visit.state.cookies.apply(&cookies, &mut answer);
                screen_page(visit, answer, screen)
            }
        },
    }
}

fn see_other(visit: &Visit, cookies: &CookieChanges, address: &str) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    visit.state.cookies.apply(cookies, &mut answer);
    answer.insert_header((LOCATION, address)).finish()
}

fn respond(visit: &Visit, cookies: &CookieChanges, response: AuthorizationResponse) -> HttpResponse {
    let begin = || {
        let mut answer = page::begin(StatusCode::OK);
        visit.state.cookies.apply(cookies, &mut answer);
        answer
    };
    match response.delivery {
        Delivery::Query | Delivery::Fragment => match response.location() {
            Some(address) => see_other(visit, cookies, &address),
            None => page_error::show(visit, LoginError::Internal("the redirect URI is not a URL")),
        },
        Delivery::FormPost => page::form_post(visit, begin(), response),
        Delivery::WebMessage => page::web_message(visit, begin(), response),
    }
}

fn screen_page(visit: &Visit, answer: HttpResponseBuilder, screen: Screen) -> HttpResponse {
    let frame = visit.frame(visit.query.single("ui_locales").or(screen.ui_locales.as_deref()));
    let frame = &frame;
    let path = |step: &str| format!("/login/{}{step}", screen.login_id);
    let wait = screen.error().and_then(ScreenError::wait).map(Wait::of);
    let back = path("?start=over");
    let (client_name, client_logo) = (screen.client_name.clone(), screen.client_logo.clone());
    match screen.kind {
        ScreenKind::Identify { email, error, buttons, search, asks_email, asks_organization, account_of } => {
            let page = LoginPage {
                action: path("/connection"),
                search: search
                    .map(|search| NameSearch::new(path(""), search.wanted, buttons.len(), search.has_more)),
                client_name,
                client_logo,
                email,
                error: error.map(words),
                wait,
                show_email: asks_email,
                show_organization: asks_organization,
                account_of,
                buttons: buttons.into_iter().map(button).collect(),
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Choose { email, connections } => {
            let page = ChooserPage {
                action: path("/connection"),
                client_name,
                client_logo,
                email,
                connections: connections.into_iter().map(button).collect(),
                back: Some(back),
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Remembered { connection } => {
            let page = RememberedPage {
                action: path("/connection"),
                client_name,
                client_logo,
                connections: vec![button(connection)],
                another: back,
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Password { email, account_of, error } => {
            let page = PasswordPage {
                action: path("/password"),
                client_name,
                client_logo,
                email,
                account_of,
                error: error.map(words),
                wait,
                back,
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Account { display_name, email, picture } => {
            let page = AccountPage {
                action: path("/account"),
                client_name,
                client_logo,
                display_name,
                email: Some(email).filter(|email| !email.is_empty()),
                picture,
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Switch(both) => {
            let page = SwitchPage {
                action: path("/person"),
                client_name,
                client_logo,
                signed_in: person(both.signed_in),
                proven: person(both.proven),
            };
            page::finish(visit, answer, &page, frame)
        }
        ScreenKind::Consent(asked) => {
            let page = consent_page(path("/consent"), client_name, client_logo, *asked);
            page::finish(visit, answer, &page, frame)
        }
    }
}

fn consent_page(
    action: String,
    client_name: String,
    client_logo: Option<String>,
    asked: ConsentScreen,
) -> ConsentPage {
    ConsentPage {
        action,
        client_name,
        client_host: asked.client_host,
        device_code: asked.device_code,
        client_logo: client_logo.filter(|logo| logo.starts_with("https://")),
        is_third_party: asked.is_third_party,
        policy_uri: asked.policy_uri,
        tos_uri: asked.tos_uri,
        display_name: asked.display_name,
        email: Some(asked.email).filter(|email| !email.is_empty()),
        picture: asked.picture,
        asked: Permissions {
            scopes: asked.scopes.into_iter().map(ScopeLine::new).collect(),
            apis: asked.api.into_iter().map(|(name, scopes)| ApiLines::new(name, scopes)).collect(),
            details: asked.details.into_iter().map(DetailsLines::new).collect(),
        },
        is_more: asked.is_more,
    }
}

fn person(shown: flows::Shown) -> Person {
    Person {
        display_name: shown.display_name,
        email: Some(shown.email).filter(|email| !email.is_empty()),
        picture: shown.picture,
        connection: Some(shown.connection).filter(|name| !name.is_empty()),
    }
}

fn words(error: ScreenError) -> &'static str {
    match error {
        ScreenError::EmailMissing => "email-missing",
        ScreenError::EmailMalformed => "email-invalid",
        ScreenError::NoConnectionForEmail => "no-connection",
        ScreenError::NoConnectionForCode => "no-organization",
        ScreenError::PasswordMissing => "password-missing",
        ScreenError::WrongCredentials => "password-wrong",
        ScreenError::TooManyAttempts { .. } => "too-many-attempts",
        ScreenError::TooManyCodes { .. } => "too-many-codes",
    }
}

fn button(choice: ConnectionChoice) -> ConnectionButton {
    ConnectionButton { name: choice.name, display_name: choice.display_name, icon_url: choice.icon_url }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::pages::{LOGIN_ERRORS, PASSWORD_ERRORS};

    #[test]
    fn every_error_has_words_on_its_page() {
        assert!(LOGIN_ERRORS.contains(&words(ScreenError::EmailMissing)));
        assert!(LOGIN_ERRORS.contains(&words(ScreenError::EmailMalformed)));
        assert!(LOGIN_ERRORS.contains(&words(ScreenError::NoConnectionForEmail)));
        assert!(LOGIN_ERRORS.contains(&words(ScreenError::NoConnectionForCode)));
        assert!(PASSWORD_ERRORS.contains(&words(ScreenError::PasswordMissing)));
        assert!(PASSWORD_ERRORS.contains(&words(ScreenError::WrongCredentials)));
        assert!(PASSWORD_ERRORS.contains(&words(ScreenError::TooManyAttempts { seconds: 1 })));
        assert!(LOGIN_ERRORS.contains(&words(ScreenError::TooManyCodes { seconds: 1 })));
    }
}
