//! The end of a session and its accounts, which a store can keep in one call: it gets the accounts once, with the end,
//! and the caller gets them only after that.

use crate::both::*;
use core::sync::atomic::Ordering;
use reconnect_async::async_trait;
use reconnect_core::{
    AccountId, DriveError, Event, Heard, Known, LoginId, Narrowed, Outcome, Pause, Policy, RequestId, Selection,
    Session, Snapshot, Stage, Stepped, Stopped, StoreError, StoredSession, Timestamp,
    connect::{ConnectNews, Watch},
    policy::Fetch,
};
use reconnect_testkit::{server::Answer, walks::delivered};
use std::sync::Mutex;

const YES: &str = r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"5e115eac"}}"#;
/// A redirect that would have chosen one of the two accounts.
const CHOOSES: &str = r#"{"step":"REDIRECT","requestId":"r-1","accountId":["a-1"]}"#;

/// One call of `finish`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finish {
    pub(crate) revision: u64,
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) kept: bool,
}

/// A row that gets the accounts together with the end.
pub(crate) struct Books {
    pub(crate) row: Row,
    finishes: Mutex<Vec<Finish>>,
    /// The connection breaks after the first end is written, before the store says so.
    breaks: bool,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| Ok(()))
    }

    fn with(meddle: impl FnMut(usize, &mut Option<Snapshot>) -> Result<(), StoreError> + Send + 'static) -> Self {
        Self { row: Row::with(meddle), finishes: Mutex::new(Vec::new()), breaks: false }
    }

    /// One whose write of the end another node meddles with, once. It is the second one of a session that only looks.
    fn at_the_end(meddle: impl Fn(&mut Option<Snapshot>) -> Result<(), StoreError> + Send + 'static) -> Self {
        Self::with(move |write, row| if write == 1 { meddle(row) } else { Ok(()) })
    }

    /// Every call of `finish`.
    pub(crate) fn finishes(&self) -> Vec<Finish> {
        self.finishes.lock().unwrap().clone()
    }

    /// How often the row was written, or was to be written.
    fn writes(&self) -> usize {
        self.row.swaps.load(Ordering::SeqCst)
    }

    fn stage(&self) -> Stage {
        self.row.read().unwrap().stage()
    }

    fn ends(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[reconnect_core::Account],
    ) -> Result<(), StoreError> {
        let done = self.row.write(loaded, snapshot);
        let accounts: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
        let Some(Outcome::Refreshed(refreshed)) = snapshot.outcome() else { panic!("no end: {:?}", snapshot.stage()) };
        assert_eq!(refreshed.kept, accounts, "the accounts are those that the end names");
        let call = Finish { revision: snapshot.revision(), accounts, kept: done.is_ok() };
        let mut finishes = self.finishes.lock().unwrap();
        finishes.push(call);
        if self.breaks && finishes.len() == 1 { Err(StoreError::failed("the connection broke")) } else { done }
    }
}

#[async_trait]
impl reconnect_async::SessionRow for Books {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        reconnect_async::SessionRow::load(&self.row).await
    }
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        reconnect_async::SessionRow::swap(&self.row, loaded, snapshot).await
    }
    async fn finish(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[reconnect_core::Account],
    ) -> Result<(), StoreError> {
        breathe().await;
        let done = self.ends(loaded, snapshot, accounts);
        breathe().await;
        done
    }
}

impl reconnect_blocking::SessionRow for Books {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.row.read())
    }
    fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.row.write(loaded, snapshot)
    }
    fn finish(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[reconnect_core::Account],
    ) -> Result<(), StoreError> {
        self.ends(loaded, snapshot, accounts)
    }
}

fn ids(accounts: &[&str]) -> Vec<AccountId> {
    accounts.iter().map(|id| AccountId::new(id).unwrap()).collect()
}

fn finish(revision: u64, kept: bool) -> Finish {
    Finish { revision, accounts: ids(&["a-1", "a-2"]), kept }
}

