//! The texts of reports.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Error, Result};
use claudette_testkit::eval::{Case, Eval, Report, Sample};

const HOSTILE: &str =
    "<script>alert(1)</script> | [x](javascript:y) \u{1b}]0;title\u{7}\n# Heading `code` & \"quotes\"";

async fn hostile() -> Report {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..2 {
        claude.respond(MockResponse::text(HOSTILE));
    }
    let program = |sample: Sample<&'static str>| async move {
        let result: Result<String> = match *sample.input() {
            "fail" => Err(Error::other(HOSTILE)),
            input => Ok(sample.client().send(input).await?.text()),
        };
        result
    };
    let cases = [Case::new("a", "Hi").tag(HOSTILE), Case::new(HOSTILE, "Hi"), Case::new("c", "fail")];
    let eval = Eval::new(HOSTILE, cases, program).models([claude.client("claude-haiku-4-5")]);
    eval.judge(|case, answer| if case.id() == "a" { Ok(()) } else { Err(answer.clone()) }).await.unwrap()
}

#[tokio::test]
async fn texts_of_models_stay_text() {
    let report = hostile().await;
    let (markdown, svg, text) = (report.to_markdown(), report.to_svg(), report.to_string());
    for control in ['\u{1b}', '\u{7}'] {
        assert!(![&markdown, &svg, &text].iter().any(|text| text.contains(control)));
    }
    let unescaped = |text: &str, c: char| text.match_indices(c).any(|(at, _)| !text[..at].ends_with('\\'));
    assert!(markdown.contains("\\<script\\>") && !unescaped(&markdown, '<') && !unescaped(&markdown, '`'));
    assert_eq!(markdown.lines().filter(|line| line.starts_with('#')).count(), 4, "{markdown}");
    assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
    // Each row has as many cells as its head.
    for table in markdown.split("\n\n").filter(|part| part.starts_with('|')) {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        assert!(table.lines().all(|line| cells(line) == cells(table.lines().next().unwrap())), "{table}");
    }
}

#[tokio::test]
async fn long_lists_are_cut() {
    let claude = MockServer::start().await.unwrap();
    let cases: Vec<_> = (0..25).map(|n| Case::new(format!("case-{n}"), n)).collect();
    let report = Eval::new("many", cases, |sample: Sample<i32>| async move { Ok(*sample.input()) })
        .models([claude.client("claude-haiku-4-5")])
        .judge(|_, answer| f64::from(*answer) / 100.0)
        .await
        .unwrap();
    let markdown = report.to_markdown();
    assert!(markdown.contains("\nand 15 more cases\n"), "{markdown}");
    // The worst case is the first one.
    let first = markdown.lines().skip_while(|line| *line != "## Worst cases").nth(4).unwrap();
    assert_eq!(first, "| case-0 | claude-haiku-4-5 | 0 of 1 | 0.00 | the answer was: 0 |");
    assert!(markdown.contains("| p50 |") && !report.without_latency().to_markdown().contains("p50"));
}
