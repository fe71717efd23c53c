//! Every fixture decodes as what it is, and every request fixture is what the encoder writes.

use reconnect_core::accounts::{DaysOfTransactions, DetailOptions, NumberOfStatements};
use reconnect_core::connect::{ConnectNews, NotNews, Step, WidgetUrl};
use reconnect_core::reply::{self, Asked, Verdict};
use reconnect_core::wire::{authorize::Authorize, get_accounts_detail::GetAccountsDetail};
use reconnect_core::{
    Action, Answers, Challenge, Instance, Known, LoginId, Pause, Policy, Prompt, Reply, RequestId, Selection, Session,
    Timestamp,
};
use reconnect_testkit::fixtures;

fn reply(name: &str, status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: fixtures::text(name).into_bytes() }
}

#[test]
fn every_fixture_is_json_and_says_where_it_is_from() {
    let all = fixtures::all();
    assert!(all.len() >= 34, "{}", all.len());
    for fixture in all {
        assert!(fixture.source.trim().len() > 20, "{} has no source", fixture.name);
        assert!(serde_json::from_str::<serde_json::Value>(&fixture.text).is_ok(), "{}", fixture.name);
    }
}

/// What each reply says, in a few words.
fn verdict(asked: Asked<'_>, status: u16, name: &str) -> String {
    let reply = reply(name, status);
    let facts = |facts: &reply::Facts| {
        let institution = facts.institution.as_deref().unwrap_or("-");
        format!("{} login:{} at {:?}", institution, facts.login.is_some(), facts.last_refresh.map(Timestamp::as_millis))
    };
    match &reply::read(asked, &reply) {
        Verdict::Minted(token) => format!("token of {}", token.expose().len()),
        Verdict::Authorized(told) => format!("authorized {}", facts(told)),
        Verdict::Asks { facts: told, challenges, wrong } => {
            let kinds: Vec<_> = challenges.iter().map(|challenge| challenge.kind.as_str()).collect();
            format!("asks {} wrong:{wrong} {}", kinds.join("+"), facts(told))
        }
        Verdict::Pending(told, _) => format!("pending {}", told.request.is_some()),
        Verdict::Data(told, report) => {
            let transactions: usize = report.kept.iter().map(|account| account.transactions.len()).sum();
            format!("{} account, {transactions} transactions, {}", report.kept.len(), facts(told))
        }
        Verdict::Refused(refusal) => {
            format!("refused {:?} {} token:{}", refusal.code, refusal.status, refusal.for_token)
        }
        other @ (Verdict::Garbled { .. } | _) => format!("{other:?}"),
    }
}

