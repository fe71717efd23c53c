//! How the command ends: one exit code for each way on, and what is said of it.

use crate::out::Out;
use reconnect_core::{Advice, DriveError, Recovery, StoreError};
use serde_json::{Value, json};
use std::process::ExitCode;

/// The exit codes. 10 to 14 are the five [`Recovery`] values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    AskTheUser = 10,
    TryLater = 11,
    StartOver = 12,
    FixTheSetup = 13,
    ActAtTheBank = 14,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Advice> for Exit {
    fn from(advice: Advice) -> Self {
        match advice {
            Advice::AskTheUser => Self::AskTheUser,
            Advice::TryLater => Self::TryLater,
            Advice::StartOver => Self::StartOver,
            Advice::FixTheSetup => Self::FixTheSetup,
            Advice::ActAtTheBank => Self::ActAtTheBank,
        }
    }
}

impl From<Recovery> for Exit {
    fn from(recovery: Recovery) -> Self {
        recovery.advice().into()
    }
}

impl Exit {
    /// The `recovery` of the error's JSON.
    fn recovery(self) -> Option<&'static str> {
        let advice = match self {
            Self::AskTheUser => Advice::AskTheUser,
            Self::TryLater => Advice::TryLater,
            Self::StartOver => Advice::StartOver,
            Self::FixTheSetup => Advice::FixTheSetup,
            Self::ActAtTheBank => Advice::ActAtTheBank,
            Self::Done | Self::Failed | Self::Usage => return None,
        };
        Some(advice.as_str())
    }
}

/// Why a command did not do what it was asked. Its text holds no whole id, no prompt, no answer and no body.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    /// The fault of the network.
    pub(crate) fault: Option<&'static str>,
    /// The place in the body from which it was not as documented.
    pub(crate) place: Option<String>,
    pub(crate) retry_after_ms: Option<u64>,
    /// What a failed command knows all the same. In a box, since it is the largest part of an error that is seldom made.
    pub(crate) known: Box<Value>,
}

impl Trouble {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            code: None,
            status: None,
            fault: None,
            place: None,
            retry_after_ms: None,
            known: Box::new(json!({})),
        }
    }

    /// Input, a file or the network, outside a session.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Says it, to people on stderr and to scripts on stdout, and gives its exit code.
    pub(crate) fn report(self, out: &Out) -> Exit {
        out.error(&self.message);
        if self.exit == Exit::Usage {
            out.note("for more information, try '--help'");
        } else if out.is_json() {
            let mut line = *self.known;
            line["error"] = json!({
                "code": self.code, "status": self.status, "fault": self.fault, "place": self.place, "recovery": self.exit.recovery(), "message": self.message,
                "retryAfterMs": self.retry_after_ms,
            });
            // Nobody reads any more, and there is nothing left to do.
            let _ = out.json(&line);
        }
        self.exit
    }
}

/// Standard output that nobody reads any more is no trouble of its own.
impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::failed(format!("standard input or output failed: {error}"))
    }
}

impl From<DriveError> for Trouble {
    fn from(error: DriveError) -> Self {
        let message = error.to_string();
        match error {
            DriveError::Conflict => {
                Self::failed("another command goes on with this session at this moment: wait until it is done")
            }
            DriveError::OtherSession => {
                Self::failed("the file holds another session, so nothing was sent: give each session a file of its own")
            }
            DriveError::Store(source) => match source.downcast::<StoreError>() {
                Ok(inner) => Self::failed(format!("the session's file failed: {inner}")),
                Err(source) => Self::failed(format!("the session's file failed: {source}")),
            },
            DriveError::Render(_) | DriveError::Http(_) => Self::new(Exit::FixTheSetup, message),
            DriveError::Restore(_) | DriveError::Misuse(_) | _ => Self::failed(message),
        }
    }
}
