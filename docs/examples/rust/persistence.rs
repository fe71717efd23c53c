//! The samples of docs/guide/persistence.md.

use crate::stage::Stage;

use reconnect_blocking::{SessionRow, Snapshot, StoreError};
use std::sync::Mutex;

/// UPDATE session SET snapshot = …, revision = …, session_id = new WHERE id = … AND revision = loaded
///     AND (session_id IS NULL OR session_id = new); INSERT if nothing was loaded.
#[derive(Default)]
struct Row(Mutex<Option<Snapshot>>);

impl SessionRow for Row {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut row = self.0.lock().unwrap();
        // A row that an old program wrote has no id until it changes: only its revision can be compared.
        let id = row.as_ref().and_then(Snapshot::id);
        let is_anothers = id.is_some() && id != snapshot.id();
        if row.as_ref().map(Snapshot::revision) != loaded || is_anothers {
            return Err(StoreError::Conflict);
        }
        *row = Some(snapshot.clone());
        Ok(())
    }
}

use reconnect_blocking::connect::ConnectNews;
use reconnect_blocking::{Client, DriveError, Event, LoginId, Pause, Prompt, Stepped};

/// The user pressed "refresh".
fn begin(client: &Client, row: &Row, login: LoginId) -> Result<Stepped, DriveError> {
    let mut session = client.refresh(login).session();
    client.step(&mut session, row) // the process may end after this: the row has everything
}

/// The widget is about to be shown. Returns the prompt, whose URL is good for one showing.
fn show(client: &Client, row: &Row) -> Result<Prompt, Box<dyn std::error::Error>> {
    let mut session = client.load(row)?.ok_or("there is no session")?;
    session.tell(client.now(), Event::Opened)?;
    match client.step(&mut session, row)? {
        Stepped::Pause(Pause::Ask(_)) if session.opens_again().is_some() => Err("shown in the last 10 s: wait".into()),
        Stepped::Pause(Pause::Ask(prompt)) => Ok(prompt),
        Stepped::Pause(Pause::Done) | Stepped::Wait { .. } => Err("the bank asks nothing now".into()),
    }
}

/// The page passed on a message of the widget. Any of your servers may get it.
fn heard(client: &Client, row: &Row, message: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut session = client.load(row)?.ok_or("there is no session")?;
    session.tell(client.now(), Event::Returned(ConnectNews::read(message)?))?;
    match client.step(&mut session, row)? {
        Stepped::Pause(Pause::Done) => println!("{} accounts", session.done()?.accounts.len()),
        Stepped::Pause(Pause::Ask(_)) => println!("the bank asks again: show the widget"),
        Stepped::Wait { until } => println!("the data is not ready: a job steps again at {until:?}"),
    }
    Ok(())
}

#[test]
fn two_servers_and_one_sms() -> crate::Result {
    let (stage, row) = (Stage::new("Greatday")?, Row::default());
    let Stepped::Pause(Pause::Ask(_)) = begin(&stage.client, &row, stage.login.clone())? else {
        panic!("the bank asks")
    };
    // Two servers load the row at once, and both want to show the widget.
    let mut loaded = [stage.client.load(&row)?.expect("a row"), stage.client.load(&row)?.expect("a row")];
    for session in &mut loaded {
        session.tell(stage.client.now(), Event::Opened)?;
        assert!(matches!(stage.client.step(session, &row)?, Stepped::Pause(Pause::Ask(_))));
    }
    assert!(show(&stage.client, &row).is_err());
    let prompt = loaded[0].prompt(stage.client.now()).expect("the bank asks");
    heard(&stage.client, &row, &stage.widget(prompt.connect_url(&stage.instance).expose()))?;
    assert_eq!(stage.texts(), 1);
    Ok(())
}

