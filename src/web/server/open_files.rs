//! How many files this process may hold open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::domain::limits;

/// Raises the limit to what the system allows this process to have; what it is now.
fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.current;
    }
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limit.current
        }
    }
}

/// Connections for which this process has enough files, `most` at most.
pub(super) fn room_for_connections(most: usize) -> usize {
    let files = raise();
    let room = connections(files, most);
    tracing::info!(
        open_files = files,
        connections = room,
        "as many connections at the same time as there are places"
    );
    room
}

fn connections(files: Option<u64>, most: usize) -> usize {
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    files.saturating_sub(limits::OPEN_FILES_KEPT).max(limits::HTTP_CONNECTIONS_MIN).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_everything_else() {
        assert_eq!(connections(None, 4_096), 4_096);
        assert_eq!(connections(Some(1_048_576), 4_096), 4_096);
        assert_eq!(connections(Some(1_024), 4_096), 768);
        assert_eq!(connections(Some(256), 4_096), 64);
        assert_eq!(connections(Some(1_024), 64), 64);
    }
}
