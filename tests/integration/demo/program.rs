//! The real program, started as a newcomer would.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_vestibule");
/// Its last line is there, and later it has stopped, within this time.
const PATIENCE: Duration = Duration::from_secs(60);
/// The last line of what it prints.
const READY: &str = "Press Ctrl-C to stop.";

/// A running demo. It is killed with the value, if it still runs.
pub struct Demo {
    child: Child,
    /// Hub, provider, application.
    pub ports: [u16; 3],
    /// Everything it has printed.
    pub printed: String,
    temporary: TempDir,
}

impl Demo {
    /// Starts it on free ports, and waits until it says what to open.
    pub fn start() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let ports = free_ports();
        let mut child = command(&["demo", "--ports", &argument(ports)])
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).take_while(|line| sender.send(line.clone()).is_ok()).count()
        });
        let mut printed = String::new();
        while !printed.ends_with(&format!("{READY}\n")) {
            let line = lines.recv_timeout(PATIENCE);
            printed += &line.unwrap_or_else(|_| panic!("the demo did not start: {printed}"));
            printed.push('\n');
        }
        Self { child, ports, printed, temporary }
    }

    /// The address of the hub (0), the provider (1) or the application (2), without a slash at the end.
    pub fn address(&self, which: usize) -> String {
        format!("http://localhost:{}", self.ports[which])
    }

    /// The sample application.
    pub fn application(&self) -> String {
        self.address(2)
    }

    /// Where it keeps its data.
    pub fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "the demo does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Three ports that nothing listened on a moment ago.
pub fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.each_ref().map(|listener| listener.local_addr().unwrap().port())
}

/// As after `--ports`.
pub fn argument(ports: [u16; 3]) -> String {
    ports.map(|port| port.to_string()).join(",")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    command
}
