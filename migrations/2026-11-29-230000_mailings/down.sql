ALTER TABLE administrators DROP COLUMN language;
DROP TABLE mailings;
