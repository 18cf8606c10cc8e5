//! What the people of one application can choose from.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::connection::{Connection, Strategy};

/// A connection, as far as a choice needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub id: String,
    pub name: String,
    pub display_name: String,
    pub icon_url: Option<String>,
    pub strategy: Strategy,
    is_button: bool,
    takes_email: bool,
    takes_code: bool,
}

impl Way {
    pub fn of(connection: &Connection) -> Self {
        let options = &connection.options;
        let leads_by_email = !options.domain_aliases.is_empty() || !options.address_aliases.is_empty();
        Self {
            id: connection.id.clone(),
            name: connection.name.clone(),
            display_name: connection.display_name.clone(),
            icon_url: connection.logo_path().or_else(|| options.icon_url.clone()),
            strategy: connection.strategy,
            is_button: connection.strategy == Strategy::Oidc && connection.show_as_button,
            takes_email: connection.strategy == Strategy::Local || leads_by_email,
            takes_code: options.organization_code.is_some(),
        }
    }

    /// Whether its name or display name contains `text`, which is in lower case.
    fn is_called(&self, text: &str) -> bool {
        [&self.display_name, &self.name].iter().any(|name| name.to_lowercase().contains(text))
    }
}

/// The connections that an application may use. However many there are, only [`Offer::buttons_called`] looks at each.
#[derive(Debug, Default)]
pub struct Offer {
    /// By name.
    ways: Vec<Arc<Way>>,
    local: Option<Arc<Way>>,
    buttons: Vec<Arc<Way>>,
    asks_email: bool,
    asks_organization: bool,
}

impl Offer {
    pub fn new(ways: impl IntoIterator<Item = Way>) -> Self {
        Self::of(ways.into_iter().map(Arc::new).collect())
    }

    fn of(mut ways: Vec<Arc<Way>>) -> Self {
        ways.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            local: ways.iter().find(|way| way.strategy == Strategy::Local).map(Arc::clone),
            buttons: ways.iter().filter(|way| way.is_button).map(Arc::clone).collect(),
            asks_email: ways.iter().any(|way| way.takes_email),
            asks_organization: ways.iter().any(|way| way.takes_code),
            ways,
        }
    }

    /// The same with `ways` in the place of what there was of the connections `ids`.
    #[must_use]
    pub fn with(&self, ids: &BTreeSet<String>, ways: impl IntoIterator<Item = Way>) -> Self {
        let kept = self.ways.iter().filter(|way| !ids.contains(&way.id)).map(Arc::clone);
        Self::of(kept.chain(ways.into_iter().map(Arc::new)).collect())
    }

    pub const fn len(&self) -> usize {
        self.ways.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// The first connection with classic accounts.
    pub fn local(&self) -> Option<&Way> {
        self.local.as_deref()
    }

    /// The only connection there is.
    pub fn only(&self) -> Option<&Way> {
        match self.ways.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The connections with a button of their own, by name.
    pub fn buttons(&self) -> &[Arc<Way>] {
        &self.buttons
    }

    /// Those of them whose name contains `text`, in whatever case.
    pub fn buttons_called<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a Way> + use<'a> {
        let text = text.trim().to_lowercase();
        self.buttons.iter().map(Arc::as_ref).filter(move |way| way.is_called(&text))
    }

    /// Whether an e-mail address leads somewhere.
    pub const fn asks_email(&self) -> bool {
        self.asks_email
    }

    /// Whether an organization's code does.
    pub const fn asks_organization(&self) -> bool {
        self.asks_organization
    }

    /// Whether there is nothing a person could do on the login page.
    pub const fn is_nothing(&self) -> bool {
        self.buttons.is_empty() && !self.asks_email && !self.asks_organization
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(name: &str, change: impl FnOnce(&mut Way)) -> Way {
        let mut way = Way {
            id: format!("con_{name}"),
            name: name.into(),
            display_name: name.to_uppercase(),
            icon_url: None,
            strategy: Strategy::Oidc,
            is_button: true,
            takes_email: false,
            takes_code: false,
        };
        change(&mut way);
        way
    }

    fn names(offer: &Offer) -> Vec<&str> {
        offer.buttons().iter().map(|way| way.name.as_str()).collect()
    }

    #[test]
    fn what_changed_takes_the_place_of_what_there_was_and_nothing_else_moves() {
        let offer = Offer::new(["c", "a", "b"].map(|name| way(name, |_| ())));
        assert_eq!(names(&offer), ["a", "b", "c"]);
        let ids = BTreeSet::from(["con_a", "con_d", "con_gone"].map(str::to_owned));
        let after = offer.with(&ids, [way("d", |way| way.takes_code = true)]);
        assert_eq!(names(&after), ["b", "c", "d"]);
        assert!(after.asks_organization() && !after.asks_email() && !offer.asks_organization());
        assert!(Arc::ptr_eq(&offer.buttons()[1], &after.buttons()[0]));
        let alone = after.with(&BTreeSet::from(["con_b", "con_d"].map(str::to_owned)), []);
        assert_eq!(alone.only().map(|way| way.name.as_str()), Some("c"));
        assert!(alone.with(&BTreeSet::from(["con_c".to_owned()]), []).is_nothing());
    }

    #[test]
    fn classic_accounts_are_found_beside_all_others() {
        let classic = |way: &mut Way| (way.strategy, way.is_button) = (Strategy::Local, false);
        let offer = Offer::new([way("z", classic), way("m", |_| ()), way("y", classic)]);
        assert_eq!(offer.local().map(|way| way.name.as_str()), Some("y"));
        assert_eq!(names(&offer), ["m"]);
    }

    #[test]
    fn a_button_is_found_by_any_part_of_its_names_in_any_case() {
        let offer = Offer::new([
            way("acme-eu", |way| way.display_name = "Société Générale".into()),
            way("globex", |way| way.display_name = "Globex".into()),
            way("hidden", |way| way.is_button = false),
        ]);
        for (text, expected) in [
            ("société", vec!["acme-eu"]),
            ("GÉNÉ", vec!["acme-eu"]),
            (" ACME", vec!["acme-eu"]),
            ("e", vec!["acme-eu", "globex"]),
            ("hidden", vec![]),
            ("%", vec![]),
        ] {
            let found: Vec<&str> = offer.buttons_called(text).map(|way| way.name.as_str()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
