//! One leg of a refresh with the blocking driver, by the sandbox's clock. `cargo xtask ci bindings` holds those of the
//! other languages against it. `crates/reconnect-c/tests/wire.c` says what each command does.
#![allow(clippy::print_stdout, reason = "it says where it stopped")]

use core::error::Error;
use reconnect_blocking::{
    Client, Clock, Event, Instance, Keys, LoginId, Pause, Policy, SessionRow, Snapshot, StoreError, Timestamp,
    connect::ConnectNews,
};
use serde_json::{Value, json};
use std::{env, fs, path::Path, thread, time::Instant};

/// `Settings::default` of the sandbox has it.
const CUSTOMER: &str = "43387ca6-0391-4c82-857d-70d95f087ecb";

#[derive(Clone, Copy)]
struct Fast {
    at: Timestamp,
    since: Instant,
    rate: u32,
}

impl Fast {
    fn of(sandbox: &str) -> Result<Self, Box<dyn Error>> {
        let text = ureq::get(format!("{sandbox}/_sandbox/clock")).call()?.body_mut().read_to_string()?;
        let clock: Value = serde_json::from_str(&text)?;
        let number = |key: &str| clock[key].as_u64().ok_or("the sandbox has a clock");
        Ok(Self {
            at: Timestamp::from_millis(number("now")?),
            since: Instant::now(),
            rate: number("rate")?.try_into()?,
        })
    }
}

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        self.at + self.since.elapsed() * self.rate
    }

    fn sleep_until(&self, moment: Timestamp) {
        thread::sleep(self.now().until(moment) / self.rate);
    }
}

struct Row(&'static Path);

impl SessionRow for Row {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        let text = fs::read_to_string(self.0).map_err(StoreError::failed)?;
        Snapshot::from_json(&text).map(Some).map_err(StoreError::failed)
    }

    fn swap(&self, _: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        fs::write(self.0, snapshot.to_json()).map_err(StoreError::failed)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (command, sandbox, more) = match &*args {
        [command, sandbox] => (&**command, sandbox, ""),
        [command, sandbox, more, ..] => (&**command, sandbox, &**more),
        _ => return Err("usage: wire begin|show|finish ADDRESS [LOGIN_ID|MESSAGE] [POLICY]".into()),
    };
    let (clock, row) = (Fast::of(sandbox)?, Row(Path::new("session.json")));
    let instance = Instance::at(sandbox, &format!("{sandbox}/"), CUSTOMER)?;
    let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
    let client = Client::new(instance, keys)?.with_clock(clock);
    let mut session = match (command, args.get(3)) {
        ("begin", Some(policy)) => client.refresh(LoginId::new(more)?).policy(Policy::from_json(policy)?).session(),
        _ => client.load(&row)?.ok_or("there is no session")?,
    };
    match command {
        "show" => {
            session.tell(client.now(), Event::Opened)?;
            while let Some(moment) = session.opens_again() {
                clock.sleep_until(moment);
                session.tell(client.now(), Event::Opened)?;
            }
        }
        "finish" => {
            session.tell(client.now(), Event::Returned(ConnectNews::read(more)?))?;
        }
        _ => {}
    }
    let said = match client.advance(&mut session, &row)? {
        Pause::Ask(prompt) => json!({ "ask": prompt.connect_url(client.instance()).expose() }),
        Pause::Done => json!({ "accounts": session.take_accounts().unwrap_or_default() }),
    };
    println!("{said}");
    Ok(())
}
