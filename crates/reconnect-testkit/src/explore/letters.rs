//! The alphabet: everything that can be done to a session at one node.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these enums the other arms are all alike")]

use super::{
    letter::{Brings, Letter, News, STRANGERS, TAG},
    place::Place,
    replies,
    seat::{BEGIN, ticks},
};
use reconnect_core::{
    Action, Answers, ExchangeId, Fault, FaultKind, Heard, Known, LoginId, Mfa, Misuse, Policy, Prompt, RequestId,
    Selection, Session, Stage, Timestamp, connect::ConnectNews, policy::Fetch, webhook,
};

/// How a session took it.
#[derive(Debug)]
pub(super) enum Said {
    Nothing,
    Does(Box<Action>),
    Heard(Heard),
    Misuse(Misuse),
}

/// All that can be done here.
pub(super) fn letters(place: &Place<'_>) -> Vec<Letter> {
    use Letter::*;
    let mut all = vec![Poll, Tick, Silence, Restore, Open, Cancel, Settled, NeverSent, LateFault];
    if let Some((_, kind)) = &place.wire {
        all.extend(replies::to(kind).iter().copied().filter(|says| place.fits(*says)).map(Reply));
        all.extend([NotSent, Lost, TooLarge]);
    }
    match &place.doubt {
        Some((_, kind)) => all.extend(replies::late(kind).iter().copied().filter(|says| place.fits(*says)).map(Late)),
        None => all.retain(|letter| *letter != LateFault),
    }
    use super::letter::News as N;
    let news = [
        N::Redirect,
        N::RedirectNamed,
        N::RedirectAccounts,
        N::RedirectEvil,
        N::RedirectOurAccounts,
        N::OtherRequest,
        N::Progress,
        N::Left,
        N::Error,
        N::Spent,
        N::Ends,
    ];
    all.extend(news.map(News));
    all.push(News(if place.session.login().is_none() { N::RedirectClaims } else { N::ForeignLogin }));
    all.extend([Webhook(Brings::Accounts), Webhook(Brings::Other), Webhook(Brings::Refusal), Webhook(Brings::Asks)]);
    all.extend([Webhook(Brings::ForeignRequest), Webhook(Brings::OurTag)]);
    if place.world.claimed {
        all.extend([Confirm, ConfirmStranger]);
    }
    if place.session.login().is_some() {
        all.extend([Webhook(Brings::OurLogin), Webhook(Brings::ForeignLogin)]);
    }
    if place.world.policy.mfa == Mfa::WidgetOrApi {
        all.extend([Answer, AnswerAmiss, AnswerOld, Shown]);
    }
    all.retain(|letter| !place.world.without.contains(letter));
    all
}

impl Letter {
    /// Does it.
    pub(super) fn apply(self, place: &Place<'_>, session: &mut Session, now: &mut Timestamp) -> Said {
        let wire = || ExchangeId::from_number(place.wire.as_ref().expect("a call is under way").0);
        let doubt = || ExchangeId::from_number(place.doubt.as_ref().expect("a call is in doubt").0);
        match self {
            Self::Poll => Said::Does(Box::new(session.poll(*now))),
            Self::Tick => {
                *now = *now + ticks(1);
                Said::Nothing
            }
            Self::Silence => {
                let action = session.poll(*now);
                let deadline = session.deadline().filter(|_| session.stage() != Stage::Done);
                *now = deadline.map_or(*now, |deadline| deadline.at.max(*now));
                Said::Does(Box::new(action))
            }
            Self::Reply(says) => {
                let kind = &place.wire.as_ref().expect("a call is under way").1;
                Said::Heard(session.receive(*now, wire(), Ok(&replies::reply(says, kind, place))))
            }
            Self::NotSent => Said::Heard(session.receive(*now, wire(), Err(Fault::NOT_SENT))),
            Self::Lost => Said::Heard(session.lost(*now, wire())),
            Self::TooLarge => Said::Heard(session.receive(*now, wire(), Err(Fault::maybe(FaultKind::TooLarge)))),
            Self::Late(says) => {
                let kind = &place.doubt.as_ref().expect("a call is in doubt").1;
                Said::Heard(session.receive(*now, doubt(), Ok(&replies::reply(says, kind, place))))
            }
            Self::LateFault => Said::Heard(session.lost(*now, doubt())),
            Self::Settled => {
                // The newest that is neither under way nor in doubt; before the first there is none.
                let open = [&place.wire, &place.doubt].map(|out| out.as_ref().map_or(0, |out| out.0));
                let settled = (0..place.next).rev().find(|id| !open.contains(id)).unwrap_or(0);
                Said::Heard(session.lost(*now, ExchangeId::from_number(settled)))
            }
            Self::NeverSent => Said::Heard(session.lost(*now, ExchangeId::from_number(place.next))),
            Self::News(news) => Said::Heard(session.returned(*now, &news.read(place))),
            Self::Webhook(brings) => Said::Heard(session.delivered(*now, &brings.verified(place))),
            Self::Answer | Self::AnswerAmiss | Self::AnswerOld => {
                let asked = if self == Self::AnswerAmiss { "q" } else { "p" };
                let prompt = session.prompt(*now).unwrap_or_else(some_prompt);
                let answers = Answers::to(&prompt).with(asked, ["a"]);
                let earlier = prompt.number.checked_sub(1).unwrap_or(u32::MAX);
                let answers = if self == Self::AnswerOld { answers.numbered(Some(earlier)) } else { answers };
                session.answer(*now, answers).map_or_else(Said::Misuse, Said::Heard)
            }
            Self::Shown => Said::Heard(session.shown(*now)),
            Self::Open => {
                session.open(*now);
                Said::Nothing
            }
            Self::Confirm | Self::ConfirmStranger => {
                let login = if self == Self::Confirm { place.login() } else { STRANGERS[0].to_owned() };
                Said::Heard(session.confirm(*now, &LoginId::new(&login).expect("an id")))
            }
            Self::Cancel => {
                session.cancel(*now);
                Said::Nothing
            }
            Self::Restore => {
                *session = Session::restore(session.snapshot()).expect("a session's snapshot is sound");
                Said::Nothing
            }
        }
    }
}

