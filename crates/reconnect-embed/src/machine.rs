//! `Machine`: a stored session for bindings to other languages, in plain values: text, numbers, bytes, words and JSON. It is
//! the only file that knows the driver's value, [`StoredSession`].

use crate::{
    line::{Begun, Error, Line},
    write,
};
use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use reconnect_core::{
    Account, Answers, DriveError, Event, ExchangeId, Fault, FaultKind, Instance, Keys, LoginId, Misuse, Pause, Reached,
    RenderError, Rendered, Reply, Snapshot, Stepped, StoredSession, Timestamp,
    connect::ConnectNews,
    drive::{Next, Turn},
};
use reconnect_json::{Reader, Writer};

/// A session, the revision of it that a store has, its instance and its keys.
///
/// A loop around it has five steps: [`turn`](Self::turn); store the snapshot that it returns; [`take`](Self::take); do what
/// that says; tell what happened.
///
/// ```
/// use reconnect_core::Keys;
/// use reconnect_embed::{Machine, Work};
///
/// let begin = r#"{"op":"refresh","loginId":"l-1","instance":{"name":"toolbox","customerId":"c"}}"#;
/// let keys = Keys { secret: Some("secret".into()), api: None };
/// let mut session = Machine::begin(0, begin, keys)?;
/// let row = session.turn(0)?.expect("nothing is stored yet");
/// assert!(row.starts_with(r#"{"version":2,"#));
/// let Work::Send(request) = session.take(0)? else { panic!("a mint comes first") };
/// assert!(request.url.ends_with("/GenerateAuthorizeToken"));
///
/// session.begin_reply(200, []);
/// session.append(br#"{"HttpStatusCode":200,"Token":"t"}"#);
/// assert_eq!(session.end_reply(1)?, "took");
/// # Ok::<(), reconnect_embed::Error>(())
/// ```
#[derive(Debug)]
pub struct Machine {
    session: StoredSession,
    instance: Instance,
    keys: Keys,
    turn: Option<Turn>,
    under_way: Option<UnderWay>,
    accounts: Arc<Vec<Account>>,
}

/// The request that is under way, and what came back of it so far.
#[derive(Debug)]
struct UnderWay {
    id: ExchangeId,
    max_body: usize,
    reply: Option<Result<Reply, Fault>>,
}

/// What to do next.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a loop can do these five things")]
pub enum Work {
    /// Send this, once, and tell its reply or its fault.
    Send(Rendered),
    /// Nothing, until then.
    Wait(u64),
    /// The end user is asked: show the widget. [`Machine::ask`] has the prompt.
    Ask,
    /// It is over: see [`Machine::outcome`].
    Done,
    /// The request was held up past its time, or something was told since the turn: take another turn.
    TurnAgain,
}

type Result<T, E = Error> = core::result::Result<T, E>;

// begin
impl Machine {
    /// Begins as the line that `drive` takes: `refresh`, `resume`, `resumeClaimed` or `restore`, with the fields of
    /// `docs/reference/cli.md`. `now` stands beside it. Without a secret key no token is minted.
    ///
    /// # Errors
    /// [`Error`], with the field that is wrong.
    pub fn begin(now: u64, line: &str, keys: Keys) -> Result<Self> {
        let line = Reader::whole(line, Line::read).map_err(|_| Error::op())?;
        keys.check().map_err(RenderError::from)?;
        let op = line.need("op", Reader::string)?;
        let (begun, instance) = line.begin(&op, moment(now), keys.secret.is_some())?.ok_or_else(Error::op)?;
        let session = match begun {
            Begun::New(session) => session.into(),
            Begun::Row(snapshot) => StoredSession::restore(snapshot)?,
        };
        Ok(Self { session, instance, keys, turn: None, under_way: None, accounts: Arc::default() })
    }
}

// drive
impl Machine {
    /// What comes next, tried on a copy. Returns the snapshot that a store has to keep before [`take`](Self::take), or
    /// nothing if it has it already.
    ///
    /// # Errors
    /// [`Error`] if the request cannot be rendered, and `exchangeUnderWay` if the last request was not told of.
    pub fn turn(&mut self, now: u64) -> Result<Option<String>> {
        if self.under_way.is_some() {
            return Err(Error::new("exchangeUnderWay", "a request is under way: tell its reply, its fault or lost"));
        }
        let turn = self.session.turn(moment(now)?, &self.instance, &self.keys)?;
        let row = turn.snapshot().map(Snapshot::to_json);
        self.turn = Some(turn);
        Ok(row)
    }

