DROP INDEX connections_by_name;
