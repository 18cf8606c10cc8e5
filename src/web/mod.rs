//! HTTP: the route table, and one file per endpoint.