//= docs/spec/authorize.md#200-authorized
//# **AUTH-21** A client MUST accept bodies without `InstitutionName` and `InstitutionId` (an integer, since September
//# 2022), and MUST keep the name in `Institution`.
//= docs/spec/authorize.md#202-and-203
//# **AUTH-28** A client MUST decide by the status, and MUST NOT take every 2xx as done.
//= docs/spec/authorize.md#202-and-203
//# **AUTH-30** A client MUST NOT expect `Login` in a 203.
//= docs/spec/credentials.md#minting
//# **CRED-16** A client MUST take the token from `Token` in a 200, and MUST take a 200 without it as no answer at all.
//= docs/spec/data.md#the-reply
//# **DATA-14** A client MUST take the accounts from `Accounts` of a 200, and MUST take a 200 without it as no answer at
//# all.
//= docs/spec/mfa.md#challenges
//# **MFA-1** A client MUST read `SecurityChallenges` as a list of `{Type, Prompt, Iterables}`.
//= docs/spec/reconnect.md#interrupted-session-a-live-requestid
//# **RECO-2** A client MUST take a 203 of a session call, also of a look, a data call, a poll or a cached `/Authorize`,
//# as the sign that MFA is pending and that the session can be resumed.
#[test]
fn replies_say_what_their_source_says() {
    use Asked::{Authorization, Token};
    let everything = Selection::all();
    let accounts = Asked::Accounts(&everything);
    let table = [
        (Token, 200, "generate-authorize-token-200", "token of 36"),
        (Token, 401, "error-401-invalid-secret-key", "refused Some(UNAUTHORIZED) 401 token:false"),
        (Authorization, 200, "authorize-200-cached", "authorized FlinksCapital login:true at Some(1769028467145)"),
        (Authorization, 200, "authorize-200-legacy-2020", "authorized FlinksCapital login:true at Some(1586990763169)"),
        (
            Authorization,
            203,
            "authorize-203-question-and-answer",
            "asks QuestionAndAnswer wrong:false FlinksCapital login:false at None",
        ),
        (
            Authorization,
            203,
            "authorize-203-toolbox-second-question",
            "asks QuestionAndAnswer wrong:false FlinksCapital login:false at None",
        ),
        (
            Authorization,
            203,
            "authorize-203-triple-question",
            "asks QuestionAndAnswer+QuestionAndAnswer+QuestionAndAnswer wrong:false - login:false at None",
        ),
        (
            accounts,
            200,
            "get-accounts-detail-200",
            "1 account, 1 transactions, FlinksCapital login:true at Some(1738345254569)",
        ),
        (accounts, 200, "get-accounts-summary-200", "1 account, 0 transactions, BMO login:true at Some(1728561600000)"),
        (
            accounts,
            200,
            "get-accounts-summary-200-node-flinks",
            "1 account, 0 transactions, FlinksCapital login:true at Some(1557409666522)",
        ),
        (accounts, 202, "get-accounts-detail-202-pending", "pending true"),
        (accounts, 202, "get-accounts-detail-async-202-pending", "pending true"),
        (accounts, 400, "error-400-session-nonexistent", "refused Some(SESSION_NONEXISTENT) 400 token:false"),
        // A body of another endpoint is not what was asked for.
        (accounts, 200, "delete-card-200", "Garbled { status: 200, at: \"Accounts\" }"),
        (accounts, 200, "get-statements-200", "Garbled { status: 200, at: \"Accounts\" }"),
        (accounts, 200, "get-mfa-questions-200", "Garbled { status: 200, at: \"Accounts\" }"),
        (accounts, 200, "answer-mfa-questions-200", "Garbled { status: 200, at: \"Accounts\" }"),
        (accounts, 200, "set-scheduled-refresh-200", "Page { status: 200, retry_after: None }"),
        (accounts, 200, "get-nightly-refresh-status-200", "refused Some(INVALID_REQUEST) 200 token:false"),
    ];
    for (asked, status, name, said) in table {
        assert_eq!(verdict(asked, status, &format!("server/{name}")), said, "{name}");
    }
    let decoded: Vec<_> = table.iter().map(|(_, _, name, _)| format!("server/{name}")).collect();
    for fixture in fixtures::all() {
        let is_reply = fixture.name.starts_with("server/") && !fixture.name.starts_with("server/request-");
        assert!(!is_reply || decoded.contains(&fixture.name), "{} is not decoded", fixture.name);
    }
}

//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-4** A client MUST read `AccountNumber` as text.
//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-5** A client MUST read `TransitNumber` and `InstitutionNumber` as text.
//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-7** A client MUST read `Balance` as an object of the numbers `Available`, `Current` and `Limit`, each of
//# which may be null.
//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-10** A client MUST accept null in `Holder.Address` and in each of `CivicAddress`, `City`, `Province`,
//# `PostalCode`, `POBox` and `Country`.
//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-17** A client SHOULD expect one of `Debit` and `Credit`, positive, and MUST accept both or neither.
//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-20** A client MUST take transactions as posted ones, and SHOULD expect `Available` to reflect pending ones.
//= docs/spec/webhooks.md#content
//# **HOOK-16** A receiver MUST accept a `Holder` that is a bare name.
#[test]
fn money_and_identity_of_the_documented_account() {
    let body = reply("server/get-accounts-detail-200", 200);
    let all = |reply: &Reply| {
        let verdict = reply::read(Asked::Accounts(&Selection::all()), reply);
        let Verdict::Data(_, report) = verdict else { panic!("data: {verdict:?}") };
        report.kept
    };
    let account = &all(&body)[0];
    assert_eq!(account.balance.available.expect("an amount").to_string(), "5405.5");
    assert_eq!(account.transit_number.as_deref(), Some("12347"));
    assert_eq!(account.transactions[0].date.expect("a day").to_string(), "2025-01-31");
    assert_eq!(account.transactions[0].credit.expect("an amount").to_string(), "1500.25");
    let address = account.holder.as_ref().and_then(|holder| holder.address.as_ref()).expect("an address");
    assert_eq!(address.postal_code.as_deref(), Some("M5J 2V5"));
    let old = reply("server/get-accounts-summary-200-node-flinks", 200);
    let kept = all(&old);
    let holder = kept[0].holder.as_ref().expect("a holder");
    assert_eq!(holder.name.as_deref(), Some("John Flinkyfoot"));
}

