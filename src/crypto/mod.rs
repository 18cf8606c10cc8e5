//! Cryptography as values: hashing, sealing, JSON Web Signatures, passwords. No IO.
