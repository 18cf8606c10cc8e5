-- Back-channel logout: each application has its share of the places.
CREATE INDEX logout_notices_by_client ON logout_notices (client_id, due_at);