fn done(stepped: &Result<Stepped, DriveError>) -> bool {
    matches!(stepped, Ok(Stepped::Pause(Pause::Done)))
}

/// What another node did to the row.
fn other_node(row: &mut Option<Snapshot>, event: Event) {
    let mut theirs = Session::restore(row.take().unwrap()).unwrap();
    assert_eq!(theirs.tell(Timestamp::from_millis(START), event), Ok(Heard::Took));
    *row = Some(theirs.snapshot());
}

#[test]
fn the_store_gets_the_accounts_once_with_the_end() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let (mut session, books) = (driver.resumed(None), Books::new());
            assert!(done(&driver.step(&mut session, &books)), "{}", driver.name());
            let row = books.row.read().unwrap();
            assert_eq!(books.finishes(), [finish(row.revision(), true)]);
            assert!(matches!(row.outcome(), Some(Outcome::Refreshed(_))));
            // The look was swapped, the end was not, and neither is written again.
            assert!(done(&driver.step(&mut session, &books)));
            assert!(done(&driver.step(&mut driver.load(&books), &books)));
            assert_eq!((books.writes(), books.finishes().len(), session.loaded()), (2, 1, Some(row.revision())));
            assert_eq!(session.done().unwrap().accounts.len(), 2);
        },
    );
}

#[test]
fn a_whole_run_gives_the_store_what_it_hands_over() {
    let script = || vec![Answer::json(200, TOKEN), Answer::json(200, YES), Answer::json(200, DATA)];
    both(script, |driver, _, _| {
        let books = Books::new();
        let done = driver.run(&books, |_| panic!("nobody is asked")).unwrap();
        let revision = books.row.read().unwrap().revision();
        let kept: Vec<_> = done.accounts.iter().map(|account| account.id.clone()).collect();
        assert_eq!(books.finishes(), [Finish { revision, accounts: kept, kept: true }]);
        assert_eq!(books.finishes()[0].accounts, ids(&["a-1"]), "no account that was not selected");
        assert!(matches!(driver.run(&books, |_| panic!("nobody is asked")), Err(Stopped::HandedOver(_))));
        assert_eq!(books.finishes().len(), 1);
    });
}

/// If no data is wanted, the session still ends with its accounts: there are none of them.
#[test]
fn an_end_without_data_is_finished_with_no_accounts() {
    both(
        || vec![Answer::json(200, TOKEN), Answer::json(200, YES)],
        |driver, _, _| {
            let mut policy = Policy::default();
            policy.fetch = Fetch::Nothing;
            let (mut session, books) = (driver.session(policy), Books::new());
            assert!(done(&driver.step(&mut session, &books)));
            let revision = session.revision();
            assert_eq!(books.finishes(), [Finish { revision, accounts: vec![], kept: true }], "{}", driver.name());
        },
    );
}

#[test]
fn an_end_that_was_not_kept_is_kept_by_the_next_step() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let down = Books::at_the_end(|_| Err(StoreError::failed("the store is down")));
            let mut session = driver.resumed(None);
            let error = driver.step(&mut session, &down).unwrap_err();
            assert!(matches!(error, DriveError::Store(_)), "{}: {error}", driver.name());
            // The row says that the look is under way, and the session has not moved on from it.
            assert_eq!((session.loaded(), down.stage()), (Some(1), Stage::Looking));
            assert!(!session.is_stored());
            assert_eq!(down.finishes(), [finish(2, false)]);
            // News in between is kept with it.
            driver.tell(&mut session, Event::Returned(ConnectNews::read(CHOOSES).unwrap()));
            assert!(done(&driver.step(&mut session, &down)));
            assert_eq!(down.finishes(), [finish(2, false), finish(3, true)]);
            assert_eq!((down.stage(), session.is_stored()), (Stage::Done, true));
            assert_eq!(session.take_accounts().unwrap().len(), 2);
            assert_eq!(session.take_accounts(), None);
        },
    );
}

