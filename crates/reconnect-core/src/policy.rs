//! Every number, order and way that we chose, each with its source.
//!
//! What protects the end user is not here, because it is not a choice: that news cannot name a login, that an answer
//! is sent once, that an unselected account is never built.

pub(crate) mod json;

pub use json::InvalidPolicy;

use crate::{account::DetailOptions, word::words};
use core::time::Duration;
use reconnect_json::millis;

/// Largest body of a reply after decompression, in bytes (decision 39): room for 170,000 transactions.
pub const MAX_BODY: usize = 32 << 20;

/// Bytes that are reserved for a body at its announcement. Ours: most bodies fit, and a thousand replies that announce
/// more than they bring take little.
pub(crate) const MAX_ROOM: usize = 256 << 10;

/// Largest head of a reply: the bytes of names and values, and four for each header. Ours: both HTTP clients can keep
/// this limit, and no service was seen that needs a tenth of it.
pub const MAX_HEAD: usize = 64 << 10;

/// Headers of a reply, at most: as many as one HTTP client takes, and fewer than the other.
pub(crate) const MAX_HEADERS: usize = 100;

/// How long a driver may keep an idle connection (decision 73): for less time than servers and proxies keep theirs.
pub const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// How long a driver may take to open a connection (decision 37; the figure is smithy-rs', rounded up).
pub const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The numbers and ways of one session. `Policy::default()` is what the Reconnect page says, and it is what a session
/// without wishes should have; a snapshot holds only what differs from it.
///
/// Some numbers have a floor: with a smaller one, a session would call without a pause, or could not end. A session
/// raises a smaller number to its floor as it begins ([`bounded`](Self::bounded)); JSON with a smaller number is
/// refused, and the error names the field ([`from_json`](Self::from_json)).
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::{Mfa, Policy};
///
/// let mut policy = Policy::default();
/// assert_eq!(policy.request_life, Duration::from_secs(8 * 60));
/// policy.mfa = Mfa::WidgetOrApi;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Life of an authorize token: 15 min on the Reconnect page, 30 elsewhere; the shorter one only costs a mint
    /// (decision 1). <https://docs.flinks.com/guides/connect/resume-and-reconnect>
    ///
    /// At least 1 s, and at least [`quick_limit`](Self::quick_limit): a token counts from when its mint was sent, so a
    /// shorter life could be over before the token is there, and it would be minted again without end.
    pub token_life: Duration,
    /// Life of a `requestId` without activity: 8 min (decision 2).
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>
    ///
    /// At least 1 s: with a shorter life, a prompt would cause look after look while the service says 203.
    pub request_life: Duration,
    /// How far hints from the widget may slide that life, from the first answered request: 30 min (decision 3).
    /// <https://docs.flinks.com/guides/getting-started/key-concepts>
    pub hint_life: Duration,
    /// How long between two polls: 10 s (decision 12). <https://docs.flinks.com/guides/connect/retrieve-account-data>
    ///
    /// At least 1 s: otherwise polls would follow one another without a pause until [`poll_cap`](Self::poll_cap).
    pub poll_every: Duration,
    /// How long data may be pending, from the first 202: 30 min (decision 2).
    /// <https://docs.flinks.com/guides/connect/retrieve-account-data>
    pub poll_cap: Duration,
    /// How often a call that may be repeated is tried before the session gives up: 3 (decision 38).
    pub tries: u8,
    /// How often a poll is tried before the session gives up: 3. Apart from `tries`, since pending data outlives a short
    /// outage of the service.
    pub poll_tries: u8,
    /// How many tries beyond the first of each call a session has in all: 20. A service in trouble is not helped by
    /// every call trying as often as it may (smithy-rs has such a budget; the figure is ours).
    pub budget: u16,
    /// A number of the caller's choice that shortens each wait between tries by up to a half, so that many sessions do not
    /// try again at one moment; 0 shortens nothing. It is an input, since there is no randomness here.
    pub jitter: u64,
    /// The first wait between tries: 0.5 s, doubling (decision 38). At least 100 ms: otherwise all the
    /// [`tries`](Self::tries) would go out at once.
    pub backoff: Duration,
    /// The longest wait between tries: 5 s (decision 38). At least 100 ms, as `backoff`.
    pub backoff_max: Duration,
    /// The longest `Retry-After` that is waited for: 5 min; above it the session ends with `TryLater` (decision 38).
    pub retry_after_max: Duration,
    /// When a service that said "later", and not when, may be asked again: 5 min. Ours; no source has a figure. At
    /// least 1 s: otherwise a caller that starts again at that moment would never pause.
    pub later: Duration,
    /// How long a lapsed session still takes news: 30 min (decision 44).
    pub late_news: Duration,
    /// The shortest time between two looks: 10 s, as between polls (decision 45). At least 1 s: otherwise messages that
    /// a browser posts in a loop would cause look after look.
    pub look_every: Duration,
    /// How far the service's clock may be behind ours when we judge what is fresh: 5 min (decision 10).
    pub skew: Duration,
    /// How long a synchronous POST may take: 240 s, since the service holds one for up to 210 s (decision 37).
    /// <https://docs.flinks.com/api/authorize/error-codes>
    ///
    /// At least 100 ms: otherwise a request would count as lost at once.
    pub post_limit: Duration,
    /// How long a mint or a poll may take: 30 s (decision 37). At least 100 ms, as [`post_limit`](Self::post_limit).
    pub quick_limit: Duration,
    /// Which call a refresh begins with (decision 11).
    pub entry: Entry,
    /// Whether authorize tokens are minted at all (decisions 6 and 34).
    pub token: TokenUse,
    /// Where MFA may be answered (decision 8).
    pub mfa: Mfa,
    /// Whether a `requestId` whose known age is over is looked at all the same (decision 4).
    pub probe: Probe,
    /// Whether one look is spent on a prompt whose lease passed (decision 2).
    pub look_on_lapse: bool,
    /// What is fetched once the session is authorized (decision 27).
    pub fetch: Fetch,
    /// Which `requestId` fetches the data after the widget (decision 10).
    pub after: After,
    /// The token that the widget gets (decision 67).
    pub widget_token: WidgetToken,
    /// The shortest time between two mints for a showing: 10 s (decision 67), as between looks. At least 1 s: otherwise
    /// a page that says `TOKEN_INVALID` in a loop would cause mint after mint.
    pub news_mint_every: Duration,
    /// The longest URL of the widget that still names the selected accounts, in bytes: 8,000 (decision 68). A longer one
    /// leaves `resumeSelectedAccounts` out, since RFC 9110 §4.1 asks servers to read 8,000 octets and no more.
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-4.1>
    pub widget_url_max: u32,
    /// How many looks of a session redirects may cause that name its `requestId`: 30 (decision 57). Ours: no widget
    /// redirects that often, and each look is a call.
    pub news_looks_named: u8,
    /// How many looks of a session redirects may cause that do not name its `requestId`: 10 (decision 57). Fewer, since
    /// anybody can send one.
    pub news_looks: u8,
    /// How many prompts of a session count as new and get a lease of their own: 10 (decision 51). Ours: the sandbox's
    /// longest bank asks three. Later prompts are shown, and the lease is not renewed.
    pub prompts_max: u8,
    /// How often a data call may lead back to asking and renew the lease: 2 (decision 51). Ours: once for a second
    /// factor, and once more.
    pub asks_again_max: u8,
}

