//! Parses the command line, runs one command and maps its outcome to an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use vestibule::cli::{self, Cli};

fn main() -> ExitCode {
    // The one TLS implementation for every library; a second installation would be the only error.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vestibule: {}", cli::shown(&format!("{error:#}")));
            cli::exit_code(&error)
        }
    }
}
