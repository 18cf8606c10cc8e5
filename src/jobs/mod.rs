//! Work on a timer.
