//! Counts kept during a walk: which answer reaches which prompt, how soon a finished user is noticed, and what one
//! session costs.

use reconnect_core::Rendered;
use std::collections::{BTreeMap, BTreeSet};

/// What one session has cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Cost {
    pub(super) looks: u32,
    pub(super) mints: u32,
    /// How often it asked again while the data was pending.
    pub(super) swings: u64,
    pub(super) fetched: bool,
    pub(super) began: u64,
    pub(super) open: u64,
}

/// An answer that a user typed into a form.
pub(super) struct Typed {
    pub(super) request: String,
    /// How many answers the bank had been sent for this session when the form was shown.
    pub(super) before: u32,
    pub(super) sent: bool,
}

/// The return of a user who was through, as a node heard it.
pub(super) struct Return {
    pub(super) at: u64,
    /// How many things had gone wrong by then.
    pub(super) trouble: u64,
    pub(super) noticed: bool,
}

#[derive(Default)]
pub(super) struct Watch {
    pub(super) costs: BTreeMap<String, Cost>,
    pub(super) typed: Vec<Typed>,
    pub(super) answered: BTreeMap<String, u32>,
    /// The sessions that the user has finished in the widget.
    pub(super) through: BTreeSet<String>,
    pub(super) returned: Option<Return>,
    /// Faults that are counted nowhere else.
    pub(super) trouble: u64,
    /// For how long processes were held up, in all.
    pub(super) held_up: u64,
    /// How often the row was deleted and a new session of the same login begun there.
    pub(super) births: usize,
}

impl Watch {
    /// Marks an answer that is typed now by the number of blanks at its end, which the bank ignores.
    pub(super) fn types(&mut self, request: &str) -> String {
        let before = self.answered.get(request).copied().unwrap_or(0);
        self.typed.push(Typed { request: request.to_owned(), before, sent: false });
        " ".repeat(self.typed.len())
    }

    /// A new session of the same login is in the row.
    pub(super) fn begins_anew(&mut self) {
        (self.births, self.returned) = (self.births + 1, None);
    }

    pub(super) fn is_through(&mut self, request: &str) {
        self.through.insert(request.to_owned());
    }
}

/// Which typed answer this request sends, by the blanks at its end.
pub(super) fn mark(request: &Rendered) -> Option<(String, usize)> {
    let body: serde_json::Value = serde_json::from_str(request.body.as_ref()?.expose()).ok()?;
    let answers = body["SecurityResponses"].as_object()?.values().next()?.as_array()?.first()?.as_str()?.to_owned();
    let blanks = answers.len() - answers.trim_end().len();
    Some((body["RequestId"].as_str()?.to_owned(), blanks.checked_sub(1)?))
}
