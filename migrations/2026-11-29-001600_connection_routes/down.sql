DROP TABLE connection_routes;
