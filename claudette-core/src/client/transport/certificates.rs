//! [`roots`]: the CA certificates of a system that stores them in files.

use std::path::PathBuf;
use std::{env, fs};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Returns the CA certificates of this system: from `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else from the usual files.
/// The result is empty if there are none.
pub(super) fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let file = env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let folders = env::var_os("SSL_CERT_DIR");
    if file.is_some() || folders.is_some() {
        add(&mut roots, file);
        folders.iter().flat_map(env::split_paths).for_each(|folder| add(&mut roots, files_in(folder)));
        return roots;
    }
    let found = openssl_probe::probe();
    add(&mut roots, found.cert_file);
    // The folders contain the same certificates as the file.
    if roots.is_empty() {
        found.cert_dir.into_iter().for_each(|folder| add(&mut roots, files_in(folder)));
    }
    roots
}

fn files_in(folder: PathBuf) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Adds all certificates that can be read, and ignores the rest. If a required one is missing, the verification of the
/// server fails.
fn add(roots: &mut RootCertStore, files: impl IntoIterator<Item = PathBuf>) {
    let files = files.into_iter().filter_map(|file| CertificateDer::pem_file_iter(file).ok());
    roots.add_parsable_certificates(files.flatten().flatten());
}
