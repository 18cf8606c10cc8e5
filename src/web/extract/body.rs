//! A request's body, read at one place: a limited size, and a deadline that no client can stretch.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Payload;
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};

use crate::domain::limits;
use crate::web::server::Connection;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body did not arrive in time")]
    TooSlow,
    #[error("the body did not arrive whole")]
    CutShort,
}

impl BodyError {
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::CutShort => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body of at most `limit` bytes. After [`BodyError::TooSlow`] the connection is closed with the answer.
///
/// # Errors
/// [`BodyError`].
pub async fn read_body(request: &HttpRequest, mut body: Payload, limit: usize) -> Result<Vec<u8>, BodyError> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    let connection = request.conn_data::<Arc<Connection>>();
    let _reading = connection.map(Connection::reads_body);
    let started = Instant::now();
    // Nothing waits for the alarm where the body is there already, and it is set anew only when it rings.
    let mut alarm = pin!(sleep_until(started + time_for(0)));
    let mut bytes = Vec::new();
    loop {
        tokio::select! {
            biased;
            chunk = body.next() => {
                let Some(chunk) = chunk else { return Ok(bytes) };
                let chunk = chunk.map_err(|_| BodyError::CutShort)?;
                if bytes.len() + chunk.len() > limit {
                    return Err(BodyError::TooLarge);
                }
                bytes.extend_from_slice(&chunk);
            }
            () = &mut alarm => {
                let due = started + time_for(bytes.len());
                if due <= Instant::now() {
                    if let Some(connection) = connection {
                        connection.end();
                    }
                    return Err(BodyError::TooSlow);
                }
                alarm.as_mut().reset(due);
            }
        }
    }
}

/// How long a body may take of which this many bytes are there.
fn time_for(bytes: usize) -> Duration {
    let beyond = bytes.saturating_sub(limits::REQUEST_BODY_PROMPT_BYTES);
    let millis = beyond.saturating_mul(1_000) / limits::REQUEST_BODY_BYTES_PER_SECOND;
    Duration::from_secs(limits::REQUEST_BODY_SECONDS)
        + Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_may_take_longer_and_has_an_end_all_the_same() {
        assert_eq!(time_for(0), Duration::from_secs(10));
        assert_eq!(time_for(16 * 1024), Duration::from_secs(10));
        assert_eq!(time_for(32 * 1024), Duration::from_secs(11));
        assert_eq!(time_for(limits::JSON_BODY_BYTES), Duration::from_secs(73));
    }
}
