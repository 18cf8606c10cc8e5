//! The one thread that owns every outbound connection.
//!
//! Pooled connections are driven by the runtime they were opened on. The web workers each have a runtime of
//! their own, which may be busy or gone when another worker wants the connection; this one never is.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(super) struct OutboundThread {
    handle: Handle,
    /// Dropping it ends the thread.
    _running: oneshot::Sender<()>,
}

impl OutboundThread {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_name("outbound-dns")
            .thread_keep_alive(Duration::from_secs(10))
            .build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        std::thread::Builder::new().name("outbound".into()).spawn(move || {
            // Ends with an error when the sender is dropped, which is the signal.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _running: running })
    }

    /// Runs `work` on that thread; it goes on when nobody waits for it any more.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.handle.spawn(work)
    }
}
