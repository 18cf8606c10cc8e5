//! Headers that every answer carries unless the handler chose otherwise.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, HeaderName, HeaderValue, PERMISSIONS_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::web::state::WebState;

/// Marks an answer whose own `frame-ancestors` says which pages may hold it; the older header cannot.
#[derive(Clone, Copy, Debug)]
pub struct MayBeFramed;

/// Pages of a login, which an application may have opened in a window of its own and waits for: cut off from it,
/// they could not hand it the answer (`response_mode=web_message`).
const IN_WINDOWS_OF_APPLICATIONS: [&str; 2] = ["/authorize", "/login/"];

/// What is no page of ours loads, holds and sends nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Abilities of a browser that no page of ours needs.
const NO_ABILITIES: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
                            geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), \
                            payment=(), serial=(), usb=()";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers that are not there.
pub async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_https = request.app_data::<Data<WebState>>().is_some_and(|state| state.hub.issuer.is_https());
    let may_have_opener = IN_WINDOWS_OF_APPLICATIONS.iter().any(|path| request.path().starts_with(path));
    let mut response = next.call(request).await?;
    let may_be_framed = response.response().extensions().contains::<MayBeFramed>();
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !may_be_framed {
        default(X_FRAME_OPTIONS, "DENY");
    }
    // Our own forms must name their origin; everybody else learns nothing of our addresses.
    default(REFERRER_POLICY, "same-origin");
    default(header::CONTENT_SECURITY_POLICY, NOTHING);
    default(PERMISSIONS_POLICY, NO_ABILITIES);
    default(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    if !may_have_opener {
        default(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    }
    default(header::CACHE_CONTROL, "no-store");
    if is_https {
        default(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(response)
}
