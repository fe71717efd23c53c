//! The answer to a swap is lost: the connection breaks after PostgreSQL has got it.

use crate::stage::{Bank, Database, Result};
use reconnect_store::{Driver, Progress};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Breaks both connections instead of passing on the answer that is so many answers away; -1: passes all on.
async fn proxy(to: String, answers: Arc<AtomicI64>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (to, answers) = (to.clone(), answers.clone());
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(&to).await else { return };
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), server.into_split());
                let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                let mut bytes = vec![0; 65_536];
                while let Ok(count) = from_server.read(&mut bytes).await {
                    let is_lost = answers.load(Ordering::SeqCst) >= 0 && answers.fetch_sub(1, Ordering::SeqCst) == 0;
                    if count == 0 || is_lost || to_client.write_all(&bytes[..count]).await.is_err() {
                        break;
                    }
                }
                up.abort();
            });
        }
    });
    Ok(format!("{address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_whose_answer_is_lost_is_settled_by_the_row() -> Result {
    let (mut database, bank) = (Database::postgres().await, Bank::start(1)?);
    let answers = Arc::new(AtomicI64::new(-1));
    let (server, name) = database.url.rsplit_once('/').expect("a URL");
    let (scheme, host) = server.rsplit_once('@').expect("a user");
    // Each statement is prepared each time, so that an old connection has as many answers as a new one.
    let proxy = proxy(host.to_owned(), answers.clone()).await?;
    let through = format!("{scheme}@{proxy}/{name}?statement-cache-capacity=0");
    let direct = core::mem::replace(&mut database.url, through);
    let sessions = database.options().clock(bank.clock()).connections(1).open().await?;
    database.url = direct;
    let node = Driver::new(bank.client(), sessions);
    let login = bank.login("Greatday");
    // One session after the other, each with another answer lost.
    let mut was_lost = 0;
    for nth in 0..24 {
        let before = bank.live_calls();
        answers.store(nth, Ordering::SeqCst);
        let begun = node.refresh(login.clone()).begin().await.map_err(|error| format!("{nth}: {error}"))?;
        let progress = begun.going.await.map_err(|error| format!("{nth}: {error}"))?;
        was_lost += usize::from(answers.swap(-1, Ordering::SeqCst) < 0);
        assert!(matches!(progress, Progress::Asking(_)), "{nth}: {progress:?}");
        assert_eq!(bank.live_calls() - before, 1, "{nth}");
        let sql = format!("SELECT count(*) FROM reconnect_session WHERE key = '{}' AND stage = 'asking'", begun.key);
        assert_eq!(database.number(&sql).await?, 1, "{nth}");
        node.tell(&begun.key, reconnect_async::Event::Cancelled).await?;
    }
    assert!(was_lost >= 10, "{was_lost} were lost");
    Ok(())
}
