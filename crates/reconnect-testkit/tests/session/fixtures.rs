//! Every fixture decodes as what it is, and every request fixture is what the encoder writes.

use reconnect_core::accounts::{DaysOfTransactions, DetailOptions, NumberOfStatements};
use reconnect_core::connect::{ConnectNews, NotNews, Step, WidgetUrl};
use reconnect_core::reply::{self, Asks, AuthorizeReply, DataReply, ReplyError};
use reconnect_core::wire::{
    authorize::Authorize, get_accounts_detail::GetAccountsDetail, get_accounts_summary::GetAccountsSummary,
};
use reconnect_core::{
    AccountId, Action, Answers, Challenge, Instance, Known, LoginId, Pause, Policy, Prompt, Reply, RequestId,
    Selection, Session, Timestamp,
};
use reconnect_testkit::fixtures;
use reconnect_testkit::replies::{self, Asked, Read};

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
fn said(asked: Asked<'_>, status: u16, name: &str) -> String {
    let reply = reply(name, status);
    let facts = |facts: &reply::Facts| {
        let institution = facts.institution.as_deref().unwrap_or("-");
        format!("{} login:{} at {:?}", institution, facts.login.is_some(), facts.last_refresh.map(Timestamp::as_millis))
    };
    match &replies::read(asked, &reply) {
        Ok(Read::Token(token)) => format!("token of {}", token.expose().len()),
        Ok(Read::Authorize(AuthorizeReply::Authorized(told))) => format!("authorized {}", facts(told)),
        Ok(Read::Authorize(AuthorizeReply::Asks(Asks { facts: told, challenges, wrong, .. }))) => {
            let kinds: Vec<_> = challenges.iter().map(|challenge| challenge.kind.as_str()).collect();
            format!("asks {} wrong:{wrong} {}", kinds.join("+"), facts(told))
        }
        Ok(Read::Data(DataReply::Pending(told, _))) => format!("pending {}", told.request.is_some()),
        Ok(Read::Data(DataReply::Data(told, report))) => {
            let transactions: usize = report.kept.iter().map(|account| account.transactions.len()).sum();
            format!("{} account, {transactions} transactions, {}", report.kept.len(), facts(told))
        }
        Err(ReplyError::Refused(refusal)) => {
            format!("refused {:?} {} token:{}", refusal.code, refusal.status, refusal.for_token)
        }
        Err(error) => format!("{error:?}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn replies_say_what_their_source_says() {
    use Asked::{Authorization, Token};
    let everything = Selection::all();
    let accounts = Asked::Accounts(Some(&everything));
    let table = [
        //= docs/spec/credentials.md#minting
        //# **CRED-16** A client MUST take the token from `Token` in a 200, and MUST take a 200 without it as no answer
        //# at all.
        (Token, 200, "generate-authorize-token-200", "token of 36"),
        (Token, 401, "error-401-invalid-secret-key", "refused Some(UNAUTHORIZED) 401 token:false"),
        (Authorization, 200, "authorize-200-cached", "authorized FlinksCapital login:true at Some(1769028467145)"),
        //= docs/spec/authorize.md#200-authorized
        //# **AUTH-21** A client MUST accept bodies without `InstitutionName` and `InstitutionId` (an integer, since
        //# September 2022), and MUST keep the name in `Institution`.
        (Authorization, 200, "authorize-200-legacy-2020", "authorized FlinksCapital login:true at Some(1586990763169)"),
        //= docs/spec/authorize.md#202-and-203
        //# **AUTH-28** A client MUST decide by the status, and MUST NOT take every 2xx as done.
        //= docs/spec/authorize.md#202-and-203
        //# **AUTH-30** A client MUST NOT expect `Login` in a 203.
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
        //= docs/spec/data.md#the-reply
        //# **DATA-14** A client MUST take the accounts from `Accounts` of a 200, and MUST take a 200 without it as no
        //# answer at all.
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
    for (asked, status, name, says) in table {
        assert_eq!(said(asked, status, &format!("server/{name}")), says, "{name}");
    }
    let decoded: Vec<_> = table.iter().map(|(_, _, name, _)| format!("server/{name}")).collect();
    for fixture in fixtures::all() {
        let is_reply = fixture.name.starts_with("server/") && !fixture.name.starts_with("server/request-");
        assert!(!is_reply || decoded.contains(&fixture.name), "{} is not decoded", fixture.name);
    }
}

#[test]
fn money_and_identity_of_the_documented_account() {
    let body = reply("server/get-accounts-detail-200", 200);
    let all = |reply: &Reply| {
        let verdict = reply::data(reply, Some(&Selection::all()));
        let Ok(DataReply::Data(_, report)) = verdict else { panic!("data: {verdict:?}") };
        report.kept
    };
    let account = &all(&body)[0];
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-7** A client MUST read `Balance` as an object of the numbers `Available`, `Current` and `Limit`, each of
    //# which may be null.
    assert_eq!(account.balance.available.expect("an amount").to_string(), "5405.5");
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-5** A client MUST read `TransitNumber` and `InstitutionNumber` as text.
    assert_eq!(account.transit_number.as_deref(), Some("12347"));
    assert_eq!(account.institution_number.as_deref(), Some("777"));
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-4** A client MUST read `AccountNumber` as text.
    assert_eq!(account.account_number.as_deref(), Some("7641238"));
    assert_eq!(account.transactions[0].date.expect("a day").to_string(), "2025-01-31");
    assert_eq!(account.transactions[0].credit.expect("an amount").to_string(), "1500.25");
    let address = account.holder.as_ref().and_then(|holder| holder.address.as_ref()).expect("an address");
    assert_eq!(address.postal_code.as_deref(), Some("M5J 2V5"));
    let old = reply("server/get-accounts-summary-200-node-flinks", 200);
    let kept = all(&old);
    let holder = kept[0].holder.as_ref().expect("a holder");
    //= docs/spec/webhooks.md#content
    //# **HOOK-16** A receiver MUST accept a `Holder` that is a bare name.
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
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-2** A client MAY send `WithAccountIdentity` (default true), and with `false` it MUST expect null in
    //# transit, institution and account number.
    options.with_account_identity = Some(true);
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-3** A client MAY send `WithKYC` (default true), and with `false` it MUST expect null in `Holder`.
    options.with_kyc = Some(true);
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-4** A client MAY send `WithTransactions` (default true), and with `false` it MUST expect null, or
    //# nothing, in `Transactions`.
    options.with_transactions = Some(true);
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-6** A client MUST write `DaysOfTransactions` as `Days90` (the default) or `Days365`.
    options.days_of_transactions = Some(DaysOfTransactions::Days90);
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-7** A client MAY send `WithDetailsAndBankingStatements` (default false) for statements as PDF.
    options.with_details_and_banking_statements = Some(false);
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-8** A client MUST write `NumberOfBankingStatements` as `MostRecent` (the default), `Months3` or
    //# `Months12`.
    options.number_of_banking_statements = Some(NumberOfStatements::MostRecent);
    let request = RequestId::new("3fa391bc-bc52-4424-82c5-8662600df9b2").expect("an id");
    let mut detail = GetAccountsDetail::new(request, Selection::all());
    detail.options = options;
    let json = |body: &dyn erased::Json| body.json();
    let table = [
        //= docs/spec/authorize.md#the-request
        //# **AUTH-3** A client MUST ask for stored data with `{LoginId, MostRecentCached: true}`.
        //= docs/spec/authorize.md#the-request
        //# **AUTH-6** A client MUST send `MostRecentCached` with every `LoginId`.
        ("request-authorize-cached", json(&Authorize::cached(login()))),
        //= docs/spec/authorize.md#the-request
        //# **AUTH-4** A client MUST start a live refresh with `{LoginId, MostRecentCached: false, Save: true}`.
        //= docs/spec/authorize.md#the-request
        //# **AUTH-7** A client MUST send `Save: true` on a refresh.
        ("request-authorize-refresh-live", json(&Authorize::live(login()))),
        //= docs/spec/authorize.md#the-request
        //# **AUTH-5** A client MAY connect for the first time without the widget by `{Institution, Username, Password,
        //# MostRecentCached: false, Save: true}`.
        //= docs/spec/authorize.md#the-request
        //# **AUTH-8** A client MUST send booleans as JSON booleans.
        ("request-authorize-credentials-live", json(&first)),
        //= docs/spec/mfa.md#answers
        //# **MFA-14** A client MUST answer with `{RequestId, SecurityResponses}` and no other field.
        //= docs/spec/mfa.md#answers
        //# **MFA-15** A client MUST answer with the `RequestId` of the challenges.
        ("request-authorize-mfa-answer-toolbox", json(&Authorize::answer(toolbox))),
        //= docs/spec/mfa.md#challenges
        //# **MFA-3** A client MUST answer all challenges of one reply in one call, one key for each prompt.
        //= docs/spec/mfa.md#answers
        //# **MFA-13** A client MUST send each value as a list of strings, even for one answer.
        ("request-authorize-triple-answer", json(&Authorize::answer(triple))),
        //= docs/spec/data.md#getaccountsdetail
        //# **DATA-1** A client MUST send the `RequestId` of the authorized session.
        //= docs/spec/data.md#getaccountsdetail
        //# **DATA-9** A client SHOULD NOT send `WithBalance`, `DateFrom`, `DateTo`, `RefreshDelta`, `MostRecent`,
        //# `MostRecentCached` or `GetMFAQuestionsAnswers`.
        ("request-get-accounts-detail-full", json(&detail)),
    ];
    for (name, written) in &table {
        //= docs/spec/authorize.md#the-request
        //# **AUTH-11** A client MUST NOT send `ScheduleRefresh`, `WithMfaQuestions`, `DirectRefresh`,
        //# `WithTransactions`, `WithBalance`, `DaysOfTransactions` or `Sync` with a refresh.
        //= docs/spec/authorize.md#the-request
        //# **AUTH-12** A client SHOULD NOT send `directRefresh: true`.
        assert_eq!(*written, compact(&fixtures::text(&format!("server/{name}"))), "{name}");
    }
    let requests = fixtures::all().into_iter().filter(|fixture| fixture.name.starts_with("server/request-")).count();
    assert_eq!(requests, table.len(), "every request fixture is compared");
}

//= docs/spec/data.md#getaccountsdetail
//# **DATA-10** A client SHOULD leave out every option that its caller did not set.
#[test]
fn a_data_call_says_only_what_its_caller_chose() {
    let request = || RequestId::new("r-1").expect("an id");
    let keep = Selection::only(["a-1", "a-2"].map(|id| AccountId::new(id).expect("an id"))).expect("two accounts");
    let written = |keep| serde_json::to_string(&GetAccountsDetail::new(request(), keep)).expect("plain data");
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-5** A client MUST name the selected accounts in `AccountsFilter`, a list of account ids, MUST leave the
    //# field out if all accounts are selected, and MUST NOT send an empty list.
    assert_eq!(written(keep), r#"{"RequestId":"r-1","AccountsFilter":["a-1","a-2"]}"#);
    assert_eq!(written(Selection::all()), r#"{"RequestId":"r-1"}"#);
    //= docs/spec/data.md#getaccountssummary
    //# **DATA-11** A client MUST send the `RequestId`, and MAY send `WithBalance` and `WithAccountIdentity`.
    let summary = GetAccountsSummary::new(request());
    assert_eq!(serde_json::to_string(&summary).expect("plain data"), r#"{"RequestId":"r-1"}"#);
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
#[test]
fn events_and_redirects_are_read() {
    let news = |name: &str| ConnectNews::read(&fixtures::text(&format!("client/{name}")));
    let login = |news: &ConnectNews| news.login.as_ref().map(|login| login.as_str().to_owned());
    //= docs/spec/widget-events.md#shapes
    //# **EVT-12** A client MUST read `loginId`, `requestId`, `institution`, `url`, `tag` and, if the selector was used,
    //# `accountId` from REDIRECT, each of them optional.
    //= docs/spec/widget-events.md#steps
    //# **EVT-19** A client MUST take `REDIRECT` as the success, and the last event.
    for name in ["event-redirect-2020", "event-redirect-tag", "event-redirect-2025-placeholder"] {
        let news = news(name).expect(name);
        //= docs/spec/widget-events.md#shapes
        //# **EVT-11** A client MUST read the query of an event's `url` as a query.
        assert!(news.is_redirect() && news.login.is_some() && news.institution.is_some(), "{name}");
    }
    assert_eq!(news("event-redirect-tag").expect("news").tag.as_deref(), Some("YourTag"));
    //= docs/spec/widget-events.md#steps
    //# **EVT-25** A client MUST take `COMPONENT_CLOSE_SESSION` as "the user left", and keep the prompt.
    assert_eq!(news("event-close-session").expect("news").step, Some(Step::CloseSession));
    assert_eq!(news("event-flinkscode").expect("news").code.expect("a code").as_str(), "QUESTION_NOT_FOUND");
    // A webhook's body is no event, and a fragment of a reply names a session.
    assert!(news("institution-fields-in-authorize").is_ok_and(|news| news.request.is_some() && !news.is_redirect()));
    let webhook = news("webhook-getaccountsdetail-integrator-fixture").expect("it names a session");
    assert!(!webhook.is_redirect());

    let sequence: Vec<serde_json::Value> =
        serde_json::from_str(&fixtures::text("client/event-happy-path-sequence-partial")).expect("a list");
    for event in sequence {
        //= docs/spec/widget-events.md#shapes
        //# **EVT-7** A client MUST read a user event as an object with `step`, mostly with `institution`.
        let news = ConnectNews::read(&event.to_string()).expect("an event");
        assert!(!matches!(news.step, Some(Step::Other(_)) | None), "{event}");
        //= docs/spec/widget-events.md#shapes
        //# **EVT-16** A client MAY use `cached` (institution selector), `mfaTypes` (MFA), `totalAccounts` and
        //# `displayedAccounts` (account selection), `accountId` (account selected) and `count` (retries).
        assert_eq!(news.other.get("cached").map(|json| &**json), event.get("cached").map(|_| "false"), "{event}");
    }
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-6** A client MUST read `loginId` and `institution`, which are appended, and `tag` and `accountId`, if
    //# they were used.
    //= docs/spec/redirect.md#what-stands-in-it
    //# **REDIR-7** A client MUST NOT depend on the order of parameters.
    let captured: Vec<serde_json::Value> =
        serde_json::from_str(&fixtures::text("client/redirect-urls-captured")).expect("a list");
    for entry in captured {
        let url = entry["url"].as_str().expect("a URL");
        let news = ConnectNews::read(url).expect(url);
        //= docs/spec/redirect.md#what-stands-in-it
        //# **REDIR-9** A client MUST NOT require `requestId` in the URL.
        assert!(news.is_redirect() && login(&news).is_some_and(|login| url.contains(&login)), "{url}");
    }
}

//= docs/spec/reconnect.md#interrupted-session-a-live-requestid
//# **RECO-1** A client MUST bring the user back by loading the widget with the `requestId` it has.
//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-1** A client MUST resume by `?requestId={requestId}`.
#[test]
fn widget_urls_are_built_as_they_were_seen() {
    let urls: Vec<String> = serde_json::from_str(&fixtures::text("client/widget-urls-seen")).expect("a list");
    let request = RequestId::new("{requestId}").expect("an id");
    //= docs/spec/hosts-and-paths.md#the-widget
    //# **HOST-19** A client MUST accept any widget address, such as `https://{instance}-iframe.private.fin.ag/v2/`, and
    //# keep it byte for byte.
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

#[test]
fn unknown_codes_fields_and_challenges_survive() {
    //= docs/spec/authorize.md#refusals
    //# **AUTH-33** A client MUST NOT fail on `ValidationDetails` (field name to list of messages) or on any other
    //# unknown field.
    let body = r#"{"HttpStatusCode":203,"New":{"a":[1]},"RequestId":"r","SecurityChallenges":[{"Type":"Hologram","Prompt":"p","Extra":1}]}"#;
    let reply = Reply { status: 203, headers: Vec::new(), body: body.into() };
    let Ok(AuthorizeReply::Asks(Asks { challenges, .. })) = reply::authorize(&reply) else { panic!("it asks") };
    //= docs/spec/mfa.md#challenges
    //# **MFA-9** A client MUST keep an unknown `Type` verbatim, and MUST send the user to the widget for it.
    assert_eq!(challenges[0].kind.as_str(), "Hologram");
    let body = r#"{"HttpStatusCode":418,"FlinksCode":"TEAPOT"}"#;
    let reply = Reply { status: 418, headers: Vec::new(), body: body.into() };
    let Err(ReplyError::Refused(refusal)) = reply::data(&reply, None) else { panic!("refused") };
    //= docs/spec/errors.md#reading
    //# **ERR-4** A client MUST keep an unknown code verbatim, and MUST fall back on the class of the HTTP status.
    assert_eq!(refusal.code.expect("a code").as_str(), "TEAPOT");
}
