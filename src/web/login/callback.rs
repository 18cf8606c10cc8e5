//! `GET|POST /login/callback` and `/login/callback/{connection}`: where providers send the browser back to.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::{Shown, answer};
use crate::domain::limits;
use crate::flows::login::return_from_provider;
use crate::flows::provider_trip::Returned;
use crate::protocol::parameters::Parameters;
use crate::views::Frame;
use crate::views::pages::RepostPage;
use crate::web::extract::{Visit, read_form};
use crate::web::{connection_test, page, page_error};

/// Marks an answer that the browser has posted from a page of ours.
const REPOSTED: &str = "vestibule_reposted";

/// The answer came in the query.
pub async fn by_query(visit: Visit, request: HttpRequest) -> HttpResponse {
    let returned = Returned { answer: visit.query.clone(), is_form_post: false, path: path(&request) };
    finish(&visit, returned).await
}

/// The answer came by `form_post`.
///
/// That is a cross-site POST. Where the login's cookie is not on it, the browser posts the same form to us
/// once more, now from our own page, and the cookie comes along.
pub async fn by_form_post(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let form = match read_form(&request, body, limits::PROVIDER_ANSWER_BYTES).await {
        Ok(form) => form,
        Err(error) => return page_error::show(&visit, error),
    };
    let browser = visit.browser();
    let login_id = form.single("state").and_then(|state| state.split_once('.')).map(|(id, _)| id);
    let has_cookie = login_id.is_some_and(|id| browser.logins.iter().any(|login| login.id == id));
    if login_id.is_some() && !has_cookie && form.single(REPOSTED).is_none() {
        return repost(&visit, form, path(&request));
    }
    finish(&visit, Returned { answer: form, is_form_post: true, path: path(&request) }).await
}

/// As it came: what is decoded, or put into another case, would be the path of another connection.
fn path(request: &HttpRequest) -> &str {
    request.uri().path()
}

async fn finish(visit: &Visit, returned: Returned<'_>) -> HttpResponse {
    if let Some(answer) = connection_test::returned(visit, &returned).await {
        return answer;
    }
    let outcome = return_from_provider(&visit.state.hub, returned, &visit.browser()).await;
    answer(visit, outcome, Shown::AtItsAddress).await
}

/// To the very path that it came to, which is part of the answer.
fn repost(visit: &Visit, form: Parameters, path: &str) -> HttpResponse {
    let mut fields = form.into_pairs();
    fields.push((REPOSTED.into(), "1".into()));
    let page = RepostPage { action: path.to_owned(), fields };
    page::finish(visit, page::begin(StatusCode::OK), &page, &Frame::of(visit.locale(None)))
}
