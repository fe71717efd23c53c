//! The table of endpoints, a row each. It decides where a call goes, which method and key it needs, which names a fault
//! may have, and which fields the doctor knows: <https://docs.flinks.com/api/connect/endpoints/account-linking>.

/// A row of the table.
pub(crate) struct Endpoint {
    pub(crate) call: Call,
    pub(crate) method: &'static str,
    /// What follows `BankingServices/`. The segment in braces is an id.
    path: &'static str,
    pub(crate) credential: Credential,
    pub(crate) fields: &'static [Field],
}

/// Which endpoint it is. The bank has an arm for each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    GenerateAuthorizeToken,
    Authorize,
    AuthorizeAsync,
    AuthorizeMultiple,
    GetAccountsDetail,
    GetAccountsDetailAsync,
    GetAccountsSummary,
    GetAccountsSummaryAsync,
    GetStatements,
    GetStatementsAsync,
    GetMfaQuestions,
    AnswerMfaQuestions,
    SetScheduledRefresh,
    GetNightlyRefreshStatus,
    DeleteCard,
    Institutions,
    InstitutionByRoutingNumber,
}

/// <https://docs.flinks.com/guides/connect/authentication-reference>. If a page names none, it is the `x-api-key` of the
/// data endpoints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    SecretKey,
    Token,
    ApiKey,
    /// <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>
    Bearer,
}

/// A field of a body, spelled as documented.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) is_flag: bool,
}

/// In the order in which a message lists them.
static ENDPOINTS: &[Endpoint] = &[
    row(Call::GenerateAuthorizeToken, "POST", "GenerateAuthorizeToken", Credential::SecretKey, &[]),
    row(Call::Authorize, "POST", "Authorize", Credential::Token, AUTHORIZE),
    row(Call::AuthorizeAsync, "POST", "AuthorizeAsync", Credential::Token, AUTHORIZE),
    row(Call::AuthorizeMultiple, "POST", "AuthorizeMultiple", Credential::ApiKey, MULTIPLE),
    row(Call::GetAccountsDetail, "POST", "GetAccountsDetail", Credential::ApiKey, DETAIL),
    row(Call::GetAccountsDetailAsync, "GET", "GetAccountsDetailAsync/{requestId}", Credential::ApiKey, &[]),
    row(Call::GetAccountsSummary, "POST", "GetAccountsSummary", Credential::ApiKey, SUMMARY),
    row(Call::GetAccountsSummaryAsync, "GET", "GetAccountsSummaryAsync/{requestId}", Credential::ApiKey, &[]),
    row(Call::GetStatements, "POST", "GetStatements", Credential::ApiKey, STATEMENTS),
    row(Call::GetStatementsAsync, "GET", "GetStatementsAsync/{requestId}", Credential::ApiKey, &[]),
    row(Call::GetMfaQuestions, "GET", "GetMFAQuestions/{loginId}", Credential::ApiKey, &[]),
    row(Call::AnswerMfaQuestions, "PATCH", "AnswerMFAQuestions", Credential::ApiKey, ANSWERS),
    row(Call::SetScheduledRefresh, "PATCH", "SetScheduledRefresh", Credential::ApiKey, SCHEDULE),
    row(Call::GetNightlyRefreshStatus, "GET", "GetNightlyRefreshStatus", Credential::Bearer, &[]),
    row(Call::DeleteCard, "DELETE", "DeleteCard/{loginId}", Credential::ApiKey, &[]),
    row(Call::Institutions, "GET", "Institutions", Credential::ApiKey, &[]),
    row(Call::InstitutionByRoutingNumber, "GET", "Institutions/RoutingNumber/{number}", Credential::ApiKey, &[]),
];

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

static MULTIPLE: &[Field] = &[field("LoginIds"), flag("MostRecentCached")];

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

static ANSWERS: &[Field] = &[field("loginId"), field("Questions")];

static SCHEDULE: &[Field] = &[field("loginId"), flag("isActivated")];

const fn row(
    call: Call,
    method: &'static str,
    path: &'static str,
    credential: Credential,
    fields: &'static [Field],
) -> Endpoint {
    Endpoint { call, method, path, credential, fields }
}

const fn field(name: &'static str) -> Field {
    Field { name, is_flag: false }
}

const fn flag(name: &'static str) -> Field {
    Field { name, is_flag: true }
}

impl Endpoint {
    /// The row for the segments of a path after `BankingServices`.
    pub(crate) fn find(segments: &[&str]) -> Option<&'static Endpoint> {
        ENDPOINTS.iter().find(|endpoint| endpoint.is_at(segments))
    }

    /// The names of all endpoints. One name may have several rows.
    pub(crate) fn names() -> Vec<&'static str> {
        let mut names: Vec<&str> = ENDPOINTS.iter().map(Endpoint::name).collect();
        names.dedup();
        names
    }

    fn name(&self) -> &'static str {
        self.path.split('/').next().unwrap_or_default()
    }

    fn is_at(&self, segments: &[&str]) -> bool {
        let parts = self.path.split('/');
        parts.clone().count() == segments.len()
            && parts.zip(segments).all(|(part, segment)| part.starts_with('{') || part == *segment)
    }

    /// Whether the path ends in an id.
    pub(crate) fn takes_id(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Whether a call with this method is handled. Old clients POST to an `…Async` twin, so a lenient bank takes that:
    /// <https://github.com/neofinancial/node-flinks>.
    pub(crate) fn takes_method(&self, method: &str, strict: bool) -> bool {
        method == self.method || (self.is_poll() && method == "POST" && !strict)
    }

    /// Whether it is the twin that is asked again until the data is there.
    pub(crate) fn is_poll(&self) -> bool {
        self.takes_id() && self.name().ends_with("Async")
    }

    pub(crate) fn is_authorize(&self) -> bool {
        self.credential == Credential::Token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_row() {
        for endpoint in ENDPOINTS {
            let path: Vec<&str> = endpoint.path.split('/').collect();
            let rows = ENDPOINTS.iter().filter(|other| other.is_at(&path));
            assert_eq!(rows.map(|row| row.path).collect::<Vec<_>>(), [endpoint.path]);
        }
        for other in
            [&[][..], &["authorize"], &["DeleteCard"], &["Authorize", "id"], &["Institutions/RoutingNumber", "1"]]
        {
            assert!(Endpoint::find(other).is_none(), "{other:?}");
        }
    }
}
