//! The targets of `tests/fuzz`, for libFuzzer.

#[path = "../../tests/fuzz/targets/mod.rs"]
pub mod targets;

pub use targets::run;
