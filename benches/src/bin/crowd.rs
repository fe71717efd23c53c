//! `crowd WHO COUNT AT_ONCE ORIGIN CUSTOMER LOGIN`: so many refreshes on one thread, so many of them at once. Prints
//! refreshes a second, the bytes that each one in flight adds to the process at its peak, and the microseconds of CPU time
//! that a refresh takes.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use reconnect_benches::hand::{self, Failed};
use reconnect_benches::ours;
use reconnect_benches::process::{cpu_ms, memory};
use std::{rc::Rc, time::Instant};
use tokio::task::LocalSet;

fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [who, count, at_once, origin, customer, login] = args.as_slice() else {
        return Err("crowd WHO COUNT AT_ONCE ORIGIN CUSTOMER LOGIN".into());
    };
    let (count, at_once): (usize, usize) = (count.parse()?, at_once.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let base = format!("{origin}/v3/{customer}/BankingServices");
    let (origin, customer, login) = (origin.clone(), customer.clone(), Rc::<str>::from(login.as_str()));
    let before = memory("VmRSS")?;
    let start = Instant::now();
    let tasks = LocalSet::new();
    // Each of the crowd begins its next refresh as soon as one is done.
    let each = count / at_once;
    let accounts = match who.as_str() {
        "async" => {
            let client = ours::client_async(&origin, &customer)?;
            let walks = (0..at_once).map(|_| {
                let (client, login) = (client.clone(), login.clone());
                tasks.spawn_local(async move {
                    let mut accounts = 0;
                    for _ in 0..each {
                        accounts += ours::walk_async(&client, &login).await.expect("a walk").len();
                    }
                    accounts
                })
            });
            finish(&runtime, &tasks, walks.collect())?
        }
        "reqwest" => {
            let client = hand::reqwest_client()?;
            let walks = (0..at_once).map(|_| {
                let (client, login, base) = (client.clone(), login.clone(), base.clone());
                tasks.spawn_local(async move {
                    let mut accounts = 0;
                    for _ in 0..each {
                        accounts += hand::walk_async(&client, &base, &login).await.expect("a walk").len();
                    }
                    accounts
                })
            });
            finish(&runtime, &tasks, walks.collect())?
        }
        _ => return Err("WHO is async or reqwest".into()),
    };
    if accounts == 0 {
        return Err("no account came".into());
    }
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let (walks, cpu) = ((each * at_once) as f64, cpu_ms()? as f64);
    let per_second = walks / start.elapsed().as_secs_f64();
    let bytes = memory("VmHWM")?.saturating_sub(before) / at_once;
    println!("{per_second:.0} {bytes} {:.0}", cpu * 1_000.0 / walks);
    Ok(())
}

fn finish(
    runtime: &tokio::runtime::Runtime,
    tasks: &LocalSet,
    walks: Vec<tokio::task::JoinHandle<usize>>,
) -> Result<usize, Failed> {
    runtime.block_on(tasks.run_until(async move {
        let mut accounts = 0;
        for walk in walks {
            accounts += walk.await?;
        }
        Ok(accounts)
    }))
}
