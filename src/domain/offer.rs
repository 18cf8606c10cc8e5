//! What the people of one application can choose from.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::connection::{Connection, Strategy};
use super::limits;

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

    fn is_local(&self) -> bool {
        self.strategy == Strategy::Local
    }

    /// Whether its name or display name contains `text`, which is in lower case.
    fn is_called(&self, text: &str) -> bool {
        [&self.display_name, &self.name].iter().any(|name| name.to_lowercase().contains(text))
    }
}

/// The connections that an application may use. However many there are, only [`Offer::buttons_called`] looks at each,
/// and what follows a change costs as much as what has changed.
#[derive(Debug, Default)]
pub struct Offer {
    /// As everything was read.
    settled: Arc<Settled>,
    /// Connections changed since: of them only what is newer counts.
    changed: BTreeSet<String>,
    /// By name.
    newer: Vec<Arc<Way>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Settled {
    /// By id.
    ways: Vec<Arc<Way>>,
    /// By name.
    buttons: Vec<Arc<Way>>,
    /// By name.
    locals: Vec<Arc<Way>>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    ways: usize,
    buttons: usize,
    taking_email: usize,
    taking_code: usize,
}

impl Counts {
    fn of<'a>(ways: impl Iterator<Item = &'a Arc<Way>>) -> Self {
        ways.fold(Self::default(), |counts, way| Self {
            ways: counts.ways + 1,
            buttons: counts.buttons + usize::from(way.is_button),
            taking_email: counts.taking_email + usize::from(way.takes_email),
            taking_code: counts.taking_code + usize::from(way.takes_code),
        })
    }

    /// These, and of `gone`, which were among them, none, but those of `new`.
    const fn with(self, gone: Self, new: Self) -> Self {
        Self {
            ways: self.ways - gone.ways + new.ways,
            buttons: self.buttons - gone.buttons + new.buttons,
            taking_email: self.taking_email - gone.taking_email + new.taking_email,
            taking_code: self.taking_code - gone.taking_code + new.taking_code,
        }
    }
}

impl Settled {
    fn of(mut ways: Vec<Arc<Way>>) -> Self {
        ways.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let by_name = |is_wanted: fn(&Way) -> bool| {
            let mut wanted: Vec<_> = ways.iter().filter(|way| is_wanted(way)).map(Arc::clone).collect();
            sort_by_name(&mut wanted);
            wanted
        };
        Self {
            buttons: by_name(|way| way.is_button),
            locals: by_name(Way::is_local),
            counts: Counts::of(ways.iter()),
            ways,
        }
    }

    fn find(&self, id: &str) -> Option<&Arc<Way>> {
        let place = self.ways.binary_search_by(|way| way.id.as_str().cmp(id)).ok()?;
        self.ways.get(place)
    }
}

fn sort_by_name(ways: &mut [Arc<Way>]) {
    ways.sort_unstable_by(|one, other| one.name.cmp(&other.name));
}

impl Offer {
    pub fn new(ways: impl IntoIterator<Item = Way>) -> Self {
        Self::settle(ways.into_iter().map(Arc::new).collect())
    }

    fn settle(ways: Vec<Arc<Way>>) -> Self {
        let settled = Arc::new(Settled::of(ways));
        Self { counts: settled.counts, settled, ..Self::default() }
    }

    /// The same with `ways` in the place of what there was of the connections `ids`.
    #[must_use]
    pub fn with(&self, ids: &BTreeSet<String>, ways: impl IntoIterator<Item = Way>) -> Self {
        let changed: BTreeSet<String> = self.changed.union(ids).cloned().collect();
        let kept = self.newer.iter().filter(|way| !ids.contains(&way.id)).map(Arc::clone);
        let mut newer: Vec<Arc<Way>> = kept.chain(ways.into_iter().map(Arc::new)).collect();
        if changed.len() > limits::REOFFERED_CONNECTIONS {
            let settled = self.settled.ways.iter().filter(|way| !changed.contains(&way.id));
            newer.extend(settled.map(Arc::clone));
            return Self::settle(newer);
        }
        sort_by_name(&mut newer);
        let gone = Counts::of(changed.iter().filter_map(|id| self.settled.find(id)));
        let counts = self.settled.counts.with(gone, Counts::of(newer.iter()));
        Self { settled: Arc::clone(&self.settled), changed, newer, counts }
    }

    pub const fn len(&self) -> usize {
        self.counts.ways
    }

    pub const fn is_empty(&self) -> bool {
        self.counts.ways == 0
    }

    /// The first connection with classic accounts.
    pub fn local(&self) -> Option<&Way> {
        self.by_name(&self.settled.locals, Way::is_local).next().map(Arc::as_ref)
    }

    /// The only connection there is.
    pub fn only(&self) -> Option<&Way> {
        let mut all = self.by_name(&self.settled.ways, |_| true);
        all.next().filter(|_| self.len() == 1).map(Arc::as_ref)
    }

