//! People sign in through the hub.

mod certified_provider;
mod changed_midway;
mod chromium;
mod faults;
mod front_channel;
mod identity;
mod oddities;
mod stolen_answers;
mod wishes;
