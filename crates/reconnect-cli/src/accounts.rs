//! `reconnect accounts`: a body of accounts, and which of them are kept.

use crate::{
    args::Accounts,
    exit::{Exit, Trouble},
    input,
    out::Out,
    table,
};
use reconnect_core::{
    Policy, Reply, advice_by_status,
    policy::MAX_BODY,
    reply::{self, DataReply, ReplyError},
};
use reconnect_embed as json;
use std::io;

const ASKED: &str = "expected a body of /GetAccountsDetail or /GetAccountsSummary";

pub(crate) fn run(args: &Accounts, out: &Out) -> Result<Exit, Trouble> {
    let keep = input::keep(args.keep.as_deref())?;
    // Bytes, not text: a value that is not UTF-8 must not make the whole body unreadable.
    let body = input::bytes(io::stdin().lock(), MAX_BODY as u64, "standard input")?;
    let reply = Reply { status: 200, headers: Vec::new(), body };
    let report = match reply::data(&reply, Some(&keep)) {
        Ok(DataReply::Data(_, report)) => report,
        Ok(DataReply::Pending(..)) => {
            let message = "the body is a 202: its accounts are not final, poll …Async/{requestId} until it is a 200";
            let wait = u64::try_from(Policy::DEFAULT.poll_every.as_millis()).unwrap_or(u64::MAX);
            return Err(Trouble {
                code: Some("OPERATION_PENDING".to_owned()),
                status: Some(202),
                retry_after_ms: Some(wait),
                ..Trouble::new(Exit::TryLater, message)
            });
        }
        Err(ReplyError::Refused(refusal)) => {
            let known = refusal.code.as_ref().and_then(|code| code.advice());
            let exit = Exit::from(known.unwrap_or_else(|| advice_by_status(refusal.status)));
            let said = refusal.code.as_ref().map_or("no code".to_owned(), |code| format!("{code}, {}", code.meaning()));
            return Err(Trouble {
                code: refusal.code.map(|code| code.as_str().to_owned()),
                status: Some(refusal.status),
                ..Trouble::new(exit, format!("the body is a refusal: {said} (status {})", refusal.status))
            });
        }
        Err(ReplyError::Garbled { at, .. }) => return Err(unreadable(&at)),
        Err(ReplyError::Page { .. }) => return Err(Trouble::failed(format!("{ASKED}: not a JSON object"))),
        Err(ReplyError::TooLarge { .. }) => {
            let message =
                "the body has more accounts or transactions than are ever read: ask for fewer days of transactions";
            return Err(Trouble::new(Exit::FixTheSetup, message));
        }
        Ok(DataReply::Asks(_)) => {
            let message = "the body is a 203: the bank asks the end user, and there are no accounts before they answer";
            return Err(Trouble { status: Some(203), ..Trouble::new(Exit::AskTheUser, message) });
        }
    };
    if out.is_json() {
        let kept: Vec<_> = report.kept.iter().map(json::account).collect();
        let mut read = serde_json::json!({
            "kept": kept, "missing": report.missing, "leftOut": report.left_out, "unread": report.unread.places(),
        });
        if report.unread.count() > report.unread.places().len() {
            read["unreadCount"] = report.unread.count().into();
        }
        out.json(&read)?;
    } else {
        out.lines(&table::accounts(&report.kept))?;
        out.line(&table::counts(report.kept.len(), report.missing.len(), report.left_out))?;
        for id in &report.missing {
            out.line(&format!("missing: {}", id.as_str()))?;
        }
        if !report.is_complete() {
            out.line(&table::unread(&report.unread))?;
        }
    }
    Ok(Exit::Done)
}

fn unreadable(at: &str) -> Trouble {
    let message = format!("{ASKED}: not what the service documents, at {at}");
    Trouble { place: Some(at.to_owned()), ..Trouble::failed(message) }
}
