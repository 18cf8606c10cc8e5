//! Who is signed in at which hub, in a file that its owner alone can read: `vestibule/credentials.json` in the folder of
//! the person's settings. Written whole or not at all; whoever changes it holds its lock.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::config::settings_folder;
use crate::crypto::random::Random;
use crate::domain::issuer::Issuer;
use crate::domain::limits;

/// What one hub gave.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignedIn {
    /// For people: the address, or the name.
    pub who: String,
    pub access_token: String,
    /// Of the access token, in seconds since 1970.
    pub expires_at: i64,
    pub refresh_token: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    #[serde(default)]
    servers: BTreeMap<String, SignedIn>,
}

/// The file.
pub(super) struct Stored {
    folder: PathBuf,
}

/// Held while the file is changed; other commands wait. Closing it gives the lock back.
pub(super) struct Lock {
    _file: File,
}

impl Stored {
    /// The file of the person at this terminal.
    ///
    /// # Errors
    /// There is no folder for settings.
    pub fn of_person() -> anyhow::Result<Self> {
        match settings_folder() {
            Some(settings) => Ok(Self { folder: settings.join("vestibule") }),
            None => bail!("there is no folder to remember a sign-in in\n  fix: set HOME, or XDG_CONFIG_HOME"),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("credentials.json")
    }

    /// Who is signed in at `server`.
    ///
    /// # Errors
    /// The file cannot be read, or others than its owner could.
    pub fn find(&self, server: &Issuer) -> anyhow::Result<Option<SignedIn>> {
        Ok(self.read()?.servers.remove(server.as_str()))
    }

    /// Keeps who is signed in at `server` from now on; `None` forgets them.
    ///
    /// # Errors
    /// As [`Stored::find`]; the file cannot be written.
    pub fn put(&self, server: &Issuer, signed_in: Option<SignedIn>, _held: &Lock) -> anyhow::Result<()> {
        let mut content = self.read()?;
        match signed_in {
            Some(signed_in) => content.servers.insert(server.as_str().to_owned(), signed_in),
            None => content.servers.remove(server.as_str()),
        };
        let (path, text) = (self.path(), serde_json::to_vec_pretty(&content)?);
        let written = self.folder.join(format!(".credentials.{}", Random::default().alphanumeric(12)));
        let outcome = write_new(&written, &text).and_then(|()| fs::rename(&written, &path));
        if outcome.is_err() {
            let _ = fs::remove_file(&written);
        }
        outcome.with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Waits until no other command changes the file.
    ///
    /// # Errors
    /// The folder cannot be made; another command does not end.
    pub async fn lock(&self) -> anyhow::Result<Lock> {
        let cannot = || format!("{} cannot be made", self.folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).with_context(cannot)?;
        let path = self.folder.join("credentials.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        for _ in 0..limits::TERMINAL_LOCK_LOOKS {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) => {
                    tokio::time::sleep(Duration::from_millis(limits::TERMINAL_LOCK_LOOK_MILLIS)).await;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
                }
            }
        }
        bail!("another vestibule command holds {} and does not end", path.display())
    }

    fn read(&self) -> anyhow::Result<Content> {
        let path = self.path();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        // Of the file that is open: another one may be at its path by now.
        let mode = file.metadata().map(|metadata| metadata.permissions().mode())?;
        if mode & 0o077 != 0 {
            bail!(
                "{path} holds secrets and is open to others (mode {mode:03o})\n  fix: chmod 600 {path}; if others may have \
                 read it, sign out with `vestibule logout` and in again",
                path = path.display(),
                mode = mode & 0o777,
            );
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("{} cannot be read", path.display()))?;
        // The parser's message may quote a token.
        serde_json::from_str(&text).map_err(|_| {
            anyhow::anyhow!(
                "{path} is not what vestibule wrote\n  fix: remove it, and sign in again with `vestibule login`",
                path = path.display()
            )
        })
    }
}

fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
