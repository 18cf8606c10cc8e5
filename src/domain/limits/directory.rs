//! Limits of what is kept in memory of connections, and of how it follows changes.

/// Changes of connections of which it is known what they were about: who misses more of them reads everything again.
pub const CONNECTION_CHANGES_KEPT: i64 = 1_000;
/// Connections that one process tells apart as changed; beyond, all count as changed.
pub const CHANGES_TOLD_APART: usize = 1_000;
/// Connections whose newer routes are kept beside the index of all; beyond, that is made again.
pub const REINDEXED_CONNECTIONS: usize = 500;
pub const REINDEXED_REALMS: usize = 10_000;
/// Connections in the lists of all applications together, about 300 bytes each.
pub const OFFERED_CONNECTIONS: u64 = 200_000;
/// Connections of one application whose newer state is kept beside its list; beyond, that is made again.
pub const REOFFERED_CONNECTIONS: usize = 500;
/// Of one list, read at a time.
pub const CONNECTIONS_PER_READ: i64 = 500;
/// Filters of the list of connections of which it is remembered how many they let through.
pub const COUNTED_LISTS: u64 = 100;
/// Pages of them of which it is remembered where they begin.
pub const PAGE_BEGINNINGS: u64 = 1_000;
/// Buttons on a login page; where there are more, people look for theirs by name.
pub const LOGIN_BUTTONS: usize = 20;
/// Characters of a name that is looked for.
pub const BUTTON_SEARCH_CHARACTERS: usize = 100;
