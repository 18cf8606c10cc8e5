//! The issuer of a provider that serves several tenants: `https://login.microsoftonline.com/{tenantid}/v2.0`. Each tenant
//! has the issuer that its own id makes of it.

const PLACEHOLDER: &str = "{tenantid}";

/// Whether `issuer` stands for one issuer per tenant.
pub fn is_template(issuer: &str) -> bool {
    issuer.contains(PLACEHOLDER)
}

/// The issuer of `tenant`.
pub fn of_tenant(issuer: &str, tenant: &str) -> String {
    issuer.replace(PLACEHOLDER, tenant)
}

/// Whether the metadata of `found_at`, an issuer for all tenants or for one (`…/organizations/v2.0`), may have the issuer
/// `template`: they differ in one path segment at most.
pub fn is_of(template: &str, found_at: &str) -> bool {
    let Some((before, after)) = template.split_once(PLACEHOLDER) else { return template == found_at };
    let segment = found_at.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    segment.is_some_and(|segment| !segment.is_empty() && !segment.contains(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRA: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

    #[test]
    fn a_tenant_has_the_issuer_its_id_makes() {
        assert!(is_template(ENTRA) && !is_template("https://idp.example"));
        assert_eq!(of_tenant(ENTRA, "t-1"), "https://login.microsoftonline.com/t-1/v2.0");
        assert_eq!(of_tenant("https://idp.example", "t-1"), "https://idp.example");
    }

    #[test]
    fn metadata_are_of_a_template_when_one_segment_differs() {
        for (found_at, expected) in [
            ("https://login.microsoftonline.com/organizations/v2.0", true),
            ("https://login.microsoftonline.com/common/v2.0", true),
            ("https://login.microsoftonline.com/{tenantid}/v2.0", true),
            ("https://login.microsoftonline.com//v2.0", false),
            ("https://login.microsoftonline.com/a/b/v2.0", false),
            ("https://login.microsoftonline.com/common/v1.0", false),
            ("https://evil.example/common/v2.0", false),
            ("https://login.microsoftonline.com/v2.0", false),
        ] {
            assert_eq!(is_of(ENTRA, found_at), expected, "{found_at}");
        }
        assert!(is_of("https://idp.example", "https://idp.example"));
        assert!(!is_of("https://idp.example", "https://idp.example/x"));
    }
}
