//! [`IdentityToken`]: the token of another service that an exchange turns into an access token.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::client::credentials::environment::variable;
use crate::error::{Error, Result};
use crate::task::{BoxFuture, run_blocking};

/// The maximum size of a token in bytes. Real ones stay below a quarter of it.
const MOST: usize = 16 * 1024;
/// The variable that contains a token.
pub(super) const IDENTITY_TOKEN: &str = "ANTHROPIC_IDENTITY_TOKEN";

/// The source of an identity token (JWT), which is read again for each exchange, because these tokens are replaced often.
#[derive(Clone)]
pub(super) enum IdentityToken {
    File(PathBuf),
    /// The variable [`IDENTITY_TOKEN`].
    Variable,
    Function(Arc<dyn Fn() -> BoxFuture<'static, Result<String>> + Send + Sync>),
}

impl IdentityToken {
    /// Reads the token.
    ///
    /// # Errors
    /// The token cannot be read, is blank, or is too long for a JWT. The error does not show it.
    pub(super) async fn read(&self) -> Result<String> {
        let (text, origin) = match self {
            Self::File(path) => {
                let file = path.clone();
                let read = run_blocking(move || read_file(&file)).await;
                let read = read.unwrap_or_else(|| Err(io::Error::other("the runtime shuts down")));
                let origin = format!("the identity token file {}", path.display());
                let text = read.map_err(|error| Error::misuse(format!("{origin} cannot be read")).caused_by(error))?;
                (text, origin)
            }
            Self::Variable => {
                let text = variable(IDENTITY_TOKEN)?;
                let missing = || Error::misuse(format!("the environment variable {IDENTITY_TOKEN} is no longer set"));
                (text.ok_or_else(missing)?, format!("the environment variable {IDENTITY_TOKEN}"))
            }
            Self::Function(read) => (read().await?, "the text from `.identity_token(..)`".to_owned()),
        };
        let token = text.trim();
        if token.is_empty() {
            return Err(Error::misuse(format!(
                "{origin} is empty; check that the platform writes the token (on Kubernetes: the projected volume and its \
                 audience)"
            )));
        }
        if token.len() > MOST {
            return Err(Error::misuse(format!(
                "{origin} is longer than {MOST} bytes, so it is not an identity token (JWT); check that it is not a key or \
                 a certificate"
            )));
        }
        Ok(token.to_owned())
    }
}

/// Reads a file, or its beginning if it is too long for a token.
fn read_file(path: &Path) -> io::Result<String> {
    if path.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let mut text = String::new();
    // Blanks at the end do not count.
    File::open(path)?.take(2 * MOST as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Does not show tokens.
impl fmt::Debug for IdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Variable => f.write_str("Variable"),
            Self::Function(_) => f.write_str("Function(..)"),
        }
    }
}
