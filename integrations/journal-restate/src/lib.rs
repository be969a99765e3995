//! Durable runs for claudette as Restate invocations.
