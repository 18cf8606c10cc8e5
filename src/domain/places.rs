//! Who makes room when a section of places is full: the oldest unused of the greediest, and never anybody else's.

use std::collections::HashMap;

use super::limits::{self, Room};

/// A place that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub section: String,
    pub network: String,
    pub client_id: String,
    pub room: Room,
}

/// A place that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub key: String,
    pub network: String,
    pub client_id: String,
    pub bytes: i64,
    /// Somebody is on their way with it.
    pub is_in_use: bool,
    /// Sorts by age.
    pub expires_at: i64,
}

/// Part of a section, in thousandths of its places and bytes together.
type Cost = i64;

impl Place {
    /// Whether one of `bytes` fits in beside what is taken.
    pub fn has_room_for(&self, bytes: i64, taken: impl Iterator<Item = i64>) -> bool {
        let (mut places, mut sum) = (1, bytes);
        for one in taken {
            places += 1;
            sum += one;
        }
        places <= self.room.places && sum <= self.room.bytes
    }

    /// The keys of those that go, so that one of `bytes` fits in; `None` if there is no room that way.
    ///
    /// Where one network holds a good part of the section, it is that network that pays, whatever it says of its own being
    /// in use. Where none does, it is the application with most, and nobody who is on their way.
    pub fn who_makes_room(&self, bytes: i64, mut taken: Vec<Taken>) -> Option<Vec<String>> {
        let mut gone = Vec::new();
        while !self.has_room_for(bytes, taken.iter().map(|one| one.bytes)) {
            let victim = self.victim(bytes, &taken)?;
            gone.push(taken.swap_remove(victim).key);
        }
        Some(gone)
    }

    fn victim(&self, bytes: i64, taken: &[Taken]) -> Option<usize> {
        let mut of_networks: HashMap<&str, Cost> = HashMap::new();
        let mut of_clients: HashMap<&str, Cost> = HashMap::new();
        let newcomer = (self.network.as_str(), self.client_id.as_str(), bytes);
        let held = taken.iter().map(|one| (one.network.as_str(), one.client_id.as_str(), one.bytes));
        for (network, client_id, bytes) in held.chain([newcomer]) {
            *of_networks.entry(network).or_default() += self.cost(bytes);
            *of_clients.entry(client_id).or_default() += self.cost(bytes);
        }
        let cost_of = |one: &Taken| of_networks.get(one.network.as_str()).copied().unwrap_or(0);
        let most = of_networks.values().max().copied().unwrap_or(0);
        let all: Cost = of_networks.values().sum();
        let numbered = taken.iter().enumerate();
        if most * Cost::try_from(limits::GREEDY_PART).unwrap_or(1) >= all {
            return numbered
                .filter(|(_, one)| cost_of(one) == most)
                .min_by_key(|(_, one)| (one.is_in_use, one.expires_at))
                .map(|(index, _)| index);
        }
        let client_cost = |one: &Taken| of_clients.get(one.client_id.as_str()).copied().unwrap_or(0);
        let most = of_clients.values().max().copied().unwrap_or(0);
        numbered
            .filter(|(_, one)| client_cost(one) == most && !one.is_in_use)
            .min_by_key(|(_, one)| (-cost_of(one), one.expires_at))
            .map(|(index, _)| index)
    }

    fn cost(&self, bytes: i64) -> Cost {
        let places = Cost::try_from(self.room.places).unwrap_or(1).max(1);
        1000 / places + bytes.saturating_mul(1000) / self.room.bytes.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(network: &str, client_id: &str) -> Place {
        let room = Room { places: 20, bytes: 2_000 };
        Place { section: "s".into(), network: network.into(), client_id: client_id.into(), room }
    }

    fn taken(key: usize, network: &str, client_id: &str) -> Taken {
        Taken {
            key: key.to_string(),
            network: network.into(),
            client_id: client_id.into(),
            bytes: 10,
            is_in_use: false,
            expires_at: i64::try_from(key).unwrap(),
        }
    }

    fn goes(place: &Place, taken: Vec<Taken>) -> Option<Vec<String>> {
        place.who_makes_room(10, taken)
    }

    #[test]
    fn a_network_that_floods_pays_for_everybody_who_comes() {
        let mut all: Vec<Taken> = (0..5).map(|key| taken(key, &format!("n{key}"), "honest")).collect();
        all.extend((5..20).map(|key| taken(key, "flood", &format!("c{}", key % 4))));
        assert_eq!(goes(&place("new", "honest"), all.clone()), Some(vec!["5".into()]));
        assert_eq!(goes(&place("flood", "other"), all.clone()), Some(vec!["5".into()]));
        // Its own that are in use are its last, and no reason to take anybody else's.
        for one in &mut all {
            one.is_in_use = one.network == "flood" && one.key != "17";
        }
        assert_eq!(goes(&place("flood", "other"), all.clone()), Some(vec!["17".into()]));
        all.iter_mut().for_each(|one| one.is_in_use = one.network == "flood");
        assert_eq!(goes(&place("new", "honest"), all), Some(vec!["5".into()]));
    }

    #[test]
    fn a_flood_from_many_networks_is_its_applications() {
        let mut all: Vec<Taken> = (0..15).map(|key| taken(key + 5, &format!("n{key}"), "flooded")).collect();
        all.extend((0..5).map(|key| taken(key, &format!("h{key}"), "honest")));
        assert_eq!(goes(&place("new", "honest"), all.clone()), Some(vec!["5".into()]));
        all.iter_mut().for_each(|one| one.is_in_use = true);
        assert_eq!(goes(&place("new", "honest"), all), None, "nobody on their way is turned out");
    }

    #[test]
    fn bytes_count_as_places_do() {
        let mut all: Vec<Taken> = (0..8).map(|key| taken(key, &format!("n{key}"), "c")).collect();
        for key in 8..10 {
            all.push(Taken { bytes: 950, ..taken(key, "large", "c") });
        }
        assert_eq!(place("new", "c").who_makes_room(100, all), Some(vec!["8".into()]));
        assert_eq!(place("new", "c").who_makes_room(2_001, Vec::new()), None);
    }
}
