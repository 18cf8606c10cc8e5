//! Log entries that wait to be written: bounded in number and in bytes, and shared out by network, so that the noise of one
//! keeps nobody else's entries out.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use crate::domain::audit::LogEntry;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::network::Network;

/// Entries that found no room, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Missed {
    /// Their network had its share waiting already.
    pub of_one_network: u64,
    /// Everybody's together was too much.
    pub queue_full: u64,
    /// Strangers had caused as many bytes as they may.
    pub over_budget: u64,
    /// The database would not have them.
    pub refused: u64,
}

impl Missed {
    pub fn total(&self) -> u64 {
        self.of_one_network + self.queue_full + self.over_budget + self.refused
    }

    pub fn add(&mut self, other: Self) {
        self.of_one_network += other.of_one_network;
        self.queue_full += other.queue_full;
        self.over_budget += other.over_budget;
        self.refused += other.refused;
    }

    /// Each reason with its count, those that counted nothing left out.
    pub fn by_reason(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("too many from one network", self.of_one_network),
            ("too many at once", self.queue_full),
            ("too many bytes per minute", self.over_budget),
            ("refused by the database", self.refused),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
    }
}

/// Which end of its network's entries a new one goes to.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

/// What waits, in turns of its networks.
#[derive(Default)]
pub(super) struct Queue {
    networks: BTreeMap<Network, Waiting>,
    entries: usize,
    bytes: usize,
    /// Whose turn it was last.
    last: Option<Network>,
}

#[derive(Default)]
struct Waiting {
    entries: VecDeque<LogEntry>,
    bytes: usize,
}

impl Queue {
    /// Lets an entry wait; whether it does, and who went without a place: the entry itself, or others of the network with
    /// the most.
    pub fn push(&mut self, entry: LogEntry) -> (bool, Missed) {
        self.insert(entry, End::Back)
    }

    /// Lets entries wait again that could not be written, before those that came meanwhile.
    pub fn put_back(&mut self, entries: impl DoubleEndedIterator<Item = LogEntry>) -> Missed {
        let mut missed = Missed::default();
        for entry in entries.rev() {
            missed.add(self.insert(entry, End::Front).1);
        }
        missed
    }

    fn insert(&mut self, entry: LogEntry, end: End) -> (bool, Missed) {
        let (network, size) = (entry.network(), entry.bytes());
        let mut missed = Missed::default();
        let (count, held) =
            self.networks.get(&network).map_or((0, 0), |waiting| (waiting.entries.len(), waiting.bytes));
        if count >= limits::PENDING_LOG_ENTRIES_PER_NETWORK
            || held + size > limits::PENDING_LOG_BYTES_PER_NETWORK
        {
            missed.of_one_network = 1;
            return (false, missed);
        }
        while self.entries >= limits::PENDING_LOG_ENTRIES || self.bytes + size > limits::PENDING_LOG_BYTES {
            let greediest = self.networks.iter().max_by_key(|(_, waiting)| waiting.bytes);
            let Some(greediest) = greediest.filter(|(_, waiting)| waiting.bytes > held + size) else {
                missed.queue_full += 1;
                return (false, missed);
            };
            let network = *greediest.0;
            self.take_from(network, VecDeque::pop_back);
            missed.queue_full += 1;
        }
        let waiting = self.networks.entry(network).or_default();
        match end {
            End::Front => waiting.entries.push_front(entry),
            End::Back => waiting.entries.push_back(entry),
        }
        waiting.bytes += size;
        self.entries += 1;
        self.bytes += size;
        (true, missed)
    }

    /// At most so many entries and bytes, one of each network in turn.
    pub fn take(&mut self, entries: usize, bytes: usize) -> Vec<LogEntry> {
        let (mut taken, mut left) = (Vec::new(), bytes);
        while taken.len() < entries {
            let Some(network) = self.next() else { break };
            let next = self.networks.get(&network).and_then(|waiting| waiting.entries.front());
            let Some(rest) = next.and_then(|entry| left.checked_sub(entry.bytes())) else { break };
            left = rest;
            taken.extend(self.take_from(network, VecDeque::pop_front));
            self.last = Some(network);
        }
        taken
    }

    /// Drops what was noted before `date`; how many they were.
    pub fn drop_before(&mut self, date: Timestamp) -> u64 {
        let mut dropped = 0;
        let networks: Vec<Network> = self.networks.keys().copied().collect();
        for network in networks {
            while self
                .networks
                .get(&network)
                .and_then(|one| one.entries.front())
                .is_some_and(|one| one.date < date)
            {
                self.take_from(network, VecDeque::pop_front);
                dropped += 1;
            }
        }
        dropped
    }

