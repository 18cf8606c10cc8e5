//! Somebody at a terminal, somewhere else than the hub.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::vestibule;
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET};

/// A folder and an environment of their own.
pub struct Terminal {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Terminal {
    /// Of whoever knows the hub and its management client.
    pub fn of(issuer: &str) -> Self {
        let settings = [
            ("VESTIBULE_ISSUER", issuer),
            ("VESTIBULE_MANAGEMENT_CLIENT_ID", MANAGEMENT_CLIENT),
            ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", MANAGEMENT_SECRET),
        ];
        Self::with(&settings)
    }

    /// With these settings alone.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self { folder: tempfile::tempdir().unwrap(), settings }
    }

    /// Sets one more.
    pub fn set(&mut self, name: &str, text: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), text.to_owned()));
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command that nobody answers.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        self.answer(arguments, "").await
    }

    /// Runs a command with that on its standard input.
    pub async fn answer(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self.command(arguments).spawn().unwrap();
        let input = input.to_owned();
        let said = tokio::task::spawn_blocking(move || {
            // A command that does not read is none to wait for.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            Said::of(child, String::new())
        });
        said.await.unwrap()
    }

    /// Runs a command, does something else once it asks `question` on stderr, and then answers.
    pub async fn answer_when(
        &self,
        arguments: &[&str],
        question: &str,
        input: &str,
        meanwhile: impl AsyncFnOnce(),
    ) -> Said {
        let mut child = self.command(arguments).spawn().unwrap();
        let (mut errors, question) = (child.stderr.take().unwrap(), question.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let (mut heard, mut byte) = (Vec::new(), [0]);
            while !String::from_utf8_lossy(&heard).contains(&question) {
                assert_eq!(
                    errors.read(&mut byte).unwrap(),
                    1,
                    "never asked: {}",
                    String::from_utf8_lossy(&heard)
                );
                heard.push(byte[0]);
            }
            (errors, String::from_utf8(heard).unwrap())
        });
        let (errors, heard) = asked.await.unwrap();
        meanwhile().await;
        child.stderr = Some(errors);
        let input = input.to_owned();
        let said = tokio::task::spawn_blocking(move || {
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            Said::of(child, heard)
        });
        said.await.unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let mut command = vestibule(self.folder.path(), arguments, &settings);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Said {
    /// Waits for the command's end; `heard` is what was read of its complaints already.
    fn of(child: Child, heard: String) -> Self {
        let output = child.wait_with_output().unwrap();
        let said = Self {
            status: output.status,
            out: String::from_utf8(output.stdout).unwrap(),
            err: heard + &String::from_utf8(output.stderr).unwrap(),
        };
        for secret in [MANAGEMENT_SECRET, "canary-client-secret"] {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "a secret is shown: {said:?}");
        }
        said
    }

    /// What it printed, if it ended well.
    pub fn fine(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.out
    }

    /// The same, as JSON.
    pub fn json(self) -> Value {
        let out = self.fine();
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("no JSON: {out}"))
    }

    /// What it complained of, if it ended with that code; it printed nothing then.
    pub fn complaint(self, code: i32) -> String {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        self.err
    }
}
