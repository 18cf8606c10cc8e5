//! Static files, embedded in the program; served below `/static/`.

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::{EmbeddedFile, RustEmbed};

/// Bytes of the SHA-256 that an address carries: enough to tell two versions apart.
const FINGERPRINT_BYTES: usize = 6;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// A static file, ready to be served.
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    pub content_type: &'static str,
    /// The first 12 hexadecimal digits of its SHA-256: the `v` of its address and its `ETag` (unquoted).
    pub fingerprint: String,
}

/// The file at a path below `/static/`.
pub fn find(path: &str) -> Option<Asset> {
    let file = Static::get(path)?;
    let fingerprint = fingerprint(&file);
    Some(Asset { bytes: file.data, content_type: content_type(path), fingerprint })
}

/// The address of a file, different for every version of it, so that it may be cached for ever.
pub fn address(path: &str) -> Option<String> {
    let file = Static::get(path)?;
    Some(format!("/static/{path}?v={}", fingerprint(&file)))
}

fn fingerprint(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    hash.iter().take(FINGERPRINT_BYTES).fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_carries_the_fingerprint_of_the_bytes_served() {
        use sha2::{Digest, Sha256};
        let asset = find("vestibule.css").unwrap();
        let hash = Sha256::digest(&asset.bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(asset.fingerprint, hash[..12]);
        assert_eq!(
            address("vestibule.css").unwrap(),
            format!("/static/vestibule.css?v={}", asset.fingerprint)
        );
        assert_eq!(asset.content_type, "text/css; charset=utf-8");
    }

    #[test]
    fn nothing_outside_the_folder_is_found() {
        for path in ["", "../Cargo.toml", "/etc/passwd", "nothing.css", "..%2fCargo.toml"] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn every_file_has_a_known_type() {
        for path in Static::iter() {
            assert_ne!(find(&path).unwrap().content_type, "application/octet-stream", "{path}");
        }
    }
}
