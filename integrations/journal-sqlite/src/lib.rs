//! Durable runs for claudette in one SQLite file.
