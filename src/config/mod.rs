//! Settings: one table, read from the environment.