    /// Goes on, now that the snapshot of the turn is kept. A request that is too late is not handed out.
    ///
    /// # Errors
    /// `noTurn` if [`turn`](Self::turn) was not called before.
    pub fn take(&mut self, now: u64) -> Result<Work> {
        let now = moment(now)?;
        let turn = self.turn.take().ok_or_else(|| Error::new("noTurn", "there is no turn to take: call turn first"))?;
        Ok(match self.session.take(turn) {
            Next::Send(request) if self.session.may_send(now, request.id) => {
                self.under_way = Some(UnderWay { id: request.id, max_body: request.max_body, reply: None });
                Work::Send(request)
            }
            Next::Send(_) => Work::TurnAgain,
            // Something was told since the turn.
            Next::Stop(_) if !self.session.is_stored() => Work::TurnAgain,
            Next::Stop(Stepped::Wait { until }) => Work::Wait(until.as_millis()),
            Next::Stop(Stepped::Pause(Pause::Ask(_))) => Work::Ask,
            Next::Stop(Stepped::Pause(Pause::Done)) => Work::Done,
        })
    }

    /// The revision that the store has to have for a swap; none if it has no row.
    #[must_use]
    pub fn loaded(&self) -> Option<u64> {
        self.session.loaded()
    }

    /// The store has another revision: goes on from its `row`, and tells it again what was told here.
    ///
    /// # Errors
    /// `conflict` if the session is the other node's, `otherSession` if the row is not this session's, and the errors of
    /// a restore.
    pub fn reload(&mut self, now: u64, row: Option<&str>) -> Result<()> {
        let row = row.map(Snapshot::from_json).transpose()?;
        self.turn = None;
        self.session.reload(moment(now)?, row).map_err(|error| match error {
            DriveError::Conflict => Error::new("conflict", "another node has the session: load it again"),
            DriveError::OtherSession => {
                Error::new("otherSession", "the row holds another session: give each a row of its own")
            }
            // What is told again and does not fit is left out, so the row itself is the only other cause.
            other @ (DriveError::Restore(_)
            | DriveError::Store(_)
            | DriveError::Render(_)
            | DriveError::Misuse(_)
            | DriveError::Http(_)
            | _) => Error { code: "brokenSnapshot", field: Some("snapshot"), message: other.to_string() },
        })?;
        Ok(())
    }
}

