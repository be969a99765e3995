//! What the tests share: the database, and an instance of DBOS.

#![allow(dead_code, unreachable_pub, clippy::print_stdout, clippy::unwrap_used, reason = "each test uses a part")]

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use dbos::{Config, DBOS};

/// Returns the URL of the server, or prints a line and returns `None`.
pub fn server() -> Option<String> {
    let url = std::env::var("CLAUDETTE_POSTGRES").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        println!("skipped: CLAUDETTE_POSTGRES is not set; run `eval \"$(integrations/journal-dbos/postgres start)\"`");
    }
    url
}

/// A database on the server.
#[derive(Clone, Debug)]
pub struct Database {
    pub url: String,
}

impl Database {
    /// Creates an empty database. A database of this name is dropped first.
    pub fn create(server: &str, name: &str) -> Self {
        let admin = Self { url: format!("{server}/postgres") };
        admin.sql(&format!("drop database if exists {name} with (force)"));
        admin.sql(&format!("create database {name}"));
        Self { url: format!("{server}/{name}") }
    }

    /// Runs SQL, and returns its rows: fields are separated by tabs.
    pub fn sql(&self, sql: &str) -> Vec<String> {
        let output =
            Command::new("psql").args(["-XAtqF", "\t", "-v", "ON_ERROR_STOP=1", &self.url, "-c", sql]).output();
        let output = output.expect("psql is installed");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// Returns the names and texts of the records of a run, without the steps of DBOS itself.
    pub fn steps(&self, workflow: &str) -> Vec<(String, String)> {
        self.all_steps(&format!("workflow_uuid = '{workflow}'")).remove(workflow).unwrap_or_default()
    }

    /// Returns the names and texts of the records of all runs that fit this condition.
    pub fn all_steps(&self, condition: &str) -> HashMap<String, Vec<(String, String)>> {
        let rows = self.sql(&format!(
            "select workflow_uuid, function_name, output from dbos.operation_outputs where {condition} \
             and function_name not like 'DBOS.%' and error is null order by workflow_uuid, function_id"
        ));
        let mut steps: HashMap<String, Vec<(String, String)>> = HashMap::new();
        for row in rows {
            let [workflow, name, text]: [&str; 3] = row.splitn(3, '\t').collect::<Vec<_>>().try_into().unwrap();
            steps.entry(workflow.to_owned()).or_default().push((name.to_owned(), text.to_owned()));
        }
        steps
    }

    /// Returns a configuration for this database.
    pub fn config(&self, app: &str, executor: &str) -> Config {
        Config {
            // Two applications cannot have the same version.
            app_version: Some(format!("{app}-1")),
            executor_id: Some(executor.to_owned()),
            outcome_poll_interval: Some(Duration::from_millis(20)),
            ..Config::new(app, &self.url)
        }
    }

    /// Returns an instance of DBOS for this database.
    pub fn dbos(&self, app: &str, executor: &str) -> DBOS {
        DBOS::new(self.config(app, executor))
    }

    /// Connects a client.
    pub async fn client(&self) -> dbos::Client {
        let config = dbos::ClientConfig {
            outcome_poll_interval: Some(Duration::from_millis(20)),
            ..dbos::ClientConfig::new(&self.url)
        };
        dbos::Client::connect(config).await.unwrap()
    }
}
