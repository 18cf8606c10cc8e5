//! `vestibule demo`, as a newcomer meets it: the real program, and Chromium.

mod program;
mod side_by_side;
mod sign_in;
mod stopping;
mod usage;
