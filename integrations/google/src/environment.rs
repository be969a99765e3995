//! The variables of the environment.

use std::env;
use std::path::PathBuf;

/// The path of a key file.
pub(crate) const KEY_FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// The project that pays for requests and whose quota they use.
pub(crate) const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

/// The host of the metadata server.
pub(crate) const METADATA_HOST: &str = "GCE_METADATA_HOST";

/// Returns the key file that the environment names.
pub(crate) fn named_key_file() -> Option<PathBuf> {
    env::var_os(KEY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Returns the path at which `gcloud auth application-default login` stores its file
/// ([AIP-4110](https://google.aip.dev/auth/4110)).
pub(crate) fn gcloud_key_file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let folder = folder("CLOUDSDK_CONFIG").or_else(|| {
        if cfg!(windows) {
            Some(folder("APPDATA")?.join("gcloud"))
        } else {
            Some(folder("HOME")?.join(".config/gcloud"))
        }
    })?;
    Some(folder.join("application_default_credentials.json"))
}
