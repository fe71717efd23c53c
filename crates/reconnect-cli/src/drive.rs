//! `reconnect drive`: the core for any language, one line of JSON in, one line of JSON out.

use crate::exit::{Exit, Trouble};
use reconnect_embed::Drive;
use serde::de::IgnoredAny;
use std::io::{self, BufRead, Read, Write};

/// The longest line: a body of 32 MiB with every character escaped once.
const LONGEST: u64 = 64 << 20;

/// A caller that closes the output early wants no more answers: this ends the command as the end of its input does.
pub(crate) fn run() -> Result<Exit, Trouble> {
    match answer() {
        Err(Ended::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(Ended::Output(error)) => Err(error.into()),
        Err(Ended::Input(trouble)) => Err(trouble),
        Ok(()) => Ok(Exit::Done),
    }
}

enum Ended {
    Input(Trouble),
    Output(io::Error),
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        Self::Input(trouble)
    }
}

fn answer() -> Result<(), Ended> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let mut drive = Drive::default();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut stdin).take(LONGEST + 1).read_until(b'\n', &mut line).map_err(Trouble::from)? == 0 {
            break;
        }
        if line.len() as u64 > LONGEST {
            return Err(Trouble::failed(format!("line {number} is longer than 64 MiB")).into());
        }
        let not_json = || Trouble::failed(format!("line {number} is not JSON: expected an object with an \"op\""));
        let text = core::str::from_utf8(&line).map_err(|_| not_json())?;
        let answer = match drive.apply(text) {
            Ok(answer) => answer.to_string(),
            Err(error) => {
                serde_json::from_str::<IgnoredAny>(text).map_err(|_| not_json())?;
                let misuse = serde_json::json!({ "code": "unknownOp", "field": "op", "message": error.to_string() });
                serde_json::json!({ "misuse": misuse }).to_string()
            }
        };
        writeln!(stdout, "{answer}").and_then(|()| stdout.flush()).map_err(Ended::Output)?;
    }
    Ok(())
}
