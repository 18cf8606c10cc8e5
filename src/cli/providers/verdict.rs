//! What a hub found out about a provider, in words for the terminal; and which flag is to blame.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::outcome::on_one_line;

/// Whether people can sign in, check by check, as the Management API tells it.
pub(super) struct Verdict(pub(super) Value);

impl Verdict {
    /// `ready`, `degraded`, `broken` or `unknown`.
    pub(super) fn state(&self) -> &str {
        self.0.get("state").and_then(Value::as_str).unwrap_or("unknown")
    }

    pub(super) fn is_broken(&self) -> bool {
        self.state() == "broken"
    }

    fn checks(&self) -> impl Iterator<Item = Check<'_>> {
        self.0.get("checks").and_then(Value::as_array).into_iter().flatten().map(Check)
    }

    /// How many checks failed.
    pub(super) fn failures(&self) -> usize {
        self.checks().filter(|check| check.outcome() == "failed").count()
    }

    /// Every check.
    pub(super) fn text(&self) -> String {
        let width = self.checks().map(|check| check.text("check").chars().count()).max().unwrap_or_default();
        let mut text = String::new();
        for check in self.checks() {
            let (outcome, name) = (check.outcome(), check.text("check"));
            match outcome {
                "ok" | "skipped" => {
                    let _ = writeln!(text, "{outcome:7}  {name:width$}  {}", check.text("came"));
                }
                _ => {
                    let _ = writeln!(text, "{outcome:7}  {name:width$}  {}", check.text("code"));
                    text.push_str(&check.evidence(9));
                }
            }
        }
        text
    }

    /// What failed, each under the flag that is to blame; `None` if nothing did.
    pub(super) fn blame(&self, is_discovered: bool) -> Option<String> {
        let told = self.told("failed", is_discovered);
        (!told.is_empty()).then_some(told)
    }

    /// What is not as it should be, and lets people sign in all the same.
    pub(super) fn warnings(&self, is_discovered: bool) -> String {
        self.told("warning", is_discovered)
    }

    fn told(&self, outcome: &str, is_discovered: bool) -> String {
        let mut text = String::new();
        for check in self.checks().filter(|check| check.outcome() == outcome) {
            let (name, code) = (check.text("check"), check.text("code"));
            let blamed = match code.as_str() {
                "client-refused" => self.refused(),
                _ => flag(&name, &code, is_discovered).unwrap_or(&name),
            };
            let _ = writeln!(text, "  {blamed}  ({code})");
            text.push_str(&check.evidence(4));
        }
        text
    }

    /// A token endpoint that does not say which of the two it refused; the authorization endpoint looks at the id alone.
    fn refused(&self) -> &'static str {
        let is_unknown = self.checks().any(|check| check.text("code") == "authorization-client-unknown");
        let is_known =
            self.checks().any(|check| check.text("check") == "redirect-uri" && check.outcome() == "ok");
        match (is_unknown, is_known) {
            (true, _) => "--client-id",
            (false, true) => "--client-secret",
            (false, false) => "--client-id or --client-secret",
        }
    }
}

struct Check<'a>(&'a Value);

impl Check<'_> {
    fn text(&self, name: &str) -> String {
        on_one_line(self.0.get(name).and_then(Value::as_str).unwrap_or_default())
    }

    fn outcome(&self) -> &str {
        self.0.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }

    fn evidence(&self, indent: usize) -> String {
        let lines = [("expected", "expected"), ("came", "came"), ("fix", "remedy")].map(|(word, name)| {
            let words = self.text(name);
            if words.is_empty() { words } else { format!("{:indent$}{word:9} {words}\n", "") }
        });
        lines.concat()
    }
}

/// The flag that says what a check found wrong.
fn flag(check: &str, code: &str, is_discovered: bool) -> Option<&'static str> {
    Some(match (check, code) {
        (_, "client-id-unknown" | "client-not-allowed" | "authorization-client-unknown") => "--client-id",
        (_, "client-secret-wrong" | "client-secret-expired") => "--client-secret",
        (_, "authorization-scope-refused") => "--scopes",
        (_, "authorization-response-type-refused") => "--channel",
        ("issuer", _) if !is_discovered => "--issuer",
        ("authorization-endpoint", _) if !is_discovered => "--authorization-endpoint",
        ("token-endpoint", _) if !is_discovered => "--token-endpoint",
        ("userinfo-endpoint", _) if !is_discovered => "--userinfo-endpoint",
        ("jwks-uri" | "keys", _) if !is_discovered => "--jwks-uri",
        ("tls", _) => "--url",
        ("discovery" | "issuer" | "authorization-endpoint" | "token-endpoint" | "jwks-uri" | "keys", _) => {
            "--url"
        }
        ("userinfo-endpoint", _) => "--call-userinfo",
        ("response-type" | "response-mode", _) => "--channel",
        ("pkce", _) => "--pkce",
        ("mix-up", _) => "--redirect-uri",
        ("client-authentication-method", _) => "--auth-method",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_check_is_told_under_the_flag_to_blame() {
        let check = |check: &str, outcome: &str, code: &str| json!({"check": check, "outcome": outcome, "code": code, "expected": "a", "came": "b\u{1b}", "remedy": "c"});
        let verdict = Verdict(json!({"state": "broken", "checks": [
            check("discovery", "failed", "discovery-status"), check("clock", "warning", "clock-drifts"),
            check("client-credentials", "failed", "client-secret-wrong"),
        ]}));
        assert_eq!(
            verdict.blame(true).unwrap(),
            "  --url  (discovery-status)\n    expected  a\n    came      b?\n    fix       c\n\
             \u{20} --client-secret  (client-secret-wrong)\n    expected  a\n    came      b?\n    fix       c\n"
        );
        assert!(verdict.warnings(true).starts_with("  clock  (clock-drifts)"));
        assert_eq!((verdict.is_broken(), verdict.failures()), (true, 2));
        let of = |other: Value| {
            let refused = check("client-credentials", "failed", "client-refused");
            let verdict = Verdict(json!({"state": "broken", "checks": [refused, other]}));
            verdict.blame(true).unwrap().split("  (").next().unwrap().to_owned()
        };
        assert_eq!(of(check("redirect-uri", "skipped", "")), "  --client-id or --client-secret");
        assert_eq!(of(check("redirect-uri", "ok", "")), "  --client-secret");
        assert_eq!(
            of(check("authorization-request", "failed", "authorization-client-unknown")),
            "  --client-id"
        );
        assert_eq!(flag("keys", "x", false), Some("--jwks-uri"));
        assert_eq!(flag("client-credentials", "client-id-unknown", true), Some("--client-id"));
    }
}
