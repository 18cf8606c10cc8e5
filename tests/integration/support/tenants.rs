//! A provider that serves every tenant, each with an issuer of its own (Entra ID).

use vestibule::domain::connection::OidcOptions;

use super::fake_provider::{Answer, Scene};

/// Two tenants that may come, and one that may not.
pub const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
pub const ANOTHER_LISTED_TENANT: &str = "99999999-86f1-41af-91ab-2d7cd011db47";
pub const FOREIGN_TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// Metadata whose issuer stands for every tenant.
pub fn for_every_tenant(answer: &mut Answer, scene: &Scene) {
    answer.set("issuer", format!("{}/{{tenantid}}/v2.0", scene.issuer));
}

/// Lets a connection to a fake provider be one to all of its tenants.
pub fn of_several_tenants(options: &mut OidcOptions) {
    let base = options.discovery_url.take().unwrap_or_default();
    options.discovery_url = Some(format!("{base}/organizations/v2.0"));
    options.tenant_ids = vec![TENANT.into(), ANOTHER_LISTED_TENANT.into()];
}
