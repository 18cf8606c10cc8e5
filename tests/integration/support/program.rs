//! Programs of `tests/clients`: each says and hears lines of JSON, and ends with the test that started it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A program says its next line within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program.
pub struct Program {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// What it writes to standard error, once it has ended.
    complaint: Option<JoinHandle<String>>,
}

/// Where the programs are.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

impl Program {
    /// Starts `command` in the folder of the programs. `name` is for messages, and so is `need`: what the
    /// machine has to have.
    ///
    /// # Panics
    /// Where it does not start: these tests are never skipped.
    pub fn start(name: &str, mut command: Command, need: &str) -> Self {
        let mut child = command
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{name} does not start ({error}): it needs {need}; see tests/run")
            });
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let complaint = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, lines, complaint: Some(complaint) }
    }

    /// Waits for the next line of JSON.
    ///
    /// # Panics
    /// Where none comes, with what the program wrote to standard error.
    pub fn next(&mut self) -> Value {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}: {line}", self.name)),
            Err(reason) => {
                let complaint = self.complaint();
                panic!("{} said nothing ({reason:?}): {complaint}", self.name)
            }
        }
    }

    /// Waits for the next line of JSON for so long; a program that says nothing is ended.
    pub fn next_within(&mut self, patience: Duration) -> Option<Value> {
        let line = self.lines.recv_timeout(patience).ok();
        if line.is_none() {
            let _ = self.child.kill();
        }
        line.map(|line| serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}: {line}", self.name)))
    }

    /// Waits for the next line of JSON, and lets the hub and the rest of the test go on meanwhile.
    ///
    /// # Panics
    /// As [`Program::next`].
    pub async fn hear(&mut self) -> Value {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            match self.lines.try_recv() {
                Ok(line) => {
                    return serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}: {line}", self.name));
                }
                Err(TryRecvError::Empty) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        let complaint = self.complaint();
        panic!("{} said nothing: {complaint}", self.name)
    }

    /// Sends one line of JSON.
    pub fn tell(&mut self, value: &Value) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{value}").unwrap();
        input.flush().unwrap();
    }

    fn complaint(&mut self) -> String {
        let _ = self.child.kill();
        self.complaint.take().and_then(|complaint| complaint.join().ok()).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
