//! `GET|POST /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0).

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::signed_out::{is_federated, signed_out};
use crate::domain::audit::LogType;
use crate::domain::limits;
use crate::flows::logout::{LogoutStep, sign_out};
use crate::protocol::parameters::Parameters;
use crate::views::Frame;
use crate::views::pages::LogoutPage;
use crate::web::extract::{PostedFrom, Visit, read_form};
use crate::web::page_error::PageError;
use crate::web::{page, page_error};

pub async fn by_query(visit: Visit, request: HttpRequest) -> HttpResponse {
    let parameters = visit.query.clone();
    let is_federated = is_federated(request.query_string());
    answer(&visit, &parameters, is_federated, false).await
}

/// An application's form, or ours with the person's confirmation: only a form from our own page counts as
/// that. The address of our form carries the request that is being confirmed.
pub async fn by_form(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::FORM_BYTES).await {
        Ok(form) => form,
        Err(error) => return page_error::show_as(&visit, LogType::LogoutFailed, error),
    };
    let has_confirmed =
        form.single("choice") == Some("sign-out") && visit.posted_from() == PostedFrom::OurPage;
    if has_confirmed {
        let is_federated = is_federated(request.query_string());
        return answer(&visit, &visit.query, is_federated, true).await;
    }
    let is_federated = form.single("federated").is_some_and(|text| text != "false");
    answer(&visit, &form, is_federated, false).await
}

async fn answer(
    visit: &Visit,
    parameters: &Parameters,
    is_federated: bool,
    has_confirmed: bool,
) -> HttpResponse {
    let locale = visit.locale(parameters.single("ui_locales"));
    if is_federated && visit.browser().is_framed {
        let cause =
            "a frame asked to sign out at the provider too: only somebody who goes there is led on to it";
        let error = PageError::new(StatusCode::BAD_REQUEST, "logout-invalid", cause);
        return page_error::show_as(visit, LogType::LogoutFailed, error);
    }
    match sign_out(&visit.state.hub, parameters, is_federated, has_confirmed, &visit.browser()).await {
        Ok(LogoutStep::Confirm { client_id, client_name, person }) => {
            let action = request_to_confirm(parameters, client_id.as_deref(), is_federated);
            let frame = Frame::at(locale, action.clone());
            let page = LogoutPage { action, client_name, person };
            page::finish(visit, page::begin(StatusCode::OK), &page, &frame)
        }
        Ok(LogoutStep::SignedOut(done)) => signed_out(visit, locale, done),
        Err(error) => page_error::show_as(visit, LogType::LogoutFailed, error),
    }
}

/// The address of the same request, its ID token replaced by whose it is: a page holds no token.
fn request_to_confirm(parameters: &Parameters, client_id: Option<&str>, is_federated: bool) -> String {
    let is_kept = |name: &str| !matches!(name, "id_token_hint" | "client_id" | "federated");
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters.iter().filter(|(name, _)| is_kept(name)))
        .extend_pairs(client_id.map(|client_id| ("client_id", client_id)))
        .extend_pairs(is_federated.then_some(("federated", "true")))
        .finish();
    format!("/oidc/logout?{query}")
}
