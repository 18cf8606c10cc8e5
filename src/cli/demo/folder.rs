//! A folder that goes away with its value.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::crypto::random::Random;

pub struct Folder(PathBuf);

impl Folder {
    /// Makes a folder that only this user can enter, under the system's temporary folder.
    pub fn create(random: &Random) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("vestibule-demo-{}", random.alphanumeric(12)));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot create the temporary folder {}", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing more can be done about a temporary folder that does not go away.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
