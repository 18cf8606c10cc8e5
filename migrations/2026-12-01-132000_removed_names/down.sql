DROP TABLE removed_users;
DROP TABLE removed_connections;
