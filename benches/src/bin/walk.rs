//! `walk WHO COUNT ORIGIN`: so many refreshes, one after the other, by one of four clients. Run by `cargo xtask bench`,
//! under callgrind and without.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use reconnect_benches::{
    hand::{self, Failed},
    ours,
    process::cpu_ms,
};

fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [who, count, origin] = args.as_slice() else { return Err("walk WHO COUNT ORIGIN".into()) };
    let count: usize = count.parse()?;
    let base = format!("{origin}/v3/c/BankingServices");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut accounts = 0;
    match who.as_str() {
        "async" => {
            let client = ours::client_async(origin, "c")?;
            for _ in 0..count {
                accounts += runtime.block_on(ours::walk_async(&client, "l-1"))?.len();
            }
        }
        "reqwest" => {
            let client = hand::reqwest_client()?;
            for _ in 0..count {
                accounts += runtime.block_on(hand::walk_async(&client, &base, "l-1"))?.len();
            }
        }
        "blocking" => {
            let client = ours::client_blocking(origin, "c")?;
            for _ in 0..count {
                accounts += ours::walk_blocking(&client, "l-1")?.len();
            }
        }
        "ureq" => {
            let agent = hand::ureq_agent();
            for _ in 0..count {
                accounts += hand::walk_blocking(&agent, &base, "l-1")?.len();
            }
        }
        _ => return Err("WHO is async, reqwest, blocking or ureq".into()),
    }
    if accounts != count * 10 {
        return Err(format!("{accounts} accounts came of {count} walks").into());
    }
    println!("{}", cpu_ms()?);
    Ok(())
}