/// JSON without the white space between its tokens.
fn compact(json: &str) -> String {
    let (mut compact, mut text, mut escaped) = (String::new(), false, false);
    for c in json.chars() {
        if c == '"' && !escaped {
            text = !text;
        }
        escaped = text && c == '\\' && !escaped;
        if text || !c.is_whitespace() {
            compact.push(c);
        }
    }
    compact
}

/// A prompt of session `request` that asks `prompts`.
fn prompt(request: &str, prompts: &[&str]) -> Prompt {
    let mut known = Known::default();
    known.last_sent = Some(Timestamp::from_millis(0));
    let request = RequestId::new(request).expect("an id");
    let mut session = Session::resume(request, known, Selection::all(), Policy::default(), Timestamp::from_millis(0));
    let Action::Pause(Pause::Ask(mut prompt)) = session.poll(Timestamp::from_millis(0)) else { panic!("it asks") };
    prompt.challenges = prompts.iter().map(|prompt| Challenge::question(prompt)).collect();
    prompt
}

//= docs/spec/authorize.md#the-request
//# **AUTH-1** A client MUST send a JSON object whose keys are spelled exactly as here, in PascalCase.
//= docs/spec/authorize.md#the-request
//# **AUTH-2** A client MUST send one of the four shapes of AUTH-3, AUTH-4, AUTH-5 and MFA-14, and no mixture of them.
//= docs/spec/authorize.md#the-request
//# **AUTH-3** A client MUST ask for stored data with `{LoginId, MostRecentCached: true}`.
//= docs/spec/authorize.md#the-request
//# **AUTH-4** A client MUST start a live refresh with `{LoginId, MostRecentCached: false, Save: true}`.
//= docs/spec/authorize.md#the-request
//# **AUTH-5** A client MAY connect for the first time without the widget by `{Institution, Username, Password,
//# MostRecentCached: false, Save: true}`.
//= docs/spec/authorize.md#the-request
//# **AUTH-6** A client MUST send `MostRecentCached` with every `LoginId`.
//= docs/spec/authorize.md#the-request
//# **AUTH-7** A client MUST send `Save: true` on a refresh.
//= docs/spec/authorize.md#the-request
//# **AUTH-8** A client MUST send booleans as JSON booleans.
//= docs/spec/authorize.md#the-request
//# **AUTH-11** A client MUST NOT send `ScheduleRefresh`, `WithMfaQuestions`, `DirectRefresh`, `WithTransactions`,
//# `WithBalance`, `DaysOfTransactions` or `Sync` with a refresh.
//= docs/spec/authorize.md#the-request
//# **AUTH-12** A client SHOULD NOT send `directRefresh: true`.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-1** A client MUST send the `RequestId` of the authorized session.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-2** A client MAY send `WithAccountIdentity` (default true), and with `false` it MUST expect null in transit,
//# institution and account number.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-3** A client MAY send `WithKYC` (default true), and with `false` it MUST expect null in `Holder`.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-4** A client MAY send `WithTransactions` (default true), and with `false` it MUST expect null, or nothing, in
//# `Transactions`.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-6** A client MUST write `DaysOfTransactions` as `Days90` (the default) or `Days365`.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-7** A client MAY send `WithDetailsAndBankingStatements` (default false) for statements as PDF.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-8** A client MUST write `NumberOfBankingStatements` as `MostRecent` (the default), `Months3` or `Months12`.
//= docs/spec/data.md#getaccountsdetail
//# **DATA-9** A client SHOULD NOT send `WithBalance`, `DateFrom`, `DateTo`, `RefreshDelta`, `MostRecent`,
//# `MostRecentCached` or `GetMFAQuestionsAnswers`.
//= docs/spec/mfa.md#challenges
//# **MFA-3** A client MUST answer all challenges of one reply in one call, one key for each prompt.
//= docs/spec/mfa.md#answers
//# **MFA-13** A client MUST send each value as a list of strings, even for one answer.
//= docs/spec/mfa.md#answers
//# **MFA-14** A client MUST answer with `{RequestId, SecurityResponses}` and no other field.
//= docs/spec/mfa.md#answers
//# **MFA-15** A client MUST answer with the `RequestId` of the challenges.
//= docs/spec/reconnect.md#refresh-a-stored-loginid
//# **RECO-8** A client MUST call `/Authorize` with `LoginId`, `MostRecentCached: false` and `Save: true` (AUTH-4).
#[test]
fn requests_are_what_the_encoder_writes() {
    let login = || LoginId::new("5e115eac-1209-4f19-641c-08d6d484e2fe").expect("an id");
    let (shape, country, city) =
        ("What shape do people like most?", "What is the best country on earth?", "What city were you born in?");
    let toolbox = prompt("a10fbd41-d942-4a1f-b202-16f63b5a9a81", &[shape, country, city]);
    let toolbox = Answers::to(&toolbox).with(shape, ["Triangle"]).with(country, ["Canada"]).with(city, ["Montreal"]);
    let names = ["What is the name of your mother", "What is the name of your father", "What is the name of your dog"];
    let triple = prompt("2b000833-0bf4-4705-9ef8-80d4572af4c4", &names);
    let triple = Answers::to(&triple).with(names[0], ["Louise"]).with(names[1], ["Paul"]).with(names[2], ["Wouf"]);
    let mut first = Authorize::first("FlinksCapital", "greatday".into(), "everyday".into());
    first.language = Some("en".into());
    let mut options = DetailOptions::default();
    options.with_account_identity = Some(true);
    options.with_kyc = Some(true);
    options.with_transactions = Some(true);
    options.days_of_transactions = Some(DaysOfTransactions::Days90);
    options.with_details_and_banking_statements = Some(false);
    options.number_of_banking_statements = Some(NumberOfStatements::MostRecent);
    let request = RequestId::new("3fa391bc-bc52-4424-82c5-8662600df9b2").expect("an id");
    let mut detail = GetAccountsDetail::new(request, Selection::all());
    detail.options = options;
    let json = |body: &dyn erased::Json| body.json();
    let table = [
        ("request-authorize-cached", json(&Authorize::cached(login()))),
        ("request-authorize-refresh-live", json(&Authorize::live(login()))),
        ("request-authorize-credentials-live", json(&first)),
        ("request-authorize-mfa-answer-toolbox", json(&Authorize::answer(toolbox))),
        ("request-authorize-triple-answer", json(&Authorize::answer(triple))),
        ("request-get-accounts-detail-full", json(&detail)),
    ];
    for (name, written) in &table {
        assert_eq!(*written, compact(&fixtures::text(&format!("server/{name}"))), "{name}");
    }
    let requests = fixtures::all().into_iter().filter(|fixture| fixture.name.starts_with("server/request-")).count();
    assert_eq!(requests, table.len(), "every request fixture is compared");
}

