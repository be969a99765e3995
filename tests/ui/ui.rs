//! What the compiler says of a wrong `#[tool]`, and what it accepts: one rule a file. This is a binary of its own because
//! `trybuild` compiles the files with a build of their own, and a change of them needs no other test.
//!
//! `TRYBUILD=overwrite cargo test -p ui` writes the `.stderr` files anew; read them before they are committed.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("*/pass/*.rs");
    cases.compile_fail("*/fail/*.rs");
}
