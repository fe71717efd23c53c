//! Sessions with a service that gives one constant answer, or two in turn, and with a browser that never stops: how
//! many requests they cost, and for how long they are open.

use super::{
    BEGIN, Start,
    play::Table,
    replies,
    walks::{asks, authorized, data, gone, no, old, page, pending, token, unauthorized},
};
use crate::model::{Call, Came, Millis, News, NewsKind, Said, Shown};
use reconnect_core::{Fault, FaultKind, Reached, Stage, Why};

/// One answer of a service, for every kind of call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Service {
    /// 200, with accounts where they are asked for.
    Authorized,
    /// The same, and the stored data is too old.
    Old,
    /// 202.
    Pending,
    /// 203, with this challenge.
    Asks(u64),
    /// 203, with another `RequestId` each time.
    AsksAnew,
    /// `UNAUTHORIZED`.
    Unauthorized,
    /// The session is gone.
    Gone,
    /// 503, as the service says it.
    Later,
    /// A gateway's page.
    Page(u16),
    /// 200 without the thing that was asked for.
    Odd,
    /// The connection breaks.
    Broken,
    /// No connection is made.
    Unsent,
    /// Nothing comes back.
    Silent,
    /// A refusal for good.
    Refuses,
    /// Another login's data.
    OtherLogin,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Authorized,
        Self::Old,
        Self::Pending,
        Self::Asks(1),
        Self::Asks(2),
        Self::AsksAnew,
        Self::Unauthorized,
        Self::Gone,
        Self::Later,
        Self::Page(403),
        Self::Page(429),
        Self::Page(503),
        Self::Page(202),
        Self::Odd,
        Self::Broken,
        Self::Unsent,
        Self::Silent,
        Self::Refuses,
        Self::OtherLogin,
    ];

    /// The reply to a call; `None` if there is a fault or nothing comes back.
    fn says(self, call: &Call, turn: u32) -> Option<Said> {
        let data_call = matches!(call, Call::Data { .. } | Call::Poll { .. });
        Some(match self {
            Self::Later => no(503, "RETRY_LATER"),
            Self::Page(status) => page(status),
            Self::Unauthorized => unauthorized(),
            Self::Refuses => no(401, "DISABLED_LOGIN"),
            Self::Broken | Self::Unsent | Self::Silent => return None,
            Self::Odd if call.is_mint() => Said::ok(),
            _ if call.is_mint() => token(),
            Self::Authorized | Self::Old if data_call => data(&[0]),
            Self::Authorized if matches!(call, Call::Cached { .. }) => {
                Said { last_refresh: Some(BEGIN + 86_400_000), ..authorized() }
            }
            Self::Old if matches!(call, Call::Cached { .. }) => old(),
            Self::Authorized | Self::Old => authorized(),
            Self::Pending => pending(),
            Self::Asks(challenge) => Said { login: Some(0), ..asks(challenge) },
            Self::AsksAnew => Said { login: Some(0), request: Some((turn % 11) as u8), ..asks(1) },
            Self::Gone => gone(),
            Self::Odd => Said { request: None, ..authorized() },
            Self::OtherLogin => Said { login: Some(2), ..pending() },
        })
    }
}

/// How far the session gets with a good service before the user leaves and the service changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Well {
    /// Nowhere.
    Never,
    /// The bank asks.
    Asked,
    /// It is authorized at once.
    Authorized,
}

