//! Cases, models, judges, and the figures of a report.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Result, Run, tool, tools};
use claudette_testkit::eval::{Case, Eval, Sample, Score};
use serde_json::json;

/// Returns a server that answers with the last character of the prompt, later for smaller numbers.
async fn echo(requests: usize) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..requests {
        claude.respond_with(|request| {
            let number = request["messages"][0]["content"].as_str().unwrap().chars().last().unwrap();
            let delay = Duration::from_millis(40 - 4 * u64::from(number.to_digit(10).unwrap()));
            let usage = json!({"input_tokens": 1000, "output_tokens": 100});
            MockResponse::text(number.to_string()).usage(usage).delay(delay)
        });
    }
    claude
}

fn cases() -> Vec<Case<String, u32>> {
    (0..10).map(|n| Case::new(format!("case-{n}"), format!("Say {n}")).expected(if n == 7 { 8 } else { n })).collect()
}

async fn answer(sample: Sample<String>) -> Result<u32> {
    let text = sample.client().send(sample.input().as_str()).await?.text();
    Ok(text.parse().unwrap())
}

#[tokio::test]
async fn results_are_in_order_and_add_up() {
    let claude = echo(60).await;
    let (haiku, sonnet) = (claude.client("claude-haiku-4-5"), claude.client("claude-sonnet-5-5"));
    let cases = cases().into_iter().map(|case| if case.id() < "case-3" { case.tag("first") } else { case });
    let report = Eval::new("order", cases, answer)
        .models([&sonnet, &haiku])
        .repeat(3)
        .judge(|case, answer| answer == case.expects())
        .await
        .unwrap();
    claude.assert_finished();

    let order: Vec<_> = report.results().iter().map(|it| (it.model(), it.case_id(), it.number())).collect();
    let models = ["claude-sonnet-5-5", "claude-haiku-4-5"];
    let ids: Vec<String> = (0..10).map(|n| format!("case-{n}")).collect();
    let expected: Vec<_> = models
        .iter()
        .flat_map(|model| ids.iter().flat_map(move |id| (1..=3).map(move |number| (*model, id.as_str(), number))))
        .collect();
    assert_eq!(order, expected);

    let all = report.summary();
    assert_eq!((all.samples(), all.passed(), all.failed(), all.errors()), (60, 54, 6, 0));
    assert_eq!(report.failures().filter(|it| it.case_id() == "case-7").count(), 6);
    assert_eq!(report.failures().next().unwrap().answer(), Some("7"));
    for (model, client) in [("claude-haiku-4-5", &haiku), ("claude-sonnet-5-5", &sonnet)] {
        let summary = report.model(model).unwrap();
        assert_eq!((summary.pass_rate(), summary.mean_score()), (Some(0.9), Some(0.9)));
        assert_eq!(summary.spent().usage.total(), 33_000);
        // The books of the client agree.
        assert_eq!((summary.spent().usage.total(), client.usage().total()), (33_000, 33_000));
        let (reported, paid) = (summary.spent().cost.unwrap().total(), client.cost().unwrap().total());
        assert!((reported - paid).abs() < 1e-9, "{reported} {paid}");
        assert!(summary.latency(0.0) >= Some(Duration::from_millis(4)), "{:?}", summary.latency(0.0));
        assert!(summary.latency(100.0) >= Some(Duration::from_millis(40)), "{:?}", summary.latency(100.0));
    }
    assert_eq!(report.model("claude-opus-5-5"), None);
    let tags: Vec<_> = report.tags().into_iter().map(|group| (group.tag.unwrap(), group.summary.samples())).collect();
    assert_eq!(tags, [("first".to_owned(), 9), ("first".to_owned(), 9)]);
    report.assert_pass_rate(0.9);
}

#[tokio::test]
async fn a_judge_can_be_a_function_or_an_async_function() {
    let claude = echo(40).await;
    let eval = || Eval::new("judges", cases(), answer).models([claude.client("claude-haiku-4-5")]);
    let graded = eval().judge(|_, answer| f64::from(*answer) / 10.0).pass_at(0.8).await.unwrap();
    assert_eq!((graded.summary().passed(), graded.summary().mean_score()), (2, Some(0.45)));

    let check = |case: &Case<String, u32>, answer: &u32| {
        if answer == case.expects() { Ok(()) } else { Err(format!("{answer} is not {}", case.expects())) }
    };
    let explained = eval().judge(check).await.unwrap();
    assert_eq!(explained.failures().next().unwrap().verdict().reason(), Some("7 is not 8"));

    let later = eval().judge_async(|case, answer| async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(*case.expects() == *answer)
    });
    assert_eq!(later.await.unwrap().summary().passed(), 9);

    let reasons = eval().judge(|_, _| Score::new(0.25).because("too short")).await.unwrap();
    assert_eq!(reasons.failures().filter(|it| it.verdict().reason() == Some("too short")).count(), 10);
}

#[tokio::test]
async fn as_many_samples_run_at_the_same_time_as_permitted() {
    let claude = MockServer::start().await.unwrap();
    let running = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counter = Arc::clone(&running);
    let report = Eval::new("parallel", cases(), move |_| {
        let counter = Arc::clone(&counter);
        async move {
            let now = counter.0.fetch_add(1, Ordering::SeqCst) + 1;
            counter.1.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            counter.0.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    })
    .models([claude.client("claude-haiku-4-5")])
    .concurrency(3)
    .judge(|_, ()| true);
    report.await.unwrap().assert_pass_rate(1.0);
    assert_eq!(running.1.load(Ordering::SeqCst), 3);
}

/// The stock of a product.
#[tool(read_only)]
fn stock(
    /// Product id, e.g. "P1"
    id: &str,
) -> u32 {
    if id == "P1" { 4 } else { 0 }
}

#[tokio::test]
async fn a_judge_can_look_at_the_steps_of_a_run() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("stock", json!({"id": "P1"})));
    claude.respond(MockResponse::text("There are 4."));
    let loops = |sample: Sample<&'static str>| async move {
        let mut chat = sample.chat().tools(tools![stock]).build()?;
        chat.toolloop(*sample.input()).journal(sample.journal("loop")).await
    };
    let report = Eval::new("runs", [Case::new("P1", "How many P1 are there?")], loops)
        .models([claude.client("claude-haiku-4-5")])
        .judge(|_, run: &Run| run.steps()[0].calls()[0].name() == "stock" && run.text() == "There are 4.")
        .await
        .unwrap();
    report.assert_pass_rate(1.0);
}
