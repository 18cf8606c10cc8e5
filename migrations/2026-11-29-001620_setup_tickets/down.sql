DROP TABLE setup_tickets;
