//! Durable runs for claudette as DBOS workflows on Postgres.
