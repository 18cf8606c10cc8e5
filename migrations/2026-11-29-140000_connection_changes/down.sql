DROP TABLE connection_changes;