mod erased {
    /// Anything that serialises, behind one type.
    pub(crate) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).expect("a request is plain data")
        }
    }
}

//= docs/spec/redirect.md#what-happens
//# **REDIR-1** A client MUST expect success as a redirect to `redirectUrl` and, beside it, as the `REDIRECT` event.
//= docs/spec/redirect.md#what-stands-in-it
//# **REDIR-6** A client MUST read `loginId` and `institution`, which are appended, and `tag` and `accountId`, if they
//# were used.
//= docs/spec/redirect.md#what-stands-in-it
//# **REDIR-7** A client MUST NOT depend on the order of parameters.
//= docs/spec/redirect.md#what-stands-in-it
//# **REDIR-9** A client MUST NOT require `requestId` in the URL.
//= docs/spec/widget-events.md#shapes
//# **EVT-7** A client MUST read a user event as an object with `step`, mostly with `institution`.
//= docs/spec/widget-events.md#shapes
//# **EVT-11** A client MUST read the query of an event's `url` as a query.
//= docs/spec/widget-events.md#shapes
//# **EVT-12** A client MUST read `loginId`, `requestId`, `institution`, `url`, `tag` and, if the selector was used,
//# `accountId` from REDIRECT, each of them optional.
//= docs/spec/widget-events.md#shapes
//# **EVT-16** A client MAY use `cached` (institution selector), `mfaTypes` (MFA), `totalAccounts` and
//# `displayedAccounts` (account selection), `accountId` (account selected) and `count` (retries).
//= docs/spec/widget-events.md#steps
//# **EVT-19** A client MUST take `REDIRECT` as the success, and the last event.
//= docs/spec/widget-events.md#steps
//# **EVT-20** A client MUST take these as progress: `APP_MOUNTED`, `APP_ONLINE`, `APP_OFFLINE`, `APP_RESIZE`,
//# `COMPONENT_LOAD_CONSENT`, `COMPONENT_ACCEPT_CONSENT`, `COMPONENT_ACCEPT_PROVIDER_CONSENT`, `COMPONENT_ACCEPT_TERMS`,
//# `COMPONENT_CLICK_TERMS_URL`, `COMPONENT_CLICK_RESET_PASSWORD`, `COMPONENT_HELP2FA_INFO`,
//# `COMPONENT_HELP2FA_TROUBLESHOOTING`, `COMPONENT_LOAD_INSTITUTION_SELECTOR`, `INSTITUTION_SELECTED`,
//# `COMPONENT_LOAD_CREDENTIAL`, `COMPONENT_LOAD_CREDENTIAL_RETRY`, `SUBMIT_CREDENTIAL`, `COMPONENT_LOAD_MFA`,
//# `COMPONENT_LOAD_MFA_RETRY`, `SUBMIT_MFA`, `COMPONENT_LOAD_ACCOUNT_SELECTION`, `ACCOUNT_SELECTED`, `POPUP_OPENED`,
//# `POPUP_BLOCKED`, `RETRY_COUNT`.
//= docs/spec/widget-events.md#steps
//# **EVT-24** A client SHOULD expect the order of a first connection to be `APP_MOUNTED`, institution selector,
//# `INSTITUTION_SELECTED`, credentials, `SUBMIT_CREDENTIAL`, MFA, account selection if enabled, `REDIRECT`, and MUST
//# NOT depend on it.
//= docs/spec/widget-events.md#steps
//# **EVT-25** A client MUST take `COMPONENT_CLOSE_SESSION` as "the user left", and keep the prompt.
#[test]
fn events_and_redirects_are_read() {
    let news = |name: &str| ConnectNews::read(&fixtures::text(&format!("client/{name}")));
    let login = |news: &ConnectNews| news.login.as_ref().map(|login| login.as_str().to_owned());
    for name in ["event-redirect-2020", "event-redirect-tag", "event-redirect-2025-placeholder"] {
        let news = news(name).expect(name);
        assert!(news.is_redirect() && news.login.is_some() && news.institution.is_some(), "{name}");
    }
    assert_eq!(news("event-redirect-tag").expect("news").tag.as_deref(), Some("YourTag"));
    assert_eq!(news("event-close-session").expect("news").step, Some(Step::CloseSession));
    assert_eq!(news("event-flinkscode").expect("news").code.expect("a code").as_str(), "QUESTION_NOT_FOUND");
    // A webhook's body is no event, and a fragment of a reply names a session.
    assert!(news("institution-fields-in-authorize").is_ok_and(|news| news.request.is_some() && !news.is_redirect()));
    let webhook = news("webhook-getaccountsdetail-integrator-fixture").expect("it names a session");
    assert!(!webhook.is_redirect());

    let sequence: Vec<serde_json::Value> =
        serde_json::from_str(&fixtures::text("client/event-happy-path-sequence-partial")).expect("a list");
    for event in sequence {
        let news = ConnectNews::read(&event.to_string()).expect("an event");
        assert!(!matches!(news.step, Some(Step::Other(_)) | None), "{event}");
    }
    let captured: Vec<serde_json::Value> =
        serde_json::from_str(&fixtures::text("client/redirect-urls-captured")).expect("a list");
    for entry in captured {
        let url = entry["url"].as_str().expect("a URL");
        let news = ConnectNews::read(url).expect(url);
        assert!(news.is_redirect() && login(&news).is_some_and(|login| url.contains(&login)), "{url}");
    }
}

