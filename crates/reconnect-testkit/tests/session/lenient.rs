//! What a client takes as it comes: what is missing, null, unknown, or called otherwise.

use base64ct::{Base64, Encoding};
use core::time::Duration;
use reconnect_calls::institutions::Institutions;
use reconnect_calls::{CallError, Endpoint};
use reconnect_core::connect::ConnectNews;
use reconnect_core::reply::{self, Asks, AuthorizeReply, DataReply, ReplyError, RetryAfter};
use reconnect_core::selection::Report;
use reconnect_core::{
    Account, AccountId, Action, Advice, Answers, Challenge, ChallengeKind, FlinksCode, Instance, Keys, Known, LoginId,
    Mfa, Misuse, Pause, Policy, Recovery, Rendered, Reply, Request, Secret, Selection, Session, Timestamp, accounts,
    advice_by_page, render,
    webhook::{self, NotVerified},
};
use reconnect_testkit::replies::{self, Asked, Read};
use reconnect_testkit::walks::{ASKS, NOW, TOKEN, exchange, reply, sent};

fn account(json: &str) -> Account {
    accounts::read(&format!("[{json}]"), &Selection::all()).expect(json).kept.remove(0)
}

fn refresh(policy: Policy) -> Session {
    Session::refresh(LoginId::new("l").expect("an id"), Known::default(), Selection::all(), policy, NOW)
}

fn rendered(request: &Request) -> Rendered {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    render(request, &instance, &Keys { secret: Some("k".into()), api: None }).expect("a key")
}

fn token(status: u16, body: &str) -> Result<Secret, ReplyError> {
    reply::token(&reply(status, body))
}

fn authorize(status: u16, body: &str) -> Result<AuthorizeReply, ReplyError> {
    reply::authorize(&reply(status, body))
}

fn accounts(keep: Option<&Selection>, status: u16, body: &str) -> Result<DataReply, ReplyError> {
    reply::data(&reply(status, body), keep)
}

