//! Where a person's own settings are kept, whichever hub they talk to (XDG Base Directory Specification).

use std::path::PathBuf;

/// `$XDG_CONFIG_HOME`, or `.config` in the home folder; `None` where neither is an absolute path.
pub fn settings_folder() -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    path("XDG_CONFIG_HOME").or_else(|| path("HOME").map(|home| home.join(".config")))
}
