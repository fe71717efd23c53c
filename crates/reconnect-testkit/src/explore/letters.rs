//! The alphabet: everything that can be done to a session at one node.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these enums the other arms are all alike")]

use super::{
    Place,
    replies::{self, Says},
};
use reconnect_core::{
    Action, Answers, ExchangeId, Fault, FaultKind, Heard, LoginId, Mfa, Misuse, Session, Stage, Timestamp,
    connect::ConnectNews, policy::Fetch, webhook,
};

/// One thing that is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Letter {
    /// The session is asked what to do.
    Poll,
    /// One tick passes.
    Tick,
    /// The session is asked, and slept for until its deadline: nobody else does anything.
    Silence,
    /// The call under way is answered.
    Reply(Says),
    /// It surely did not get there.
    NotSent,
    /// Nobody knows what became of it.
    Lost,
    /// Its reply is over the limit.
    TooLarge,
    /// The call in doubt is answered after all.
    Late(Says),
    /// The call in doubt brings a fault.
    LateFault,
    /// A call that was settled is answered again.
    Settled,
    /// A call that was never sent is answered.
    NeverSent,
    /// The widget says something.
    News(News),
    /// A verified webhook comes.
    Webhook(Brings),
    /// The end user answers through the API.
    Answer,
    /// The same, and not what was asked.
    AnswerAmiss,
    /// The same, from a form that was shown for an earlier prompt.
    AnswerOld,
    /// A page says that it shows the prompt.
    Shown,
    /// The widget is about to be shown.
    Open,
    /// The caller confirms the login of a claimed session.
    Confirm,
    /// The same with a login that no reply named.
    ConfirmStranger,
    /// The caller gives up.
    Cancel,
    /// Kept and loaded again.
    Restore,
}

/// What the widget says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum News {
    /// The user is through.
    Redirect,
    /// The same, and names this session.
    RedirectNamed,
    /// The same, and names an account.
    RedirectAccounts,
    /// The same, and names an account that nobody has.
    RedirectEvil,
    /// The same with this session, and names an account.
    RedirectOurAccounts,
    /// The same, and names a login, of which the session knows none.
    RedirectClaims,
    /// A redirect that names another session.
    OtherRequest,
    /// A redirect of another login.
    ForeignLogin,
    /// The user is at it.
    Progress,
    /// The widget was closed.
    Left,
    /// An error.
    Error,
    /// The token of this showing is spent.
    Spent,
    /// The widget cannot go on.
    Ends,
}

/// What a webhook brings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Brings {
    /// Accounts of the kind that is fetched, or of the usual kind.
    Accounts,
    /// Something else.
    Other,
    /// A refusal.
    Refusal,
    /// A 203.
    Asks,
    /// Accounts of our login, without this session's id.
    OurLogin,
    /// Something else with our tag, and an id that is not the session's yet, while there are some.
    OurTag,
    /// Accounts of another session.
    ForeignRequest,
    /// Accounts of another login.
    ForeignLogin,
}

/// How a session took it.
#[derive(Debug)]
pub(super) enum Said {
    Nothing,
    Does(Box<Action>),
    Heard(Heard),
    Misuse(Misuse),
}

/// Ids that only a browser or a stranger ever names.
pub(super) const STRANGERS: [&str; 2] = ["stranger", "browser"];

/// The tag of every session here.
pub(super) const TAG: &str = "t";

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
    use self::News as N;
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
    /// Its name in the golden file.
    #[must_use]
    pub fn name(self) -> String {
        let spread = |text: String| {
            let mut name = String::new();
            for letter in text.chars() {
                if letter.is_ascii_uppercase() && !name.is_empty() {
                    name.push(' ');
                }
                name.push(letter.to_ascii_lowercase());
            }
            name
        };
        match self {
            Self::Reply(says) => spread(format!("{says:?}")),
            Self::Late(says) => format!("late: {}", spread(format!("{says:?}"))),
            Self::News(news) => format!("news: {}", spread(format!("{news:?}"))),
            Self::Webhook(brings) => format!("webhook: {}", spread(format!("{brings:?}"))),
            other => spread(format!("{other:?}")),
        }
    }

    /// Does it.
    pub(super) fn apply(self, place: &Place<'_>, session: &mut Session, now: &mut Timestamp) -> Said {
        let wire = || ExchangeId::from_number(place.wire.as_ref().expect("a call is under way").0);
        let doubt = || ExchangeId::from_number(place.doubt.as_ref().expect("a call is in doubt").0);
        match self {
            Self::Poll => Said::Does(Box::new(session.poll(*now))),
            Self::Tick => {
                *now = *now + super::tick();
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
                let prompt = session.prompt(*now).unwrap_or_else(super::some_prompt);
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
