//! The rules, a row each, with a name, the documentation's page, and what to do instead.

/// A rule of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// What it is called on the wire, in kebab-case.
    pub id: &'static str,
    /// Where it is documented.
    pub url: &'static str,
    /// What to do instead, in one sentence.
    pub says: &'static str,
}

const CREDENTIALS: &str = "https://docs.flinks.com/guides/connect/authentication-reference";
const TROUBLES: &str = "https://docs.flinks.com/api/authorize/troubleshooting";
const AUTHORIZE: &str = "https://docs.flinks.com/api/authorize/endpoints/authorize";
const CODES: &str = "https://docs.flinks.com/api/authorize/error-codes";
const RECONNECT: &str = "https://docs.flinks.com/guides/connect/resume-and-reconnect";
const ENDPOINTS: &str = "https://docs.flinks.com/api/connect/endpoints/account-linking";
const DETAIL: &str = "https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail";
const SCHEDULE: &str = "https://docs.flinks.com/api/connect/endpoints/account-linking/set-scheduled-refresh";
const NIGHTLY: &str = "https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status";
const WIDGET: &str = "https://docs.flinks.com/guides/connect/flinks-connect/widget";
const RETRIEVE: &str = "https://docs.flinks.com/guides/connect/retrieve-account-data";
const SELECTOR: &str =
    "https://help.flinks.com/support/solutions/articles/43000436137-account-selector-accounts-filtering";
const ASYNC: &str =
    "https://help.flinks.com/support/solutions/articles/43000436139-asynchronous-getaccountsdetail-flow";

macro_rules! rules {
    ($($name:ident $id:literal $url:ident $says:literal;)*) => {
        $(pub(super) static $name: Rule = Rule { id: $id, url: $url, says: $says };)*
        pub(super) static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // The endpoint.
    UNKNOWN_ENDPOINT "unknown-endpoint" ENDPOINTS "there is no such endpoint; its name is spelled as the list has it";
    WRONG_METHOD "wrong-method" ENDPOINTS "call it with the method that is documented; the widget is loaded with GET";
    POLL_BY_POST "poll-by-post" ASYNC "poll with GET and the RequestId in the path";

    // Credentials.
    MISSING_SECRET_KEY "missing-secret-key" CREDENTIALS "send the secret key in flinks-auth-key to mint a token";
    MISSING_TOKEN "missing-authorize-token" CREDENTIALS
        "send an authorize token: in flinks-auth-key on /Authorize, as authorizeToken in the widget's URL";
    MISSING_API_KEY "missing-api-key" CREDENTIALS "send x-api-key on the data endpoints";
    MISSING_BEARER "missing-bearer" NIGHTLY "send Authorization: Bearer with the API secret";
    WRONG_HEADER "wrong-auth-header" TROUBLES
        "put it in flinks-auth-key: minting and /Authorize read neither Authorization nor x-api-key";
    MIXED_UP_KEYS "mixed-up-keys" CREDENTIALS
        "the secret key mints, the authorize token authorizes, x-api-key fetches: this is not the one that belongs here, or it is wrong";
    TOKEN_SPENT "token-spent" TROUBLES
        "a token is good once: mint one for each /Authorize and each showing of the widget; only answers to the MFA of the \
         session that it opened may repeat it";
    TOKEN_EXPIRED "token-expired" RECONNECT "mint the token just before it is used: it lives 15 minutes";
    NEEDLESS_HEADER "needless-auth-header" CREDENTIALS
        "leave it out: the endpoint takes one credential, and this header is not it";
    CREDENTIAL_IN_BODY "credential-in-body" CREDENTIALS "leave keys and tokens out of the body: they belong in a header";

    // The form of the body.
    CONTENT_TYPE "content-type" AUTHORIZE "send Content-Type: application/json with a body";
    NOT_AN_OBJECT "body-not-an-object" AUTHORIZE "send a JSON object as the body";
    KEY_CASE "key-case" AUTHORIZE "spell the field as documented, letter case included: LoginId, RequestId, Save";
    CAMEL_CASE "camel-case-key" SCHEDULE "this endpoint's fields are in camelCase: loginId, isActivated";
    UNKNOWN_FIELD "unknown-field" ENDPOINTS "no page names this field for the endpoint: leave it out, it is ignored or refused";
    TEXT_BOOLEAN "boolean-as-text" AUTHORIZE "send a JSON boolean: true, not \"true\"";

    // Calls of /Authorize.
    CACHED_NOT_SAID "most-recent-cached-missing" AUTHORIZE
        "say MostRecentCached: true for stored data, false to go to the bank";
    SAVE_NOT_SAID "save-missing" RECONNECT "say Save: true on a live refresh, or the fresh data is not kept";
    LIVE_AGAIN "live-again" RECONNECT
        "a session of this login waits for MFA: go on with its RequestId, since a new one texts the user again";
    REQUEST_ID_ALONE "request-id-alone" AUTHORIZE "send SecurityResponses with the RequestId: alone it asks nothing";
    BARE_ANSWER "bare-answer" AUTHORIZE "send the answers of a prompt as an array of strings, a single one too";
    PROMPT_AS_KEY "prompt-as-key" CODES
        "the keys of SecurityResponses are the prompts as they came, byte for byte: no other case, nothing trimmed";
    ANSWER_MISSING "answer-missing" CODES "answer all prompts of the challenge in one call";
    ANSWER_TOO_LATE "already-authorized" CODES "the session is authorized: go on with /GetAccountsDetail";
    SESSION_OVER "session-over" RECONNECT
        "the RequestId has ended, or was none: it lives 8 minutes without activity; start a new session";

    // Data.
    DAYS "days-of-transactions" DETAIL "DaysOfTransactions is Days90 or Days365";
    EMPTY_FILTER "accounts-filter-empty" SELECTOR "name the accounts, or leave AccountsFilter out for all of them";
    POLL_TOO_SOON "poll-too-soon" ASYNC "wait 10 seconds between two polls";
    POLL_FIRST "poll-before-data-call" RETRIEVE "call the endpoint itself first, and its Async twin after a 202";
    CARD_IN_USE "card-in-use" CODES "wait until the account is no longer processed, then delete the card";

    // The widget's URL.
    WIDGET_LOGIN_ID "widget-login-id" RECONNECT
        "the widget takes no loginId: refresh with /Authorize first, and open the widget with the RequestId of its 203";
    WIDGET_KEY_CASE "widget-parameter-case" WIDGET "spell the parameter as documented, letter case included";
    SELECTION_ALONE "selected-accounts-alone" RECONNECT "resumeSelectedAccounts goes with a requestId";
    SELECTION_FORM "selected-accounts-form" RECONNECT
        "write resumeSelectedAccounts once, as account ids with a comma between them";
    SELECTION_LONG "selected-accounts-long" RECONNECT
        "a URL of 2,000 characters or more may be cut or refused on its way: leave resumeSelectedAccounts out and filter \
         with AccountsFilter";
}
