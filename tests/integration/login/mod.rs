//! People sign in through the hub.

mod certified_provider;
mod chromium;
mod faults;
mod oddities;
mod stolen_answers;
