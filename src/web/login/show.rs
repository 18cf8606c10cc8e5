//! `GET /login/{id}`: where a login stands. `?start=over` goes back to the e-mail field.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::outcome::{Shown, answer};
use crate::flows::login::{show, start_over};
use crate::web::extract::Visit;

pub async fn handle(visit: Visit, login_id: Path<String>) -> HttpResponse {
    let (hub, browser) = (&visit.state.hub, visit.browser());
    if visit.query.single("start") == Some("over") {
        let outcome = start_over(hub, &login_id, &browser).await;
        return answer(&visit, outcome, Shown::AtItsAddress).await;
    }
    let outcome = show(hub, &login_id, visit.query.single("ui_locales"), &browser).await;
    answer(&visit, outcome, Shown::Here).await
}