//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-18** A client MUST use `https://{instance}-iframe.private.fin.ag/` if its caller names no other widget
//# address.
//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-19** A client MUST accept any widget address, such as `https://{instance}-iframe.private.fin.ag/v2/`, and
//# keep it byte for byte.
//= docs/spec/sandbox.md#flinks-own
//# **SBX-2** A client SHOULD add `demo=true` to the widget of the public sandbox.
//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-1** A client MUST resume by `?requestId={requestId}`.
#[test]
fn widget_urls_are_built_as_they_were_seen() {
    let urls: Vec<String> = serde_json::from_str(&fixtures::text("client/widget-urls-seen")).expect("a list");
    let request = RequestId::new("{requestId}").expect("an id");
    for (base, url) in [("", &urls[0]), ("v2/", &urls[1])] {
        let host = url.split_once("-iframe").expect("an instance").0.replace("{instance}", "toolbox");
        let widget = format!("{host}-iframe.private.fin.ag/{base}");
        let instance = Instance::at("https://toolbox-api.private.fin.ag", &widget, "c").expect("an instance");
        let built = WidgetUrl::resume(&instance, &request, &Selection::all());
        assert!(built.expose().starts_with(&format!("{widget}?requestId=")), "{url}");
    }
    // None of the pages seen in public integrations is news of a session.
    for url in &urls[8..] {
        assert!(matches!(ConnectNews::read(url), Err(NotNews::Foreign)), "{url}");
    }
}

