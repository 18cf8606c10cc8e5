//! What options of a connection say against each other. Each problem names a property and the way out.

use super::{CallUserInfo, Channel, JwtAudience, OidcOptions, PushedRequests, TokenEndpointAuthMethod};
use crate::domain::fields::Fields;
use crate::domain::issuer_template;
use crate::domain::profile::refers_to_userinfo;

/// Settings that are right one by one and cannot work together.
pub(super) fn refuse_contradictions(fields: &mut Fields<'_>, options: &OidcOptions, has_secret: bool) {
    location(fields);
    channel(fields, options, has_secret);
    tenants(fields, options);
    if !has_secret && options.client_secret_expires_at.is_some_and(|expires_at| expires_at != 0) {
        fields.refuse(
            "client_secret_expires_at",
            "says when client_secret expires, and there is none; send both, or leave this out",
        );
    }
    if options.pushed_authorization_requests == PushedRequests::Never
        && options.pushed_authorization_request_endpoint.is_some()
    {
        fields.refuse(
            "pushed_authorization_request_endpoint",
            "is not used, because pushed_authorization_requests is never; set that to always, or leave this out",
        );
    }
    if options.federated_connections_access_tokens.active {
        let refusal = if options.channel == Channel::FrontChannel {
            Some(
                "is active, and the front channel brings no tokens to keep; set type to back_channel, or active to false",
            )
        } else if options.dpop_signing_alg.is_some() {
            Some(
                "is active, and tokens bound to a key (dpop_signing_alg) are of no use to whoever reads them; choose one of the two",
            )
        } else {
            None
        };
        if let Some(refusal) = refusal {
            fields.refuse("federated_connections_access_tokens", refusal);
        }
    }
    if options.groups_claim.is_some() && options.non_persistent_attrs.iter().any(|name| name == "groups") {
        fields.refuse(
            "non_persistent_attrs",
            "contains groups, which groups_claim fills; take it out, or leave groups_claim out",
        );
    }
}

fn location(fields: &mut Fields<'_>) {
    let sent = |fields: &mut Fields<'_>, name| fields.value(name).is_some();
    if !sent(fields, "discovery_url") && !sent(fields, "issuer") {
        fields.refuse(
            "discovery_url",
            "is required, or issuer: without one of the two the provider cannot be found",
        );
    }
}

fn channel(fields: &mut Fields<'_>, options: &OidcOptions, has_secret: bool) {
    let asks_userinfo = refers_to_userinfo(&options.attribute_map);
    match options.channel {
        Channel::BackChannel => {
            let needs_secret = matches!(
                options.token_endpoint_auth_method,
                TokenEndpointAuthMethod::ClientSecretPost | TokenEndpointAuthMethod::ClientSecretBasic
            );
            if needs_secret && !has_secret {
                fields.refuse(
                    "client_secret",
                    "is required by token_endpoint_auth_method; or set that to private_key_jwt or none, or type to front_channel",
                );
            }
            if asks_userinfo && options.call_userinfo == CallUserInfo::Never {
                fields.refuse(
                    "call_userinfo",
                    "is never, but attribute_map uses context.userinfo; set it to when_mapped, or use context.tokenset",
                );
            }
        }
        Channel::FrontChannel => {
            // client_secret_post is what nobody has to write, so it says nothing.
            let asked_for = match options.token_endpoint_auth_method {
                TokenEndpointAuthMethod::PrivateKeyJwt => Some("private_key_jwt"),
                TokenEndpointAuthMethod::ClientSecretBasic => Some("client_secret_basic"),
                TokenEndpointAuthMethod::ClientSecretPost | TokenEndpointAuthMethod::None => None,
            };
            if let Some(method) = asked_for {
                fields.refuse(
                    "token_endpoint_auth_method",
                    format!("is {method}, and the front channel asks no token endpoint; set type to back_channel, or leave this out"),
                );
            }
            if options.dpop_signing_alg.is_some() {
                fields.refuse(
                    "dpop_signing_alg",
                    "binds access tokens, and the front channel brings none; set type to back_channel, or leave this out",
                );
            }
            if asks_userinfo || options.call_userinfo == CallUserInfo::Always {
                fields.refuse(
                    if asks_userinfo { "attribute_map" } else { "call_userinfo" },
                    "asks for UserInfo, which takes an access token, and the front channel brings none; set type to back_channel, or use context.tokenset",
                );
            }
        }
    }
}

/// An issuer for several tenants, and the list of those that may come.
fn tenants(fields: &mut Fields<'_>, options: &OidcOptions) {
    let Some(issuer) = &options.issuer else { return };
    match (issuer_template::is_template(issuer), options.tenant_ids.is_empty()) {
        (true, true) => fields.refuse(
            "tenant_ids",
            "is required, because issuer contains {tenantid}: without a list, anybody with an account in any tenant could sign in",
        ),
        (false, false) => fields.refuse(
            "tenant_ids",
            "belongs to an issuer for several tenants; write issuer with {tenantid}, for instance https://login.microsoftonline.com/{tenantid}/v2.0, or leave tenant_ids out",
        ),
        (true, false) if options.discovery_url.is_none() && options.jwks_uri.is_none() => fields.refuse(
            "discovery_url",
            "is required beside an issuer that contains {tenantid}, for instance https://login.microsoftonline.com/organizations/v2.0; or enter jwks_uri and every endpoint",
        ),
        _ => {}
    }
    if issuer_template::is_template(issuer)
        && options.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt
        && options.token_endpoint_jwtca_aud_format == JwtAudience::Issuer
    {
        fields.refuse(
            "token_endpoint_jwtca_aud_format",
            "must be token_endpoint, because an issuer that contains {tenantid} is nobody's name",
        );
    }
}
