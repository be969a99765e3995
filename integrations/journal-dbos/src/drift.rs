//! The check that a program which continues a run is the program that began it.

use claudette::journal::{Fingerprint, Record};
use claudette::{Error, Result};
use dbos::sysdb;
use serde::Deserialize;

use crate::error::RunError;

/// Compares the first record of a run with the one that this program would make.
///
/// The loop makes the same check. An error of the loop would end the workflow for good, but a deployment of the wrong
/// program must not end all of its runs. So this error is a control signal of DBOS, and the workflow stays `PENDING`.
///
/// # Errors
/// Returns a journal error that names the differences.
pub(crate) fn check(run_id: &str, stored: &str, own: &Record) -> Result<()> {
    let (Some(stored), Some(own)) = (fingerprint(stored), fingerprint(own.as_str())) else {
        // The loop reports a record that cannot be read.
        return Ok(());
    };
    let differences = stored.differences(&own);
    if differences.is_empty() {
        return Ok(());
    }
    let what = format!("run `{run_id}` began with {}", differences.join(", "));
    let signal = dbos::Error::<RunError>::SystemDatabase(sysdb::Error::Malformed(format!(
        "{what}: recover the workflow with the program that began it (`app_version`), or call `allow_drift()` on the \
         journal to continue it anyway"
    )));
    Err(Error::journal(format!("{what}, so this program does not continue it")).caused_by(signal))
}

fn fingerprint(record: &str) -> Option<Fingerprint> {
    #[derive(Deserialize)]
    struct First {
        value: Start,
    }
    #[derive(Deserialize)]
    struct Start {
        fingerprint: Fingerprint,
    }
    serde_json::from_str(record).ok().map(|First { value }| value.fingerprint)
}