/// With an absent user, and a service that gives these two answers in turn: how many requests go out until the session
/// is over, and when that is.
///
/// # Errors
/// If session and model disagree, or it never ends.
pub fn served(start: &Start, well: Well, turns: [Service; 2], with_session: bool) -> Result<(u32, Millis), String> {
    let mut table = Table::lay(start, None, with_session);
    let mut requests = 0;
    let mut turn = 0;
    for _ in 0..3_000 {
        table.poll(false)?;
        let Some((id, call)) = table.model.outstanding() else {
            match table.model.deadline() {
                None | Some((_, Why::Forget)) if table.model.stage() == Stage::Done => {
                    table.compare()?;
                    return Ok((requests, table.now - BEGIN));
                }
                Some((at, _)) => table.now = table.now.max(at),
                None => return Err("it neither goes on nor ends".to_owned()),
            }
            continue;
        };
        let call = call.clone();
        requests += 1;
        let first = matches!(call, Call::Live { .. }) && requests <= 2 || call.is_mint() && requests == 1;
        if first && well != Well::Never {
            let said = match (&call, well) {
                (Call::Live { .. }, Well::Asked) => asks(1),
                (Call::Live { .. }, _) => authorized(),
                _ => token(),
            };
            table.bring(id, &call, said, false)?;
            continue;
        }
        let service = turns[turn as usize % 2];
        turn += 1;
        match (service.says(&call, turn), service) {
            (Some(said), _) => drop(table.bring(id, &call, said, false)?),
            (None, Service::Silent) => {
                if let Some((at, _)) = table.model.deadline() {
                    table.now = at;
                }
            }
            (None, service) => {
                let unsent = service == Service::Unsent;
                let reached = if unsent { Reached::No } else { Reached::Maybe };
                let came = Came::Fault { unsent, large: false, setup: false };
                table.fail(id, &came, Fault { kind: FaultKind::Connect, reached })?;
            }
        }
    }
    Err(format!("no end after {requests} requests"))
}

/// The cost of a flood.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Flooded {
    /// Data calls.
    pub looks: u32,
    /// Mints.
    pub mints: u32,
    /// The last moment at which it was open.
    pub open_until: Millis,
    /// For how long it was open again after it was closed.
    pub open_again: Millis,
}

/// A refresh whose bank asks, with an absent user. The service gives one constant answer, `slow` milliseconds after it
/// was asked. A browser sends these messages in turn, one every `every` milliseconds, for twelve hours; after each
/// `TOKEN_INVALID` its page opens again.
///
/// # Errors
/// If session and model disagree.
pub fn flooded(
    start: &Start,
    service: Service,
    slow: Millis,
    every: Millis,
    news: &[News],
    with_session: bool,
) -> Result<Flooded, String> {
    let mut table = Table::lay(start, None, with_session);
    for said in [token(), asks(1)] {
        table.poll(false)?;
        let (id, call) = table.model.outstanding().ok_or("nothing is sent")?;
        let call = call.clone();
        table.bring(id, &call, said, false)?;
    }
    let (mut cost, mut told, mut closed_at) = (Flooded::default(), 0, None);
    let (mut next, mut comes) = (BEGIN + every, None::<Millis>);
    while table.now < BEGIN + 12 * 3_600_000 {
        if let (Some((id, call)), Some(at)) = (table.model.outstanding(), comes)
            && at <= table.now
        {
            let call = call.clone();
            comes = None;
            match service.says(&call, 0) {
                Some(said) => drop(table.bring(id, &call, if call.is_mint() { token() } else { said }, false)?),
                None => return Err("a flood has a service that answers".to_owned()),
            }
        }
        if table.model.outstanding().is_none() {
            table.poll(false)?;
            if let Some((_, call)) = table.model.outstanding() {
                if call.is_mint() {
                    cost.mints += 1;
                    comes = Some(table.now);
                } else {
                    cost.looks += 1;
                    comes = Some(table.now + slow);
                }
                continue;
            }
        }
        if table.now >= next {
            next += every;
            let one = &news[told % news.len()];
            told += 1;
            table.hear(one, &replies::on_the_page(one, 0))?;
            let asking = table.model.stage() == Stage::Asking;
            if one.kind == NewsKind::TokenInvalid
                && asking
                && matches!(table.model.asked().showing, Shown::Spent | Shown::Closed)
            {
                table.open()?;
            }
            continue;
        }
        if table.model.is_open(table.now) {
            cost.open_until = table.now - BEGIN;
            if let Some(closed) = closed_at {
                cost.open_again = table.now - closed;
            }
        } else {
            closed_at = closed_at.or(Some(table.now));
        }
        if table.model.end_of_it().is_some_and(|end| !end.is_guess()) {
            break;
        }
        // A guess takes no more news after its moment.
        let over = table.model.deadline().is_none_or(|(at, why)| why == Why::Forget && at <= table.now);
        if over && comes.is_none() && table.model.stage() == Stage::Done {
            break;
        }
        let deadline = table.model.deadline().map(|(at, _)| at).filter(|at| *at > table.now);
        table.now = [Some(next), comes, deadline].into_iter().flatten().min().unwrap_or(next);
    }
    table.compare()?;
    Ok(cost)
}
