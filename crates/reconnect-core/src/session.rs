//! `Session`: the surface of the machine. No transition is made here.

use crate::{
    account::Account,
    action::{Action, Pause},
    challenge::Answers,
    connect::{news::ConnectNews, watch::Watch},
    deadline::Deadline,
    error::{Misuse, RenderError, RestoreError},
    event::{Event, Heard},
    fault::Fault,
    ids::{LoginId, RequestId},
    instance::Instance,
    keys::Keys,
    known::Known,
    outcome::Outcome,
    policy::{Policy, TokenUse},
    prompt::Prompt,
    render::{Rendered, render},
    reply::Reply,
    request::ExchangeId,
    selection::Selection,
    snapshot::Snapshot,
    stage::Stage,
    state::State,
    time::Timestamp,
};
use alloc::{sync::Arc, vec::Vec};

/// One Reconnect, from a stored `loginId` or a live `requestId` to accounts, or to what has to happen instead.
///
/// Ask it what to do ([`poll`](Self::poll)), tell it what happened, look at it as often as you like. It does no IO and
/// has no clock. It clones, crosses threads, and survives a restart as a [`Snapshot`].
#[derive(Clone, Debug)]
pub struct Session(State);

// enter
impl Session {
    /// A live refresh of a stored connection: mint, `/Authorize`, MFA where the bank asks, data.
    ///
    /// ```
    /// use reconnect_core::{Action, Call, Known, LoginId, Policy, Selection, Session, Timestamp};
    ///
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// let login = LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe")?;
    /// let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// let Action::Send(request) = session.poll(now) else { panic!() };
    /// assert!(matches!(request.call, Call::GenerateAuthorizeToken));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn refresh(login: LoginId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        Self(State::refresh(login, known, keep, policy.bounded(), now))
    }

    /// An interrupted session goes on where the end user left it.
    ///
    /// ```
    /// use reconnect_core::{Action, Known, Pause, Policy, RequestId, Selection, Session, Timestamp};
    ///
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// let mut known = Known::default();
    /// known.last_sent = Some(now);
    /// let request = RequestId::new("9022abc2-8a2e-4b06-a06e-c3e5449c4d10")?;
    /// let mut session = Session::resume(request, known, Selection::all(), Policy::default(), now);
    /// assert!(matches!(session.poll(now), Action::Pause(Pause::Ask(_))));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn resume(request: RequestId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        Self(State::resume(request, known, keep, policy.bounded(), now))
    }

    /// Goes on with a first connection that was interrupted, by the messages that its page heard. Its `requestId` is a
    /// browser's claim: the session may be another user's. So its accounts are withheld until the caller
    /// [confirms](Self::confirm) the login that the replies named. A login in `known` is not used: it does not show
    /// whose session this is. `None` if the page heard no `requestId`.
    ///
    /// ```
    /// use reconnect_core::{Heard, Known, LoginId, Policy, Reply, Selection, Session, Timestamp, Action};
    /// use reconnect_core::connect::{ConnectNews, Watch};
    ///
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// let mut watch = Watch::new();
    /// watch.heard(now, &ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r-1"}"#)?);
    /// let (known, policy) = (Known::default(), Policy::default());
    /// let mut session = Session::resume_claimed(&watch, known, Selection::all(), policy, now).expect("it named one");
    ///
    /// session.returned(now, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r-1"}"#)?);
    /// let Action::Send(look) = session.poll(now) else { panic!("it looks") };
    /// let body = r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"alice"},"Accounts":[{"Id":"a"}]}"#;
    /// session.receive(now, look.id, Ok(&Reply { status: 200, headers: vec![], body: body.into() }));
    /// assert!(session.withholds() && session.take_accounts().is_none());
    ///
    /// // The app looks up whose login it is, and sees that it is this user's, or nobody's yet.
    /// let login = session.login().expect("the reply named it").clone();
    /// assert_eq!(session.confirm(now, &login), Heard::Took);
    /// assert_eq!(session.take_accounts().map(|accounts| accounts.len()), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn resume_claimed(
        watch: &Watch,
        known: Known,
        keep: Selection,
        policy: Policy,
        now: Timestamp,
    ) -> Option<Self> {
        State::resume_claimed(watch, known, keep, policy.bounded(), now).map(Self)
    }

    /// The session that a snapshot was taken of. It needs no clock: it changes nothing.
    ///
    /// # Errors
    /// [`RestoreError`] where another version wrote it, or its parts contradict each other.
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        snapshot.into_state().map(Self)
    }
}