    /// How many connections have a button of their own.
    pub const fn button_count(&self) -> usize {
        self.counts.buttons
    }

    /// The connections with a button of their own, by name.
    pub fn buttons(&self) -> impl Iterator<Item = &Arc<Way>> {
        self.by_name(&self.settled.buttons, |way| way.is_button)
    }

    /// Those of them whose name contains `text`, in whatever case.
    pub fn buttons_called<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a Way> + use<'a> {
        let text = text.trim().to_lowercase();
        self.buttons().map(Arc::as_ref).filter(move |way| way.is_called(&text))
    }

    /// Whether an e-mail address leads somewhere.
    pub const fn asks_email(&self) -> bool {
        self.counts.taking_email > 0
    }

    /// Whether an organization's code does.
    pub const fn asks_organization(&self) -> bool {
        self.counts.taking_code > 0
    }

    /// Whether there is nothing a person could do on the login page.
    pub const fn is_nothing(&self) -> bool {
        self.counts.buttons == 0 && !self.asks_email() && !self.asks_organization()
    }

    /// What still counts of `settled`, which holds the wanted ones by name, and the wanted ones of what is newer.
    fn by_name<'a>(
        &'a self,
        settled: &'a [Arc<Way>],
        is_wanted: fn(&Way) -> bool,
    ) -> impl Iterator<Item = &'a Arc<Way>> {
        let mut settled = settled.iter().filter(|way| !self.changed.contains(&way.id)).peekable();
        let mut newer = self.newer.iter().filter(move |way| is_wanted(way)).peekable();
        std::iter::from_fn(move || match (settled.peek(), newer.peek()) {
            (Some(one), Some(other)) if one.name < other.name => settled.next(),
            (Some(_), None) => settled.next(),
            _ => newer.next(),
        })
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
        offer.buttons().map(|way| way.name.as_str()).collect()
    }

    #[test]
    fn what_changed_takes_the_place_of_what_there_was_and_nothing_else_moves() {
        let offer = Offer::new(["c", "a", "b"].map(|name| way(name, |_| ())));
        assert_eq!(names(&offer), ["a", "b", "c"]);
        let ids = BTreeSet::from(["con_a", "con_d", "con_gone"].map(str::to_owned));
        let after = offer.with(&ids, [way("d", |way| way.takes_code = true)]);
        assert_eq!(names(&after), ["b", "c", "d"]);
        assert!(after.asks_organization() && !after.asks_email() && !offer.asks_organization());
        let button = |offer: &Offer, place| Arc::clone(offer.buttons().nth(place).unwrap());
        assert!(Arc::ptr_eq(&button(&offer, 1), &button(&after, 0)));
        let alone = after.with(&BTreeSet::from(["con_b", "con_d"].map(str::to_owned)), []);
        assert_eq!(alone.only().map(|way| way.name.as_str()), Some("c"));
        assert!(alone.with(&BTreeSet::from(["con_c".to_owned()]), []).is_nothing());
    }

    /// By the same changes, one after the other, and all of it made anew.
    #[test]
    fn however_often_it_changes_it_is_what_it_would_be_if_it_were_made_anew() {
        let kinds: [fn(&mut Way); 5] = [
            |_| (),
            |way| way.is_button = false,
            |way| way.takes_email = true,
            |way| way.takes_code = true,
            |way| (way.strategy, way.is_button) = (Strategy::Local, false),
        ];
        let named = |number: usize, kind: usize| way(&format!("{number:04}"), kinds[kind % kinds.len()]);
        let count = limits::REOFFERED_CONNECTIONS + 20;
        let mut expected: Vec<Option<Way>> = (0..count).map(|number| Some(named(number, number))).collect();
        let mut offer = Offer::new(expected.iter().flatten().cloned());
        for step in 0..3 * count {
            // Some twice in a row, some removed, some of those made again.
            let number = step * 7 % count;
            let now = (step % 3 > 0).then(|| named(number, number + step));
            offer = offer.with(&BTreeSet::from([format!("con_{number:04}")]), now.clone());
            expected[number] = now;
            if step % 50 > 0 {
                continue;
            }
            let anew = Offer::new(expected.iter().flatten().cloned());
            assert_eq!(names(&offer), names(&anew), "{step}");
            assert_eq!(offer.button_count(), names(&offer).len());
            assert_eq!(
                (offer.len(), offer.local(), offer.asks_email(), offer.asks_organization()),
                (anew.len(), anew.local(), anew.asks_email(), anew.asks_organization())
            );
            assert!(offer.changed.len() <= limits::REOFFERED_CONNECTIONS);
        }
        for number in 0..count - 1 {
            offer = offer.with(&BTreeSet::from([format!("con_{number:04}")]), []);
        }
        assert_eq!(offer.only(), expected[count - 1].as_ref());
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