    /// Whose turn it is.
    fn next(&self) -> Option<Network> {
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.networks.range((after, Bound::Unbounded)).next();
        next.or_else(|| self.networks.iter().next()).map(|(network, _)| *network)
    }

    fn take_from(
        &mut self,
        network: Network,
        take: impl Fn(&mut VecDeque<LogEntry>) -> Option<LogEntry>,
    ) -> Option<LogEntry> {
        let waiting = self.networks.get_mut(&network)?;
        let entry = take(&mut waiting.entries)?;
        waiting.bytes -= entry.bytes();
        self.bytes -= entry.bytes();
        self.entries -= 1;
        if waiting.entries.is_empty() {
            self.networks.remove(&network);
        }
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{LogType, Origin};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn entry(ip: &str, words: &str) -> LogEntry {
        let origin = Origin { ip: ip.into(), ..Origin::default() };
        LogEntry::new(NOW, "suffix", LogType::LoginFailed, words, &origin)
    }

    /// The entries in the order in which they would be written.
    fn words(queue: &mut Queue) -> Vec<String> {
        queue.take(usize::MAX, usize::MAX).iter().map(|entry| entry.description.to_string()).collect()
    }

    #[test]
    fn one_network_has_its_share_and_no_more() {
        let mut queue = Queue::default();
        let mut missed = Missed::default();
        for number in 0..limits::PENDING_LOG_ENTRIES {
            missed.add(queue.push(entry(&format!("192.0.2.{}", number % 256), "noise")).1);
        }
        assert_eq!(queue.entries, limits::PENDING_LOG_ENTRIES_PER_NETWORK);
        let beyond = limits::PENDING_LOG_ENTRIES - limits::PENDING_LOG_ENTRIES_PER_NETWORK;
        assert_eq!(missed, Missed { of_one_network: beyond as u64, ..Missed::default() });
        assert_eq!(queue.push(entry("198.51.100.7", "somebody else")), (true, Missed::default()));
    }

    #[test]
    fn many_networks_together_give_way_to_one_that_has_less() {
        let mut queue = Queue::default();
        let mut missed = Missed::default();
        let long = "x".repeat(10_000);
        for network in 0..10 {
            for _ in 0..1_000 {
                missed.add(queue.push(entry(&format!("10.0.{network}.1"), &long)).1);
            }
        }
        assert!(queue.bytes <= limits::PENDING_LOG_BYTES, "{}", queue.bytes);
        let (entries, full) = (queue.entries, queue.bytes);
        let (waits, gave_way) = queue.push(entry("198.51.100.7", &format!("quiet {long}")));
        assert_eq!((waits, gave_way.total()), (true, 1), "one of the others gave way");
        assert_eq!(queue.entries, entries);
        assert!(queue.bytes <= limits::PENDING_LOG_BYTES, "{} after {full}", queue.bytes);
        assert!(words(&mut queue).iter().any(|words| words.starts_with("quiet")));
        assert_eq!((queue.entries, queue.bytes, queue.networks.len()), (0, 0, 0));
        assert!(missed.of_one_network > 0 && missed.queue_full > 0, "{missed:?}");
    }

    #[test]
    fn networks_take_turns() {
        let mut queue = Queue::default();
        for number in 0..3 {
            queue.push(entry("10.0.0.1", &format!("noise {number}")));
        }
        queue.push(entry("10.0.9.1", "quiet"));
        let first = queue.take(2, usize::MAX);
        assert_eq!(first[1].description, "quiet");
        assert_eq!(queue.put_back(first.into_iter()), Missed::default());
        assert_eq!(words(&mut queue), ["noise 0", "quiet", "noise 1", "noise 2"]);
    }

    #[test]
    fn no_more_bytes_are_taken_than_there_are_to_spend() {
        let mut queue = Queue::default();
        for _ in 0..10 {
            queue.push(entry("10.0.0.1", "noise"));
        }
        let one = entry("10.0.0.1", "noise").bytes();
        assert_eq!(queue.take(10, 3 * one + one / 2).len(), 3);
        assert_eq!(queue.drop_before(NOW), 0);
        assert_eq!(queue.drop_before(NOW.plus_seconds(1)), 7);
        assert_eq!((queue.entries, queue.bytes), (0, 0));
    }
}
