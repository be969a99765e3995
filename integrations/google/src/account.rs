//! [`Account`]: the settings that the hosts of Google have in common.

use claudette::Result;
use claudette::hosts::setting;

use crate::credentials::GoogleCredentials;

/// The project and the credentials that a program sets.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) project: Option<String>,
    pub(crate) credentials: Option<GoogleCredentials>,
}

impl Account {
    /// Returns the credentials of the program, or else the Application Default Credentials.
    ///
    /// # Errors
    /// The same as for [`GoogleCredentials::find`].
    pub(crate) async fn credentials(&self) -> Result<GoogleCredentials> {
        match &self.credentials {
            Some(credentials) => Ok(credentials.clone()),
            None => GoogleCredentials::find().await,
        }
    }

    /// Returns the project of the program, or else that of the first of these variables that is set, or else that of the
    /// credentials.
    ///
    /// # Errors
    /// The same as for [`setting`] and [`GoogleCredentials::project`].
    pub(crate) async fn project(&self, variables: &[&str], credentials: &GoogleCredentials) -> Result<Option<String>> {
        match setting(self.project.as_deref(), variables)? {
            Some(project) => Ok(Some(project)),
            None => credentials.project().await,
        }
    }
}