//= docs/spec/authorize.md#refusals
//# **AUTH-32** A client MUST read both shapes of a refusal, `{HttpStatusCode, Message, FlinksCode}` and the longer one
//# that may add `Links`, `Institution`, `RequestId` and `SecurityChallenges`.
//= docs/spec/authorize.md#refusals
//# **AUTH-33** A client MUST NOT fail on `ValidationDetails` (field name to list of messages) or on any other unknown
//# field.
//= docs/spec/errors.md#reading
//# **ERR-4** A client MUST keep an unknown code verbatim, and MUST fall back on the class of the HTTP status.
//= docs/spec/mfa.md#challenges
//# **MFA-9** A client MUST keep an unknown `Type` verbatim, and MUST send the user to the widget for it.
#[test]
fn unknown_codes_fields_and_challenges_survive() {
    let body = r#"{"HttpStatusCode":203,"New":{"a":[1]},"RequestId":"r","SecurityChallenges":[{"Type":"Hologram","Prompt":"p","Extra":1}]}"#;
    let reply = Reply { status: 203, headers: Vec::new(), body: body.into() };
    let Verdict::Asks { challenges, .. } = reply::read(Asked::Authorization, &reply) else { panic!("it asks") };
    assert_eq!(challenges[0].kind.as_str(), "Hologram");
    let body = r#"{"HttpStatusCode":418,"FlinksCode":"TEAPOT"}"#;
    let reply = Reply { status: 418, headers: Vec::new(), body: body.into() };
    let Verdict::Refused(refusal) = reply::read(Asked::Look, &reply) else { panic!("refused") };
    assert_eq!(refusal.code.expect("a code").as_str(), "TEAPOT");
}
