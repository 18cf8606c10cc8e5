//! Metrics in the Prometheus text format.
//!
//! Every label has few values: routes are patterns, methods and outcomes are fixed words, connection names come
//! from configuration. Nothing a stranger sends becomes a label.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, Result, TextEncoder,
};

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// The route of a request that no route matched.
const UNMATCHED: &str = "unmatched";
/// Seconds; a request to the hub itself takes milliseconds, one that waits for a provider up to ten seconds.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How many database connections are at work, and how many wait for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseUse {
    pub in_use: u32,
    pub idle: u32,
}

type DatabaseGauge = Box<dyn Fn() -> DatabaseUse + Send + Sync>;

/// All metrics of one hub; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    http_requests: IntCounterVec,
    http_request_seconds: HistogramVec,
    http_connections_closed: IntCounterVec,
    logins: IntCounterVec,
    upstream_request_seconds: HistogramVec,
    connections: IntGaugeVec,
    database_connections: IntGaugeVec,
    database: Arc<OnceLock<DatabaseGauge>>,
}

impl Metrics {
    /// Fresh metrics, all at zero.
    ///
    /// # Errors
    /// If a metric's name or label is malformed, which a test excludes.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        Ok(Self {
            http_requests: counter(
                &registry,
                "vestibule_http_requests_total",
                "Requests answered, by route pattern, method and class of status.",
                &["route", "method", "status"],
            )?,
            http_request_seconds: histogram(
                &registry,
                "vestibule_http_request_seconds",
                "Time to answer a request, by route pattern.",
                &["route"],
            )?,
            http_connections_closed: counter(
                &registry,
                "vestibule_http_connections_closed_total",
                "Network connections that were refused, or closed before their end, by reason.",
                &["reason"],
            )?,
            logins: counter(
                &registry,
                "vestibule_logins_total",
                "Sign-ins that came to an end, by connection and outcome.",
                &["connection", "outcome"],
            )?,
            upstream_request_seconds: histogram(
                &registry,
                "vestibule_upstream_request_seconds",
                "Time a provider took to answer, by connection and operation.",
                &["connection", "operation"],
            )?,
            connections: gauge(
                &registry,
                "vestibule_connections",
                "Enabled connections to providers, by what their last check found.",
                &["state"],
            )?,
            database_connections: gauge(
                &registry,
                "vestibule_database_connections",
                "Open database connections, by state.",
                &["state"],
            )?,
            database: Arc::default(),
            registry,
        })
    }

    /// Counts an answered request. `route` is the matched pattern (`/scim/v2/connections/{id}`), never a path;
    /// `status` the HTTP status code.
    pub fn http_request(&self, route: Option<&str>, method: &str, status: u16, took: Duration) {
        let route = route.unwrap_or(UNMATCHED);
        self.http_requests.with_label_values(&[route, known_method(method), status_class(status)]).inc();
        self.http_request_seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Counts a network connection that was refused, or closed before its end.
    pub fn http_connection_closed(&self, reason: &'static str) {
        self.http_connections_closed.with_label_values(&[reason]).inc();
    }

    /// Counts a sign-in that came to its end. `connection` is a configured name, never what a request said.
    pub fn login(&self, connection: &str, outcome: &'static str) {
        self.logins.with_label_values(&[connection, outcome]).inc();
    }

    /// Notes how long a provider took. `connection` is a configured name.
    pub fn upstream_request(&self, connection: &str, operation: &'static str, took: Duration) {
        self.upstream_request_seconds.with_label_values(&[connection, operation]).observe(took.as_secs_f64());
    }

    /// Notes how many connections are in a state.
    pub fn connections(&self, state: &'static str, count: i64) {
        self.connections.with_label_values(&[state]).set(count);
    }

    /// Asks `read` for the database's connections whenever metrics are rendered; only the first call counts.
    pub fn watch_database(&self, read: impl Fn() -> DatabaseUse + Send + Sync + 'static) {
        let _ = self.database.set(Box::new(read));
    }

    /// All metrics in the Prometheus text format.
    pub fn render(&self) -> String {
        if let Some(read) = self.database.get() {
            let DatabaseUse { in_use, idle } = read();
            self.database_connections.with_label_values(&["in_use"]).set(i64::from(in_use));
            self.database_connections.with_label_values(&["idle"]).set(i64::from(idle));
        }
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_else(|error| format!("# metrics cannot be written: {error}\n"))
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn counter(registry: &Registry, name: &str, about: &str, labels: &[&str]) -> Result<IntCounterVec> {
    let counter = IntCounterVec::new(Opts::new(name, about), labels)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn gauge(registry: &Registry, name: &str, about: &str, labels: &[&str]) -> Result<IntGaugeVec> {
    let gauge = IntGaugeVec::new(Opts::new(name, about), labels)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn histogram(registry: &Registry, name: &str, about: &str, labels: &[&str]) -> Result<HistogramVec> {
    let options = HistogramOpts::new(name, about).buckets(SECONDS.to_vec());
    let histogram = HistogramVec::new(options, labels)?;
    registry.register(Box::new(histogram.clone()))?;
    Ok(histogram)
}

/// A method as a label: strangers may send any word as one (RFC 9110 §9.1).
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

const fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_logins_and_providers_are_counted_by_their_labels() {
        let metrics = Metrics::new().unwrap();
        let clone = metrics.clone();
        clone.http_request(Some("/authorize"), "GET", 302, Duration::from_millis(2));
        clone.http_request(Some("/authorize"), "GET", 303, Duration::from_millis(2));
        clone.login("acme", "success");
        clone.upstream_request("acme", "token", Duration::from_millis(120));
        let text = metrics.render();
        for line in [
            r#"vestibule_http_requests_total{method="GET",route="/authorize",status="3xx"} 2"#,
            r#"vestibule_http_request_seconds_bucket{route="/authorize",le="0.0025"} 2"#,
            r#"vestibule_logins_total{connection="acme",outcome="success"} 1"#,
            r#"vestibule_upstream_request_seconds_bucket{connection="acme",operation="token",le="0.1"} 0"#,
            r#"vestibule_upstream_request_seconds_count{connection="acme",operation="token"} 1"#,
        ] {
            assert!(text.contains(line), "{line}\n---\n{text}");
        }
    }

    #[test]
    fn strangers_do_not_make_labels() {
        let metrics = Metrics::new().unwrap();
        for number in 0..100 {
            metrics.http_request(None, &format!("METHOD{number}"), 600 + number, Duration::ZERO);
        }
        let series = r#"vestibule_http_requests_total{method="other",route="unmatched",status="5xx"} 100"#;
        assert!(metrics.render().contains(series));
        assert_eq!(metrics.render().matches("vestibule_http_requests_total{").count(), 1);
    }

    #[test]
    fn database_connections_are_read_when_metrics_are() {
        let metrics = Metrics::new().unwrap();
        assert!(!metrics.render().contains("vestibule_database_connections"));
        metrics.watch_database(|| DatabaseUse { in_use: 3, idle: 5 });
        let text = metrics.render();
        assert!(text.contains(r#"vestibule_database_connections{state="in_use"} 3"#), "{text}");
        assert!(text.contains(r#"vestibule_database_connections{state="idle"} 5"#), "{text}");
    }
}
