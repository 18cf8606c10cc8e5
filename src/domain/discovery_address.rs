//! Where a provider's metadata are, and whose they have to be (OpenID Connect Discovery 1.0 §4).

use url::Url;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Where the document of a base URL (or the full well-known URL itself) is; `None` where `base` is no URL.
pub fn document_url(base: &str) -> Option<Url> {
    let mut url = Url::parse(base).ok().filter(|url| !url.cannot_be_a_base())?;
    if !url.path().contains("/.well-known/") {
        let path = format!("{}{WELL_KNOWN}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.set_fragment(None);
    Some(url)
}

/// The issuer that a document at `url`, from [`document_url`], has to name.
pub fn implied_issuer(url: &Url) -> String {
    let mut issuer = url.clone();
    issuer.set_query(None);
    issuer.as_str().strip_suffix(WELL_KNOWN).unwrap_or(issuer.as_str()).to_owned()
}

/// Administrators leave out the slash at the end, or add one.
pub fn without_slash(issuer: &str) -> &str {
    issuer.strip_suffix('/').unwrap_or(issuer)
}
