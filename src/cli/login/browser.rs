//! The person's browser is asked to open an address.

use std::process::{Command, Stdio};

use url::Url;

/// What opens an address on this kind of machine.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Whether a program took the address. It may still fail to show it: the address is printed as well.
pub(super) fn open(address: &Url) -> bool {
    Command::new(OPENER)
        .arg(address.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
