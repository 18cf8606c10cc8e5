//! `GET /login/frontchannel-logout/connection/{name}`: a provider's page, in a frame, says that its session has ended
//! (OpenID Connect Front-Channel Logout 1.0 §3).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use crate::domain::audit::LogType;
use crate::flows::logout::{FrontChannelRequest, NotObeyed, obey_provider_in_browser};
use crate::web::extract::Visit;
use crate::web::oauth::signed_out::signed_out_framed;
use crate::web::page_error::{self, PageError};

/// The provider may frame the answer, so that applications which want to hear of the end in a frame do. A browser that
/// keeps our cookie out of frames, or stands on another session, gets an empty page.
pub async fn handle(visit: Visit, name: Path<String>) -> HttpResponse {
    let request = FrontChannelRequest {
        name: &name,
        issuer: visit.query.single("iss"),
        sid: visit.query.single("sid"),
    };
    match obey_provider_in_browser(&visit.state.hub, &request, &visit.browser()).await {
        Ok(Some(done)) => signed_out_framed(&visit, visit.locale(None), done, request.issuer),
        Ok(None) => HttpResponse::Ok().finish(),
        Err(NotObeyed::Store(error)) => page_error::show_as(&visit, LogType::LogoutFailed, error),
        Err(
            reason @ (NotObeyed::UnknownConnection
            | NotObeyed::NoToken
            | NotObeyed::NotVerified(_)
            | NotObeyed::Replayed),
        ) => {
            let error = PageError::new(StatusCode::NOT_FOUND, "page-not-found", reason.to_string());
            page_error::show_as(&visit, LogType::LogoutFailed, error)
        }
    }
}