/// Then the store has the accounts, and the caller asks the store.
#[test]
fn an_end_that_was_kept_though_the_store_failed_is_kept_once() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let mut books = Books::new();
            books.breaks = true;
            let mut session = driver.resumed(None);
            assert!(matches!(driver.step(&mut session, &books), Err(DriveError::Store(_))), "{}", driver.name());
            assert!(done(&driver.step(&mut session, &books)));
            assert_eq!(books.finishes(), [finish(2, true), finish(2, false)]);
            assert_eq!(session.loaded(), Some(2));
            assert!(matches!(session.done(), Err(Stopped::HandedOver(_))));
        },
    );
}

/// A run that stops there hands no account over. Another one goes on: the request counts as lost at its limit, and is
/// sent again.
#[test]
fn a_run_whose_end_was_not_kept_hands_nothing_over() {
    let data = || Answer::json(200, DATA);
    both(
        || vec![Answer::json(200, TOKEN), Answer::json(200, YES), data(), data()],
        |driver, _, _| {
            let down = Books::with(|write, _| if write == 3 { Err(StoreError::failed("down")) } else { Ok(()) });
            let stopped = driver.run(&down, |_| panic!("nobody is asked"));
            assert!(matches!(stopped, Err(Stopped::Drive(DriveError::Store(_)))), "{}", driver.name());
            let done = driver.run(&down, |_| panic!("nobody is asked")).unwrap();
            assert_eq!(done.accounts.len(), 1);
            let kept: Vec<_> = down.finishes().iter().map(|finish| finish.kept).collect();
            assert_eq!(kept, [false, true]);
        },
    );
}

#[test]
fn an_end_that_another_node_was_faster_with_is_not_handed_over_again() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            // The webhook brought the same data to another node while the reply was on its way.
            let books = Books::at_the_end(|row| {
                let body = DATA.replacen('{', r#"{"ResponseType":"GetAccountsDetail","#, 1);
                other_node(row, delivered(&body));
                Ok(())
            });
            let mut session = driver.resumed(None);
            assert!(done(&driver.step(&mut session, &books)), "{}", driver.name());
            assert_eq!(books.finishes(), [finish(2, false)]);
            assert!(done(&driver.step(&mut session, &books)));
            assert_eq!((books.finishes().len(), books.stage()), (1, Stage::Done));
            assert_eq!(session.take_accounts(), None);
            assert!(matches!(session.done(), Err(Stopped::HandedOver(_))));
        },
    );
}

#[test]
fn an_end_that_was_overtaken_by_news_is_finished_on_top_of_it() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let books = Books::at_the_end(|row| {
                other_node(row, redirect());
                Ok(())
            });
            let mut session = driver.resumed(None);
            assert!(done(&driver.step(&mut session, &books)), "{}", driver.name());
            assert_eq!(books.finishes(), [finish(2, false), finish(3, true)]);
            assert_eq!(session.done().unwrap().accounts.len(), 2);
        },
    );
}

#[test]
fn news_after_the_end_is_swapped_and_finishes_nothing_again() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let (mut session, books) = (driver.resumed(None), Books::new());
            assert!(done(&driver.step(&mut session, &books)));
            let ended = session.revision();
            driver.tell(&mut session, Event::Returned(ConnectNews::read(CHOOSES).unwrap()));
            assert!(done(&driver.step(&mut session, &books)), "{}", driver.name());
            let row = books.row.read().unwrap();
            let Some(Outcome::Refreshed(refreshed)) = row.outcome() else { panic!("it ended well") };
            assert_eq!((row.revision(), refreshed.narrowed), (ended + 1, Narrowed::Late));
            assert_eq!((books.writes(), books.finishes()), (3, vec![finish(ended, true)]));
            assert_eq!(session.done().unwrap().accounts.len(), 2);
        },
    );
}

