//! People sign in through the hub.

mod administrators;
mod at_provider;
mod attribute_sync;
mod believed;
mod certified_provider;
mod changed_midway;
mod chromium;
mod classic_accounts;
mod closed_connections;
mod faults;
mod front_channel;
mod home_realm;
mod hub_to_hub;
mod identity;
mod many_at_once;
mod many_connections;
mod oddities;
mod other_ways_in;
mod presets;
mod sealed;
mod session_expiry;
mod session_lifetime;
mod several_hubs;
mod stolen_answers;
mod user_ids;
mod wishes;