// ask
impl Session {
    /// What to do next. Handing out a request counts as sending it: call this only if you will send what it says, and
    /// only after the snapshot is kept (rule 8).
    #[must_use]
    pub fn poll(&mut self, now: Timestamp) -> Action {
        let action = self.0.poll(now);
        self.0.revise();
        action
    }

    /// [`poll`](Self::poll) and [`render`] in one, for bindings: no secret has to cross as data of its own.
    ///
    /// # Errors
    /// [`RenderError`] if a key is missing or cannot be a key, or if the instance is another one; the session is as it
    /// was.
    ///
    /// ```
    /// use reconnect_core::{Instance, Keys, Known, LoginId, Policy, RenderError, Selection, Session, Timestamp, Work};
    ///
    /// let now = Timestamp::from_millis(0);
    /// let instance = Instance::named("toolbox", "43387ca6")?;
    /// let mut session = Session::refresh(LoginId::new("l")?, Known::at(&instance), Selection::all(), Policy::default(), now);
    /// let none = Keys::default();
    /// assert_eq!(session.poll_rendered(now, &instance, &none).err(), Some(RenderError::MissingKey));
    ///
    /// let keys = Keys { secret: Some("k".into()), api: None };
    /// assert!(matches!(session.poll_rendered(now, &instance, &keys)?, Work::Send(request) if request.method == "POST"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_rendered(&mut self, now: Timestamp, instance: &Instance, keys: &Keys) -> Result<Work, RenderError> {
        keys.check()?;
        let mints = self.0.policy().token == TokenUse::Mint;
        if mints && keys.secret.is_none() {
            return Err(RenderError::MissingKey);
        }
        if self.0.instance_label().is_some() {
            self.0.belongs_to(instance)?;
        }
        let action = self.0.poll(now);
        self.0.settle_at(instance);
        self.0.revise();
        Ok(match action {
            Action::Send(request) => Work::Send(render(&request, instance, keys)?),
            Action::Wait { until } => Work::Wait { until },
            Action::Pause(pause) => Work::Pause(pause),
        })
    }
}

/// An [`Action`] whose request is rendered.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver can do three things")]
pub enum Work {
    /// Send this, and tell the session what came back.
    Send(Rendered),
    /// Nothing until then.
    Wait {
        /// When to ask again.
        until: Timestamp,
    },
    /// Nothing, until somebody tells the session something.
    Pause(Pause),
}

// tell
impl Session {
    /// What came back for an exchange, or what came instead.
    pub fn receive(&mut self, now: Timestamp, id: ExchangeId, reply: Result<&Reply, Fault>) -> Heard {
        let heard = self.0.receive(now, id, reply);
        self.0.revise();
        heard
    }