//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-3** A client MUST accept that every field of an account except its id is null or missing, and MUST ignore
//# fields that it does not know.
//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-6** A client MUST accept bodies without the newer `LastFourDigits` and `AccountType`, and without
//# `OverdraftLimit` (a number).
#[test]
fn of_an_account_only_the_id_is_needed() {
    let bare = account(r#"{"Id":"a"}"#);
    //= docs/spec/accounts.md#transactions-and-money
    //# **ACCT-13** A client MUST take null or missing `Transactions` as none.
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-4** A client MAY send `WithTransactions` (default true), and with `false` it MUST expect null, or
    //# nothing, in `Transactions`.
    assert!(bare.transactions.is_empty() && bare.holder.is_none() && bare.balance.current.is_none());
    let nothing = r#"{"Id":"a","Title":null,"AccountNumber":null,"TransitNumber":null,"InstitutionNumber":null,
        "LastFourDigits":null,"OverdraftLimit":null,"Balance":null,"Category":null,"Type":null,"Currency":null,
        "AccountType":null,"Holder":null,"Transactions":null,"EftEligibleRatio":null,"ETransferEligibleRatio":null}"#;
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-2** A client MAY send `WithAccountIdentity` (default true), and with `false` it MUST expect null in
    //# transit, institution and account number.
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-3** A client MAY send `WithKYC` (default true), and with `false` it MUST expect null in `Holder`.
    assert_eq!(account(nothing), bare);
    assert!(accounts::read(r#"[{"Title":"no id"}]"#, &Selection::all()).is_err());
    let some = account(r#"{"Id":"a","Balance":{"Available":null,"Current":1.5,"Limit":null},"Transactions":[]}"#);
    assert_eq!(some.balance.current.expect("a number").to_string(), "1.5");
    //= docs/spec/accounts.md#transactions-and-money
    //# **ACCT-16** A client MUST ignore `Code`.
    let coded = account(r#"{"Id":"a","Transactions":[{"Code":null,"Debit":1},{"Code":"x","Debit":1}]}"#);
    assert_eq!(coded.transactions[0], coded.transactions[1]);
    //= docs/spec/accounts.md#transactions-and-money
    //# **ACCT-17** A client SHOULD expect one of `Debit` and `Credit`, positive, and MUST accept both or neither.
    let amounts = account(r#"{"Id":"a","Transactions":[{"Debit":1},{"Credit":2},{"Debit":1,"Credit":2},{}]}"#);
    let amounts = amounts.transactions.iter().map(|one| (one.debit.is_some(), one.credit.is_some()));
    assert_eq!(amounts.collect::<Vec<_>>(), [(true, false), (false, true), (true, true), (false, false)]);
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-10** A client MUST accept null in `Holder.Address` and in each of `CivicAddress`, `City`, `Province`,
    //# `PostalCode`, `POBox` and `Country`.
    let nowhere = r#"{"CivicAddress":null,"City":null,"Province":null,"PostalCode":null,"POBox":null,"Country":null}"#;
    for address in ["null", nowhere] {
        let holder = account(&format!(r#"{{"Id":"a","Holder":{{"Address":{address}}}}}"#)).holder;
        assert_eq!(holder.expect("a holder").address.is_some(), address == nowhere, "{address}");
    }
}

#[test]
fn words_are_open_and_ratios_are_numbers() {
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-8** A client MUST treat `Category` (`Operations`, `Credits`, `Products`), `Type` (such as `Chequing`,
    //# `Savings`, `CreditCard`, `LoanPersonal`) and `Currency` (`CAD`, `USD`) as open sets of text.
    let new = account(r#"{"Id":"a","Category":"Crypto","Type":"Wallet","Currency":"EUR"}"#);
    assert_eq!([new.category, new.kind, new.currency].map(Option::unwrap_or_default).join(" "), "Crypto Wallet EUR");
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-11** A client MUST read `EftEligibleRatio` and `ETransferEligibleRatio` of a summary as numbers from 0 to
    //# 1.
    //= docs/spec/data.md#getaccountssummary
    //# **DATA-13** A client MUST expect no transactions in a summary, and two ratios per account (ACCT-11).
    let summary = account(r#"{"Id":"a","EftEligibleRatio":0.25,"ETransferEligibleRatio":1}"#);
    let ratios = [summary.eft_eligible_ratio, summary.e_transfer_eligible_ratio].map(|ratio| ratio.expect("a number"));
    assert_eq!(ratios.map(|ratio| ratio.to_string()), ["0.25", "1"]);
    assert!(summary.transactions.is_empty());
}

#[test]
fn a_number_or_a_flag_where_text_should_be_is_as_it_is_written() {
    let account = account(r#"{"Id":"a","Title":true,"TransitNumber":10001}"#);
    assert_eq!(account.title.as_deref(), Some("true"));
    assert_eq!(account.transit_number.as_deref(), Some("10001"));
    // A number that is not whole could be written in several ways.
    let report = accounts::read(r#"[{"Id":"a","Title":1.50}]"#, &Selection::all()).expect("an account");
    assert_eq!((report.kept[0].title.as_deref(), report.unread.places()), (None, &["Accounts[0].Title".into()][..]));
}

//= docs/spec/errors.md#codes-of-refusal
//# **ERR-27** A client MUST NOT depend on the text of `Message`, except for a refused token (CRED-27).
#[test]
fn what_is_only_shown_does_not_cost_the_reply() {
    for name in ["Message", "Institution"] {
        for other in ["null", "true", "7", "1.50", "[]", r#"{"Login": ["is needed"]}"#] {
            let body = format!(r#"{{"{name}":{other},"FlinksCode":"INVALID_LOGIN"}}"#);
            let Err(ReplyError::Refused(refusal)) = authorize(401, &body) else { panic!("{body}") };
            assert_eq!((refusal.code, refusal.facts.institution), (Some(FlinksCode::InvalidLogin), None), "{body}");
        }
        let broken = format!(r#"{{"{name}":{{"Login",}},"FlinksCode":"INVALID_LOGIN"}}"#);
        let broken = authorize(401, &broken);
        assert!(
            matches!(broken, Err(ReplyError::Page { status: 401, .. })),
            "what is no JSON has its status: {broken:?}"
        );
    }
}

#[test]
fn of_a_reply_only_what_was_asked_for_is_needed() {
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-19** A client MUST take from a 200 the `RequestId` (the session) and `Login.Id` (the `loginId`), and MUST
    //# treat every other field as optional.
    let Ok(AuthorizeReply::Authorized(facts)) = authorize(200, r#"{"RequestId":"r","Login":{"Id":"l"}}"#) else {
        panic!("authorized")
    };
    assert_eq!(facts.request.expect("the session").as_str(), "r");
    assert_eq!(facts.login.expect("the login").as_str(), "l");
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-24** A client MUST NOT refuse an unknown `Login.Type` (`Personal` and `Business` are seen), and MAY
    //# ignore `Login.IsScheduledRefresh`.
    let odd = r#"{"RequestId":"r","Login":{"Id":"l","Type":"Trust","IsScheduledRefresh":"yes"},"InstitutionId":"x"}"#;
    assert!(matches!(authorize(200, odd), Ok(AuthorizeReply::Authorized(_))));
    //= docs/spec/data.md#the-reply
    //# **DATA-15** A client MUST treat `HttpStatusCode`, `InstitutionName`, `Login`, `InstitutionId`, `Institution`,
    //# `RequestId`, `Tag` and `ResponseType` beside the accounts as optional.
    assert!(matches!(accounts(None, 200, r#"{"Accounts":[]}"#), Ok(DataReply::Data(..))));
    //= docs/spec/errors.md#reading
    //# **ERR-2** A client MUST read the code from `FlinksCode`, and SHOULD accept `flinksCode` and `Code`.
    for name in ["FlinksCode", "flinksCode", "Code"] {
        let body = format!(r#"{{"{name}":"DISABLED_LOGIN"}}"#);
        let Err(ReplyError::Refused(refusal)) = authorize(401, &body) else { panic!("{name}") };
        assert_eq!(refusal.code, Some(FlinksCode::DisabledLogin), "{name}");
    }
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-27** A client MUST NOT depend on the text of `Message`, except for a refused token (CRED-27).
    let said = |message: &str| {
        let body = format!(r#"{{"FlinksCode":"RETRY_LATER","Message":"{message}"}}"#);
        authorize(401, &body)
    };
    assert_eq!(format!("{:?}", said("try again later")), format!("{:?}", said("session expired, invalid login")));
    //= docs/spec/mfa.md#challenges
    //# **MFA-1** A client MUST read `SecurityChallenges` as a list of `{Type, Prompt, Iterables}`.
    let asks = r#"{"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"},
        {"Type":"MultipleChoice","Prompt":"q","Iterables":["a","b"]},{"Type":"TextOrCall","Prompt":"s","Iterables":[]}]}"#;
    let Ok(AuthorizeReply::Asks(Asks { challenges, .. })) = authorize(203, asks) else { panic!("it asks") };
    assert_eq!(challenges.iter().map(|one| one.choices.len()).collect::<Vec<_>>(), [0, 2, 0]);
    assert_eq!((&*challenges[0].prompt, &challenges[1].kind), ("p", &ChallengeKind::MultipleChoice));
}

#[test]
fn what_somebody_made_up_is_not_read() {
    //= docs/spec/credentials.md#minting
    //# **CRED-18** A client MUST NOT send a body with a `secret`, nor read `AuthorizeToken` or `ExpiresIn`.
    let mut session = refresh(Policy::default());
    let mint = sent(&mut session, NOW);
    assert!(rendered(&mint).body.is_none());
    let made_up = r#"{"HttpStatusCode":200,"AuthorizeToken":"t","ExpiresIn":1800}"#;
    assert!(matches!(token(200, made_up), Err(ReplyError::Garbled { .. })));
    //= docs/spec/credentials.md#minting
    //# **CRED-19** A client MUST take a 401 `UNAUTHORIZED` to a mint (message "You must provide a valid auth key") as a
    //# wrong secret key.
    let wrong = r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED","Message":"You must provide a valid auth key"}"#;
    session.receive(NOW, mint.id, Ok(&reply(401, wrong)));
    let Some(reconnect_core::Outcome::Failed(failure)) = session.outcome() else { panic!("it failed") };
    assert_eq!(failure.recovery(), Recovery::FixTheSetup);
}

#[test]
fn links_are_not_followed() {
    let links = r#","Links":[{"rel":"next","href":"https://elsewhere.example/{requestId}","example":"x"}]}"#;
    let authorized = r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"}"#.to_owned() + links;
    let pending = r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r""#.to_owned() + links;
    let mut session = refresh(Policy::default());
    let mut now = NOW;
    //= docs/spec/hosts-and-paths.md#the-api
    //# **HOST-1** A client MUST send API calls to
    //# `https://{instance}-api.private.fin.ag/v3/{customerId}/BankingServices/{Endpoint}`.
    let base = "https://toolbox-api.private.fin.ag/v3/c/BankingServices/";
    assert_eq!(rendered(&sent(&mut session.clone(), NOW)).url, format!("{base}GenerateAuthorizeToken"));
    exchange(&mut session, &mut now, 200, TOKEN);
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-22** A client MUST NOT follow or require `Links` (`rel`, `href`, `example`).
    exchange(&mut session, &mut now, 200, &authorized);
    assert_eq!(rendered(&sent(&mut session.clone(), NOW)).url, format!("{base}GetAccountsDetail"));
    //= docs/spec/async-polling.md#202
    //# **POLL-4** A client MUST build the next address from the endpoint and the `RequestId`, and MUST NOT follow the
    //# `Links` of a 202.
    exchange(&mut session, &mut now, 202, &pending);
    let Action::Wait { until } = session.poll(now) else { panic!("it polls") };
    let Action::Send(poll) = session.poll(until) else { panic!("it polls") };
    assert_eq!(rendered(&poll).url, format!("{base}GetAccountsDetailAsync/r"));
}

#[test]
fn a_prompt_is_the_key_of_its_answer_byte_for_byte() {
    let words = "  Quelle  est la ville\u{a0}? (1/2) CITY ";
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    let mut session = refresh(policy);
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    exchange(&mut session, &mut NOW.clone(), 203, &ASKS.replace(r#""p""#, &format!(r#""{words}""#)));
    let Action::Pause(Pause::Ask(prompt)) = session.poll(NOW) else { panic!("it asks") };
    session.answer(NOW, Answers::to(&prompt).with(words, ["x"])).expect("it fits");
    //= docs/spec/mfa.md#answers
    //# **MFA-12** A client MUST use the prompt as the key byte for byte, without trimming and without a change of
    //# letter case.
    let body = rendered(&sent(&mut session, NOW)).body.expect("a body");
    assert!(body.expose().contains(&format!(r#""{words}":["x"]"#)), "the key is the prompt");
}

#[test]
fn the_calendar_is_gregorian_and_a_minute_may_have_a_leap_second() {
    let moment = |text: &str| {
        let body = format!(r#"{{"RequestId":"r","Login":{{"Id":"l","LastRefresh":"{text}"}}}}"#);
        let Ok(AuthorizeReply::Authorized(facts)) = reply::authorize(&reply(200, &body)) else { panic!("{body}") };
        facts.last_refresh.map(Timestamp::as_millis)
    };
    assert_eq!(moment("2000-02-29T23:59:59Z"), Some(951_868_799_000));
    assert_eq!(moment("2100-03-01T00:00:00Z"), Some(4_107_542_400_000));
    assert_eq!(moment("2400-02-29T00:00:00Z"), Some(13_574_563_200_000));
    assert_eq!(moment("2016-12-31T23:59:60Z"), Some(1_483_228_800_000));
    assert_eq!(moment("2016-12-31T23:59:59+00:30"), Some(1_483_226_999_000));
    for none in ["2100-02-29T00:00:00Z", "2001-02-29T00:00:00Z", "2016-11-31T00:00:00Z"] {
        assert_eq!(moment(none), None, "{none}");
    }
    for none in ["2016-12-31T24:00:00Z", "2016-12-31T23:60:00Z", "2016-12-31T23:59:61Z"] {
        assert_eq!(moment(none), None, "{none}");
    }
    assert_eq!(Timestamp::MAX.as_millis(), 9_007_199_254_740_991);
    assert_eq!(Timestamp::from_millis(u64::MAX), Timestamp::MAX);
}

#[test]
fn each_field_of_an_account_is_read_into_its_own() {
    let body = r#"[{"Id":"a","Title":"b","AccountNumber":"c","TransitNumber":"d","InstitutionNumber":"e",
        "LastFourDigits":"f","OverdraftLimit":1,"Balance":{"Available":2,"Current":3,"Limit":4},"Category":"g",
        "Type":"h","Currency":"i","AccountType":"j","EftEligibleRatio":5,"ETransferEligibleRatio":6,
        "Holder":{"Name":"k","Email":"l","PhoneNumber":"m","Address":{"CivicAddress":"n","City":"o","Province":"p",
        "PostalCode":"q","POBox":"r","Country":"s"}},
        "Transactions":[{"Id":"t","Date":"2026/01/02","Description":"u","Debit":7,"Credit":8,"Balance":9}]}]"#;
    let account = accounts::read(body, &Selection::all()).expect("one").kept.remove(0);
    let (holder, day) = (account.holder.expect("a holder"), &account.transactions[0]);
    let address = holder.address.expect("an address");
    let texts = [
        account.title,
        account.account_number,
        account.transit_number,
        account.institution_number,
        account.last_four_digits,
        account.category,
        account.kind,
        account.currency,
        account.account_type,
        holder.name,
        holder.email,
        holder.phone_number,
        address.civic_address,
        address.city,
        address.province,
        address.postal_code,
        address.po_box,
        address.country,
        day.id.clone(),
        day.description.clone(),
    ];
    assert_eq!(texts.map(Option::unwrap_or_default).concat(), "bcdefghijklmnopqrstu");
    let (balance, ratios) = (account.balance, [account.eft_eligible_ratio, account.e_transfer_eligible_ratio]);
    let numbers = [account.overdraft_limit, balance.available, balance.current, balance.limit];
    let numbers = numbers.into_iter().chain(ratios).chain([day.debit, day.credit, day.balance]);
    assert_eq!(numbers.map(|number| number.expect("a number").to_string()).collect::<String>(), "123456789");
    assert!(account.other.is_empty());
}

fn bytes(keep: Option<&Selection>, status: u16, body: &[u8]) -> Result<DataReply, ReplyError> {
    reply::data(&Reply { status, headers: Vec::new(), body: body.to_vec() }, keep)
}

fn data(read: Result<DataReply, ReplyError>) -> Report {
    let Ok(DataReply::Data(_, report)) = read else { panic!("data: {read:?}") };
    report
}

fn places(report: &Report) -> Vec<&str> {
    report.unread.places().iter().map(|place| &**place).collect()
}

/// One account with one field, and a whole one beside it.
fn beside(field: &str) -> Report {
    let body =
        format!(r#"{{"HttpStatusCode":200,"Accounts":[{{"Id":"a-1",{field}}},{{"Id":"a-2","Title":"Savings"}}]}}"#);
    data(accounts(Some(&Selection::all()), 200, &body))
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-35** A client MUST take a field that it cannot read as unknown, MUST leave out a transaction or an account
//# that it cannot read, and MUST tell the place of each.
#[test]
fn one_odd_value_is_left_out_and_named() {
    for (field, place) in [
        (r#""Title":{"a":1}"#, "Accounts[0].Title"),
        (r#""Balance":[]"#, "Accounts[0].Balance"),
        (r#""Balance":"10.50""#, "Accounts[0].Balance"),
        (r#""Balance":{"Current":"1,234.56"}"#, "Accounts[0].Balance.Current"),
        (r#""Balance":{"Current":true}"#, "Accounts[0].Balance.Current"),
        (r#""OverdraftLimit":1e40"#, "Accounts[0].OverdraftLimit"),
        (r#""Holder":["J"]"#, "Accounts[0].Holder"),
        (r#""Holder":{"Address":"1 Main"}"#, "Accounts[0].Holder.Address"),
        (r#""Holder":{"Name":[1]}"#, "Accounts[0].Holder.Name"),
        (r#""Currency":[]"#, "Accounts[0].Currency"),
        (r#""Type":{}"#, "Accounts[0].Type"),
        (r#""Transactions":{}"#, "Accounts[0].Transactions"),
        (r#""Transactions":"""#, "Accounts[0].Transactions"),
        (r#""Transactions":[null]"#, "Accounts[0].Transactions[0]"),
        (r#""Transactions":[{"Debit":1},"x"]"#, "Accounts[0].Transactions[1]"),
        (r#""Transactions":[{"Debit":[]}]"#, "Accounts[0].Transactions[0].Debit"),
        (r#""Transactions":[{"Date":{}}]"#, "Accounts[0].Transactions[0].Date"),
        (r#""Title":"a","Title":"b""#, "Accounts[0].Title"),
        (r#""Title":"a","Title":"b","Title":"a""#, "Accounts[0].Title"),
        (r#""New":1,"New":2,"New":3"#, "Accounts[0].New"),
    ] {
        let report = beside(field);
        assert_eq!(places(&report), [place], "{field}");
        assert_eq!((report.kept.len(), report.unread.count(), report.is_complete()), (2, 1, false), "{field}");
        assert_eq!(report.kept[1].title.as_deref(), Some("Savings"), "the other account is whole: {field}");
        let first = &report.kept[0];
        assert_eq!(
            (first.title.as_deref(), first.balance.current, first.overdraft_limit),
            (None, None, None),
            "{field}"
        );
        assert!(first.other.is_empty(), "{field}");
        assert_eq!(first.unread_transactions, place.contains("Transactions"), "{field}");
        assert!(!report.kept[1].unread_transactions, "{field}");
    }
    // A value in another form that can still be read.
    for (field, known) in [
        (r#""Title":"a","Title":"a""#, Some("a")),
        (r#""Title":null,"Title":"a""#, Some("a")),
        (r#""Title":"a","Title":null"#, Some("a")),
        (r#""Transactions":[{"Debit":"2.00"},{"Credit":3}]"#, None),
    ] {
        let report = beside(field);
        assert!(report.is_complete(), "{field}: {:?}", report.unread);
        assert_eq!(report.kept[0].title.as_deref(), known, "{field}");
    }
    let two = beside(r#""Transactions":[{"Id":"t1","Debit":1.00},{"Id":"t2","Debit":"2.00"}]"#);
    assert_eq!(two.kept[0].transactions[1].debit.expect("an amount").to_string(), "2.00");
    // The first hundred places are named, and all are counted.
    let many = format!(r#""Transactions":[{}{{}}]"#, "7,".repeat(250));
    let report = beside(&many);
    assert_eq!((report.unread.places().len(), report.unread.count(), report.kept[0].transactions.len()), (100, 250, 1));
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-31** A client MUST take a list of accounts of which it can read none as a fault, and never as no accounts.
#[test]
fn a_list_of_accounts_of_which_none_can_be_read_is_a_fault() {
    for (list, place) in [
        ("{}", "Accounts"),
        (r#""""#, "Accounts"),
        ("[null]", "Accounts[0]"),
        (r#"[{"Title":"x"},7]"#, "Accounts[0]"),
        (r#"[{"Id":[]}]"#, "Accounts[0].Id"),
        ("[],\"Accounts\":[]", "Accounts"),
        (r#"[{"Id":"a"}],"Accounts":[{"Id":"b"}]"#, "Accounts"),
        ("null", "Accounts"),
    ] {
        let body = format!(r#"{{"HttpStatusCode":200,"RequestId":"r","Accounts":{list}}}"#);
        let Err(ReplyError::Garbled { at, status: 200 }) = accounts(Some(&Selection::all()), 200, &body) else {
            panic!("{body}")
        };
        assert_eq!(&*at, place, "{body}");
    }
    assert!(data(accounts(Some(&Selection::all()), 200, r#"{"Accounts":[]}"#)).is_complete());
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-32** A client MUST read bytes that are not UTF-8, control characters and halves of surrogate pairs in a text
//# as U+FFFD, and MUST NOT take an id that has one.
#[test]
fn bytes_that_are_not_text_are_replaced_in_a_text_and_refused_in_an_id() {
    let of = |title: &[u8]| {
        let body =
            [b"{\"Accounts\":[{\"Title\":\"", title, b"\",\"Id\":\"a-1\",\"N\":\"", title, b"\"},{\"Id\":\"a-2\"}]}"];
        data(bytes(Some(&Selection::all()), 200, &body.concat()))
    };
    for (title, read) in [
        (&b"ch\xe8ques"[..], "ch\u{fffd}ques"),
        (b"cr\xe9\xe9e", "cr\u{fffd}\u{fffd}e"),
        (b"Cheq\tuing", "Cheq\u{fffd}uing"),
        (b"a\r\nb\x1a", "a\u{fffd}\u{fffd}b\u{fffd}"),
        (b"x\\ud83d", "x\u{fffd}"),
        (b"\\ude00\\ud83d\\ud83d\\ude00", "\u{fffd}\u{fffd}\u{1f600}"),
        (b"a\\u0000b", "a\u{fffd}b"),
        (b"\\ud83d\\n\xff", "\u{fffd}\n\u{fffd}"),
    ] {
        let report = of(title);
        assert_eq!((report.kept.len(), report.kept[0].title.as_deref()), (2, Some(read)));
        // An unknown field is still JSON, with the same text.
        assert_eq!(serde_json::from_str::<String>(&report.kept[0].other["N"]).expect("JSON"), read);
        // In an account that is not selected it is not reported.
        let keep = Selection::only([AccountId::new("a-2").expect("an id")]).expect("one");
        let body = [b"{\"Accounts\":[{\"Title\":\"", title, b"\",\"Id\":\"a-1\"},{\"Id\":\"a-2\"}]}"].concat();
        let report = data(bytes(Some(&keep), 200, &body));
        assert_eq!((report.kept.len(), report.left_out, report.is_complete()), (1, 1, true));
    }
    for id in [&b"a\xe8"[..], b"a\tb", b"a\\ud83d", b"a\\u0000", b"", b"a,b"] {
        let body = [b"{\"RequestId\":\"r\",\"Accounts\":[{\"Id\":\"", id, b"\"},{\"Id\":\"a-2\"}]}"].concat();
        let report = data(bytes(Some(&Selection::all()), 200, &body));
        assert_eq!((report.kept.len(), places(&report)), (1, vec!["Accounts[0].Id"]));
    }
    // Outside of a text such bytes are refused.
    assert!(matches!(bytes(None, 200, b"\xff{\"Accounts\":[]}"), Err(ReplyError::Page { .. })));
    assert!(matches!(bytes(None, 200, b"{\"Accounts\":[\xff]}"), Err(ReplyError::Garbled { .. })));
    // A byte-order mark is skipped, and UTF-16 is a page.
    assert!(matches!(bytes(None, 200, b"\xef\xbb\xbf{\"Accounts\":[]}"), Ok(DataReply::Data(..))));
    assert!(accounts::read("\u{feff}[]", &Selection::all()).is_ok());
    let wide: Vec<u8> = r#"{"Accounts":[]}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(bytes(None, 200, &wide), Err(ReplyError::Page { status: 200, .. })));
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-33** A client MUST take two values of one name that are equal as one, and two that differ as unreadable.
#[test]
fn two_values_of_one_field_count_as_one_if_they_are_equal() {
    let asks = |rest: &str| {
        let body = format!(r#"{{"RequestId":"r",{rest},"SecurityChallenges":[{{"Type":"TextOrCall","Prompt":"p"}}]}}"#);
        let Ok(AuthorizeReply::Asks(Asks { facts, challenges, .. })) = authorize(203, &body) else { panic!("{body}") };
        assert_eq!(challenges.len(), 1);
        let ids = [facts.request, facts.other_request].map(|id| id.map(|id| id.as_str().to_owned()));
        ids.map(Option::unwrap_or_default).join(" ")
    };
    assert_eq!(asks(r#""HttpStatusCode":203,"StatusCode":203"#), "r ");
    assert_eq!(asks(r#""HttpStatusCode":203,"StatusCode":200"#), "r ");
    assert_eq!(asks(r#""RequestId":"R""#), "r ");
    assert_eq!(asks(r#""RequestId":"s","RequestId":"r""#), "r s");
    let both = r#"{"FlinksCode":"RETRY_LATER","Code":"RETRY_LATER"}"#;
    let Err(ReplyError::Refused(refusal)) = authorize(400, both) else { panic!("refused") };
    assert_eq!(refusal.code, Some(FlinksCode::RetryLater));
    let differ = r#"{"FlinksCode":"RETRY_LATER","Code":"INVALID_LOGIN"}"#;
    let Err(ReplyError::Refused(refusal)) = authorize(503, differ) else { panic!("refused") };
    assert_eq!((refusal.code.expect("one").advice(), refusal.status), (None, 503), "a code that cannot be read");
    for (rest, place) in [
        (r#""RequestId":"r","RequestId":"s""#, "RequestId"),
        (r#""Login":{"Id":"l","Id":"m"}"#, "Login.Id"),
        (r#""Login":{"Id":"l"},"Login":{"Id":"m"}"#, "Login.Id"),
        (r#""HttpStatusCode":200,"StatusCode":202"#, "HttpStatusCode"),
    ] {
        for keep in [None, Some(&Selection::all())] {
            let body = format!(r#"{{{rest},"Accounts":[{{"Id":"a"}}]}}"#);
            let Err(ReplyError::Garbled { at, .. }) = accounts(keep, 200, &body) else { panic!("{body}") };
            assert_eq!(&*at, place, "{body}");
        }
    }
    let same = r#"{"Login":{"Id":"l"},"Login":{"Id":"L"},"RequestId":"r","RequestId":"r","Accounts":[]}"#;
    assert!(matches!(accounts(None, 200, same), Ok(DataReply::Data(..))));
}

#[test]
fn a_203_is_found_whatever_else_is_odd() {
    for challenges in [
        r#"{"Type":"x"}"#,
        r#""City?""#,
        "[null]",
        r#"["City?"]"#,
        "7",
        r#"[{"Type":"MultipleChoice","Prompt":"p","Iterables":[{"Text":"SMS"}]}]"#,
        r#"[{"Type":"MultipleChoice","Prompt":"p","Iterables":"a,b"}]"#,
        r#"[{"Type":"MultipleChoice","Prompt":"p","Iterables":["a",1.5]}]"#,
        r#"[{"Type":"QuestionAndAnswer","Prompt":"Quel pr\ud83d ?"}]"#,
        r#"[{"Type":"QuestionAndAnswer","Prompt":"p"},null]"#,
        r#"[{"Type":"QuestionAndAnswer","Prompt":"p","Prompt":"q"}]"#,
        r#"[{"Type":["QuestionAndAnswer"],"Prompt":"p"}]"#,
    ] {
        for (status, own) in
            [(203, ""), (200, ""), (200, r#""HttpStatusCode":203,"#), (200, r#""HttpStatusCode":"203","#)]
        {
            let body =
                format!(r#"{{{own}"SecurityChallenges":{challenges},"Login":[],"RequestId":"r-1","Institution":7}}"#);
            for asked in [Asked::Authorization, Asked::Accounts(None), Asked::Accounts(Some(&Selection::all()))] {
                let read = replies::read(asked, &reply(status, &body)).ok().and_then(Read::asks);
                let Asks { facts, challenges, .. } = read.unwrap_or_else(|| panic!("{body}"));
                assert_eq!(facts.request.as_ref().map(|id| id.as_str()), Some("r-1"), "{body}");
                assert!(challenges.iter().all(Challenge::is_for_widget), "only the widget has it all: {body}");
            }
        }
    }
    // Numbers in the place of a text are text.
    let numbers =
        r#"{"RequestId":"r","SecurityChallenges":[{"Type":"MultipleChoice","Prompt":1,"Iterables":[1234,5678]}]}"#;
    let Ok(AuthorizeReply::Asks(Asks { challenges, .. })) = authorize(203, numbers) else { panic!("it asks") };
    assert_eq!((&*challenges[0].prompt, &*challenges[0].choices[1]), ("1", "5678"));
    assert!(!challenges[0].is_for_widget());
    // More challenges than a bank would ask are left to the widget.
    for list in [r#"{"Prompt":"p"},"#.repeat(1_000), format!(r#"{{"Iterables":[{}"x"]}},"#, r#""x","#.repeat(999))] {
        let body = format!(r#"{{"RequestId":"r","SecurityChallenges":[{list}{{"Prompt":"p"}}]}}"#);
        let Ok(AuthorizeReply::Asks(Asks { challenges, .. })) = authorize(203, &body) else { panic!("it asks") };
        assert!(challenges.is_empty());
    }
}

#[test]
fn a_reply_to_a_data_call_may_count_as_a_203() {
    let everything = Selection::all();
    for (status, body, asks) in [
        (200, r#"{"HttpStatusCode":203,"RequestId":"r"}"#, true),
        (200, r#"{"HttpStatusCode":203,"RequestId":"r","Accounts":[]}"#, true),
        (203, r#"{"RequestId":"r"}"#, true),
        (203, "{}", true),
        (203, r#"{"Accounts":null}"#, true),
        (203, r#"{"RequestId":"r","Accounts":[]}"#, false),
        (203, r#"{"HttpStatusCode":200,"Accounts":[]}"#, false),
        (203, r#"{"HttpStatusCode":200}"#, false),
        (203, r#"{"FlinksCode":"SESSION_EXPIRED"}"#, false),
        (203, r#"{"FlinksCode":"OPERATION_PENDING"}"#, false),
        (203, "<html>", false),
        (200, r#"{"SecurityChallenges":[{"Prompt":"p"}]}"#, true),
        (200, r#"{"SecurityChallenges":[{"Prompt":"p"}],"Accounts":[]}"#, false),
        (200, r#"{"SecurityChallenges":[],"Accounts":[]}"#, false),
        (200, r#"{"SecurityChallenges":null}"#, false),
        (401, r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE","SecurityChallenges":[{"Prompt":"p"}]}"#, true),
        (401, r#"{"FlinksCode":"UNAUTHORIZED","SecurityChallenges":"x"}"#, true),
        (401, r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE_NO_RETRY","SecurityChallenges":[{"Prompt":"p"}]}"#, false),
        (401, r#"{"FlinksCode":"UNAUTHORIZED"}"#, false),
    ] {
        for keep in [None, Some(&everything)] {
            assert_eq!(matches!(accounts(keep, status, body), Ok(DataReply::Asks(_))), asks, "{status} {body}");
        }
    }
}

//= docs/spec/errors.md#trying-again
//# **ERR-43** A client MUST read the status and the `Retry-After` of a body that is not the service's JSON, and MUST
//# NOT take such a body for what the service said.
#[test]
fn a_page_has_its_status_and_its_retry_after() {
    let pages = [
        "",
        " ",
        "<html>",
        "slow down",
        "null",
        "[]",
        "\"x\"",
        "7",
        "{}",
        r#"{"message":"Forbidden"}"#,
        "{",
        "{\"a\":",
    ];
    for status in [200, 202, 204, 400, 401, 403, 404, 407, 429, 500, 503] {
        for body in pages {
            let headers = vec![("retry-after".to_owned(), "120".to_owned())];
            let reply = Reply { status, headers, body: body.into() };
            let after = Some(RetryAfter::In(Duration::from_secs(120)));
            let everything = Selection::all();
            let kinds = [Asked::Token, Asked::Authorization, Asked::Accounts(None), Asked::Accounts(Some(&everything))];
            for asked in kinds {
                let Err(ReplyError::Page { status: read, retry_after }) = replies::read(asked, &reply) else {
                    panic!("{body}")
                };
                assert_eq!((read, retry_after), (status, after), "{body}");
            }
            // A call judges it alike, except for texts that answer some calls.
            if let Err(CallError::Page { status: read, retry_after }) = Institutions::new().read(&reply) {
                assert_eq!((read, retry_after), (status, after), "{body}");
            } else {
                assert!(body == "\"x\"" || (200..300).contains(&status), "{status} {body}");
            }
        }
    }
    // JSON of the service that breaks off is a fault with its place, if the status says that it is an answer.
    let Err(ReplyError::Garbled { at, .. }) = accounts(None, 200, r#"{"RequestId":"r","Accounts":[{"Id":NaN}]}"#)
    else {
        panic!("garbled")
    };
    assert_eq!(&*at, "Accounts[0].Id");
    assert!(matches!(accounts(None, 202, r#"{"RequestId":"r","#), Err(ReplyError::Page { status: 202, .. })));
    for (status, advice) in [
        (200, Advice::TryLater),
        (401, Advice::FixTheSetup),
        (403, Advice::FixTheSetup),
        (404, Advice::FixTheSetup),
        (407, Advice::FixTheSetup),
        (429, Advice::TryLater),
        (502, Advice::TryLater),
    ] {
        let error = Institutions::new().read(&reply(status, "<html>")).expect_err("a page");
        assert_eq!((error.advice(), advice_by_page(status)), (advice, advice), "{status}");
    }
}

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-34** A client MUST build at most 2,000 accounts and 200,000 transactions of one reply, and MUST take more as
//# a reply that is too large.
#[test]
fn a_reply_with_too_many_accounts_or_transactions_is_too_large() {
    let read = |count: usize, each: usize, keep: &Selection| {
        let account = |n: usize| format!(r#"{{"Id":"a-{n}","Transactions":[{}]}}"#, vec!["{}"; each].join(","));
        let list: Vec<String> = (0..count).map(account).collect();
        accounts(Some(keep), 200, &format!(r#"{{"Accounts":[{}],"RequestId":"r"}}"#, list.join(",")))
    };
    let (everything, one) = (Selection::all(), Selection::only([AccountId::new("a-1").expect("an id")]).expect("one"));
    assert_eq!(data(read(2_000, 0, &everything)).kept.len(), 2_000);
    assert!(matches!(read(2_001, 0, &everything), Err(ReplyError::TooLarge { status: 200 })));
    assert_eq!(data(read(2_001, 0, &one)).left_out, 2_000, "what is not kept is not built");
    assert_eq!(data(read(2, 100_000, &everything)).kept[1].transactions.len(), 100_000);
    assert!(matches!(read(2, 100_001, &everything), Err(ReplyError::TooLarge { .. })));
    // A 203 is recognised whatever else it has.
    let list = r#"{"Id":"a"},"#.repeat(2_001);
    let body = format!(r#"{{"HttpStatusCode":203,"RequestId":"r","Accounts":[{list}{{}}]}}"#);
    assert!(matches!(accounts(Some(&everything), 200, &body), Ok(DataReply::Asks(_))));
}

#[test]
fn an_id_may_be_a_number_and_a_status_a_text() {
    let body =
        r#"{"HttpStatusCode":"200","RequestId":12,"Login":{"Id":123},"Accounts":[{"Id":7},{"Id":-7},{"Id":7.0}]}"#;
    let Ok(DataReply::Data(facts, report)) = accounts(Some(&Selection::all()), 200, body) else { panic!("data") };
    assert_eq!((facts.request.expect("one").as_str(), facts.login.expect("one").as_str()), ("12", "123"));
    assert_eq!((report.kept[0].id.as_str(), places(&report)), ("7", vec!["Accounts[1].Id", "Accounts[2].Id"]));
    for (status, pending) in [
        (r#""202""#, true),
        ("202.0", true),
        ("202", true),
        ("200.5", false),
        ("99", false),
        ("600", false),
        ("20200", false),
    ] {
        let body = format!(r#"{{"HttpStatusCode":{status},"Accounts":[]}}"#);
        assert_eq!(matches!(accounts(None, 200, &body), Ok(DataReply::Pending(..))), pending, "{status}");
        assert_eq!(matches!(accounts(None, 200, &body), Ok(DataReply::Data(..))), !pending, "{status}");
    }
    let unreadable = r#"{"HttpStatusCode":401,"FlinksCode":{"a":1}}"#;
    let Err(ReplyError::Refused(refusal)) = accounts(None, 200, unreadable) else { panic!("refused") };
    assert_eq!((refusal.code.expect("one").as_str(), refusal.status), ("UNREADABLE", 401));
}

//= docs/spec/mfa.md#answers
//# **MFA-26** A client MUST refuse an answer that is an empty text, or that is none of the choices of a challenge that
//# has some, and every answer to a challenge that was not read as the bank wrote it.
#[test]
fn an_answer_has_to_fit_the_challenges() {
    let ask = |challenges: &str| {
        let mut policy = Policy::default();
        policy.mfa = Mfa::WidgetOrApi;
        let mut session = refresh(policy);
        exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
        let body = format!(r#"{{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":{challenges}}}"#);
        exchange(&mut session, &mut NOW.clone(), 203, &body);
        let Action::Pause(Pause::Ask(prompt)) = session.poll(NOW) else { panic!("it asks") };
        (session, prompt)
    };
    let choice = r#"[{"Type":"MultipleChoice","Prompt":"p","Iterables":["a","b"]}]"#;
    let chosen = r#"[{"Type":"QuestionAndAnswer","Prompt":"p","Iterables":["City?","Pet?"]}]"#;
    let free = r#"[{"Type":"QuestionAndAnswer","Prompt":"p"}]"#;
    for (challenges, key, values, refused) in [
        (free, "p", &["x"][..], None),
        (free, "p", &[""], Some(Misuse::EmptyAnswer)),
        (free, "p", &["x", ""], Some(Misuse::EmptyAnswer)),
        //= docs/spec/mfa.md#answers
        //# **MFA-16** A client MUST refuse answers that leave a challenge out, are empty, or name a prompt that was not
        //# asked, before it sends them.
        (free, "q", &["x"], Some(Misuse::OtherPrompt)),
        (free, "p", &[], Some(Misuse::OtherPrompt)),
        (choice, "p", &["b"], None),
        (choice, "p", &["B"], Some(Misuse::NotAChoice)),
        (choice, "p", &["a", "c"], Some(Misuse::NotAChoice)),
        (chosen, "Pet?", &["x"], None),
        (r#"[{"Type":"New","Prompt":"p"}]"#, "p", &["x"], Some(Misuse::ForWidget)),
        (r#"[{"Type":"TextOrCall","Prompt":"p"}]"#, "p", &["x"], Some(Misuse::ForWidget)),
        (r#"[{"Type":"QuestionAndAnswer","Prompt":"p"},7]"#, "p", &["x"], Some(Misuse::ForWidget)),
        ("[{\"Type\":\"QuestionAndAnswer\",\"Prompt\":\"p\t\"}]", "p\u{fffd}", &["x"], Some(Misuse::ForWidget)),
    ] {
        let (mut session, prompt) = ask(challenges);
        // The same holds after a restart.
        let mut restored = Session::restore(session.snapshot()).expect("its own");
        for session in [&mut session, &mut restored] {
            let answer = session.answer(NOW, Answers::to(&prompt).with(key, values.iter().copied()));
            assert_eq!(answer.err(), refused, "{challenges} {key} {values:?}");
        }
    }
}

/// The verdict on the odd reply of each public case.
#[test]
fn the_public_cases_are_read_as_listed() {
    let (everything, savings) =
        (Selection::all(), Selection::only([AccountId::new("a-2").expect("an id")]).expect("one"));
    let data = Asked::Accounts(Some(&everything));
    let table = [
        ("s01-one-money-as-text", "GetAccountsDetail", data, "data 2, unread []"),
        ("s02-accounts-null", "GetAccountsDetail", data, "garbled 200 Accounts"),
        ("s03-raw-tab-in-title", "GetAccountsDetail", data, "data 2, unread []"),
        ("s04-lone-surrogate", "GetAccountsDetail", data, "data 2, unread []"),
        (
            "s05-latin1-title-of-an-unselected-account",
            "GetAccountsDetail",
            Asked::Accounts(Some(&savings)),
            "data 1, unread []",
        ),
        ("s06-status-as-text", "GetAccountsDetail", data, "data 2, unread []"),
        ("s07-gzip-all-the-same", "GetAccountsDetail", data, "page 200 None"),
        ("s08-429-html-retry-after-120", "GetAccountsDetail", data, "page 429 Some(In(120s))"),
        ("s09-503-html-retry-after-600-mint", "GenerateAuthorizeToken", Asked::Token, "page 503 Some(In(600s))"),
        ("s10-404-html-wrong-host", "GenerateAuthorizeToken", Asked::Token, "page 404 None"),
        ("s11-407-html-proxy", "GenerateAuthorizeToken", Asked::Token, "page 407 None"),
        ("s12-203-choices-are-numbers", "Authorize", Asked::Authorization, "asks r-1, 1 of 1 here"),
        ("s13-203-choices-are-objects", "Authorize", Asked::Authorization, "asks r-1, 0 of 1 here"),
        ("s14-203-latin1-prompt", "Authorize", Asked::Authorization, "asks r-1, 0 of 1 here"),
        ("s15-one-bad-transaction", "GetAccountsDetail", data, "data 2, unread []"),
        ("s16-429-retry-after-a-day", "Authorize", Asked::Authorization, "refused 429 Some(In(86400s))"),
    ];
    for (name, endpoint, asked, said) in table {
        let path = format!("{}/fixtures/cases/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let case: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).expect(name)).expect(name);
        let odd = &case["r"][endpoint][0];
        let body = match odd["b64"].as_str() {
            Some(text) => Base64::decode_vec(text).expect(name),
            None => odd["b"].as_str().expect(name).as_bytes().to_vec(),
        };
        let headers = odd["h"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned())).collect();
        let status = odd["s"].as_u64().expect(name).try_into().expect(name);
        let shown = match replies::read(asked, &Reply { status, headers, body }) {
            Ok(Read::Data(DataReply::Data(_, report))) => {
                format!("data {}, unread {:?}", report.kept.len(), places(&report))
            }
            Err(ReplyError::Garbled { status, at }) => format!("garbled {status} {at}"),
            Err(ReplyError::Page { status, retry_after }) => format!("page {status} {retry_after:?}"),
            Err(ReplyError::Refused(refusal)) => format!("refused {} {:?}", refusal.status, refusal.retry_after),
            Ok(Read::Authorize(AuthorizeReply::Asks(Asks { facts, challenges, .. }))) => {
                let here = challenges.iter().filter(|one| !one.is_for_widget()).count();
                format!("asks {}, {here} of {} here", facts.request.expect("one").as_str(), challenges.len())
            }
            other @ (Ok(_) | Err(ReplyError::TooLarge { .. })) => format!("{other:?}"),
        };
        assert_eq!(shown, said, "{name}");
    }
}

/// Days and amounts in every form that was tried, and how each is read.
#[test]
fn odd_days_and_amounts_are_kept_as_text_or_named() {
    for (text, day) in [
        ("2026-02-15", true),
        ("2026-2-5", false),
        ("20260215", false),
        ("15/02/2026", false),
        ("2026-02-15T23:59:59-05:00", true),
        ("2026-02-15Z", false),
        ("2026-02-30", false),
        ("0000-00-00", false),
        ("15 f\u{e9}vr. 2026", false),
        ("2026-02-15 12:00", true),
        (" 2026-02-15", false),
        ("2026-W07-7", false),
        ("/Date(1771113600000)/", false),
        ("9999-12-31", true),
        ("2026\u{2011}02\u{2011}15", false),
        ("02/15/2026", false),
        ("2026-02-15T04:00:00Z", true),
        ("2026.02.15", false),
        // The rest after the day is a time, and is not read.
        ("2026-02-15 ", true),
        ("1771113600", false),
        ("\u{661}\u{665}-\u{660}\u{662}-\u{662}\u{660}\u{662}\u{666}", false),
        ("\u{662}\u{660}\u{662}\u{666}-\u{660}\u{662}-\u{661}\u{665}", false),
        // Only the moment of a refresh can mean "never" by this value; in a transaction it is a day.
        ("0001-01-01T00:00:00", true),
    ] {
        let report = beside(&format!(r#""Transactions":[{{"Date":"{text}","Debit":1,"Balance":-3.10}}]"#));
        let posted = &report.kept[0].transactions[0];
        assert_eq!((posted.date.is_some(), posted.date_text.as_deref()), (day, Some(text).filter(|_| !day)), "{text}");
        assert_eq!((posted.balance.expect("one").to_string().as_str(), report.is_complete()), ("-3.10", true));
    }
    for (amount, kept) in [
        ("-12.5", Some("-12.5")),
        ("-0", Some("0")),
        ("1E2", Some("100")),
        ("1e-2", Some("0.01")),
        ("0.1000000000000000000000000001", Some("0.1000000000000000000000000001")),
        ("79228162514264337593543950335", Some("79228162514264337593543950335")),
        ("79228162514264337593543950336", None),
        ("1e40", None),
        ("1e-40", None),
        ("12345678901234567890.12", Some("12345678901234567890.12")),
    ] {
        let report = beside(&format!(r#""Balance":{{"Current":{amount}}}"#));
        let current = report.kept[0].balance.current.map(|money| money.abs().to_string());
        assert_eq!(current.as_deref(), kept.map(|text| text.trim_start_matches('-')), "{amount}");
        assert_eq!(report.is_complete(), kept.is_some(), "{amount}");
    }
}

/// A webhook is read like a reply. Its signature is right, and one byte is odd.
#[test]
fn a_signed_body_with_an_odd_byte_is_read() {
    let key = Secret::from("k");
    let read = |body: &[u8]| {
        let signature = webhook::sign(body, &key);
        webhook::verify([("flinks-authenticity-key", signature.as_str())], body, core::slice::from_ref(&key))
    };
    for title in [&b"ch\xe8ques"[..], b"a\tb", b"\\ud83d", b"plain"] {
        let body = [
            b"\xef\xbb\xbf{\"ResponseType\":\"GetAccountsDetail\",\"Accounts\":[{\"Id\":\"a\",\"Title\":\"".as_slice(),
            title,
            b"\"}],\"Login\":{\"Id\":123},\"RequestId\":\"r\"}",
        ];
        let delivery = read(&body.concat()).expect("the service's");
        let facts = delivery.facts();
        assert_eq!(facts.request.as_ref().map(|id| id.as_str()), Some("r"));
        assert_eq!(facts.login.as_ref().map(|id| id.as_str()), Some("123"));
    }
    for not in [
        r#"{"ResponseType":"KYC","RequestId":"r","RequestId":"s"}"#,
        r#"{"ResponseType":"KYC","Login":{"Id":"l"},"Login":{"Id":"m"}}"#,
        r#"{"RequestId":"r"}"#,
        r#"{"ResponseType":[]}"#,
        "<html>",
    ] {
        assert_eq!(read(not.as_bytes()).err(), Some(NotVerified::Body), "{not}");
    }
}

/// A number that JSON does not allow makes the whole body unreadable.
#[test]
fn a_number_that_json_does_not_allow_makes_a_body_unreadable() {
    for none in ["00.5", "1.", ".5", "+1", "1,5", "0x1", "NaN", "1_0", "-"] {
        let account = format!(r#"[{{"Id":"a","Balance":{{"Current":{none}}}}}]"#);
        assert!(accounts::read(&account, &Selection::all()).is_err(), "{none}");
        let body = format!(r#"{{"HttpStatusCode":200,"Accounts":{account}}}"#);
        let read = accounts(Some(&Selection::all()), 200, &body);
        assert!(matches!(read, Err(ReplyError::Garbled { .. })), "{none}: {read:?}");
    }
    for other in [r#""00.5""#, r#""1.""#, r#"".5""#, r#""+1""#, r#""1e2""#, r#""1,5""#, r#""""#, r#"" 1""#] {
        let report = beside(&format!(r#""Balance":{{"Current":{other}}}"#));
        assert_eq!(
            (report.kept[0].balance.current, report.unread.count()),
            (None, 1),
            "a text of another form: {other}"
        );
    }
}

#[test]
fn two_tokens_that_differ_are_refused_and_the_same_one_twice_is_taken() {
    for (body, expected) in [
        (r#"{"HttpStatusCode":200,"Token":"t","Token":"t"}"#, Some("t")),
        (r#"{"HttpStatusCode":200,"Token":"t","Token":null}"#, Some("t")),
        (r#"{"HttpStatusCode":200,"Token":null,"Token":"t"}"#, Some("t")),
        (r#"{"HttpStatusCode":200,"Token":"t","Token":"u"}"#, None),
        (r#"{"HttpStatusCode":200,"Token":"t","Token":"u","Token":"t"}"#, None),
    ] {
        match (token(200, body), expected) {
            (Ok(minted), Some(token)) => assert_eq!(minted.expose(), token, "{body}"),
            (Err(ReplyError::Garbled { at, .. }), None) => assert_eq!(&*at, "Token", "{body}"),
            (other, _) => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn a_reply_to_a_data_call_that_names_two_sessions_is_not_read() {
    for body in [
        r#"{"HttpStatusCode":203,"RequestId":"r","RequestId":"s"}"#,
        r#"{"HttpStatusCode":200,"RequestId":"r","RequestId":"s","Accounts":[]}"#,
    ] {
        let Err(ReplyError::Garbled { at, .. }) = accounts(None, 200, body) else { panic!("{body}") };
        assert_eq!(&*at, "RequestId", "{body}");
    }
}

#[test]
fn an_unknown_field_with_two_values_that_differ_is_left_out() {
    let json = r#"[{"Id":"a","New":1,"New":2,"Newer":3,"Newest":4,"Newest":4}]"#;
    let report = accounts::read(json, &Selection::all()).expect("an account");
    let others: Vec<_> = report.kept[0].other.iter().map(|(name, json)| format!("{name}={json}")).collect();
    assert_eq!(others, ["Newer=3", "Newest=4"]);
    assert_eq!(report.unread.places(), &["Accounts[0].New".into()][..]);
}

#[test]
fn a_text_that_is_mostly_replaced_is_left_out() {
    let json = format!(r#"[{{"Id":"a","New":"{}","Newer":1}}]"#, "\u{1}".repeat(2_000));
    let report = accounts::read(&json, &Selection::all()).expect("an account");
    assert_eq!(report.kept[0].other.len(), 1);
    assert_eq!(report.unread.places(), &["Accounts[0].New".into()][..]);
}

#[test]
fn an_unknown_field_of_an_address_is_passed_over() {
    let whole = account(r#"{"Id":"a","Holder":{"Address":{"Floor":{"x":[1]},"City":"Montreal"}}}"#);
    let address = whole.holder.and_then(|holder| holder.address).expect("an address");
    assert_eq!(address.city.as_deref(), Some("Montreal"));
}

#[test]
fn an_error_in_the_url_of_an_event_counts_for_a_redirect_only() {
    let read = |step: &str| {
        let event = format!(r#"{{"step":"{step}","url":"https://a.example/?error=quota&error_description=d"}}"#);
        ConnectNews::read(&event).expect("news").error
    };
    assert_eq!((read("REDIRECT").as_deref(), read("SUBMIT_MFA")), (Some("quota"), None));
    // An id that is not a text is left out.
    let news = ConnectNews::read(r#"{"step":"REDIRECT","requestId":"r","loginId":{"a":1}}"#).expect("news");
    assert_eq!((news.login, news.request.is_some()), (None, true));
}

#[test]
fn a_delivery_over_the_limit_is_not_read_though_it_is_signed() {
    let key = Secret::from("a key of the test");
    let verified = |bytes: usize| {
        let mut body = br#"{"ResponseType":"GetAccountsDetail","RequestId":"r"}"#.to_vec();
        body.resize(bytes, b' ');
        let signature = webhook::sign(&body, &key);
        webhook::verify([("flinks-authenticity-key", signature.as_str())], &body, core::slice::from_ref(&key)).is_ok()
    };
    let most = reconnect_core::policy::MAX_BODY;
    assert_eq!((verified(most), verified(most + 1)), (true, false));
}