/// A session began in a row that was deleted, and then another one. Their revisions are equal, and the row is not theirs.
#[test]
fn a_swap_over_another_session_is_refused() -> crate::Result {
    use reconnect_blocking::{Known, Policy, Selection, Session, Timestamp};

    let at = |login: &str| -> crate::Result<Session> {
        let (known, now) = (Known::default(), Timestamp::from_millis(1_780_000_000_000));
        Ok(Session::refresh(LoginId::new(login)?, known, Selection::all(), Policy::default(), now))
    };
    let (first, second, row) = (at("d12c531b")?, at("5e115eac")?, Row::default());
    row.swap(None, &second.snapshot())?;
    assert_eq!(first.revision(), second.revision());
    assert!(matches!(row.swap(Some(first.revision()), &first.snapshot()), Err(StoreError::Conflict)));
    Ok(())
}

mod wishes {
    use core::time::Duration;
    use reconnect_blocking::calls::reasons::{Due, Nightly, Standing, from_cached, from_nightly};
    use reconnect_blocking::reply;
    use reconnect_blocking::{LoginId, Reply, Selection, Timestamp};

    /// A row of your own table: reconnect this login, keep these accounts, for this reason.
    struct Wish {
        login: LoginId,
        keep: Selection,
        because: Due,
    }

    /// From an entry of the list of connections that Nightly Refresh has given up.
    fn after_the_night(entry: &Nightly<'_>, login: LoginId, keep: Selection) -> Wish {
        Wish { login, keep, because: from_nightly(entry) }
    }

    /// From the reply to a cached /Authorize, which needs no user and reaches no bank.
    fn after_a_cached_call(reply: &Reply, now: Timestamp, login: LoginId, keep: Selection) -> Option<Wish> {
        let one_day = Duration::from_secs(86_400);
        match from_cached(&reply::authorize(reply), now, one_day) {
            Standing::Due(because) => Some(Wish { login, keep, because }),
            Standing::Fresh { .. } => None,     // the data is newer than a day
            Standing::Unclear(_advice) => None, // the service had trouble: try again later
        }
    }

    #[test]
    fn two_reasons() -> crate::Result {
        use reconnect_blocking::{Advice, calls::reasons::Because};

        let (login, keep) = (LoginId::new("d12c531b")?, Selection::all());
        let entry = Nightly { state: Some("AnsweringSecurityChallenge"), ..Nightly::default() };
        let wish = after_the_night(&entry, login.clone(), keep.clone());
        assert_eq!((wish.because.advice(), &wish.login, &wish.keep), (Advice::AskTheUser, &login, &keep));

        let body = br#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"d12c531b","LastRefresh":"2026-05-01T00:00:00"}}"#;
        let reply = Reply { status: 200, headers: vec![], body: body.to_vec() };
        let wish = after_a_cached_call(&reply, Timestamp::from_millis(1_780_000_000_000), login, keep);
        assert_eq!(wish.expect("the data is a month old").because.because, Because::TooOld);
        Ok(())
    }
}

mod parking {
    use reconnect_blocking::{Parked, Session, Timestamp};
    use std::{cmp::Reverse, collections::BinaryHeap};

    /// Sessions that wait, and the moments at which to wake them.
    #[derive(Default)]
    struct Waiting {
        parked: Vec<Parked>,
        deadlines: BinaryHeap<Reverse<(Timestamp, usize)>>,
    }

    impl Waiting {
        fn add(&mut self, session: &Session) {
            let place = self.parked.len();
            self.deadlines.extend(session.deadline().map(|deadline| Reverse((deadline.at, place))));
            self.parked.push(session.park());
        }

        /// The next session whose time has come. Park it again after use.
        fn next(&mut self, now: Timestamp) -> Option<Session> {
            let Reverse((at, place)) = *self.deadlines.peek()?;
            if at > now {
                return None;
            }
            self.deadlines.pop();
            Some(self.parked[place].wake())
        }
    }

    #[test]
    fn a_session_wakes_when_its_time_has_come() -> crate::Result {
        use reconnect_blocking::{Action, Known, LoginId, Policy, Selection};

        let now = Timestamp::from_millis(0);
        let (login, known) = (LoginId::new("d12c531b")?, Known::default());
        let mut waiting = Waiting::default();
        waiting.add(&Session::refresh(login, known, Selection::all(), Policy::default(), now));
        let mut session = waiting.next(now).expect("a new session has something to send");
        assert!(matches!(session.poll(now), Action::Send(_)));
        assert!(waiting.next(now).is_none());
        Ok(())
    }
}
