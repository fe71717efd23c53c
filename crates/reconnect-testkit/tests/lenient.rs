//! What a client takes as it comes: what is missing, null, unknown, or called otherwise.

use reconnect_core::reply::{self, Asked, Verdict};
use reconnect_core::{
    Account, Action, Answers, ChallengeKind, FlinksCode, Instance, Keys, Known, LoginId, Mfa, Pause, Policy, Recovery,
    Rendered, Request, Selection, Session, Timestamp, accounts, render,
};
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

fn verdict(asked: Asked<'_>, status: u16, body: &str) -> Verdict {
    reply::read(asked, &reply(status, body))
}

//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-3** A client MUST accept that every other field is null or missing
//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-6** A client MUST accept bodies without the newer `LastFourDigits` and `AccountType`
//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-13** A client MUST take null or missing `Transactions` as none.
#[test]
fn of_an_account_only_the_id_is_needed() {
    let bare = account(r#"{"Id":"a"}"#);
    assert!(bare.transactions.is_empty() && bare.holder.is_none() && bare.balance.current.is_none());
    let nothing = r#"{"Id":"a","Title":null,"AccountNumber":null,"TransitNumber":null,"InstitutionNumber":null,
        "LastFourDigits":null,"OverdraftLimit":null,"Balance":null,"Category":null,"Type":null,"Currency":null,
        "AccountType":null,"Holder":null,"Transactions":null,"EftEligibleRatio":null,"ETransferEligibleRatio":null}"#;
    assert_eq!(account(nothing), bare);
    assert!(accounts::read(r#"[{"Title":"no id"}]"#, &Selection::all()).is_err());
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-2** A client MAY send `WithAccountIdentity` (default true)
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-3** A client MAY send `WithKYC` (default true)
    //= docs/spec/data.md#getaccountsdetail
    //# **DATA-4** A client MAY send `WithTransactions` (default true)
    let some = account(r#"{"Id":"a","Balance":{"Available":null,"Current":1.5,"Limit":null},"Transactions":[]}"#);
    assert_eq!(some.balance.current.expect("a number").to_string(), "1.5");
    //= docs/spec/accounts.md#transactions-and-money
    //# **ACCT-16** A client MUST ignore `Code`, which is deprecated and null.
    let coded = account(r#"{"Id":"a","Transactions":[{"Code":null,"Debit":1},{"Code":"x","Debit":1}]}"#);
    assert_eq!(coded.transactions[0], coded.transactions[1]);
}

#[test]
fn words_are_open_and_ratios_are_numbers() {
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-8** A client MUST treat `Category` (`Operations`, `Credits`, `Products`)
    let new = account(r#"{"Id":"a","Category":"Crypto","Type":"Wallet","Currency":"EUR"}"#);
    assert_eq!([new.category, new.kind, new.currency].map(Option::unwrap_or_default).join(" "), "Crypto Wallet EUR");
    //= docs/spec/accounts.md#fields-of-an-account
    //# **ACCT-11** A client MUST read `EftEligibleRatio` and `ETransferEligibleRatio` of a summary
    //= docs/spec/data.md#getaccountssummary
    //# **DATA-13** A client MUST expect no transactions in a summary, and two ratios per account
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
    assert!(accounts::read(r#"[{"Id":"a","Title":1.50}]"#, &Selection::all()).is_err());
}

//= docs/spec/errors.md#codes-of-refusal
//# **ERR-27** A client MUST NOT depend on the text of `Message` but for a refused token (CRED-27)
#[test]
fn what_is_only_shown_does_not_cost_the_reply() {
    for name in ["Message", "Institution"] {
        for other in ["null", "true", "7", "1.50", "[]", r#"{"Login": ["is needed"]}"#] {
            let body = format!(r#"{{"{name}":{other},"FlinksCode":"INVALID_LOGIN"}}"#);
            let Verdict::Refused(refusal) = verdict(Asked::Authorization, 401, &body) else { panic!("{body}") };
            assert_eq!((refusal.code, refusal.facts.institution), (Some(FlinksCode::InvalidLogin), None), "{body}");
        }
        let broken = format!(r#"{{"{name}":{{"Login",}},"FlinksCode":"INVALID_LOGIN"}}"#);
        assert!(matches!(verdict(Asked::Authorization, 401, &broken), Verdict::Garbled { .. }), "{broken}");
    }
}

#[test]
fn of_a_reply_only_what_was_asked_for_is_needed() {
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-19** A client MUST take from a 200 the `RequestId` (the session) and `Login.Id`
    let Verdict::Authorized(facts) = verdict(Asked::Authorization, 200, r#"{"RequestId":"r","Login":{"Id":"l"}}"#)
    else {
        panic!("authorized")
    };
    assert_eq!(facts.request.expect("the session").as_str(), "r");
    assert_eq!(facts.login.expect("the login").as_str(), "l");
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-24** A client MUST NOT refuse an unknown `Login.Type`
    let odd = r#"{"RequestId":"r","Login":{"Id":"l","Type":"Trust","IsScheduledRefresh":"yes"},"InstitutionId":"x"}"#;
    assert!(matches!(verdict(Asked::Authorization, 200, odd), Verdict::Authorized(_)));
    //= docs/spec/data.md#the-reply
    //# **DATA-15** A client MUST treat `HttpStatusCode`, `InstitutionName`, `Login`, `InstitutionId`
    assert!(matches!(verdict(Asked::Look, 200, r#"{"Accounts":[]}"#), Verdict::Data(..)));
    //= docs/spec/errors.md#reading
    //# **ERR-2** A client MUST read the code from `FlinksCode`, and SHOULD accept `flinksCode`
    for name in ["FlinksCode", "flinksCode", "Code"] {
        let body = format!(r#"{{"{name}":"DISABLED_LOGIN"}}"#);
        let Verdict::Refused(refusal) = verdict(Asked::Authorization, 401, &body) else { panic!("{name}") };
        assert_eq!(refusal.code, Some(FlinksCode::DisabledLogin), "{name}");
    }
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-27** A client MUST NOT depend on the text of `Message` but for a refused token (CRED-27)
    let said = |message: &str| {
        let body = format!(r#"{{"FlinksCode":"RETRY_LATER","Message":"{message}"}}"#);
        verdict(Asked::Authorization, 401, &body)
    };
    assert_eq!(format!("{:?}", said("try again later")), format!("{:?}", said("session expired, invalid login")));
    //= docs/spec/mfa.md#challenges
    //# **MFA-1** A client MUST read `SecurityChallenges` as a list of `{Type, Prompt, Iterables}`
    let asks = r#"{"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"},
        {"Type":"MultipleChoice","Prompt":"q","Iterables":["a","b"]},{"Type":"TextOrCall","Prompt":"s","Iterables":[]}]}"#;
    let Verdict::Asks { challenges, .. } = verdict(Asked::Authorization, 203, asks) else { panic!("it asks") };
    assert_eq!(challenges.iter().map(|one| one.choices.len()).collect::<Vec<_>>(), [0, 2, 0]);
    assert_eq!((&*challenges[0].prompt, &challenges[1].kind), ("p", &ChallengeKind::MultipleChoice));
}

#[test]
fn what_somebody_made_up_is_not_read() {
    //= docs/spec/credentials.md#minting
    //# **CRED-18** A client MUST NOT send a body with a `secret`
    let mut session = refresh(Policy::default());
    let mint = sent(&mut session, NOW);
    assert!(rendered(&mint).body.is_none());
    let made_up = r#"{"HttpStatusCode":200,"AuthorizeToken":"t","ExpiresIn":1800}"#;
    assert!(matches!(verdict(Asked::Token, 200, made_up), Verdict::Garbled { .. }));
    //= docs/spec/credentials.md#minting
    //# **CRED-19** A client MUST take a 401 `UNAUTHORIZED` to a mint
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
    //# **HOST-1** A client MUST send API calls
    let base = "https://toolbox-api.private.fin.ag/v3/c/BankingServices/";
    assert_eq!(rendered(&sent(&mut session.clone(), NOW)).url, format!("{base}GenerateAuthorizeToken"));
    exchange(&mut session, &mut now, 200, TOKEN);
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-22** A client MUST NOT follow or require `Links` (`rel`, `href`, `example`)
    exchange(&mut session, &mut now, 200, &authorized);
    assert_eq!(rendered(&sent(&mut session.clone(), NOW)).url, format!("{base}GetAccountsDetail"));
    //= docs/spec/async-polling.md#202
    //# **POLL-4** A client MUST build the next address from the endpoint and the `RequestId`
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
    //# **MFA-12** A client MUST use the prompt as the key byte for byte: no trimming
    let body = rendered(&sent(&mut session, NOW)).body.expect("a body");
    assert!(body.expose().contains(&format!(r#""{words}":["x"]"#)), "the key is the prompt");
}

#[test]
fn the_calendar_is_gregorian_and_a_minute_may_have_a_leap_second() {
    let moment = |text: &str| {
        let body = format!(r#"{{"RequestId":"r","Login":{{"Id":"l","LastRefresh":"{text}"}}}}"#);
        let Verdict::Authorized(facts) = reply::read(Asked::Authorization, &reply(200, &body)) else {
            panic!("{body}")
        };
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
