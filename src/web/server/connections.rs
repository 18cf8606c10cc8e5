//! Who may be connected at the same time, and for how long a client may keep its connection waiting.
//!
//! One network has a share of the places; whoever speaks for others (a trusted proxy) has no share of its own. Where no
//! place is left, connections without a request make room for the next one, first those of the network that has most. A
//! timer looks at all of them once a second, so that no connection needs a timer of its own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use ipnet::IpNet;

use super::connection::{Connection, Now};
use crate::domain::limits;
use crate::domain::network::Network;

/// Is told why a connection was refused or closed: a fixed word.
pub type Watcher = Box<dyn Fn(&'static str) + Send + Sync>;

/// The connections of one listener.
pub struct Connections {
    limit: usize,
    trusted: Vec<IpNet>,
    started: Instant,
    open: Mutex<Open>,
    watcher: Watcher,
}

#[derive(Default)]
struct Open {
    next: u64,
    all: HashMap<u64, Arc<Connection>>,
    per_network: HashMap<Network, usize>,
}

/// A place for a connection; given back with the value.
pub(super) struct Place {
    pub(super) connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Connections {
    /// Places for `limit` connections. Those from `trusted` networks are proxies.
    pub fn new(limit: usize, trusted: Vec<IpNet>, watcher: Watcher) -> Arc<Self> {
        let started = Instant::now();
        Arc::new(Self { limit, trusted, started, open: Mutex::default(), watcher })
    }

    /// Most connections that one network may have.
    fn share(&self) -> usize {
        (self.limit / limits::HTTP_CONNECTION_SHARES).max(1)
    }

    /// A place for a connection from `peer`, unless its network has had its share, or all are at work.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Place> {
        let is_proxy = peer.is_some_and(|peer| {
            let peer = peer.to_canonical();
            self.trusted.iter().any(|network| network.contains(&peer))
        });
        let network = match (is_proxy, peer) {
            (true, _) => None,
            (false, Some(peer)) => Some(Network::of(peer)),
            (false, None) => Some(Network::of_text("")),
        };
        let mut open = self.open();
        let taken = network.and_then(|network| open.per_network.get(&network)).copied().unwrap_or_default();
        if taken >= self.share() {
            drop(open);
            self.note("network-share");
            return None;
        }
        if open.all.len() >= self.limit {
            let gone = open.make_room();
            (0..gone).for_each(|_| self.note("crowded-out"));
            if gone == 0 {
                self.note("no-place");
                return None;
            }
        }
        open.next += 1;
        let id = open.next;
        let connection = Arc::new(Connection::new(id, network, self.now(), self.started));
        open.all.insert(id, Arc::clone(&connection));
        if let Some(network) = network {
            *open.per_network.entry(network).or_default() += 1;
        }
        Some(Place { connection, connections: Arc::clone(self) })
    }

    /// Closes those that keep us waiting longer than they may, from now on until nobody is connected here any more.
    pub(super) async fn look_after(connections: Weak<Self>) {
        let mut looks = tokio::time::interval(Duration::from_millis(limits::HTTP_CONNECTION_LOOK_MILLIS));
        loop {
            looks.tick().await;
            let Some(connections) = connections.upgrade() else { return };
            connections.close_late();
        }
    }

    fn close_late(&self) {
        let now = self.now();
        let mut open = self.open();
        let late: Vec<u64> =
            open.all.values().filter(|connection| connection.is_late(now)).map(|late| late.id).collect();
        for id in late {
            if let Some(connection) = open.remove(id) {
                connection.close();
                self.note("too-slow");
            }
        }
    }

    /// Counts a connection that was refused or closed, and why.
    pub(super) fn note(&self, reason: &'static str) {
        (self.watcher)(reason);
    }

    pub(super) fn now(&self) -> Now {
        Now::since(self.started)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the oldest connections that wait for their clients, of the networks that have most of them; how many.
    /// Several at once, so that the next ones need not look again.
    fn make_room(&mut self) -> usize {
        let mut waiting: Vec<(usize, u64)> = self
            .all
            .values()
            .filter(|connection| connection.waits_for_client())
            .map(|connection| {
                let of_network = connection.network.and_then(|network| self.per_network.get(&network));
                (usize::MAX - of_network.copied().unwrap_or_default(), connection.id)
            })
            .collect();
        waiting.sort_unstable();
        waiting.truncate(limits::HTTP_CONNECTIONS_CROWDED_OUT);
        for (_, id) in &waiting {
            if let Some(connection) = self.remove(*id) {
                connection.close();
            }
        }
        waiting.len()
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Connection>> {
        let connection = self.all.remove(&id)?;
        if let Some(network) = connection.network
            && let Some(count) = self.per_network.get_mut(&network)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_network.remove(&network);
            }
        }
        Some(connection)
    }
}

impl Place {
    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(self.connection.id);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn connections(limit: usize) -> (Arc<Connections>, Arc<Mutex<Vec<&'static str>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&told);
        let watcher = Box::new(move |reason| notes.lock().unwrap().push(reason));
        (Connections::new(limit, vec!["10.0.0.0/8".parse().unwrap()], watcher), told)
    }

    fn come(connections: &Arc<Connections>, address: &str) -> Option<Place> {
        connections.admit(Some(address.parse().unwrap()))
    }

    fn is_closed(place: &Place) -> bool {
        place.connection.closed().now_or_never().is_some()
    }

    #[test]
    fn a_network_has_its_share_and_gets_it_back() {
        let (connections, told) = connections(64);
        let mut places: Vec<Place> =
            (0..8).map(|number| come(&connections, &format!("192.0.2.{number}")).unwrap()).collect();
        assert!(come(&connections, "192.0.2.200").is_none());
        assert!(come(&connections, "::ffff:192.0.2.200").is_none(), "the same address, written otherwise");
        assert!(come(&connections, "192.0.3.1").is_some());
        assert_eq!(*told.lock().unwrap(), ["network-share"; 2]);
        places.pop();
        assert!(come(&connections, "192.0.2.200").is_some());
        drop(places);
        let open = connections.open();
        assert!(open.all.is_empty() && open.per_network.is_empty());
    }

    #[test]
    fn a_trusted_proxy_has_no_share_of_its_own() {
        let (connections, _) = connections(64);
        let places: Vec<_> = (0..60).map(|_| come(&connections, "::ffff:10.1.2.3")).collect();
        assert!(places.iter().all(Option::is_some));
    }

    #[test]
    fn where_no_place_is_left_the_greediest_network_makes_room_and_nobody_who_is_being_answered() {
        let (connections, told) = connections(64);
        let greedy: Vec<Place> = (0..8).map(|_| come(&connections, "198.51.100.1").unwrap()).collect();
        let answered = greedy[0].connection.answers();
        let reading = (greedy[1].connection.answers(), greedy[1].connection.reads_body());
        let others: Vec<Place> =
            (0..56).map(|number| come(&connections, &format!("203.0.{number}.1")).unwrap()).collect();
        let at_work: Vec<_> = others.iter().map(|place| place.connection.answers()).collect();
        assert!(come(&connections, "192.0.2.1").is_some());
        assert!(!is_closed(&greedy[0]), "it is being answered");
        assert!(greedy[1..].iter().all(is_closed), "they wait for their client");
        assert!(!others.iter().any(is_closed));
        assert_eq!(*told.lock().unwrap(), ["crowded-out"; 7]);
        drop((answered, reading, at_work));
    }

    #[test]
    fn the_oldest_of_equals_goes_first_and_nobody_comes_where_all_are_at_work() {
        let (connections, told) = connections(64);
        let places: Vec<Place> =
            (0..64).map(|number| come(&connections, &format!("203.0.{number}.1")).unwrap()).collect();
        assert!(come(&connections, "192.0.2.1").is_some());
        let (old, young) = places.split_at(limits::HTTP_CONNECTIONS_CROWDED_OUT);
        assert!(old.iter().all(is_closed) && !young.iter().any(is_closed));
        let young: Vec<_> = young.iter().map(|place| place.connection.answers()).collect();
        let more: Vec<Place> = (0..32)
            .map(|number| {
                let place = come(&connections, &format!("203.1.{number}.1")).unwrap();
                std::mem::forget(place.connection.answers());
                place
            })
            .collect();
        told.lock().unwrap().clear();
        assert!(come(&connections, "192.0.2.1").is_none());
        assert_eq!(*told.lock().unwrap(), ["no-place"]);
        drop((young, more));
    }
}
