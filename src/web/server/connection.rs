//! One connection: what it waits for, and since when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use crate::domain::limits;
use crate::domain::network::Network;

/// Milliseconds since the listener started, and never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Now(u64);

impl Now {
    pub(super) fn since(started: Instant) -> Self {
        Self(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1))
    }

    const fn millis_after(self, earlier: u64) -> u64 {
        self.0.saturating_sub(earlier)
    }
}

/// What is known of a connection while it is open.
pub(in crate::web) struct Connection {
    pub(super) id: u64,
    /// Whose share it counts for; a proxy's counts for none.
    pub(super) network: Option<Network>,
    started: Instant,
    /// Requests that are being answered.
    answering: AtomicUsize,
    /// The one that is being answered waits for its body.
    reads_body: AtomicBool,
    /// It is closed when its answer is out.
    is_ending: AtomicBool,
    /// Since when it has no request.
    idle_since: AtomicU64,
    /// Since when its client does not read all there is to read, or 0; and what it had read by then.
    stalled_since: AtomicU64,
    stalled_at: AtomicU64,
    written: AtomicU64,
    /// An answer was made of which not everything is written.
    has_unwritten: AtomicBool,
    is_written: Notify,
    closed: Notify,
}

/// A request is being answered as long as this is there.
pub(super) struct Answering(Arc<Connection>);

/// The body of a request is being read as long as this is there.
pub(in crate::web) struct ReadingBody(Arc<Connection>);

impl Connection {
    pub(super) fn new(id: u64, network: Option<Network>, now: Now, started: Instant) -> Self {
        Self {
            id,
            network,
            started,
            answering: AtomicUsize::new(0),
            reads_body: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
            idle_since: AtomicU64::new(now.0),
            stalled_since: AtomicU64::new(0),
            stalled_at: AtomicU64::new(0),
            written: AtomicU64::new(0),
            has_unwritten: AtomicBool::new(false),
            is_written: Notify::new(),
            closed: Notify::new(),
        }
    }

    fn now(&self) -> Now {
        Now::since(self.started)
    }

    pub(super) fn answers(self: &Arc<Self>) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(Arc::clone(self))
    }

    pub(in crate::web) fn reads_body(self: &Arc<Self>) -> ReadingBody {
        self.reads_body.store(true, Ordering::Relaxed);
        ReadingBody(Arc::clone(self))
    }

    /// From now on it is closed as soon as its answer is out.
    pub(in crate::web) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// So many bytes were taken over for the client.
    pub(super) fn wrote(&self, bytes: usize) {
        self.written.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The client does not read: nothing more can be written.
    pub(super) fn stalls(&self) {
        if self.stalled_since.load(Ordering::Relaxed) == 0 {
            self.stalled_at.store(self.written.load(Ordering::Relaxed), Ordering::Relaxed);
            self.stalled_since.store(self.now().0, Ordering::Relaxed);
        }
    }

    /// Waits until the answer before is written, and takes the turn of the next one: a client that sends many requests
    /// and reads nothing (RFC 9112 §9.3.2 lets it) would have all their answers kept in memory.
    pub(super) async fn turn(&self) {
        while self.has_unwritten.load(Ordering::Relaxed) {
            self.is_written.notified().await;
        }
        self.has_unwritten.store(true, Ordering::Relaxed);
    }

    /// All there is to write is written.
    pub(super) fn flushed(&self) {
        if self.has_unwritten.swap(false, Ordering::Relaxed) {
            self.is_written.notify_one();
        }
        if self.stalled_since.load(Ordering::Relaxed) != 0 {
            self.idle_since.store(self.now().0, Ordering::Relaxed);
            self.stalled_since.store(0, Ordering::Relaxed);
        }
    }

    /// Whether it is the client's turn: to send a request or the rest of one, or to read an answer.
    pub(super) fn waits_for_client(&self) -> bool {
        self.answering.load(Ordering::Relaxed) == 0
            || self.reads_body.load(Ordering::Relaxed)
            || self.stalled_since.load(Ordering::Relaxed) != 0
    }

    /// Whether the client has kept us waiting for too long. Bodies have a deadline of their own, where they are read.
    pub(super) fn is_late(&self, now: Now) -> bool {
        let stalled_since = self.stalled_since.load(Ordering::Relaxed);
        if stalled_since != 0 {
            let millis = now.millis_after(stalled_since);
            let read =
                self.written.load(Ordering::Relaxed).saturating_sub(self.stalled_at.load(Ordering::Relaxed));
            return millis > limits::ANSWER_STALL_SECONDS * 1_000
                && read.saturating_mul(1_000) < millis.saturating_mul(limits::ANSWER_BYTES_PER_SECOND);
        }
        let seconds = match self.is_ending() {
            true => limits::DISCONNECT_SECONDS,
            false => limits::WITHOUT_REQUEST_SECONDS,
        };
        self.answering.load(Ordering::Relaxed) == 0
            && now.millis_after(self.idle_since.load(Ordering::Relaxed)) > seconds * 1_000
    }

    pub(super) fn close(&self) {
        self.closed.notify_one();
    }

    /// Waits until somebody closes it.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now().0, Ordering::Relaxed);
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ReadingBody {
    fn drop(&mut self) {
        self.0.reads_body.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Arc<Connection> {
        Arc::new(Connection::new(1, None, Now(1), Instant::now()))
    }

    const fn at(seconds: u64) -> Now {
        Now(seconds * 1_000 + 2)
    }

    #[test]
    fn a_connection_without_a_request_is_late_and_one_that_is_answered_is_not() {
        let connection = connection();
        assert!(!connection.is_late(at(14)));
        assert!(connection.is_late(at(15)));
        let answering = connection.answers();
        assert!(!connection.is_late(at(1_000)));
        drop(answering);
        assert!(!connection.is_late(at(14)));
        connection.end();
        assert!(connection.is_late(at(2)), "it has had its last answer");
    }

    #[test]
    fn a_client_that_reads_is_waited_for_and_one_that_does_not_is_late() {
        let connection = connection();
        connection.stalls();
        assert!(!connection.is_late(at(9)));
        assert!(connection.is_late(at(11)));
        connection.wrote(11 * 4_096);
        connection.stalls();
        assert!(!connection.is_late(at(10)), "it reads slowly");
        assert!(connection.is_late(at(20)), "it has stopped again");
        connection.flushed();
        assert!(!connection.is_late(at(14)));
        assert!(connection.is_late(at(16)));
    }
}
