DROP TABLE connection_keys;
