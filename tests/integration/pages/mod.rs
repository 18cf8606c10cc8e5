//! What a person sees: every page in a real Chromium, in both languages, light and dark, wide and narrow.

mod back_button;
mod checks;
mod every_page;
mod keyboard;
mod logos;
mod setup;
mod stage;
mod without_scripts;
