//! GET /api/v2/users/{id}

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};

use super::{identities_of, told};
use crate::domain::management_scope::{READ_USER_IDP_TOKENS, READ_USERS};
use crate::flows::manage::{ManageError, Resource};
use crate::flows::provider_tokens;
use crate::web::api::answer;
use crate::web::api::call::{authorize, id, may_also};
use crate::web::api::error::ApiError;
use crate::web::api::list::Fields;
use crate::web::api::query::Query;
use crate::web::extract::Visit;

/// With the scope `read:user_idp_tokens`, the tokens that providers gave are among the identities, refreshed where they
/// would expire.
pub async fn handle(visit: Visit, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    authorize(&visit, &request, "Get a user", READ_USERS).await?;
    let id = id(&request)?;
    let mut query = Query::of(&request);
    let fields = Fields::read(&mut query);
    query.finish()?;
    let hub = &visit.state.hub;
    let (user, mut identities) = hub
        .store
        .read(move |tx| {
            let user = tx.find_user(&id)?.ok_or(ManageError::NotFound(Resource::User))?;
            let identities = identities_of(tx, &user, &mut HashMap::new())?;
            Ok::<_, ManageError>((user, identities))
        })
        .await?;
    if may_also(&visit, &request, READ_USER_IDP_TOKENS).await? {
        for at in &mut identities {
            at.tokens = provider_tokens::tokens_of(hub, &at.connection, &at.identity).await?;
        }
    }
    let (version, shows_tokens) = (user.version, identities.iter().any(|at| at.tokens.is_some()));
    let is_vouched = user.profile.get("email_verified").cloned();
    let json = told(hub, (user, identities)).await?;
    let is_vouched = is_vouched.as_ref() == json.get("email_verified");
    Ok(match shows_tokens || !is_vouched {
        // Tokens, and whose a domain is, change without the user.
        true => answer::found_now(version, json, fields.as_ref()),
        false => answer::found(&request, version, json, fields.as_ref()),
    })
}
