//! The tour: the program runs to its end, and the page shows its code and its output.

use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

#[test]
fn the_tour_runs_without_a_key_and_prints_the_golden_output() {
    let mut tour = Command::new(env!("CARGO"));
    tour.args(["run", "--quiet", "--example", "tour"]).current_dir(ROOT);
    for (variable, _) in std::env::vars_os() {
        // These variables, which Cargo sets for tests, would rebuild dependencies that read them.
        let unwanted = ["CARGO_PKG_", "CARGO_MANIFEST_", "ANTHROPIC_"];
        if unwanted.iter().any(|name| variable.to_string_lossy().starts_with(name)) {
            tour.env_remove(variable);
        }
    }
    let tour = tour.output().unwrap();
    assert!(tour.status.success(), "{}", String::from_utf8_lossy(&tour.stderr));
    let printed = String::from_utf8(tour.stdout).unwrap();

    let golden = Path::new(ROOT).join("examples/tour/output.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &printed).unwrap();
    }
    assert_eq!(printed, read(&golden));
}

/// Returns the contents of the page's code blocks of one language.
fn fences(page: &str, language: &str) -> Vec<String> {
    let parts = page.split("```").skip(1).step_by(2);
    let parts =
        parts.filter_map(|part| part.split_once('\n')).filter(|(word, _)| word.split(',').next() == Some(language));
    parts.map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn the_page_shows_the_code_and_the_output_of_the_tour() {
    let (page, output) = (read("claudette-core/docs/tour.md"), read("examples/tour/output.txt"));
    let chapters = ["first", "tooling", "chats", "images", "caching", "thinking"];
    let code: String = chapters.iter().map(|chapter| read(format!("examples/tour/{chapter}.rs"))).collect();
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");

    let cells = fences(&page, "rust");
    assert!(cells.len() > 15);
    for cell in cells {
        assert!(lines(&code).contains(&lines(&cell)), "the tour does not contain this cell:\n{cell}");
    }
    for text in fences(&page, "text") {
        assert!(output.contains(&text), "not in the output of the tour:\n{text}");
    }
}
