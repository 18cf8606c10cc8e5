DROP TABLE connection_diagnoses;
