//! Cryptography as values: hashing, sealing, JSON Web Signatures, passwords. No IO.

pub mod digest;
pub mod jwk;
pub mod jws;
pub mod mac;
pub mod master_key;
pub mod password;
pub mod random;
pub mod sealing;
pub mod signing;
