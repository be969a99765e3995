//! [`Sample`]: one run of the program under test.

use std::fmt;
use std::sync::Arc;

use claudette::catalog::Spent;
use claudette::chat::ChatBuilder;
use claudette::{Chat, Client};

use super::journals::Journals;
use super::sample_journal::{Earlier, SampleJournal};

/// One run of the program under test: the input of a case, and the client to use.
///
/// ```
/// use claudette::{Result, tool, tools};
/// use claudette_testkit::eval::Sample;
///
/// /// The stock of a product.
/// #[tool(read_only)]
/// fn stock(
///     /// Product id, e.g. "P1"
///     id: &str,
/// ) -> u32 {
///     if id == "P1" { 4 } else { 0 }
/// }
///
/// /// The program under test. If the eval has a journal, the steps of its loop are stored there.
/// async fn answer(sample: Sample<&'static str>) -> Result<String> {
///     let mut chat = sample.chat().tools(tools![stock]).build()?;
///     let run = chat.toolloop(*sample.input()).max_steps(5).journal(sample.journal("loop")).await?;
///     Ok(run.text())
/// }
/// # let _ = answer;
/// ```
pub struct Sample<I> {
    id: Arc<str>,
    /// The id, and a part that changes with the input.
    run_id: Arc<str>,
    case_id: Arc<str>,
    input: Arc<I>,
    number: u32,
    client: Client,
    journals: Journals,
    earlier: Earlier,
}

impl<I> Sample<I> {
    /// `client` has totals of its own.
    pub(super) fn new(
        (id, run_id): (&str, &str),
        case_id: &str,
        input: Arc<I>,
        number: u32,
        client: Client,
        journals: Journals,
    ) -> Self {
        let (id, run_id, case_id) = (id.into(), run_id.into(), case_id.into());
        Self { id, run_id, case_id, input, number, client, journals, earlier: Earlier::new() }
    }

    /// Returns the input of the case.
    pub fn input(&self) -> &I {
        &self.input
    }

    /// Returns the id of the case.
    pub fn case_id(&self) -> &str {
        &self.case_id
    }

    /// Returns the number of the sample among those of its case and model, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the name of the model.
    pub fn model(&self) -> &str {
        self.client.default_model().as_str()
    }

    /// Returns the id of the sample, such as `support/claude-sonnet-5-5/refund/1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the client to use. The cost of the sample is the cost of the requests of this client and of its chats.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a builder of a chat with the [`client`](Self::client).
    pub fn chat(&self) -> ChatBuilder {
        Chat::builder(&self.client)
    }

    /// Returns the journal of a tool loop of this sample. If the eval is killed in the middle of the loop, the loop
    /// continues after its last finished step.
    ///
    /// A program with one request per sample does not need it, because the eval stores each answer. Each loop of a sample
    /// has another name.
    pub fn journal(&self, name: &str) -> SampleJournal {
        let id = format!("{}/{name}", self.run_id);
        let stored = self.journals.open(&id);
        SampleJournal::new(id, stored, self.earlier.clone())
    }

    /// Returns the cost so far, and the time that earlier processes have worked on this sample.
    pub(super) fn meter(&self) -> Meter {
        Meter { client: self.client.clone(), earlier: self.earlier.clone() }
    }
}

/// Measures a sample, also after the program has dropped it.
pub(super) struct Meter {
    client: Client,
    earlier: Earlier,
}

impl Meter {
    pub(super) fn earlier_time(&self) -> std::time::Duration {
        self.earlier.total().0
    }

    pub(super) fn spent(&self) -> Spent {
        let (_, mut spent) = self.earlier.total();
        spent += &spent_by(&self.client);
        spent
    }
}

/// Returns the totals of a client.
pub(super) fn spent_by(client: &Client) -> Spent {
    let mut spent = Spent::default();
    spent.usage = client.usage();
    spent.cost = client.cost();
    spent
}

impl<I> Clone for Sample<I> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            run_id: self.run_id.clone(),
            case_id: self.case_id.clone(),
            input: self.input.clone(),
            number: self.number,
            client: self.client.clone(),
            journals: self.journals.clone(),
            earlier: self.earlier.clone(),
        }
    }
}

impl<I> fmt::Debug for Sample<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sample").field(&self.id).finish()
    }
}