    /// Whether the request that was handed out as `id` may still be sent. Ask right before sending it: the process may
    /// have been held up since [`poll`](Self::poll). If the request's time or its token's is over, it must not be sent,
    /// since another node may have gone on without it; the session then knows that it was not.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::{Action, Known, LoginId, Policy, Selection, Session, Timestamp};
    ///
    /// let now = Timestamp::from_millis(0);
    /// let login = LoginId::new("5e115eac")?;
    /// let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// let Action::Send(request) = session.poll(now) else { panic!("a mint comes first") };
    /// assert!(session.may_send(now, request.id));
    /// assert!(!session.may_send(now + Duration::from_secs(600), request.id));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    pub fn may_send(&mut self, now: Timestamp, id: ExchangeId) -> bool {
        let in_time = self.in_time(now, id);
        if !in_time {
            self.receive(now, id, Err(Fault::NOT_SENT));
        }
        in_time
    }

    /// The same, and the session is told nothing.
    pub(crate) fn in_time(&self, now: Timestamp, id: ExchangeId) -> bool {
        self.0.in_time(now, id)
    }

    /// The program that sent an exchange will never know what became of it. Only that program may say so.
    pub fn lost(&mut self, now: Timestamp, id: ExchangeId) -> Heard {
        let heard = self.0.lost(now, id);
        self.0.revise();
        heard
    }

    /// What the widget said: an event or a redirect. A hint, never a fact (rule 9).
    pub fn returned(&mut self, now: Timestamp, news: &ConnectNews) -> Heard {
        let heard = self.0.returned(now, news);
        self.0.revise();
        heard
    }

    /// A verified webhook: a fact. Its data is taken as the reply of the data call would be, in every phase that has the
    /// session's `requestId`; the selection applies, and another login's is refused. One that brings no accounts that the
    /// policy fetches says at least that the session is authorized.
    ///
    /// ```
    /// use reconnect_core::{Heard, Known, Outcome, Policy, RequestId, Selection, Session, Timestamp, webhook};
    ///
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// let request = RequestId::new("r-1")?;
    /// let mut session = Session::resume(request, Known::default(), Selection::all(), Policy::default(), now);
    ///
    /// let body = br#"{"ResponseType":"GetAccountsDetail","RequestId":"r-1","Accounts":[{"Id":"a-1"}]}"#;
    /// let signature = webhook::sign(body, &"key".into());
    /// let headers = [("flinks-authenticity-key", signature.as_str())];
    /// let delivery = webhook::verify(headers, body, &["key".into()])?;
    /// assert_eq!(session.delivered(now, &delivery), Heard::Took);
    /// assert!(matches!(session.outcome(), Some(Outcome::Refreshed(done)) if done.kept.len() == 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "webhook")]
    pub fn delivered(&mut self, now: Timestamp, delivery: &crate::webhook::Delivery) -> Heard {
        let heard = self.0.delivered(now, delivery);
        self.0.revise();
        heard
    }

    /// The end user's answers, given outside the widget.
    ///
    /// # Errors
    /// [`Misuse`] where the policy, the prompt or the moment does not fit; the session is as it was.
    pub fn answer(&mut self, now: Timestamp, answers: Answers) -> Result<Heard, Misuse> {
        let heard = self.0.answer(now, answers);
        self.0.revise();
        heard
    }

    /// The widget is about to be shown: the next prompt has a URL that is good for one showing. Call it before each
    /// render. An app that answers through the API never needs it.
    pub fn open(&mut self, now: Timestamp) {
        self.0.open(now);
        self.0.revise();
    }

    /// A page shows the prompt, and the answer is given there: an answer through the API is [`Misuse::OtherPrompt`]
    /// until a reply brings another prompt. If the reply to a look has the same challenges, it is the same prompt, and
    /// its page may still be shown.
    ///
    /// ```
    /// use reconnect_core::{Heard, Known, Policy, RequestId, Selection, Session, Timestamp};
    /// let (request, now) = (RequestId::new("r-1")?, Timestamp::from_millis(0));
    /// let mut known = Known::default();
    /// known.last_sent = Some(now);
    /// let mut session = Session::resume(request, known, Selection::all(), Policy::default(), now);
    /// assert_eq!(session.shown(now), Heard::Took);
    /// assert!(session.prompt(now).unwrap().shown);
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    pub fn shown(&mut self, now: Timestamp) -> Heard {
        let _ = now;
        let heard = self.0.shown();
        self.0.revise();
        heard
    }

    /// The caller confirms the login of a session whose `requestId` came from a browser: it is the one that the replies
    /// named, and its data may be handed over. Until then the accounts are withheld; if no reply named a login, they
    /// stay withheld.
    pub fn confirm(&mut self, now: Timestamp, login: &LoginId) -> Heard {
        let _ = now;
        let heard = self.0.confirm(login);
        self.0.revise();
        heard
    }

    /// The caller is not interested any more.
    pub fn cancel(&mut self, now: Timestamp) {
        let _ = now;
        self.0.cancel();
        self.0.revise();
    }

    /// Any of these, as a value.
    ///
    /// # Errors
    /// [`Misuse`], as [`answer`](Self::answer).
    ///
    /// ```
    /// use reconnect_core::{Event, Heard, Known, LoginId, Policy, Selection, Session, Stage, Timestamp};
    ///
    /// let now = Timestamp::from_millis(0);
    /// let mut session = Session::refresh(LoginId::new("l")?, Known::default(), Selection::all(), Policy::default(), now);
    /// assert_eq!(session.tell(now, Event::Cancelled)?, Heard::Took);
    /// assert_eq!(session.stage(), Stage::Done);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tell(&mut self, now: Timestamp, event: Event) -> Result<Heard, Misuse> {
        match event {
            Event::Tick => Ok(Heard::Knew),
            Event::Received(id, reply) => Ok(self.receive(now, id, reply.as_ref().map_err(|fault| *fault))),
            Event::Lost(id) => Ok(self.lost(now, id)),
            Event::Returned(news) => Ok(self.returned(now, &news)),
            #[cfg(feature = "webhook")]
            Event::Delivered(delivery) => Ok(self.delivered(now, &delivery)),
            Event::Answered(answers) => self.answer(now, answers),
            Event::Opened => {
                self.open(now);
                Ok(Heard::Took)
            }
            Event::Shown => Ok(self.shown(now)),
            Event::Confirmed(login) => Ok(self.confirm(now, &login)),
            Event::Cancelled => {
                self.cancel(now);
                Ok(Heard::Took)
            }
        }
    }
}