impl Policy {
    /// The policy of the Reconnect page, as a constant.
    pub const DEFAULT: Self = Self {
        token_life: Duration::from_secs(15 * 60),
        request_life: Duration::from_secs(8 * 60),
        hint_life: Duration::from_secs(30 * 60),
        poll_every: Duration::from_secs(10),
        poll_cap: Duration::from_secs(30 * 60),
        tries: 3,
        poll_tries: 3,
        budget: 20,
        jitter: 0,
        backoff: Duration::from_millis(500),
        backoff_max: Duration::from_secs(5),
        retry_after_max: Duration::from_secs(5 * 60),
        later: Duration::from_secs(5 * 60),
        late_news: Duration::from_secs(30 * 60),
        look_every: Duration::from_secs(10),
        skew: Duration::from_secs(5 * 60),
        post_limit: Duration::from_secs(240),
        quick_limit: Duration::from_secs(30),
        entry: Entry::Authorize,
        token: TokenUse::Mint,
        mfa: Mfa::Widget,
        probe: Probe::Unknown,
        look_on_lapse: true,
        fetch: Fetch::Detail(DetailOptions::DEFAULT),
        after: After::SameThenCached,
        widget_token: WidgetToken::Fresh,
        news_mint_every: Duration::from_secs(10),
        widget_url_max: 8_000,
        news_looks_named: 30,
        news_looks: 10,
        prompts_max: 10,
        asks_again_max: 2,
    };

