//! Mail as files, for a hub without a mail server.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::MailError;

pub(super) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes `<id>.eml`, for the owner alone; it is there whole or not at all.
    pub(super) async fn write(&self, id: &str, message: Vec<u8>) -> Result<(), MailError> {
        let (folder, name) = (self.folder.clone(), format!("{id}.eml"));
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &message)).await;
        let outcome = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        outcome.map_err(|error| MailError::NotNow(format!("{}: {error}", self.folder.display())))
    }
}

fn write(folder: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!(".{name}"));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(name))
}

impl fmt::Display for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.folder.display())
    }
}
