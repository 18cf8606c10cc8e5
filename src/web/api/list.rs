//! Lists: pages by number (`page`, `per_page`, `include_totals`) or by position (`from`, `take`), and `fields`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::query::Query;
use crate::domain::limits;
use crate::store::{Page, Paged};

/// What `from` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The `next` of an earlier answer.
    Opaque,
    /// The id of the last item seen; an answer by position is then a bare list.
    ItemId,
}

/// How a list was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listing {
    /// The member of the answer that holds the items.
    resource: &'static str,
    position: Position,
    pub page: Page,
    pub fields: Option<Fields>,
}

impl Listing {
    /// Reads `fields` and the paging of a list of `resource`.
    pub(super) fn read(query: &mut Query, resource: &'static str, position: Position) -> Self {
        let from = match position {
            Position::Opaque => read_position(query),
            Position::ItemId => query.one("from"),
        };
        let take = query.integer("take", 1..=limits::PAGE_SIZE_MAX);
        let number = query.integer("page", 0..=limits::OFFSET_ROWS_MAX);
        let size = query.integer("per_page", 1..=limits::PAGE_SIZE_MAX);
        let with_total = query.boolean("include_totals").unwrap_or(false);
        let page = if from.is_some() || take.is_some() {
            if number.is_some() || size.is_some() {
                query.refuse("page", "and per_page cannot be combined with from and take");
            }
            Page::After { after: from, take: take.unwrap_or(limits::PAGE_SIZE) }
        } else {
            let (number, size) = (number.unwrap_or(0), size.unwrap_or(limits::PAGE_SIZE));
            if number.saturating_mul(size) >= limits::OFFSET_ROWS_MAX {
                let most = limits::OFFSET_ROWS_MAX;
                query
                    .refuse("page", format!("reaches only the first {most} items; use from and take beyond"));
            }
            Page::Numbered { number, size, with_total }
        };
        Self { resource, position, page, fields: Fields::read(query) }
    }

    /// The answer: a bare list; with `include_totals` an object with `start`, `limit` and `total`; by position
    /// an object with `next`, if there is more.
    pub(super) fn answer<T>(&self, paged: Paged<T>, render: impl FnMut(T) -> Value) -> Value {
        let Paged { items, total, next } = paged;
        let mut items: Vec<Value> = items.into_iter().map(render).collect();
        if let Some(fields) = &self.fields {
            items = items.into_iter().map(|item| fields.choose(item)).collect();
        }
        let mut answer = Map::new();
        match (&self.page, self.position) {
            (Page::Numbered { with_total: false, .. }, _) | (Page::After { .. }, Position::ItemId) => {
                return Value::Array(items);
            }
            (Page::Numbered { number, size, .. }, _) => {
                answer.insert("start".into(), json!(number.saturating_mul(*size)));
                answer.insert("limit".into(), json!(size));
                answer.insert("length".into(), json!(items.len()));
                answer.insert("total".into(), json!(total));
            }
            (Page::After { .. }, Position::Opaque) => {
                if let Some(next) = next {
                    answer.insert("next".into(), json!(written_position(&next)));
                }
            }
        }
        answer.insert(self.resource.into(), Value::Array(items));
        Value::Object(answer)
    }
}

/// The sort key behind `from`.
pub(super) fn read_position(query: &mut Query) -> Option<String> {
    let from = query.one("from")?;
    let key = URL_SAFE_NO_PAD.decode(from).ok().and_then(|key| String::from_utf8(key).ok());
    if key.is_none() {
        query.refuse("from", "must be the next of an earlier answer to the same list");
    }
    key
}

/// A sort key as the `next` of an answer.
pub(super) fn written_position(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// `fields` and `include_fields`: only these members of an item, or all but these.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fields {
    names: Vec<String>,
    is_inclusive: bool,
}

impl Fields {
    pub(super) fn read(query: &mut Query) -> Option<Self> {
        let names = query.one("fields");
        let is_inclusive = query.boolean("include_fields").unwrap_or(true);
        let names: Vec<String> = names?.split(',').map(|name| name.trim().to_owned()).collect();
        Some(Self { names, is_inclusive })
    }

    pub(super) fn choose(&self, item: Value) -> Value {
        match item {
            Value::Object(members) => Value::Object(
                members
                    .into_iter()
                    .filter(|(name, _)| self.names.contains(name) == self.is_inclusive)
                    .collect(),
            ),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn listing(query: &str) -> Result<Listing, String> {
        let request = TestRequest::with_uri(&format!("/things?{query}")).to_http_request();
        let mut query = Query::of(&request);
        let listing = Listing::read(&mut query, "things", Position::Opaque);
        query.finish().map_err(|error| error.to_string())?;
        Ok(listing)
    }

    fn paged() -> Paged<i32> {
        Paged { items: vec![1, 2], total: Some(9), next: Some("two".into()) }
    }

    #[test]
    fn each_paging_has_its_own_answer() {
        let answer =
            |query: &str| listing(query).unwrap().answer(paged(), |number| json!({"id": number, "n": 0}));
        assert_eq!(answer(""), json!([{"id": 1, "n": 0}, {"id": 2, "n": 0}]));
        assert_eq!(answer("fields=id"), json!([{"id": 1}, {"id": 2}]));
        assert_eq!(answer("fields=id&include_fields=false"), json!([{"n": 0}, {"n": 0}]));
        assert_eq!(
            answer("page=2&per_page=2&include_totals=true&fields=id"),
            json!({"start": 4, "limit": 2, "length": 2, "total": 9, "things": [{"id": 1}, {"id": 2}]})
        );
        assert_eq!(answer("take=2&fields=id"), json!({"next": "dHdv", "things": [{"id": 1}, {"id": 2}]}));
        assert_eq!(
            listing("from=dHdv&take=2&include_totals=true").unwrap().page,
            Page::After { after: Some("two".into()), take: 2 }
        );
    }

    #[test]
    fn impossible_pages_are_refused() {
        for query in [
            "page=-1",
            "per_page=0",
            "per_page=101",
            "take=0",
            "take=101",
            "from=%20!",
            "page=0&take=5",
            "page=20&per_page=50",
            "include_totals=yes",
        ] {
            assert!(listing(query).is_err(), "{query}");
        }
        assert!(listing("page=19&per_page=50").is_ok());
    }
}