// tell: each answers how the session took it, `took`, `knew`, `late` or `notOurs`
impl Machine {
    /// The head of a reply. Its body comes in pieces, and is over at [`end_reply`](Self::end_reply).
    pub fn begin_reply<'a>(&mut self, status: u16, headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) {
        if let Some(under_way) = &mut self.under_way {
            under_way.reply = Some(Reply::begin(status, headers));
        }
    }

    /// The next bytes of the body. `false` if the body is too large: then read no further, and end the reply.
    pub fn append(&mut self, piece: &[u8]) -> bool {
        let Some(UnderWay { max_body, reply: Some(reply), .. }) = &mut self.under_way else { return false };
        if let Ok(body) = reply {
            if let Err(fault) = body.append(piece, *max_body) {
                *reply = Err(fault);
            }
        }
        reply.is_ok()
    }

    /// The reply is whole.
    ///
    /// # Errors
    /// `noExchange` if no reply was begun, and `invalidField` for a moment that is none.
    pub fn end_reply(&mut self, now: u64) -> Result<&'static str> {
        moment(now)?;
        match self.under_way.as_mut().and_then(|under_way| under_way.reply.take()) {
            Some(reply) => self.received(now, reply),
            None => Err(no_exchange()),
        }
    }

    /// Nothing came back, or the reply broke off. `kind` is one of the words for faults of the network, and `reached` is
    /// `no` if no byte of the request can have left, else `maybe`.
    ///
    /// # Errors
    /// `invalidField` for any other word, and `noExchange`.
    pub fn fault(&mut self, now: u64, kind: &str, reached: &str) -> Result<&'static str> {
        let reached = match reached {
            "no" => Reached::No,
            "maybe" => Reached::Maybe,
            _ => return Err(Error::field("reached")),
        };
        let kind = FaultKind::from_word(kind).filter(|kind| *kind != FaultKind::Lost);
        self.received(now, Err(Fault { kind: kind.ok_or_else(|| Error::field("fault"))?, reached }))
    }

    /// Nobody waits for the reply any more, for example since the caller was cancelled.
    ///
    /// # Errors
    /// `noExchange`.
    pub fn lost(&mut self, now: u64) -> Result<&'static str> {
        let now = moment(now)?;
        let id = self.under_way.take().ok_or_else(no_exchange)?.id;
        self.tell(now, Event::Lost(id))
    }

    fn received(&mut self, now: u64, reply: Result<Reply, Fault>) -> Result<&'static str> {
        let now = moment(now)?;
        let id = self.under_way.take().ok_or_else(no_exchange)?.id;
        self.tell(now, Event::Received(id, reply))
    }

    /// A message of the widget, or the URL of its redirect. What is not the widget's is `notOurs`.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn returned(&mut self, now: u64, news: &str) -> Result<&'static str> {
        let now = moment(now)?;
        ConnectNews::read(news).map_or(Ok("notOurs"), |news| self.tell(now, Event::Returned(news)))
    }

    /// The end user's answers, to the prompt with this number; without it, to the prompt that stands now.
    ///
    /// # Errors
    /// The codes of a misuse.
    pub fn answer<T: AsRef<str>>(
        &mut self,
        now: u64,
        number: Option<u32>,
        answers: &[(&str, Vec<T>)],
    ) -> Result<&'static str> {
        let now = moment(now)?;
        let prompt = self.session.asked(now).ok_or(Misuse::NotAsking)?;
        let all = Answers::to(&prompt).numbered(number.or(Some(prompt.number)));
        let all = answers.iter().fold(all, |all, (prompt, values)| all.with(prompt, values.iter().map(AsRef::as_ref)));
        self.tell(now, Event::Answered(all))
    }

    /// The widget is about to be shown.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn open(&mut self, now: u64) -> Result<&'static str> {
        self.tell(moment(now)?, Event::Opened)
    }

    /// A page shows the prompt, so its answer is given there.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn shown(&mut self, now: u64) -> Result<&'static str> {
        self.tell(moment(now)?, Event::Shown)
    }

    /// The login that the replies named is no other user's.
    ///
    /// # Errors
    /// `invalidField` for a login or a moment that is none.
    pub fn confirm(&mut self, now: u64, login: &str) -> Result<&'static str> {
        let login = LoginId::new(login).map_err(|_| Error::field("loginId"))?;
        self.tell(moment(now)?, Event::Confirmed(login))
    }

    /// The end user does not want to.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn cancel(&mut self, now: u64) -> Result<&'static str> {
        self.tell(moment(now)?, Event::Cancelled)
    }

    fn tell(&mut self, now: Timestamp, event: Event) -> Result<&'static str> {
        Ok(write::heard(self.session.tell(now, event)?))
    }
}

// look: as the answers of the lines
impl Machine {
    /// The prompt as JSON, if the end user is asked.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn ask(&self, now: u64) -> Result<Option<String>> {
        let prompt = self.session.prompt(moment(now)?);
        Ok(prompt.map(|prompt| json(|to| to.object(|to| write::ask(to, &prompt, &self.instance)))))
    }

    /// The session at rest, as JSON: what the last [`turn`](Self::turn) gave to be stored, and what was told since.
    #[must_use]
    pub fn snapshot(&self) -> String {
        self.session.snapshot_json()
    }

    /// Where the session is, as JSON.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn look(&self, now: u64) -> Result<String> {
        let now = moment(now)?;
        Ok(json(|to| write::look(to, &self.session, now)))
    }

    /// How it ended, as JSON; `null` while it goes on.
    ///
    /// # Errors
    /// `invalidField` for a moment that is none.
    pub fn outcome(&mut self, now: u64) -> Result<String> {
        let (now, accounts) = (moment(now)?, self.accounts());
        Ok(json(|to| write::outcome(to, &self.session, &accounts, &self.instance, now)))
    }

    /// The accounts, whole. There are none before the end, nor in a session that was restored after it.
    pub fn accounts(&mut self) -> Arc<Vec<Account>> {
        if let Some(accounts) = self.session.take_accounts() {
            self.accounts = Arc::new(accounts);
        }
        self.accounts.clone()
    }
}

fn no_exchange() -> Error {
    Error::new("noExchange", "no request is under way, or its reply was not begun")
}

/// A moment that every language has as a whole number.
fn moment(now: u64) -> Result<Timestamp> {
    if now > 1 << 53 { Err(Error::field("now")) } else { Ok(Timestamp::from_millis(now)) }
}

fn json(write: impl FnOnce(&mut Writer)) -> String {
    let mut to = Writer::default();
    write(&mut to);
    to.done()
}