#[test]
fn decision_77_a_claimed_session_finishes_once_its_login_is_confirmed() {
    let named = || DATA.replacen('{', r#"{"Login":{"Id":"5e115eac"},"#, 1);
    both(
        || vec![Answer::json(200, &named())],
        |driver, server, _| {
            let mut watch = Watch::new();
            let seen = ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r-1"}"#).unwrap();
            watch.heard(Timestamp::from_millis(START), &seen);
            let (known, now) = (Known::at(&instance(&server.origin())), Timestamp::from_millis(START));
            let claimed = Session::resume_claimed(&watch, known, Selection::all(), Policy::default(), now);
            let (mut session, books) = (StoredSession::new(claimed.unwrap()), Books::new());
            driver.tell(&mut session, redirect());
            assert!(done(&driver.step(&mut session, &books)));
            assert_eq!((books.stage(), books.finishes()), (Stage::Done, vec![]), "{}", driver.name());
            // Another login is no confirmation.
            driver.tell(&mut session, Event::Confirmed(LoginId::new("another").unwrap()));
            assert!(done(&driver.step(&mut session, &books)));
            assert_eq!((books.finishes(), session.take_accounts()), (vec![], None));
            for _ in 0..2 {
                driver.tell(&mut session, Event::Confirmed(LoginId::new("5e115eac").unwrap()));
                assert!(done(&driver.step(&mut session, &books)));
                assert_eq!(books.finishes(), [finish(books.row.read().unwrap().revision(), true)]);
            }
            assert_eq!(session.done().unwrap().accounts.len(), 2);
        },
    );
}

#[test]
fn a_session_that_failed_finishes_nothing() {
    let refused = r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_LOGIN"}"#;
    for (status, body) in [(401, refused), (502, "<html>")] {
        let script = || vec![Answer::json(200, TOKEN), Answer::json(status, body)];
        both(script, |driver, _, _| {
            let (mut session, books) = (driver.session(Policy::default()), Books::new());
            assert!(done(&driver.step(&mut session, &books)));
            let _ = failure(&session);
            assert_eq!((books.stage(), books.finishes()), (Stage::Done, vec![]), "{}: {body}", driver.name());
        });
    }
    both(Vec::new, |driver, _, _| {
        let (mut session, books) = (driver.resumed(None), Books::new());
        driver.tell(&mut session, Event::Cancelled);
        assert!(done(&driver.step(&mut session, &books)));
        assert_eq!((books.stage(), books.finishes()), (Stage::Done, vec![]), "{}", driver.name());
    });
}

#[test]
fn a_store_without_finish_swaps_the_end() {
    both(
        || vec![Answer::json(200, DATA)],
        |driver, _, _| {
            let (mut session, row) = (driver.resumed(None), Row::new());
            assert!(done(&driver.step(&mut session, &row)));
            assert_eq!(row.swaps.load(Ordering::SeqCst), 2);
            assert_eq!(row.read().unwrap().revision(), session.revision());
            assert_eq!(session.done().unwrap().accounts.len(), 2);
        },
    );
    // With its conflicts and its faults.
    let session = Session::resume(
        RequestId::new("r-1").unwrap(),
        Known::default(),
        Selection::all(),
        Policy::default(),
        Timestamp::from_millis(START),
    );
    let row = Row::with(|write, _| if write == 1 { Err(StoreError::failed("down")) } else { Ok(()) });
    let one = runtime().block_on(reconnect_async::SessionRow::finish(&row, None, &session.snapshot(), &[]));
    assert!(one.is_ok() && row.read() == Some(session.snapshot()));
    let other = |loaded| reconnect_blocking::SessionRow::finish(&row, loaded, &session.snapshot(), &[]);
    assert!(matches!(other(Some(0)), Err(StoreError::Failed(_))));
    assert!(matches!(other(Some(7)), Err(StoreError::Conflict)));
    assert!(other(Some(0)).is_ok());
}
