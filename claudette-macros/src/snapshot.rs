//! Compares generated code with snapshots. `UPDATE_SNAPSHOTS=1 cargo test -p claudette-macros` updates the files in
//! `snapshots/`; read the diff before you commit it.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;

/// Compares generated code with the snapshot of this name.
pub(crate) fn compare(name: &str, generated: TokenStream) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name).with_extension("rs");
    let file = syn::parse2(generated).expect("the generated code is valid Rust");
    let text = prettyplease::unparse(&file);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &text).expect("writing the snapshot");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{} differs from the generated code:\n{text}", path.display());
}