// look
impl Session {
    /// Where it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.0.stage()
    }

    /// What the end user is asked, where the session asks.
    #[must_use]
    pub fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        self.0.prompt(now)
    }

    /// The prompt that an answer may be built for: the [prompt](Self::prompt), or, while the session looks, the one
    /// that stands again if the look says that the bank still asks. An answer is held until then.
    ///
    /// ```
    /// use reconnect_core::{Known, Policy, RequestId, Selection, Session, Timestamp, connect::ConnectNews};
    /// let (request, now) = (RequestId::new("r-1")?, Timestamp::from_millis(0));
    /// let mut known = Known::default();
    /// known.last_sent = Some(now);
    /// let mut session = Session::resume(request, known, Selection::all(), Policy::default(), now);
    /// let number = session.prompt(now).unwrap().number;
    /// session.returned(now, &ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r-1"}"#)?);
    /// assert!(session.prompt(now).is_none(), "it looks");
    /// assert_eq!(session.asked(now).unwrap().number, number);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn asked(&self, now: Timestamp) -> Option<Prompt> {
        self.0.asked(now)
    }

    /// The next moment at which `poll` would answer otherwise, and why; `None` only when nothing will ever change it.
    /// A session that ended in a guess answers the same after it, but takes no more news: forget it then.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        self.0.deadline()
    }

    /// The number of the prompt that stands.
    pub(crate) fn number(&self) -> u32 {
        self.0.number()
    }

    /// The id that distinguishes this session's row, if it has one.
    pub(crate) fn snapshot_id(&self) -> Option<u64> {
        self.0.row_id().map(|id| id.0)
    }

    /// Whether it may go on at `instance`: its label has to be that instance's. Both drivers ask before each turn. A
    /// session without a label may go on at no instance, unless it comes from version 1 of the snapshot, which may lack
    /// one.
    ///
    /// # Errors
    /// [`RenderError::OtherInstance`].
    pub fn belongs_to(&self, instance: &Instance) -> Result<(), RenderError> {
        self.0.belongs_to(instance)
    }

    /// Whether its accounts are withheld until the caller [confirms](Self::confirm) its login.
    #[must_use]
    pub fn withholds(&self) -> bool {
        self.0.withholds()
    }

    /// Every `requestId` that was ever this session's; the last one is the one in use.
    #[must_use]
    pub fn requests(&self) -> &[RequestId] {
        self.0.requests()
    }

    /// The connection, from the caller or from a reply; never from a browser.
    #[must_use]
    pub fn login(&self) -> Option<&LoginId> {
        self.0.login()
    }

    /// Which accounts are kept, as the caller chose.
    #[must_use]
    pub fn keep(&self) -> &Selection {
        self.0.keep()
    }

    /// The accounts that it would hand over now.
    pub(crate) fn accounts(&self) -> Option<&Arc<Vec<Account>>> {
        self.0.accounts()
    }

    /// The form at rest.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.0)
    }

    /// The same as JSON, without a copy of the session.
    ///
    /// ```
    /// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Timestamp};
    /// let (login, now) = (LoginId::new("5e115eac")?, Timestamp::from_millis(0));
    /// let session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// assert_eq!(session.snapshot_json(), session.snapshot().to_json());
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn snapshot_json(&self) -> alloc::string::String {
        self.0.to_row(self.0.keeps_secrets())
    }

    /// How often the snapshot changed: the same revision means the same snapshot.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.revision()
    }

    /// Whether the bank may still be working on it, so that no other live refresh of this login should begin: it would
    /// text the end user again. See [`Snapshot::is_open`] for a row.
    ///
    /// ```
    /// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Timestamp};
    /// let now = Timestamp::from_millis(0);
    /// let login = LoginId::new("5e115eac")?;
    /// let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// assert!(session.is_open(now));
    /// session.cancel(now);
    /// assert!(!session.is_open(now));
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.0.is_open(now)
    }

    /// How it ended; `None` while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome<'_>> {
        self.0.outcome()
    }

    /// The accounts, handed over once. A restored session has none: its snapshot holds ids and counts only.
    pub fn take_accounts(&mut self) -> Option<Vec<Account>> {
        self.take_shared_accounts().map(Arc::unwrap_or_clone)
    }

    /// The same, in a list that a clone of this session may have too: nothing is copied.
    ///
    /// ```
    /// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Timestamp};
    /// let (login, now) = (LoginId::new("5e115eac")?, Timestamp::from_millis(0));
    /// let mut session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// assert!(session.take_shared_accounts().is_none(), "there are none before the end");
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    pub fn take_shared_accounts(&mut self) -> Option<Arc<Vec<Account>>> {
        self.0.take_accounts()
    }
}

/// The whole machine as one pure function: a session, a moment and an event give the session after it, how the event
/// was taken, and what to do next. The methods of [`Session`] are its convenient form.
///
/// ```
/// use reconnect_core::{Action, Call, Event, Heard, Known, LoginId, Policy, Selection, Session, Timestamp, step};
///
/// let now = Timestamp::from_millis(0);
/// let fresh = || {
///     let login = LoginId::new("5e115eac").unwrap();
///     Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now)
/// };
/// let (session, heard, action) = step(fresh(), now, Event::Tick);
/// assert_eq!(heard, Ok(Heard::Knew));
/// assert!(matches!(action, Action::Send(request) if matches!(request.call, Call::GenerateAuthorizeToken)));
///
/// // The same input gives the same output.
/// assert_eq!(step(fresh(), now, Event::Tick).0.snapshot(), session.snapshot());
/// ```
pub fn step(mut session: Session, now: Timestamp, event: Event) -> (Session, Result<Heard, Misuse>, Action) {
    let heard = session.tell(now, event);
    let action = session.poll(now);
    (session, heard, action)
}
