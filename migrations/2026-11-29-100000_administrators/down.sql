DROP TABLE administrator_tickets;
DROP TABLE administrators;
