//! `reconnect drive`: the core for any language, one line of JSON in, one line of JSON out.

use crate::exit::{Exit, Trouble};
use reconnect_core::json::Drive;
use serde::de::IgnoredAny;
use std::io::{self, BufRead, Read, Write};

/// The longest line: a body of 32 MiB with every character escaped once.
const LONGEST: u64 = 64 << 20;

pub(crate) fn run() -> Result<Exit, Trouble> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let mut drive = Drive::default();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut stdin).take(LONGEST + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 > LONGEST {
            return Err(Trouble::failed(format!("line {number} is longer than 64 MiB")));
        }
        let not_json = || Trouble::failed(format!("line {number} is not JSON: expected an object with an \"op\""));
        let text = core::str::from_utf8(&line).map_err(|_| not_json())?;
        match drive.apply(text) {
            Ok(answer) => writeln!(stdout, "{answer}")?,
            Err(error) => {
                serde_json::from_str::<IgnoredAny>(text).map_err(|_| not_json())?;
                writeln!(stdout, "{}", serde_json::json!({ "misuse": error.to_string() }))?;
            }
        }
        stdout.flush()?;
    }
    Ok(Exit::Done)
}
