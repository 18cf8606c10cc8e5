//! Limits of what strangers can make the database keep. Places are divided into sections by the network (for IPv6 by the
//! provider's), so that who fills one leaves the others alone, and what a newcomer costs does not grow with all of them.

/// What one section holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub places: usize,
    pub bytes: i64,
}

/// Sections of each kind of place.
pub const SECTIONS: u8 = 255;
/// Authorization requests parked in the database because they outgrow a cookie: 96 MiB in all.
pub const PARKED_REQUESTS: Room = Room { places: 64, bytes: 384 * 1024 };
/// Requests pushed by public applications: whoever knows the name of one may push. 96 MiB in all.
pub const PUSHED_REQUESTS: Room = Room { places: 128, bytes: 384 * 1024 };
/// Requests pushed by one application that has proven who it is: 64 times this.
pub const PUSHED_REQUESTS_OF_CLIENT: Room = Room { places: 160, bytes: 256 * 1024 };
/// Devices that wait for their person, of public applications.
pub const DEVICES: Room = Room { places: 64, bytes: 128 * 1024 };
/// Devices of one application that has proven who it is: 64 times this.
pub const DEVICES_OF_CLIENT: Room = Room { places: 32, bytes: 64 * 1024 };
/// A network that holds this part of a section is what fills it; below, it is an application.
pub const GREEDY_PART: usize = 8;
/// When a place that is not to be had may be asked for again.
pub const FULL_SECTION_SECONDS: u64 = 60;

/// Sessions of one person; for one more, the one that was not used for longest ends.
pub const SESSIONS_PER_USER: i64 = 100;
/// Of them, ended with one sign-in.
pub const SURPLUS_SESSIONS_ENDED: i64 = 10;
