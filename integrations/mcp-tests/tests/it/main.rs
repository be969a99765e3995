//! Tests of claudette-mcp through its public API.
