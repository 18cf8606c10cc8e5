//! What an attribute map makes of claims that an administrator pasted; nothing is changed by it.

use serde_json::{Map, Value};

use super::{ManageError, Resource};
use crate::domain::connection::{Connection, with_attribute_map};
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::flows::explain_profile::{Whose, explain_profile};
use crate::flows::hub::Hub;

/// The profile that a login with `claims`, `userinfo` and, instead of the connection's own, `attribute_map` would
/// give; the rule behind each value; and what it would write into the user these claims belong to. Of what is stored
/// about that user, the answer names attributes and holds no values.
///
/// # Errors
/// [`ManageError::Invalid`] with all problems, those of a map that could not be saved among them;
/// [`ManageError::NotFound`].
pub async fn try_attribute_map(hub: &Hub, id: &str, body: &Map<String, Value>) -> Result<Value, ManageError> {
    let wanted = id.to_owned();
    let found = hub.store.read(move |tx| tx.find_connection(&wanted)).await?;
    let connection = found.ok_or(ManageError::NotFound(Resource::Connection))?;
    let pasted = Pasted::read(body, &connection, hub).map_err(ManageError::Invalid)?;
    let connection = &pasted.connection;
    let subject = pasted.claims.get(&connection.options.user_id_attribute).and_then(Value::as_str);
    let whose = subject.map_or(Whose::Nobody, Whose::Said);
    Ok(explain_profile(hub, connection, &pasted.claims, pasted.userinfo.as_ref(), whose).await?)
}

/// What was pasted, with the connection as it would be.
struct Pasted {
    connection: Connection,
    claims: Map<String, Value>,
    userinfo: Option<Map<String, Value>>,
}

impl Pasted {
    fn read(body: &Map<String, Value>, connection: &Connection, hub: &Hub) -> Result<Self, Vec<Problem>> {
        let mut fields = Fields::new(body, "");
        let claims = pasted_claims(&mut fields, "claims");
        if claims.is_none() && body.get("claims").is_none_or(Value::is_null) {
            fields.refuse("claims", "is required: the claims of an ID token, as a JSON object");
        }
        let userinfo = pasted_claims(&mut fields, "userinfo");
        let map = fields.value("attribute_map");
        let mut problems = Vec::new();
        fields.finish(&mut problems);
        let (allows_http, now) = (hub.upstream.allows_plain_http(), hub.clock.now());
        let tried =
            map.map_or(Ok(connection.clone()), |map| with_attribute_map(connection, map, allows_http, now));
        match tried {
            Ok(connection) if problems.is_empty() => {
                Ok(Self { connection, claims: claims.unwrap_or_default(), userinfo })
            }
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more.into_iter().map(|problem| {
                    let path = problem.path.strip_prefix("options.").unwrap_or(&problem.path).to_owned();
                    Problem::new(path, problem.message)
                }));
                Err(problems)
            }
        }
    }
}

/// No more than a provider may send.
fn pasted_claims(fields: &mut Fields<'_>, name: &'static str) -> Option<Map<String, Value>> {
    let refusal = match fields.value(name)? {
        Value::Object(claims) => {
            let bytes = serde_json::to_string(claims).map_or(usize::MAX, |text| text.len());
            if bytes <= limits::OUTBOUND_ANSWER_BYTES {
                return Some(claims.clone());
            }
            let most = limits::OUTBOUND_ANSWER_BYTES;
            format!("has {bytes} bytes; a provider may send at most {most}")
        }
        _ => "must be an object: claim to value".to_owned(),
    };
    fields.refuse(name, refusal);
    None
}