impl News {
    fn read(self, place: &Place<'_>) -> ConnectNews {
        let (ours, request, current) = (place.login(), STRANGERS[0], place.current());
        let text = match self {
            Self::Redirect => r#"{"step":"REDIRECT"}"#,
            Self::RedirectNamed => &format!(r#"{{"step":"REDIRECT","requestId":"{current}"}}"#),
            Self::RedirectAccounts => r#"{"step":"REDIRECT","accountId":"b"}"#,
            Self::RedirectEvil => r#"{"step":"REDIRECT","accountId":"browser"}"#,
            Self::RedirectOurAccounts => &format!(r#"{{"step":"REDIRECT","requestId":"{current}","accountId":"a"}}"#),
            Self::RedirectClaims => r#"{"step":"REDIRECT","loginId":"browser"}"#,
            Self::OtherRequest => &format!(r#"{{"step":"REDIRECT","loginId":"{ours}","requestId":"{request}"}}"#),
            Self::ForeignLogin => r#"{"step":"REDIRECT","loginId":"browser"}"#,
            Self::Progress => r#"{"step":"SUBMIT_MFA"}"#,
            Self::Left => r#"{"step":"COMPONENT_CLOSE_SESSION"}"#,
            Self::Error => r#"{"step":"INVALID_SECURITY_RESPONSE"}"#,
            Self::Spent => r#"{"step":"TOKEN_INVALID"}"#,
            Self::Ends => r#"{"step":"MAXIMUM_RETRY_REACHED"}"#,
        };
        ConnectNews::read(text).expect("it is an event")
    }
}

impl Brings {
    fn verified(self, place: &Place<'_>) -> webhook::Delivery {
        let (request, ours) = (place.current(), place.login());
        let summary = place.world.policy.fetch == Fetch::Summary;
        let kind = if summary { "GetAccountsSummary" } else { "GetAccountsDetail" };
        let accounts = r#""Accounts":[{"Id":"a"},{"Id":"b"}]"#;
        let body = match self {
            Self::Accounts => {
                format!(r#"{{"ResponseType":"{kind}","RequestId":"{request}","Login":{{"Id":"{ours}"}},{accounts}}}"#)
            }
            Self::Other => format!(r#"{{"ResponseType":"KYC","RequestId":"{request}"}}"#),
            Self::Refusal => {
                format!(r#"{{"ResponseType":"{kind}","RequestId":"{request}","FlinksCode":"SESSION_EXPIRED"}}"#)
            }
            Self::Asks => {
                let challenge = r#""SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]"#;
                format!(r#"{{"ResponseType":"{kind}","HttpStatusCode":203,"RequestId":"{request}",{challenge}}}"#)
            }
            Self::OurLogin => {
                format!(r#"{{"ResponseType":"{kind}","RequestId":"stranger","Login":{{"Id":"{ours}"}},{accounts}}}"#)
            }
            Self::OurTag => format!(r#"{{"ResponseType":"KYC","RequestId":"{}","Tag":"{TAG}"}}"#, place.fresh()),
            Self::ForeignRequest => format!(r#"{{"ResponseType":"{kind}","RequestId":"stranger",{accounts}}}"#),
            Self::ForeignLogin => {
                let login = r#""Login":{"Id":"stranger"}"#;
                format!(r#"{{"ResponseType":"{kind}","RequestId":"{request}",{login},{accounts}}}"#)
            }
        };
        let signed = || {
            let key = "key".into();
            let signature = webhook::sign(body.as_bytes(), &key);
            let header = [(webhook::SIGNATURE_HEADERS[0], signature.as_str())];
            webhook::verify(header, body.as_bytes(), &[key]).expect("it is signed")
        };
        place.world.deliveries.borrow_mut().entry(body.clone()).or_insert_with(signed).clone()
    }
}

/// A prompt of no session, to build answers for where none is asked.
fn some_prompt() -> Prompt {
    let mut known = Known::default();
    known.last_sent = Some(BEGIN);
    let request = RequestId::new("none").expect("an id");
    let session = Session::resume(request, known, Selection::all(), Policy::default(), BEGIN);
    session.prompt(BEGIN).expect("a resumed session asks")
}
