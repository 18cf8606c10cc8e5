//! `GET /metrics`, on an address of its own: Prometheus text.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, ServiceConfig, get};

use crate::telemetry::metrics::{CONTENT_TYPE as PROMETHEUS, Metrics};

pub fn routes(config: &mut ServiceConfig) {
    config.route("/metrics", get().to(handle));
}

async fn handle(metrics: Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, PROMETHEUS)).body(metrics.render())
}