    /// The wait before try number `tried + 1`, without a `Retry-After`. `salt` makes it another one for another exchange.
    pub(crate) fn backoff(&self, tried: u8, salt: u64) -> Duration {
        let doublings = u32::from(tried.saturating_sub(1)).min(16);
        let full = self.backoff.saturating_mul(1 << doublings).min(self.backoff_max);
        if self.jitter == 0 {
            return full;
        }
        // SplitMix64, whose output looks random for inputs that are close.
        let mixed = (self.jitter ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let share = (mixed ^ (mixed >> 31)) % 501;
        Duration::from_millis(millis(full) / 1_000 * (1_000 - share) + millis(full) % 1_000 * (1_000 - share) / 1_000)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether the session mints authorize tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum TokenUse {
    /// `/GenerateAuthorizeToken` before each use: mandatory for integrations since October 2024.
    #[default]
    Mint,
    /// No token at all, for older integrations without a secret key.
    /// <https://docs.flinks.com/reference/authorize-token>
    Without,
}

/// Where MFA may be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Mfa {
    /// In the widget only, as the Reconnect page has it. Snapshots then hold neither a token nor a prompt.
    #[default]
    Widget,
    /// In the widget, or by [`Session::answer`](crate::Session::answer). Snapshots then hold the session's authorize
    /// token and the bank's prompts: encrypt them at rest.
    WidgetOrApi,
}

/// When a resumed `requestId` is looked at before the end user sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Probe {
    /// When its age is not known.
    #[default]
    Unknown,
    /// Whenever its lease is not known to be alive, a known age past it included.
    Always,
}

/// What is fetched once the session is authorized.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fetch {
    /// `/GetAccountsDetail`, with its options.
    Detail(DetailOptions),
    /// `/GetAccountsSummary`: accounts without transactions.
    Summary,
    /// Nothing: the caller only wants the connection refreshed.
    Nothing,
    /// What a webhook brings ([`Session::delivered`](crate::Session)), for as long as `wait` (decision 48).
    Webhook {
        /// How long to wait for it, from the authorization on.
        wait: Duration,
        /// What to do where it does not come.
        then: Then,
    },
}

/// What to do where a webhook does not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Then {
    /// Ask for the data, as without webhooks.
    Poll,
    /// Give up, with `TryLater`.
    Fail,
}

/// Which call a refresh begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Entry {
    /// `/Authorize`, as the Reconnect page has it.
    #[default]
    Authorize,
    /// `/AuthorizeAsync`, which answers at once and is asked again; Flinks has to activate it.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000735707>.
    AuthorizeAsync,
}

/// Which `requestId` fetches the data once the session was authorized.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum After {
    /// The session's own first (Reconnect page); where it is gone, one cached `/Authorize` (help articles), believed
    /// only if its data is not older than the session.
    #[default]
    SameThenCached,
    /// The session's own, or none.
    Same,
}

/// The authorize token that the widget's URL carries (decision 67).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum WidgetToken {
    /// A fresh one for each showing, as the Reconnect page says.
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>
    #[default]
    Fresh,
    /// The session's own token, from memory, once; then fresh ones. For an instance whose widget refuses fresh tokens
    /// with `TOKEN_INVALID`, and only if MFA is answered in the widget.
    Session,
}

words! {
    TokenUse { Mint = "mint", Without = "without" }
    Mfa { Widget = "widget", WidgetOrApi = "widgetOrApi" }
    Probe { Unknown = "unknown", Always = "always" }
    Then { Poll = "poll", Fail = "fail" }
    Entry { Authorize = "authorize", AuthorizeAsync = "authorizeAsync" }
    WidgetToken { Fresh = "fresh", Session = "session" }
    After { SameThenCached = "sameThenCached", Same = "same" }
}
