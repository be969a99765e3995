//! A crate that renames the library, and depends on neither serde nor schemars, builds and runs.

use std::path::Path;
use std::process::Command;

fn run(bin: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "renamed", "--bin", bin])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_manifest_does_not_depend_on_serde() {
    let manifest = include_str!("../../fixtures/renamed/Cargo.toml");
    let dependencies = manifest.split_once("[dependencies]").unwrap().1;
    assert!(!dependencies.contains("serde") && !dependencies.contains("schemars"));
}

#[test]
fn the_library_may_be_named_at_each_item() {
    assert_eq!(run("by_key"), "{\"be\":2,\"bee\":1}\nThe result is 7063474.\n");
}

#[test]
fn the_library_may_be_named_once() {
    assert_eq!(run("by_alias"), "7063474\n");
}
