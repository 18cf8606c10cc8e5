//! What leads to a connection, in `options` of a Management API body.

use crate::domain::fields::Fields;
use crate::domain::home_realm::{DomainAlias, EmailDomain, OrganizationCode};
use crate::domain::limits;

pub(super) fn domain_aliases(fields: &mut Fields<'_>) -> Vec<String> {
    fields
        .list("domain_aliases", limits::DOMAINS_PER_CONNECTION, 1..=limits::SHORT_TEXT_CHARACTERS, |text| {
            DomainAlias::parse(text)
                .map(DomainAlias::into_string)
                .map_err(|problem| format!("has an entry that does not work: {problem}"))
        })
        .unwrap_or_default()
}

/// Addresses that lead here whatever their domain says.
pub(super) fn address_aliases(fields: &mut Fields<'_>) -> Vec<String> {
    fields
        .list("address_aliases", limits::ADDRESSES_PER_CONNECTION, 1..=limits::EMAIL_BYTES, |text| {
            EmailDomain::of(text)
                .map(|(address, _)| address)
                .map_err(|error| format!("has {text:?}, which is not an e-mail address: {error}"))
        })
        .unwrap_or_default()
}

pub(super) fn organization_code(fields: &mut Fields<'_>) -> Option<String> {
    const NAME: &str = "organization_code";
    let text = fields.text(NAME, 1..=limits::SHORT_TEXT_CHARACTERS)?;
    let code = OrganizationCode::parse(&text);
    if code.is_none() {
        let (least, most) = (limits::ORGANIZATION_CODE_MIN_CHARACTERS, limits::ORGANIZATION_CODE_CHARACTERS);
        fields.refuse(
            NAME,
            format!("must be {least} to {most} letters and digits, with single hyphens inside, for instance acme-eu"),
        );
    }
    code.map(OrganizationCode::into_string)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::problem::Problem;

    fn read(options: &Value) -> Result<(Vec<String>, Option<String>), Vec<String>> {
        let mut fields = Fields::new(options.as_object().unwrap(), "options");
        let read = (address_aliases(&mut fields), organization_code(&mut fields));
        let mut problems: Vec<Problem> = Vec::new();
        fields.finish(&mut problems);
        if problems.is_empty() { Ok(read) } else { Err(problems.into_iter().map(|one| one.path).collect()) }
    }

    #[test]
    fn addresses_and_codes_are_normalized_or_refused() {
        let options = json!({"address_aliases": ["Ada@Corp.COM"], "organization_code": " ACME-eu "});
        assert_eq!(read(&options), Ok((vec!["ada@corp.com".into()], Some("acme-eu".into()))));
        assert_eq!(read(&json!({"organization_code": null})), Ok((Vec::new(), None)));
        let options = json!({"address_aliases": ["corp.com"], "organization_code": "acme.example"});
        assert_eq!(
            read(&options),
            Err(vec!["options.address_aliases".into(), "options.organization_code".into()])
        );
        assert!(read(&json!({"address_aliases": ["a@b@corp.com"]})).is_err());
    }
}
