//! `GET|POST /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0).

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::logout::{LogoutStep, sign_out};
use crate::protocol::parameters::Parameters;
use crate::views::Frame;
use crate::views::pages::{LogoutPage, SignedOutPage};
use crate::web::extract::{Visit, read_form};
use crate::web::{page, page_error};

pub async fn by_query(visit: Visit) -> HttpResponse {
    let parameters = visit.query.clone();
    answer(&visit, &parameters, false).await
}

/// An application's form, or ours with the person's confirmation: only a form from our own page counts as
/// that. The address of our form carries the request that is being confirmed.
pub async fn by_form(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return page_error::show_as(&visit, LogType::LogoutFailed, error),
    };
    let has_confirmed = form.single("choice") == Some("sign-out") && visit.is_from_our_page();
    let parameters = if has_confirmed { visit.query.clone() } else { form };
    answer(&visit, &parameters, has_confirmed).await
}

async fn answer(visit: &Visit, parameters: &Parameters, has_confirmed: bool) -> HttpResponse {
    let locale = visit.locale(parameters.single("ui_locales"));
    match sign_out(&visit.state.hub, parameters, has_confirmed, &visit.browser()).await {
        Ok(LogoutStep::Confirm { client_id, client_name, person }) => {
            let action = request_to_confirm(parameters, client_id.as_deref());
            let frame = Frame::at(locale, action.clone());
            let page = LogoutPage { action, client_name, person };
            page::finish(visit, page::begin(StatusCode::OK), &page, &frame)
        }
        Ok(LogoutStep::Return(address)) => {
            let mut answer = HttpResponse::SeeOther();
            visit.state.cookies.remove_session(&mut answer);
            answer.insert_header((LOCATION, address)).finish()
        }
        Ok(LogoutStep::SignedOut { client_name }) => {
            let mut answer = page::begin(StatusCode::OK);
            visit.state.cookies.remove_session(&mut answer);
            let page = SignedOutPage { client_name, back: None };
            page::finish(visit, answer, &page, &Frame::of(locale))
        }
        Err(error) => page_error::show_as(visit, LogType::LogoutFailed, error),
    }
}

/// The address of the same request, its ID token replaced by whose it is: a page holds no token.
fn request_to_confirm(parameters: &Parameters, client_id: Option<&str>) -> String {
    let kept = parameters.iter().filter(|(name, _)| !matches!(*name, "id_token_hint" | "client_id"));
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(client_id.map(|client_id| ("client_id", client_id))))
        .finish();
    format!("/oidc/logout?{query}")
}
