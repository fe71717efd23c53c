//! What each endpoint is called with: <https://docs.flinks.com/api/connect/endpoints/account-linking>.

/// A row of the list.
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    /// Whether an id, or another segment, follows the name.
    pub(super) takes_id: bool,
    pub(super) method: &'static str,
    pub(super) credential: Credential,
    pub(super) fields: &'static [Field],
}

/// <https://docs.flinks.com/guides/connect/authentication-reference>. Where a page names none it is the data endpoints'.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    SecretKey,
    Token,
    ApiKey,
    /// <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>
    Bearer,
}

/// A field of a body, spelled as documented.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is_flag: bool,
}

const fn field(name: &'static str) -> Field {
    Field { name, is_flag: false }
}

const fn flag(name: &'static str) -> Field {
    Field { name, is_flag: true }
}

/// <https://docs.flinks.com/reference/opening-a-session>; those from `ScheduleRefresh` on are older:
/// <https://docs.flinks.com/guides/connect/legacy-api-integrations>, <https://docs.flinks.com/changelog/2018-07>.
static AUTHORIZE: &[Field] = &[
    field("LoginId"),
    flag("MostRecentCached"),
    flag("Save"),
    field("Username"),
    field("Password"),
    field("Institution"),
    field("Language"),
    field("Tag"),
    field("RequestId"),
    field("SecurityResponses"),
    flag("ScheduleRefresh"),
    flag("WithMfaQuestions"),
    flag("WithMFAQuestions"),
    flag("DirectRefresh"),
    flag("Sync"),
];

static DETAIL: &[Field] = &[
    field("RequestId"),
    field("AccountsFilter"),
    field("DaysOfTransactions"),
    field("NumberOfBankingStatements"),
    flag("WithAccountIdentity"),
    flag("WithKYC"),
    flag("WithTransactions"),
    flag("WithBalance"),
    flag("WithDetailsAndBankingStatements"),
];

static SUMMARY: &[Field] = &[field("RequestId"), flag("WithBalance"), flag("WithAccountIdentity")];

static STATEMENTS: &[Field] = &[field("RequestId"), field("NumberOfStatements"), field("AccountsFilter")];

const fn call(name: &'static str, method: &'static str, credential: Credential, fields: &'static [Field]) -> Endpoint {
    Endpoint { name, takes_id: false, method, credential, fields }
}

const fn with_id(name: &'static str, method: &'static str) -> Endpoint {
    Endpoint { name, takes_id: true, method, credential: Credential::ApiKey, fields: &[] }
}

static ALL: &[Endpoint] = &[
    call("GenerateAuthorizeToken", "POST", Credential::SecretKey, &[]),
    call("Authorize", "POST", Credential::Token, AUTHORIZE),
    call("AuthorizeAsync", "POST", Credential::Token, AUTHORIZE),
    call("AuthorizeMultiple", "POST", Credential::ApiKey, &[field("LoginIds"), flag("MostRecentCached")]),
    call("GetAccountsDetail", "POST", Credential::ApiKey, DETAIL),
    call("GetAccountsSummary", "POST", Credential::ApiKey, SUMMARY),
    call("GetStatements", "POST", Credential::ApiKey, STATEMENTS),
    with_id("GetAccountsDetailAsync", "GET"),
    with_id("GetAccountsSummaryAsync", "GET"),
    with_id("GetStatementsAsync", "GET"),
    call("SetScheduledRefresh", "PATCH", Credential::ApiKey, &[field("loginId"), flag("isActivated")]),
    call("AnswerMFAQuestions", "PATCH", Credential::ApiKey, &[field("loginId"), field("Questions")]),
    call("GetNightlyRefreshStatus", "GET", Credential::Bearer, &[]),
    with_id("GetMFAQuestions", "GET"),
    with_id("DeleteCard", "DELETE"),
    call("Institutions", "GET", Credential::ApiKey, &[]),
];

impl Endpoint {
    /// The row that a path after `BankingServices` belongs to, and the id that follows its name.
    pub(super) fn find<'a>(segments: &[&'a str]) -> Option<(&'static Endpoint, Option<&'a str>)> {
        let (name, id) = match segments {
            [name] => (*name, None),
            [name, id] => (*name, Some(*id)),
            ["Institutions", "RoutingNumber", _] => ("Institutions", None),
            _ => return None,
        };
        let mut named = ALL.iter().filter(|endpoint| endpoint.name == name && endpoint.takes_id == id.is_some());
        named.next().map(|endpoint| (endpoint, id))
    }

    /// The twin that is asked until the data is there.
    pub(super) fn is_poll(&self) -> bool {
        self.takes_id && self.name.ends_with("Async")
    }

    pub(super) fn is_authorize(&self) -> bool {
        self.credential == Credential::Token
    }
}
