//! Errors: settings that are not valid, and samples that fail.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Error, Result};
use claudette_testkit::eval::{Case, Eval, Rubric, Sample, SampleResult};

use super::memory::Memory;

async fn answer(sample: Sample<&'static str>) -> Result<String> {
    Ok(sample.client().send(*sample.input()).await?.text())
}

#[tokio::test]
async fn settings_are_checked_before_anything_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-haiku-4-5");
    let eval = |ids: &[&str]| {
        let cases: Vec<_> = ids.iter().map(|id| Case::new(*id, "Hi")).collect();
        Eval::new("greetings", cases, answer)
    };
    let judged = |ids: &[&str]| eval(ids).judge(|_, _| true);
    for (eval, expected) in [
        (judged(&[]).models([&client]), "has no cases"),
        (judged(&["a", "b", "a"]).models([&client]), "has two cases with the id `a`"),
        (judged(&["a"]), "has no models: call `.models([..])`"),
        (judged(&["a"]).models([&client, &client]), "has the model `claude-haiku-4-5` twice"),
        (judged(&["a"]).models([&client]).pass_at(1.5), "cannot pass at 1.5"),
        (eval(&["a"]).models([&client]), "has no judge: call `.judge(|case, answer| ..)`"),
    ] {
        let error = eval.await.unwrap_err();
        assert!(error.is_misuse(), "{error}");
        assert!(error.to_string().starts_with(&format!("eval `greetings` {expected}")), "{error}");
    }
    assert_eq!(claude.requests().len(), 0);
}

#[tokio::test]
async fn a_sample_that_fails_does_not_end_the_eval() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "no such thing"));
    claude.respond(MockResponse::text("Hello!"));
    let program = |sample: Sample<&'static str>| async move {
        match *sample.input() {
            "panic" => panic!("a bug of {}", sample.id()),
            "own" => Err(Error::other("the till is locked")),
            "bad score" | "bad judge" => Ok("text".to_owned()),
            _ => answer(sample).await,
        }
    };
    let inputs = ["refused", "panic", "own", "bad score", "bad judge", "good"];
    let report = Eval::new("errors", inputs.map(|input| Case::new(input, input)), program)
        .models([claude.client("claude-haiku-4-5")])
        .concurrency(1)
        .judge(|case, _| match case.id() {
            "bad score" => f64::NAN,
            "bad judge" => panic!("no opinion"),
            _ => 1.0,
        })
        .await
        .unwrap();
    let errors: Vec<_> = report.errors().map(|it| (it.case_id(), it.verdict().reason().unwrap())).collect();
    let expected = [
        ("refused", "no such thing"),
        ("panic", "panicked: a bug of errors/claude-haiku-4-5/panic/1"),
        ("own", "the till is locked"),
        ("bad score", "the judge returned the score NaN"),
        ("bad judge", "panicked: no opinion"),
    ];
    for ((case, text), (expected_case, expected)) in errors.iter().zip(expected) {
        assert!(*case == expected_case && text.contains(expected), "{case}: {text}");
    }
    let summary = report.summary();
    assert_eq!((errors.len(), summary.errors(), summary.pass_rate()), (5, 5, Some(1.0)));

    let panic = std::panic::catch_unwind(|| report.assert_pass_rate(0.1)).unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert!(text.starts_with("claude-haiku-4-5 has a pass rate of 100.0 % and 5 errors in eval `errors`"), "{text}");
}

#[tokio::test]
async fn an_error_is_not_stored() {
    let claude = MockServer::start().await.unwrap();
    let memory = Memory::default();
    let eval = || {
        let (journal, cases) = (memory.clone(), ["a", "b"].map(|id| Case::new(id, id)));
        let eval = Eval::new("retry", cases, answer).models([claude.client("claude-haiku-4-5")]).concurrency(1);
        eval.judge(|_, _| true).journal(move |id| journal.run(id))
    };
    claude.respond(MockResponse::text("A"));
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    assert_eq!(eval().await.unwrap().summary().errors(), 1);
    claude.respond(MockResponse::text("B"));
    let report = eval().await.unwrap();
    assert_eq!(report.results().iter().map(|it| it.answer().unwrap()).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(report.results().iter().map(SampleResult::is_replayed).collect::<Vec<_>>(), [true, false]);
    claude.assert_finished();
}

#[tokio::test]
async fn an_error_of_the_journal_is_an_error_of_the_sample() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("A"));
    let memory = Memory::default();
    let report = Eval::new("disk", [Case::new("a", "Hi")], answer)
        .models([claude.client("claude-haiku-4-5")])
        .judge(|_, _| true)
        .journal(move |id| memory.broken(id))
        .await
        .unwrap();
    assert_eq!(report.errors().next().unwrap().verdict().reason(), Some("the disk is full"));
    assert!(report.summary().spent().usage.total() > 0, "the request was paid for");
}

#[tokio::test]
async fn a_judge_that_gives_no_valid_grade_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hello!"));
    for _ in 0..2 {
        claude.respond(MockResponse::text(r#"{"reason":"Great!","points":11}"#));
    }
    let report = Eval::new("grades", [Case::new("a", "Hi")], answer)
        .models([claude.client("claude-haiku-4-5")])
        .judge_by(Rubric::new(&claude.client("claude-sonnet-5-5"), "It is a greeting."))
        .await
        .unwrap();
    claude.assert_finished();
    assert_eq!(report.summary().errors(), 1);
    assert_eq!(report.results()[0].answer(), Some("Hello!"));
    let second = claude.requests()[2].body().to_string();
    assert!(second.contains("`points` is 11: use a number from 0 to 10"), "{second}");
}
