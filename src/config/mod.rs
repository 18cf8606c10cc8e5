//! Settings: one table ([`settings`]), read from the environment and `.env`, all problems at once.
//!
//! One file per section. The only folder that reads the environment.

mod addresses;
mod admin_email;
mod client_registration;
mod connection_checks;
mod database_url;
mod dns;
mod example;
mod key_rotation;
mod load;
mod log;
mod mail;
mod management_client;
mod master_keys;
mod nearest;
mod networks;
mod outbound;
mod person;
mod problem;
pub mod settings;
mod shared_callback;
mod terminal;
mod tls;
mod values;

pub use database_url::DatabaseUrl;
pub use example::{env_example, settings_help};
pub use load::{Config, Entry, Examination};
pub use log::{Log, LogFormat};
pub use management_client::ManagementClient;
pub use master_keys::MasterKeys;
pub use outbound::Outbound;
pub use person::settings_folder;
pub use problem::{Problem, Problems, Warning};
pub use terminal::Terminal;
pub use tls::Tls;
pub use values::Source;
