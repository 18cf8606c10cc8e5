//! Where what strangers ask for is kept: in a section of their network's, or of the application that has proven who it is.

use super::hub::Hub;
use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::limits::{self, Room};
use crate::domain::places::Place;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// A request of a browser, too large for its cookie.
    ParkedRequest,
    PushedRequest,
    Device,
}

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Self::ParkedRequest => "parked",
            Self::PushedRequest => "pushed",
            Self::Device => "device",
        }
    }

    const fn room(self) -> Room {
        match self {
            Self::ParkedRequest => limits::PARKED_REQUESTS,
            Self::PushedRequest => limits::PUSHED_REQUESTS,
            Self::Device => limits::DEVICES,
        }
    }

    const fn room_of_client(self) -> Room {
        match self {
            Self::ParkedRequest => limits::PARKED_REQUESTS,
            Self::PushedRequest => limits::PUSHED_REQUESTS_OF_CLIENT,
            Self::Device => limits::DEVICES_OF_CLIENT,
        }
    }
}

/// A place for somebody at `origin`, who asks in the name of `client_id`. Nobody outside can tell which networks share a
/// section.
pub(super) fn of_network(hub: &Hub, kept: Kept, origin: &Origin, client_id: &str) -> Place {
    let network = origin.network();
    let spread = hub.subjects.spread(&network.widest().to_string());
    Place {
        section: format!("{}/{}", kept.name(), spread % limits::SECTIONS),
        network: network.to_string(),
        client_id: client_id.to_owned(),
        room: kept.room(),
    }
}

/// A place for `client`: by its network, or in sections of its own if it has proven who it is; what it keeps is spread over
/// them by `key`, a hash.
pub(super) fn of_client(hub: &Hub, kept: Kept, origin: &Origin, client: &Client, key: &str) -> Place {
    let of_network = of_network(hub, kept, origin, &client.client_id);
    if client.is_public() {
        return of_network;
    }
    // One of 64 letters.
    let letter = key.chars().next().unwrap_or('-');
    let section = format!("{}/{}/{letter}", kept.name(), client.client_id);
    Place { section, room: kept.room_of_client(), ..of_network }
}
