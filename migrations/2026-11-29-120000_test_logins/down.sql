DROP TABLE test_logins;
