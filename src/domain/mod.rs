//! The nouns and rules of the hub. No IO.
