//! A run that is dropped, at whatever await: another run goes on with its row, and nothing reaches the bank twice.

use crate::both::*;
use crate::finish::Books;
use reconnect_async::{Client, SessionRow};
use reconnect_core::{LoginId, Reason, Rendered, Reply, Stopped, drive::Done};
use reconnect_testkit::server::{Answer, Server};
use std::sync::{Arc, Mutex};

/// What the service says to a request, by the end of its path.
fn service(endpoint: &str) -> (u16, &'static str) {
    match endpoint {
        "GenerateAuthorizeToken" => (200, TOKEN),
        "Authorize" => (203, ASKS),
        "GetAccountsDetail" => (202, PENDING),
        _ => (200, DATA),
    }
}

async fn whole(client: &Client, row: &dyn SessionRow) -> Result<Done, Stopped> {
    let answers = |_, _| async {
        breathe().await;
        redirect()
    };
    client.refresh(LoginId::new("5e115eac").unwrap()).store(row).run(answers).await
}

/// How runs ended that went on where another was dropped.
#[derive(Default)]
struct Ends {
    well: usize,
    in_doubt: usize,
    over: usize,
}

impl Ends {
    fn count(&mut self, waits: usize, end: Result<Done, Stopped>) {
        match end {
            Ok(done) => {
                assert_eq!(done.accounts.len(), 2, "dropped at wait {waits}");
                self.well += 1;
            }
            // The live call was on the wire, and nobody can tell what became of it.
            Err(Stopped::Failed(failure)) => {
                assert_eq!(failure.reason(), Reason::OutcomeUnknown, "dropped at wait {waits}");
                self.in_doubt += 1;
            }
            // All was done but the last return.
            Err(Stopped::HandedOver(_)) => self.over += 1,
            Err(stopped @ (Stopped::NotNow(_) | Stopped::Drive(_) | _)) => panic!("dropped at wait {waits}: {stopped}"),
        }
    }
}

#[test]
fn a_whole_run_may_be_dropped_at_every_await() {
    let (runtime, mut ends, mut drops) = (runtime(), Ends::default(), 0);
    for waits in 0.. {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = sent.clone();
        let transport = move |request: Rendered| {
            let log = log.clone();
            async move {
                breathe().await;
                log.lock().unwrap().push((request.id, request.once));
                breathe().await;
                let path = request.url.split("BankingServices/").nth(1).unwrap();
                let (status, body) = service(path);
                Ok(Reply { status, body: body.into(), ..Reply::default() })
            }
        };
        let client = Client::with_transport(instance("https://api.example"), keys(), transport);
        let (client, row) = (client.with_clock(Virtual::new()), Books::new());
        if let Some(done) = runtime.block_on(dropped(whole(&client, &row), waits)) {
            assert_eq!(done.unwrap().accounts.len(), 2);
            break;
        }
        drops += 1;
        let end = runtime.block_on(whole(&client, &row));
        // The store got the accounts once, also if the caller that dropped its run did not.
        let once = usize::from(!matches!(end, Err(Stopped::Failed(_))));
        let finished = row.finishes().iter().filter(|finish| finish.kept).count();
        assert_eq!(finished, once, "dropped at wait {waits}: {:?}", row.finishes());
        ends.count(waits, end);
        let sent = sent.lock().unwrap();
        assert!(sent.iter().filter(|(_, once)| *once).count() <= 1, "dropped at wait {waits}: {sent:?}");
        assert!(sent.is_sorted_by(|(one, _), (next, _)| one < next), "dropped at wait {waits}: {sent:?}");
    }
    assert_eq!((drops, ends.well, ends.in_doubt, ends.over), (31, 26, 4, 1));
}

#[test]
fn a_whole_run_over_http_may_be_dropped_wherever_it_waits() {
    let (runtime, mut ends) = (runtime(), Ends::default());
    for waits in 0.. {
        let server = Server::answering(|asked| {
            let (status, body) = service(asked.endpoint());
            Some(Answer::json(status, body).chunked())
        });
        let Driver::Async(client, _) = over_http(&server.origin(), &keys(), &Virtual::new(), false) else {
            return;
        };
        let row = Row::new();
        let whole_run = runtime.block_on(dropped(whole(&client, &row), waits));
        let end = whole_run.is_some();
        ends.count(waits, whole_run.unwrap_or_else(|| runtime.block_on(whole(&client, &row))));
        let lives = server.asked().iter().filter(|asked| asked.is_live()).count();
        assert!(lives <= 1, "dropped at wait {waits}: {lives} live calls");
        if end {
            break;
        }
    }
    assert!(ends.well > 10 && ends.in_doubt > 0);
}
