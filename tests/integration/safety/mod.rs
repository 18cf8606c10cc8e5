//! Promises that hold across every endpoint and flow.

mod administrators;
mod anonymous_bytes;
mod anonymous_writes;
mod canaries;
mod guessing;
mod headers;
mod malformed_http;
mod operation;
mod other_sites;
mod others_domains;
mod places;
mod privileges;
mod random_requests;
mod secret_origins;
mod slow_clients;
mod strange_text;
mod subjects;
mod tenants;
mod tls;
mod typed_tokens;
mod verified_domains;
mod visits;
