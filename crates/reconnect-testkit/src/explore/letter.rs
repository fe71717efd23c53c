//! The words of an exploration: what can be done to a session, and what the widget, a webhook and the service may say.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these enums the other arms are all alike")]

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

/// A kind of reply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Says {
    /// A token.
    Token,
    /// 203 with a challenge, and a new `requestId` where one is to be had.
    Asks,
    /// 203 with a challenge, in the session that is known.
    AsksAgain,
    /// 203 without a challenge.
    AsksBare,
    /// 203 with another challenge, in the session that is known.
    AsksOther,
    /// 401 with a challenge.
    Wrong,
    /// 401 with a challenge, and no retry.
    LastWrong,
    /// 200.
    Authorized,
    /// 200 without a `requestId`.
    NoId,
    /// 200 with data, and as old as it may be.
    Believed,
    /// The same, one tick older.
    TooOld,
    /// 202.
    Pending,
    /// 202 with a `Retry-After`.
    PendingLonger,
    /// 200 with accounts.
    Accounts,
    /// The same with our login and another `requestId`.
    AccountsElsewhere,
    /// The authorize token is refused.
    BlamesToken,
    /// 401 `UNAUTHORIZED`.
    Unauthorized,
    /// The session is gone.
    Gone,
    /// `QUESTION_NOT_FOUND`.
    NotFound,
    /// Try again.
    Later,
    /// Try again, with a `Retry-After` that can be waited for.
    LaterSoon,
    /// Try again, with one that cannot.
    LaterLong,
    /// Another session is open.
    InUse,
    /// The end user has to act at the bank.
    Refused,
    /// A developer has to act.
    BadKey,
    /// Refused for its MFA, in a session that can still be resumed.
    MfaPending,
    /// JSON that is not what was asked for.
    Garbled,
    /// A gateway's page.
    Page,
    /// A gateway's page with a status that blames the setup.
    PageNoWay,
    /// A gateway's page that says 202.
    PagePending,
    /// A gateway's page with a `Retry-After`.
    PageLater,
    /// A redirect, which is never followed.
    Moved,
    /// About another login.
    OtherLogin,
    /// About another session.
    OtherRequest,
}

/// Ids that only a browser or a stranger ever names.
pub(super) const STRANGERS: [&str; 2] = ["stranger", "browser"];

/// The tag of every session here.
pub(super) const TAG: &str = "t";

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
}
