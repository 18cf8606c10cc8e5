//! Redirect URIs match exactly (OpenID Connect Core §3.1.2.1, RFC 9700 §4.1.3), loopback ports aside
//! (RFC 8252 §7.3).

/// Whether `asked` is one of the `registered` URIs.
///
/// Compared as text: no normalisation, so parsers that disagree have nothing to disagree about. The one
/// exception is the port of `http://127.0.0.1` and `http://[::1]`, which a native application cannot know
/// in advance.
pub fn is_registered(asked: &str, registered: &[String]) -> bool {
    registered.iter().any(|known| known == asked || same_but_for_loopback_port(asked, known))
}

fn same_but_for_loopback_port(asked: &str, known: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].into_iter().any(|prefix| {
        match (asked.strip_prefix(prefix), known.strip_prefix(prefix)) {
            (Some(asked), Some(known)) => {
                matches!((without_port(asked), without_port(known)), (Some(a), Some(b)) if a == b)
            }
            (Some(_) | None, Some(_) | None) => false,
        }
    })
}

/// What follows an optional `:port`; `None` if this is not the end of a host.
fn without_port(rest: &str) -> Option<&str> {
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (port, path) = after.split_at_checked(digits)?;
            port.parse::<u16>().ok().filter(|port| *port > 0)?;
            path
        }
    };
    (path.is_empty() || path.starts_with('/') || path.starts_with('?')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_uri_matches() {
        let registered =
            vec!["https://app.example/cb".to_owned(), "https://app.example/cb?tenant=1".to_owned()];
        assert!(is_registered("https://app.example/cb", &registered));
        assert!(is_registered("https://app.example/cb?tenant=1", &registered));
        for asked in [
            "https://app.example/cb/",
            "https://app.example/cb?",
            "https://app.example/cb#",
            "https://app.example/cb?tenant=2",
            "https://app.example/CB",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example:0/cb",
            "https://app.example/cb/../evil",
            "https://app.example/%63b",
            "https://app.example/x/%2e%2e/cb",
            "https://app.example//cb",
            "https://app.example\\cb",
            "https://app.example@evil.example/cb",
            "https://evil.example@@app.example/cb",
            "https://user@app.example/cb",
            "https://app.example.evil.example/cb",
            "https://app.example/cb\t",
            " https://app.example/cb",
            "https://app.example/cb%00",
            "http://app.example/cb",
            "javascript:alert(1)",
            "https://[fe80::1%25eth0]/cb",
            "",
        ] {
            assert!(!is_registered(asked, &registered), "{asked}");
        }
    }

    #[test]
    fn only_a_loopback_port_may_differ() {
        let registered =
            ["http://127.0.0.1/cb", "http://[::1]:80/cb", "http://localhost/cb"].map(str::to_owned);
        assert!(is_registered("http://127.0.0.1:49152/cb", &registered));
        assert!(is_registered("http://[::1]:49152/cb", &registered));
        for asked in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://localhost:49152/cb",
            "https://127.0.0.1:49152/cb",
            "http://127.0.0.2:49152/cb",
            "http://127.0.0.1:1a/cb",
        ] {
            assert!(!is_registered(asked, &registered), "{asked}");
        }
        let elsewhere = ["http://127.0.0.1@evil.example/cb".to_owned()];
        assert!(!is_registered("http://127.0.0.1:80@evil.example/cb", &elsewhere), "no port of a host");
    }
}
