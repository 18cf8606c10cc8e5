-- Where a page of the list begins, found without reading the connections before it.
CREATE INDEX connections_by_name ON connections (name, id, strategy);
