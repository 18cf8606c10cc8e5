//! `GET /login/{id}`: the e-mail field, or where the login stands. `?start=over` forgets what was typed;
//! `?step=2` is a page after the e-mail field, so that the browser's Back button finds its way; `?find=` looks for a
//! button by its name.

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
    let outcome = show(
        hub,
        &login_id,
        visit.query.single("ui_locales"),
        visit.query.single("step").is_none(),
        visit.query.single("find"),
        &browser,
    )
    .await;
    answer(&visit, outcome, Shown::Here).await
}
