//! The endpoints that are no step of a session: encoders as literals, fixtures, the sandbox's bank face to face, and
//! bytes that nobody promised.

use proptest::prelude::*;
use reconnect_calls::{CallError, Endpoint};
use reconnect_calls::{
    answer_mfa_questions::AnswerMfaQuestions,
    authorize_multiple::AuthorizeMultiple,
    delete_card::DeleteCard,
    get_mfa_questions::GetMfaQuestions,
    get_nightly_refresh_status::GetNightlyRefreshStatus,
    get_statements::{GetStatements, GetStatementsAsync, StatementsReply},
    institutions::{InstitutionByRoutingNumber, Institutions},
    set_scheduled_refresh::SetScheduledRefresh,
};
use reconnect_core::accounts::NumberOfStatements::{Months3, Months12, MostRecent};
use reconnect_core::wire::authorize::Authorize;
use reconnect_core::{
    AccountId, Action, Advice, Answers, Call, Challenge, Draft, Fault, FaultKind, Instance, Keys, Known, LoginId,
    Outcome, Policy, Rendered, Reply, RequestId, Secret, Selection, Session, Sign, Timestamp,
    connect::ConnectNews,
    reply::{self, Asks, AuthorizeReply, DataReply, ReplyError},
};
use reconnect_testkit::duet::{START, Stage};
use reconnect_testkit::fixtures;
use reconnect_testkit::walks::{NOT_YET, OK, reply as says};

fn login(text: &str) -> LoginId {
    LoginId::new(text).expect("an id")
}

fn request(text: &str) -> RequestId {
    RequestId::new(text).expect("an id")
}

fn one() -> Selection {
    Selection::only([AccountId::new("a-1").expect("an id")]).expect("one")
}

fn fixture(name: &str) -> Reply {
    says(200, &fixtures::text(&format!("server/{name}")))
}

#[test]
fn every_draft_is_what_the_documentation_shows() {
    let instance = Instance::named("toolbox", "c").expect("an instance");
    let keys = Keys { secret: Some("secret-key".into()), api: Some("api-key".into()) };
    let (bearer, api) = ("authorization: Bearer secret-key", "x-api-key: api-key");
    let statements = |number, keep| GetStatements::new(request("r/1"), number, keep).expect("a sound order").draft();
    let number = InstitutionByRoutingNumber::new("021000021").expect("nine digits");
    let answers = AnswerMfaQuestions::new(login("l")).with("Q\"?", "no").with("é?", "b").with("Q\"?", "a");
    let table: [(Draft, &str, &str, &str); 13] = [
        //= docs/spec/credentials.md#which-header
        //# **CRED-5** A client MUST send the x-api-key in the header `x-api-key` of every data endpoint:
        //# `/GetAccountsDetail`, `/GetAccountsSummary`, `/GetStatements` and their `…Async` forms.
        (statements(None, Selection::all()), "POST GetStatements", api, r#"{"RequestId":"r/1"}"#),
        (
            statements(Some(MostRecent), one()),
            "POST GetStatements",
            api,
            r#"{"RequestId":"r/1","NumberOfStatements":"MostRecent","AccountsFilter":["a-1"]}"#,
        ),
        (
            statements(Some(Months12), one()),
            "POST GetStatements",
            api,
            r#"{"RequestId":"r/1","NumberOfStatements":"Months12","AccountsFilter":["a-1"]}"#,
        ),
        (GetStatementsAsync::new(request("r/1")).draft(), "GET GetStatementsAsync/r%2F1", api, ""),
        //= docs/spec/credentials.md#which-header
        //# **CRED-9** A client SHOULD send the x-api-key to an endpoint whose page names no header.
        (
            SetScheduledRefresh::new(login("l"), false).draft(),
            "PATCH SetScheduledRefresh",
            api,
            r#"{"loginId":"l","isActivated":false}"#,
        ),
        //= docs/spec/credentials.md#which-header
        //# **CRED-8** A client MUST send `Authorization: Bearer {secret key}` to `/GetNightlyRefreshStatus`.
        (GetNightlyRefreshStatus::new().draft(), "GET GetNightlyRefreshStatus", bearer, ""),
        (GetMfaQuestions::new(login("l?m")).draft(), "GET GetMFAQuestions/l%3Fm", api, ""),
        (
            answers.draft(),
            "PATCH AnswerMFAQuestions",
            api,
            r#"{"loginId":"l","Questions":[{"Question":"é?","Answer":"b"},{"Question":"Q\"?","Answer":"a"}]}"#,
        ),
        (DeleteCard::new(login("l m")).draft(), "DELETE DeleteCard/l%20m", api, ""),
        (
            AuthorizeMultiple::new([login("l"), login("m")]).draft(),
            "POST AuthorizeMultiple",
            api,
            r#"{"LoginIds":["l","m"],"MostRecentCached":true}"#,
        ),
        (Institutions::new().draft(), "GET Institutions", api, ""),
        (Institutions::new().take(5).country("C A").draft(), "GET Institutions?take=5&countries=C%20A", api, ""),
        (number.draft(), "GET Institutions/RoutingNumber/021000021", api, ""),
    ];
    for (draft, line, key, body) in table {
        let rendered = draft.clone().render(&instance, &keys).expect("both keys are there");
        let (method, path) = line.split_once(' ').expect("two words");
        assert_eq!(rendered.method, method, "{line}");
        assert_eq!(rendered.url, format!("https://toolbox-api.private.fin.ag/v3/c/BankingServices/{path}"));
        assert_eq!(rendered.text(), body, "{line}");
        //= docs/spec/hosts-and-paths.md#methods-and-names
        //# **HOST-15** A client SHOULD send `Accept: application/json` with every call and `Content-Type:
        //# application/json` with every POST.
        let mut headers = vec!["accept: application/json", "accept-encoding: identity"];
        let agent = concat!("user-agent: reconnect/", env!("CARGO_PKG_VERSION"));
        headers.extend([agent, key]);
        if !body.is_empty() {
            headers.push("content-type: application/json");
        }
        let sent: Vec<_> = rendered.headers.iter().map(|(name, value)| format!("{name}: {}", value.expose())).collect();
        assert_eq!(sent, headers, "{line}");
        assert!(!rendered.once, "{line}");
        assert_eq!(rendered.id.number(), 0);
        //= docs/spec/credentials.md#which-header
        //# **CRED-6** A client MUST leave the header `x-api-key` out if its caller has no such key.
        let without = draft.render(&instance, &Keys::default());
        assert_eq!(without.is_err(), key == bearer, "{line}: only the bearer cannot be left out");
    }
    let mut live = AuthorizeMultiple::new([login("l")]);
    live.most_recent_cached = false;
    assert!(live.draft().render(&instance, &keys).expect("keys").once, "it would reach banks");
}

#[test]
fn a_body_reads_back_as_it_was_written() {
    let back = |text: &str| serde_json::to_string(&serde_json::from_str::<GetStatements>(text).expect(text));
    for text in [r#"{"RequestId":"r"}"#, r#"{"RequestId":"r","NumberOfStatements":"Months12","AccountsFilter":["a"]}"#]
    {
        assert_eq!(back(text).expect("JSON"), text);
    }
    for text in [
        r#"{"RequestId":"r","NumberOfStatements":"Months12"}"#,
        r#"{"RequestId":"r","NumberOfStatements":"Months12","AccountsFilter":["a","b"]}"#,
        r#"{"RequestId":"r","AccountsFilter":[]}"#,
    ] {
        assert!(serde_json::from_str::<GetStatements>(text).is_err(), "{text}");
    }
    let text = r#"{"loginId":"l","Questions":[{"Question":"q","Answer":"a"}]}"#;
    let answers: AnswerMfaQuestions = serde_json::from_str(text).expect("answers");
    assert_eq!(serde_json::to_string(&answers).expect("JSON"), text);
    let text = r#"{"loginId":"l","isActivated":true}"#;
    assert_eq!(
        serde_json::from_str::<SetScheduledRefresh>(text).expect("a body"),
        SetScheduledRefresh::new(login("l"), true)
    );
    let text = r#"{"LoginIds":["l"],"MostRecentCached":true}"#;
    assert_eq!(serde_json::from_str::<AuthorizeMultiple>(text).expect("a body"), AuthorizeMultiple::new([login("l")]));
}

//= docs/spec/other-endpoints.md#statements
//# **ENDP-2** A client MUST send exactly one id in `AccountsFilter` with `Months12`.
#[test]
fn twelve_months_are_of_one_account() {
    let two = Selection::only(["a", "b"].map(|id| AccountId::new(id).expect("an id"))).expect("two");
    for (number, keep, sound) in [
        (Some(Months12), Selection::all(), false),
        (Some(Months12), two.clone(), false),
        (Some(Months12), one(), true),
        (Some(Months3), two, true),
        (None, Selection::all(), true),
    ] {
        assert_eq!(GetStatements::new(request("r"), number, keep).is_ok(), sound, "{number:?}");
    }
}

#[test]
fn fixtures_decode() {
    let asked = GetStatements::new(request("F56F8B80-9949-4c60-ad63-dcdc0fd1456b"), None, Selection::all());
    let read = asked.expect("a sound order").read(&fixture("get-statements-200")).expect("statements");
    let StatementsReply::Ready(statements) = read else { panic!("they are there") };
    let account = &statements.by_account[0];
    assert_eq!((statements.by_account.len(), account.account_number.as_deref()), (1, Some("1111000")));
    let statement = &account.statements[0];
    assert_eq!(statement.unique_id.as_deref(), Some("3DD209E106553D2BB0A6EFF57FD0480C"));
    assert_eq!((statement.file_type.as_deref(), statement.base64.as_deref()), (Some("PDF"), Some("...")));
    assert_eq!(statements.facts.login, Some(login("34c85a5d-f278-467b-29ed-08d682e1fef5")));
    assert_eq!(statements.facts.last_refresh.map(Timestamp::as_millis), Some(1_558_106_963_703));

    let questions = GetMfaQuestions::new(login("l")).read(&fixture("get-mfa-questions-200")).expect("questions");
    let words: Vec<&str> = questions.questions.iter().map(|question| &*question.question).collect();
    assert_eq!(words, ["What shape do people like most?", "What is the best country on earth?"]);
    assert!(AnswerMfaQuestions::new(login("l")).read(&fixture("answer-mfa-questions-200")).is_ok());

    let deleted = DeleteCard::new(login("l")).read(&fixture("delete-card-200")).expect("it is deleted");
    assert!(deleted.message.expect("words").starts_with("All of the information about LoginId "));
    let set =
        SetScheduledRefresh::new(login("l"), true).read(&fixture("set-scheduled-refresh-200")).expect("it is set");
    assert_eq!(set.activated(), Some(true));

    let nightly = GetNightlyRefreshStatus::new().read(&fixture("get-nightly-refresh-status-200"));
    let cards = nightly.expect("a list, whatever was merged into it").ineligible;
    assert_eq!(cards[0].login, login("d12c531b-9622-4477-38c5-08d779b6f27e"));
    assert!(cards[0].waits_for_mfa() && cards[0].code.is_none());
    assert_eq!(cards[0].last_refresh.map(Timestamp::as_millis), Some(1_592_450_794_685));
}

/// The code or the place of an error, and what it advises.
fn error<T>(read: Result<T, CallError>) -> (String, Advice) {
    let error = read.err().expect("an error");
    let words = match &error {
        CallError::Refused(refusal) => {
            format!("{} {}", refusal.code.as_ref().map_or("-", |code| code.as_str()), refusal.status)
        }
        CallError::Garbled { status, at } => format!("{at} {status}"),
        CallError::Page { status, .. } => format!("page {status}"),
        CallError::Render(_) | CallError::Fault(_) | _ => format!("{error:?}"),
    };
    (words, error.advice())
}

#[test]
fn refusals_are_read_as_everywhere() {
    use Advice::{FixTheSetup, StartOver, TryLater};
    let delete = DeleteCard::new(login("l"));
    for (status, body, words, advice) in [
        // The code, then the body's status, then HTTP's (decision 13).
        (200, r#"{"HttpStatusCode":200,"FlinksCode":"CARD_IN_USE"}"#, "CARD_IN_USE 200", TryLater),
        (200, r#"{"HttpStatusCode":400,"Message":"x"}"#, "- 400", StartOver),
        (400, r#"{"HttpStatusCode":400,"FlinksCode":"INVALID_LOGIN"}"#, "INVALID_LOGIN 400", StartOver),
        (401, r#"{"flinksCode":"ACCESS_DENIED"}"#, "ACCESS_DENIED 401", FixTheSetup),
        //= docs/spec/errors.md#reading
        //# **ERR-3** A client SHOULD accept `StatusCode` if `HttpStatusCode` is missing.
        //= docs/spec/other-endpoints.md#deletion
        //# **ENDP-22** A client MUST read the 200 of `DELETE /DeleteCard/{loginId}` as `{StatusCode, Message}`.
        (500, r#"{"StatusCode":200,"Message":"removed"}"#, "", TryLater),
        // A redirect is never followed, whatever its body says (decision 61).
        (302, r#"{"StatusCode":200,"Message":"removed"}"#, "page 302", FixTheSetup),
        (200, r#"{"StatusCode":304}"#, "page 304", FixTheSetup),
        (200, r#"{"StatusCode":304,"FlinksCode":"CARD_IN_USE"}"#, "CARD_IN_USE 304", TryLater),
        // A page is not the service's word, and is judged by its status alone (decision 61).
        (502, "<html>", "page 502", TryLater),
        (429, "<html>", "page 429", TryLater),
        (401, "<html>", "page 401", FixTheSetup),
        (404, r#"{"error":"no such path"}"#, "page 404", FixTheSetup),
        (200, "", "page 200", TryLater),
        (200, "{}", "StatusCode 200", TryLater),
        (200, "[]", "page 200", TryLater),
        //= docs/spec/other-endpoints.md#deletion
        //# **ENDP-23** A client MUST read a refusal of `/DeleteCard` as any other, MUST take `CARD_IN_USE` (400, right
        //# after an authorization) as "later", and SHOULD accept a bare string such as "Invalid LoginId".
        (400, r#""Invalid LoginId""#, "INVALID_LOGIN 400", StartOver),
        (200, r#""Something else""#, "- 200", StartOver),
        (500, r#""Something else""#, "- 500", TryLater),
    ] {
        let read = delete.read(&says(status, body));
        if words.is_empty() {
            assert!(read.is_ok(), "{status} {body}: {read:?}");
        } else {
            assert_eq!(error(read), (words.to_owned(), advice), "{status} {body}");
        }
    }
    let nightly = GetNightlyRefreshStatus::new();
    //= docs/spec/other-endpoints.md#nightly-refresh
    //# **ENDP-10** A client MUST treat `Message` and `FlinksCode` of the reply of `/GetNightlyRefreshStatus` as
    //# optional and alternative.
    let merged = r#"{"HttpStatusCode":401,"IneligibleCards":[],"FlinksCode":"UNAUTHORIZED"}"#;
    assert_eq!(error(nightly.read(&says(401, merged))).0, "UNAUTHORIZED 401", "a body that says 401 is no list");
    assert_eq!(error(nightly.read(&says(200, r#"{"FlinksCode":"INVALID_REQUEST"}"#))).0, "INVALID_REQUEST 200");
    assert_eq!(error(nightly.read(&says(200, "{}"))).0, "IneligibleCards 200");
    let set = SetScheduledRefresh::new(login("l"), true);
    assert_eq!(error(set.read(&says(500, r#""LoginId l has now been activated""#))).0, "- 500");
    assert_eq!(set.read(&says(200, r#"{"Message":"odd"}"#)).expect("an object").activated(), None);
    let again = GetStatementsAsync::new(request("r-1"));
    let other = r#"{"HttpStatusCode":200,"RequestId":"r-2","StatementsByAccount":[]}"#;
    assert_eq!(error(again.read(&says(200, other))).0, "RequestId 200", "another session's statements");
    let late = Reply { headers: vec![("Retry-After".into(), "7".into())], ..says(202, r#"{"RequestId":"r-1"}"#) };
    assert!(matches!(again.read(&late), Ok(StatementsReply::Pending { retry_after: Some(_) })));
    assert_eq!(error(again.read(&says(200, "{}"))).0, "StatementsByAccount 200");
}

/// The other side, and a client of it.
pub(super) struct Desk {
    stage: Stage,
    now: Timestamp,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { stage: Stage::new(7, 2_000), now: START }
    }

    fn send(&mut self, rendered: Rendered) -> Reply {
        let headers = rendered.headers.iter().map(|(name, value)| ((*name).to_owned(), value.expose().to_owned()));
        let request = reconnect_sandbox::Request {
            method: rendered.method.to_owned(),
            target: rendered.url[rendered.url.find("/v3/").expect("every call is under /v3")..].to_owned(),
            headers: headers.collect(),
            body: rendered.text().as_bytes().to_vec(),
        };
        let reply = self.stage.bank.handle(self.now.as_millis(), &request);
        Reply { status: reply.status, headers: reply.headers, body: reply.body }
    }

    fn call<E: Endpoint>(&mut self, endpoint: &E) -> Result<E::Answer, CallError> {
        let rendered = endpoint.draft().render(&self.stage.instance, &self.stage.keys)?;
        endpoint.read(&self.send(rendered))
    }

    fn code<E: Endpoint>(&mut self, endpoint: &E) -> String {
        error(self.call(endpoint)).0
    }

    fn wait(&mut self, ms: u64) {
        self.now = self.now + core::time::Duration::from_millis(ms);
    }

    pub(super) fn user(&mut self, name: &str) -> LoginId {
        login(&self.stage.bank.connect(self.now.as_millis() - 60_000, name, "en"))
    }

    pub(super) fn token(&mut self) -> Secret {
        let mint = Draft::post("GenerateAuthorizeToken").signed(Sign::SecretKey);
        let reply = self.send(mint.render(&self.stage.instance, &self.stage.keys).expect("keys"));
        let Ok(token) = reply::token(&reply) else { panic!("a token") };
        token
    }

    pub(super) fn authorize(
        &mut self,
        endpoint: &'static str,
        token: &Secret,
        body: &Authorize,
    ) -> Result<AuthorizeReply, ReplyError> {
        let draft = Draft::post(endpoint).body(body).signed(Sign::Token(Some(token.clone())));
        let reply = self.send(draft.render(&self.stage.instance, &self.stage.keys).expect("keys"));
        reply::authorize(&reply)
    }

    fn live(&mut self, login: &LoginId) -> Result<AuthorizeReply, ReplyError> {
        let token = self.token();
        self.authorize("Authorize", &token, &Authorize::live(login.clone()))
    }
}

pub(super) fn asks(read: Result<AuthorizeReply, ReplyError>) -> (RequestId, Vec<Challenge>, bool) {
    let Ok(AuthorizeReply::Asks(Asks { facts, challenges, wrong, .. })) = read else { panic!("it asks: {read:?}") };
    (facts.request.expect("a session"), challenges, wrong)
}

pub(super) fn authorized(read: &Result<AuthorizeReply, ReplyError>) -> RequestId {
    let Ok(AuthorizeReply::Authorized(facts)) = read else { panic!("it is through: {read:?}") };
    facts.request.clone().expect("a session")
}

pub(super) fn answers(request: &RequestId, pairs: &[(&str, &[&str])]) -> Authorize {
    let pairs: serde_json::Map<_, _> =
        pairs.iter().map(|(prompt, values)| ((*prompt).to_owned(), serde_json::json!(values))).collect();
    // A prompt of a session that asked just this.
    let challenges: Vec<_> = pairs.keys().map(|prompt| Challenge::question(prompt)).collect();
    let mut built = Answers::to(&prompt_of(request, &challenges));
    for (prompt, values) in &pairs {
        let values: Vec<String> = serde_json::from_value(values.clone()).expect("texts");
        built = built.with(prompt, values);
    }
    Authorize::answer(built)
}

/// The only way to a prompt is a session that asks.
fn prompt_of(request: &RequestId, challenges: &[Challenge]) -> reconnect_core::Prompt {
    use reconnect_core::{Known, Mfa, Policy, Session, policy::TokenUse};
    let mut policy = Policy::default();
    (policy.mfa, policy.token) = (Mfa::WidgetOrApi, TokenUse::Without);
    let mut session = Session::refresh(login("l"), Known::default(), Selection::all(), policy, START);
    let reconnect_core::Action::Send(sent) = session.poll(START) else { panic!("it sends") };
    let asked =
        |challenge: &Challenge| serde_json::json!({"Type": challenge.kind.as_str(), "Prompt": challenge.prompt});
    let asked: Vec<_> = challenges.iter().map(asked).collect();
    let body = serde_json::json!({"RequestId": request.as_str(), "SecurityChallenges": asked});
    session.receive(START, sent.id, Ok(&says(203, &body.to_string())));
    session.prompt(START).expect("it asks")
}

#[test]
fn nightly_refresh_face_to_face() {
    let mut desk = Desk::new();
    let (first, quiet) = (desk.stage.login.clone(), desk.stage.other.clone());
    for login in [&first, &quiet] {
        //= docs/spec/other-endpoints.md#nightly-refresh
        //# **ENDP-6** A client MUST set nightly refresh with `PATCH /SetScheduledRefresh` and `{loginId, isActivated}`,
        //# and always send `isActivated`.
        //= docs/spec/other-endpoints.md#nightly-refresh
        //# **ENDP-7** A client MUST accept a bare JSON string as the 200 of `/SetScheduledRefresh` ("… has now been
        //# activated …" or "… deactivated …").
        let set = desk.call(&SetScheduledRefresh::new(login.clone(), true)).expect("a stored login");
        assert_eq!(set.activated(), Some(true));
    }
    assert_eq!(desk.call(&GetNightlyRefreshStatus::new()).expect("a list").ineligible, []);
    asks(desk.live(&first));
    authorized(&desk.live(&quiet));
    //= docs/spec/other-endpoints.md#nightly-refresh
    //# **ENDP-8** A client MUST ask `GET /GetNightlyRefreshStatus` for the connections that are set to refresh and
    //# cannot, and read them from `IneligibleCards`, a list of `{LoginId, LastRefreshDate, LastRefreshState,
    //# LastRefreshErrorCode}`.
    //= docs/spec/other-endpoints.md#nightly-refresh
    //# **ENDP-16** A client MUST expect no webhook for a refresh that failed or needs MFA.
    let cards = desk.call(&GetNightlyRefreshStatus::new()).expect("a list").ineligible;
    assert_eq!(cards.len(), 1);
    assert!(cards[0].login == first && cards[0].waits_for_mfa() && cards[0].last_refresh.is_some());
    let set = desk.call(&SetScheduledRefresh::new(first.clone(), false)).expect("a stored login");
    assert_eq!(set.activated(), Some(false));
    assert_eq!(desk.call(&GetNightlyRefreshStatus::new()).expect("a list").ineligible, []);
    assert_eq!(desk.code(&SetScheduledRefresh::new(login("nobody"), true)), "INVALID_LOGIN 401");
    desk.stage.keys.secret = Some("wrong".into());
    assert_eq!(desk.code(&GetNightlyRefreshStatus::new()), "UNAUTHORIZED 401");
    desk.stage.keys.secret = None;
    assert!(matches!(desk.call(&GetNightlyRefreshStatus::new()), Err(CallError::Render(_))));
}

#[test]
fn stored_answers_face_to_face() {
    let mut desk = Desk::new();
    let login = desk.stage.login.clone();
    let open = |desk: &mut Desk| {
        //= docs/spec/other-endpoints.md#stored-answers
        //# **ENDP-17** A client MUST read `GET /GetMFAQuestions/{loginId}` as `{Message, Questions: [{Question}]}`.
        let asked = desk.call(&GetMfaQuestions::new(login.clone())).expect("questions");
        asked.questions.into_iter().map(|asked| asked.question).collect::<Vec<_>>()
    };
    let all = open(&mut desk);
    assert_eq!(all.len(), 3);
    let mut store = AnswerMfaQuestions::new(login.clone());
    for (question, answer) in all.iter().zip(["Montreal", "Atlantis", "Triangle"]) {
        store = store.with(question, answer);
    }
    //= docs/spec/other-endpoints.md#stored-answers
    //# **ENDP-19** A client MUST set answers with `PATCH /AnswerMFAQuestions` and `{loginId, Questions: [{Question,
    //# Answer}]}`.
    desk.call(&store).expect("they are stored, the wrong one too");
    assert_eq!(open(&mut desk), [], "nobody judged them yet");
    //= docs/spec/other-endpoints.md#stored-answers
    //# **ENDP-20** A client MUST NOT take the 200 of `/AnswerMFAQuestions` as proof.
    let (_, challenges, _) = asks(desk.live(&login));
    assert_eq!(challenges[0].prompt, all[1], "the wrong one is asked, and no other");
    assert_eq!(open(&mut desk), [all[1].clone()], "it was erased");
    desk.call(&AnswerMfaQuestions::new(login.clone()).with(&all[1], "Canada")).expect("it is stored");
    //= docs/spec/other-endpoints.md#stored-answers
    //# **ENDP-21** A client SHOULD expect correct answers to be stored and reused, and only a cached call to be certain
    //# not to ask.
    authorized(&desk.live(&login));
    assert_eq!(desk.code(&AnswerMfaQuestions::new(login.clone()).with("Who?", "me")), "UNKNOWN_CHALLENGE_KEY 401");
    assert_eq!(desk.code(&GetMfaQuestions::new(self::login("nobody"))), "INVALID_LOGIN 401");
}

//= docs/spec/lifetimes.md#loginid
//# **LIFE-1** A client MUST take a `loginId` as valid until `/DeleteCard`, through changes of the bank password.
//= docs/spec/other-endpoints.md#deletion
//# **ENDP-23** A client MUST read a refusal of `/DeleteCard` as any other, MUST take `CARD_IN_USE` (400, right after an
//# authorization) as "later", and SHOULD accept a bare string such as "Invalid LoginId".
#[test]
fn a_card_is_in_use_and_then_gone() {
    let mut desk = Desk::new();
    let other = desk.stage.other.clone();
    authorized(&desk.live(&other));
    let delete = DeleteCard::new(other.clone());
    assert_eq!(error(desk.call(&delete)), ("CARD_IN_USE 400".to_owned(), Advice::TryLater));
    desk.wait(2_000);
    let words = desk.call(&delete).expect("it is deleted").message.expect("words");
    assert!(words.contains(other.as_str()));
    assert_eq!(desk.code(&delete), "INVALID_LOGIN 401");
    assert!(matches!(desk.live(&other), Err(ReplyError::Refused(_))));
    let first = desk.stage.login.clone();
    asks(desk.live(&first));
    desk.wait(2_000);
    assert_eq!(desk.code(&DeleteCard::new(first)), "CARD_IN_USE 400", "while the bank asks");
}

//= docs/spec/other-endpoints.md#several-logins-institutions
//# **ENDP-25** A client MAY send `POST /AuthorizeMultiple` with `{LoginIds, MostRecentCached}` and read
//# `{ValidLoginIds: [{LoginId, RequestId}], InvalidLoginIds}`.
#[test]
fn several_logins_at_once() {
    let mut desk = Desk::new();
    let (first, other) = (desk.stage.login.clone(), desk.stage.other.clone());
    let sorted = desk.call(&AuthorizeMultiple::new([first.clone(), login("nobody"), other])).expect("they are sorted");
    assert_eq!((sorted.valid.len(), sorted.invalid), (2, vec![login("nobody")]));
    assert_eq!(sorted.valid[0].login, first);
    desk.call(&GetStatements::new(sorted.valid[0].request.clone(), None, Selection::all()).expect("an order"))
        .expect("its sessions are authorized");
}

#[test]
fn statements_face_to_face() {
    let mut desk = Desk::new();
    let (first, other) = (desk.stage.login.clone(), desk.stage.other.clone());
    let (asking, ..) = asks(desk.live(&first));
    let order = GetStatements::new(asking, None, Selection::all()).expect("an order");
    assert_eq!(desk.code(&order), "UNAUTHORIZED 401");
    let session = authorized(&desk.live(&other));
    let account = AccountId::new(&desk.stage.bank.account_ids(other.as_str())[0]).expect("an id");
    let keep = Selection::only([account]).expect("one");
    //= docs/spec/other-endpoints.md#statements
    //# **ENDP-1** A client MUST send `POST /GetStatements` a `RequestId`, and MAY send `NumberOfStatements`
    //# (`MostRecent`, the default, `Months3` or `Months12`) and `AccountsFilter`.
    for (number, keep, accounts, each) in
        [(None, Selection::all(), 4, 1), (Some(Months3), Selection::all(), 4, 3), (Some(Months12), keep, 1, 12)]
    {
        let order = GetStatements::new(session.clone(), number, keep).expect("an order");
        let mut read = desk.call(&order).expect("a reply");
        if number.is_none() {
            assert!(matches!(read, StatementsReply::Pending { .. }));
            desk.wait(2_000);
            //= docs/spec/other-endpoints.md#statements
            //# **ENDP-5** A client MUST poll `GET /GetStatementsAsync/{requestId}` after a 202 as it polls details.
            read = desk.call(&GetStatementsAsync::new(session.clone())).expect("a reply");
        }
        //= docs/spec/other-endpoints.md#statements
        //# **ENDP-4** A client MUST read `StatementsByAccount`, a list of `{AccountNumber, Statements: [{UniqueId,
        //# FileType, Base64Bytes}]}` with `FileType` "PDF", beside `Login`, `Institution` and `RequestId`.
        let StatementsReply::Ready(statements) = read else { panic!("they are there") };
        assert_eq!(statements.by_account.len(), accounts);
        for account in &statements.by_account {
            assert_eq!(account.statements.len(), each);
            assert!(account.statements.iter().all(|one| one.base64.as_deref().is_some_and(|text| text.len() > 40)));
        }
        assert_eq!(statements.facts.login.as_ref(), Some(&other));
    }
    assert_eq!(desk.code(&GetStatementsAsync::new(request("nobody"))), "SESSION_NONEXISTENT 400");
}

//= docs/spec/other-endpoints.md#several-logins-institutions
//# **ENDP-26** A client MAY ask `GET /Institutions` and `GET /Institutions/RoutingNumber/{n}`, and MUST ignore every
//# field of the reply that it does not know.
#[test]
fn institutions_face_to_face() {
    let mut desk = Desk::new();
    let all = desk.call(&Institutions::new()).expect("a page");
    let capital = all.institutions.iter().find(|institution| institution.id == 14).expect("Flinks Capital");
    assert_eq!((capital.name("fr"), capital.country.as_deref()), (Some("Flinks Capital"), Some("CA")));
    assert_eq!(all.count, Some(all.institutions.len() as u64));
    let page = desk.call(&Institutions::new().country("CA").skip(1).take(1)).expect("a page");
    assert_eq!((page.institutions.len(), page.count), (1, Some(3)));
    assert_eq!(page.institutions[0].id, all.institutions[1].id);
    let chase = desk.call(&InstitutionByRoutingNumber::new("021000021").expect("nine digits")).expect("it is known");
    assert_eq!((chase.institution.id, chase.institution.name("fr")), (20, Some("Chase Bank")));
    assert_eq!(desk.code(&InstitutionByRoutingNumber::new("000000000").expect("nine digits")), "- 404");
    desk.stage.keys.api = Some("wrong".into());
    assert_eq!(desk.code(&Institutions::new()), "ACCESS_DENIED 401");
}

//= docs/spec/reconnect.md#authorizeasync
//# **RECO-36** A client MUST take 202 as still working, 203 as MFA, 200 as done, and any other answer as a reason to
//# start over with the institution preselected.
//= docs/spec/reconnect.md#authorizeasync
//# **RECO-38** A client that answers MFA through the API after `/AuthorizeAsync` MUST expect a 202 and ask again until
//# the 200.
#[test]
fn authorize_in_the_background() {
    let mut desk = Desk::new();
    let first = desk.stage.login.clone();
    let token = desk.token();
    const PATH: &str = "AuthorizeAsync";
    let Ok(AuthorizeReply::Pending(facts, _)) = desk.authorize(PATH, &token, &Authorize::live(first)) else {
        panic!("it starts")
    };
    let session = facts.request.expect("a session");
    let status = Authorize::status(session.clone());
    assert!(matches!(desk.authorize(PATH, &token, &status), Ok(AuthorizeReply::Pending(..))));
    desk.wait(2_000);
    let (same, challenges, _) = asks(desk.authorize(PATH, &token, &status));
    assert_eq!((same, challenges.len()), (session.clone(), 1));
    for (index, (prompt, answer)) in
        [("What city were you born in?", "Toronto")].into_iter().chain(reconnect_testkit::duet::ANSWERS).enumerate()
    {
        let body = answers(&session, &[(prompt, &[answer])]);
        assert!(matches!(desk.authorize(PATH, &token, &body), Ok(AuthorizeReply::Pending(..))), "{prompt}");
        desk.wait(2_000);
        let verdict = desk.authorize(PATH, &token, &status);
        if index == 3 {
            assert_eq!(authorized(&verdict), session);
        } else {
            assert_eq!(asks(verdict).2, index == 0, "only the first was wrong");
        }
    }
    let instance = desk.stage.instance.clone();
    let mut sent = None;
    // What a session sends under its policy is the same call.
    if let reconnect_core::Action::Send(mut request) =
        desk.stage.refresh(Selection::all(), reconnect_core::Policy::default()).poll(START)
    {
        request.call = Call::AuthorizeAsync { token: Some(token), body: status };
        sent = reconnect_core::render(&request, &instance, &desk.stage.keys).ok();
    }
    let sent = sent.expect("it is rendered");
    assert!(sent.url.ends_with("/AuthorizeAsync") && sent.headers.iter().any(|(name, _)| *name == "flinks-auth-key"));
}

#[test]
fn a_wrong_answer_with_and_without_more_challenges() {
    const DOG: &str = "What is the name of your dog";
    let code = |read: Result<AuthorizeReply, ReplyError>| {
        let Err(ReplyError::Refused(refusal)) = read else { panic!("refused: {read:?}") };
        refusal.code.expect("a code").as_str().to_owned()
    };
    let mut desk = Desk::new();
    let token = desk.token();
    let login = desk.user("mfa_triple");
    let (session, asked, _) = asks(desk.authorize("Authorize", &token, &Authorize::live(login)));
    assert_eq!(asked.len(), 1);
    let wrong = answers(&session, &[(DOG, &["Rex"])]);
    let (_, others, again) = asks(desk.authorize("Authorize", &token, &wrong));
    assert!(others.len() == 3 && again, "three others in its place");
    let wrong = answers(&session, &[(DOG, &["Rex"]), (&others[0].prompt, &["a"]), (&others[1].prompt, &["b"])]);
    assert_eq!(asks(desk.authorize("Authorize", &token, &wrong)).1.len(), 3);
    assert_eq!(code(desk.authorize("Authorize", &token, &wrong)), "INVALID_SECURITY_RESPONSE_NO_RETRY");
    assert_eq!(code(desk.authorize("Authorize", &token, &wrong)), "SESSION_NONEXISTENT");

    let login = desk.user("mfa_last_try");
    let token = desk.token();
    let (session, ..) = asks(desk.authorize("Authorize", &token, &Authorize::live(login)));
    let wrong = answers(&session, &[(DOG, &["Rex"])]);
    assert_eq!(code(desk.authorize("Authorize", &token, &wrong)), "INVALID_SECURITY_RESPONSE", "without challenges");
    assert_eq!(code(desk.authorize("Authorize", &token, &wrong)), "SESSION_NONEXISTENT");
}

/// Reads a reply as every endpoint, and says what a debugger would see.
fn all(reply: &Reply) -> String {
    let id = || login("l");
    let read = [
        format!("{:?}", GetStatementsAsync::new(request("r-1")).read(reply)),
        format!("{:?}", SetScheduledRefresh::new(id(), true).read(reply)),
        format!("{:?}", GetNightlyRefreshStatus::new().read(reply)),
        format!("{:?}", GetMfaQuestions::new(id()).read(reply)),
        format!("{:?}", AnswerMfaQuestions::new(id()).read(reply)),
        format!("{:?}", DeleteCard::new(id()).read(reply)),
        format!("{:?}", AuthorizeMultiple::new([id()]).read(reply)),
        format!("{:?}", Institutions::new().read(reply)),
        format!("{:?}", InstitutionByRoutingNumber::new("021000021").expect("nine digits").read(reply)),
    ];
    let error = DeleteCard::new(id()).read(reply).err();
    read.join("\n") + &error.map(|error| format!("{error} {:?}", error.advice())).unwrap_or_default()
}

#[test]
fn nothing_prints_what_came() {
    for body in [
        r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"login-0-CANARY","Username":"CANARY"},
            "StatementsByAccount":[{"AccountNumber":"CANARY","Statements":[{"UniqueId":"CANARY","FileType":"PDF",
            "Base64Bytes":"CANARY"}]}]}"#,
        r#"{"Message":"CANARY","Questions":[{"Question":"CANARY"}],"StatusCode":200}"#,
        r#"{"IneligibleCards":[{"LoginId":"login-0-CANARY"}],"Message":"CANARY","FlinksCode":"INVALID_REQUEST"}"#,
        r#"{"ValidLoginIds":[{"LoginId":"login-0-CANARY","RequestId":"request-0-CANARY"}],"InvalidLoginIds":["login-0-CANARY"]}"#,
        r#"{"HttpStatusCode":401,"Message":"CANARY","FlinksCode":"INVALID_LOGIN","RequestId":"request-0-CANARY"}"#,
        r#""LoginId login-0-CANARY has now been activated""#,
        "CANARY",
    ] {
        let text = all(&says(200, body));
        assert!(!text.contains("CANARY"), "{text}");
    }
    let answers = AnswerMfaQuestions::new(login("login-0-CANARY")).with("CANARY", "CANARY");
    let text = format!("{answers:?} {:?} {:?}", answers.draft(), DeleteCard::new(login("login-0-CANARY")));
    assert!(!text.contains("CANARY"), "{text}");
}

/// JSON that has the right names, and whatever under them.
fn plausible() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "HttpStatusCode",
        "StatusCode",
        "FlinksCode",
        "Message",
        "RequestId",
        "Login",
        "StatementsByAccount",
        "AccountNumber",
        "Statements",
        "Base64Bytes",
        "Questions",
        "Question",
        "IneligibleCards",
        "LoginId",
        "LastRefreshDate",
        "ValidLoginIds",
        "InvalidLoginIds",
        "Data",
        "Count",
        "Id",
        "Localizations",
        "Name",
        "Urls",
        "RoutingNumbers",
        "SecurityChallenges",
        "Accounts",
        "x",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        prop::sample::select(vec![200, 202, 400, 401]).prop_map(|status: u16| status.to_string()),
        "[a-zA-Z0-9:. é\u{1}]{0,12}".prop_map(|text| serde_json::json!(text).to_string()),
        Just("\"OPERATION_PENDING\"".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let pair = (names.clone(), inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(pair, 0..6).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        all(&Reply { status, body, ..Reply::default() });
    }

    #[test]
    fn any_json_is_read(status in prop::sample::select(vec![200u16, 202, 203, 302, 400, 401, 500]), body in plausible()) {
        let text = all(&says(status, &body));
        // What is not success by HTTP and says nothing else of itself is never taken for success.
        if status >= 300 && !body.contains("StatusCode") {
            prop_assert!(!text.contains("Ok("), "{status} {body}: {text}");
        }
    }
}

#[test]
fn what_may_reach_a_bank_is_given_the_time_of_any_post() {
    let (instance, keys) =
        (Instance::named("toolbox", "c").expect("an instance"), Keys { secret: Some("k".into()), api: None });
    let limit = |draft: Draft| draft.render(&instance, &keys).expect("it has its key").limit();
    assert_eq!(limit(Draft::get("x").slow()), Policy::DEFAULT.post_limit);
    assert_eq!(limit(Draft::get("x")), Policy::DEFAULT.quick_limit);
}

#[test]
fn an_institution_has_its_name_in_the_language_that_is_asked_for() {
    let body = r#"{"Data":[{"Id":14,"Country":"CA","Localizations":[
        {"Language":"en","Name":"Bank"},{"Language":"fr","Name":"Banque"}]}]}"#;
    let page = Institutions::new().read(&says(200, body)).expect("a page");
    let bank = &page.institutions[0];
    assert_eq!(["en", "fr", "de"].map(|language| bank.name(language)), [Some("Bank"), Some("Banque"), Some("Bank")]);
    assert!(format!("{bank:?}").starts_with("Institution { id: 14"));
}

#[test]
fn only_an_unanswered_question_waits_for_mfa() {
    let body = r#"{"IneligibleCards":[{"LoginId":"l","LastRefreshState":"AnsweringSecurityChallenge"},
        {"LoginId":"m","LastRefreshState":"Failed"},{"LoginId":"n"}]}"#;
    let cards = GetNightlyRefreshStatus::new().read(&says(200, body)).expect("a list").ineligible;
    assert_eq!(cards.iter().map(|card| card.waits_for_mfa()).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn only_a_success_may_leave_the_questions_out() {
    let questions = |body: &str| GetMfaQuestions::new(login("l")).read(&says(200, body));
    assert!(questions(r#"{"Message":"SUCCESS"}"#).is_ok_and(|answer| answer.questions.is_empty()));
    assert!(questions(r#"{"Message":"Answers updated"}"#).is_err() && questions("{}").is_err());
}

/// One rule for ids that come as numbers, in every reader: digits only. Any other number could be written in several
/// ways, and would be several ids.
#[test]
fn an_id_as_a_number_is_digits_only_wherever_it_is_read() {
    for (json, id) in [
        ("7", Some("7")),
        ("0", Some("0")),
        ("18446744073709551615", Some("18446744073709551615")),
        (r#""7""#, Some("7")),
        ("-7", None),
        ("-0", None),
        ("7.0", None),
        ("7e0", None),
        ("true", None),
        ("[7]", None),
    ] {
        // By serde, as in the fields of a call and in an app that embeds the types.
        let read: Option<LoginId> = serde_json::from_str(json).ok();
        assert_eq!(read.as_ref().map(LoginId::as_str), id, "serde {json}");
        let read: Option<RequestId> = serde_json::from_str(json).ok();
        assert_eq!(read.as_ref().map(RequestId::as_str), id, "serde {json}");
        let read: Option<Selection> = serde_json::from_str(&format!("[{json}]")).ok();
        let kept = read.as_ref().and_then(Selection::ids).map(|ids| ids[0].as_str());
        assert_eq!(kept, id, "a selection {json}");
        // Of a body.
        let body = format!(r#"{{"HttpStatusCode":200,"RequestId":{json},"Accounts":[]}}"#);
        let Ok(DataReply::Data(facts, _)) = reply::data(&says(200, &body), None) else { panic!("{json}: data") };
        assert_eq!(facts.request.as_ref().map(RequestId::as_str), id, "a body {json}");
        // Of news.
        let event = format!(r#"{{"step":"REDIRECT","tag":"t","requestId":{json},"accountId":[{json}]}}"#);
        let news = ConnectNews::read(&event).unwrap_or_else(|wrong| panic!("{json}: {wrong}"));
        // A list of one in an event is that one: a browser may repeat a parameter.
        if json != "[7]" {
            assert_eq!(news.request.as_ref().map(RequestId::as_str), id, "news {json}");
            assert_eq!(news.accounts.first().map(AccountId::as_str), id, "news {json}");
        }
    }
    assert!(serde_json::from_str::<LoginId>("null").is_err());
}

/// A session's first call and a call outside of a session judge the same fault alike.
#[test]
fn a_call_and_a_session_judge_one_fault_alike() {
    let end = |answer: &dyn Fn(&str) -> Option<Result<Reply, Fault>>| {
        let mut now = Timestamp::from_millis(1_780_000_000_000);
        let mut session = Session::refresh(login("l"), Known::default(), Selection::all(), Policy::default(), now);
        loop {
            match session.poll(now) {
                Action::Send(sent) => {
                    let token = || Ok(says(200, r#"{"HttpStatusCode":200,"Token":"t"}"#));
                    let through = || Ok(says(200, OK));
                    let endpoint = sent.call.endpoint();
                    let reply = answer(endpoint).unwrap_or_else(|| match endpoint {
                        "GenerateAuthorizeToken" => token(),
                        _ => through(),
                    });
                    session.receive(now, sent.id, reply.as_ref().map_err(|fault| *fault));
                }
                Action::Wait { until } => now = until,
                Action::Pause(_) => break,
            }
        }
        let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it failed") };
        failure.clone()
    };
    let words = [
        "timeout",
        "connectTimeout",
        "nameNotFound",
        "refused",
        "proxy",
        "untrusted",
        "tls",
        "connect",
        "reset",
        "broken",
        "tooLarge",
        "headTooLarge",
        "garbled",
        "encoded",
    ];
    let kinds: Vec<FaultKind> = words.iter().map(|word| FaultKind::from_word(word).expect(word)).collect();
    for at in ["GenerateAuthorizeToken", "GetAccountsDetail"] {
        for kind in &kinds {
            let fault = Fault::seen(*kind, false);
            let failure = end(&|endpoint| (endpoint == at).then_some(Err(fault)));
            let called = CallError::from(fault);
            assert_eq!(called.advice(), failure.recovery().advice(), "{at}: {kind:?}");
        }
        for status in [300, 301, 302, 303, 304, 307, 308, 399] {
            // With the service's own JSON, with none, and with a status that only the body has.
            let body = format!(r#"{{"HttpStatusCode":{status}}}"#);
            for reply in [says(status, ""), says(status, &body), says(200, &body)] {
                let failure = end(&|endpoint| (endpoint == at).then(|| Ok(reply.clone())));
                assert_eq!((failure.status(), failure.fault()), (Some(status), None), "{at}: {status}");
                assert_eq!(failure.recovery().advice(), Advice::FixTheSetup, "{at}: {status}");
                let called = GetNightlyRefreshStatus::new().read(&reply).expect_err("a redirect");
                assert!(
                    matches!(called, CallError::Page { status: told, .. } if told == status),
                    "{status}: {called:?}"
                );
                assert_eq!(called.advice(), failure.recovery().advice(), "{at}: {status}");
                assert!(called.to_string().contains("a redirect"), "nobody refused anything: {called}");
            }
        }
    }
    // Both judge a body over the limit alike.
    let large = says(200, &" ".repeat(reconnect_core::policy::MAX_BODY + 1));
    let failure = end(&|endpoint| (endpoint == "GetAccountsDetail").then(|| Ok(large.clone())));
    let called = GetNightlyRefreshStatus::new().read(&large).expect_err("too large");
    assert_eq!(called.advice(), failure.recovery().advice());
}

#[test]
fn a_mint_that_is_refused_or_too_large_says_so() {
    let mint = |status, body: &str| {
        reconnect_calls::generate_authorize_token::GenerateAuthorizeToken.read(&says(status, body))
    };
    let refused = mint(401, NOT_YET);
    assert!(matches!(refused, Err(CallError::Refused(refusal)) if refusal.status == 401));
    let large = mint(200, &" ".repeat(reconnect_core::policy::MAX_BODY + 1));
    assert!(matches!(large, Err(CallError::Fault(fault)) if fault == Fault::maybe(FaultKind::TooLarge)));
    assert!(matches!(mint(200, r#"{"HttpStatusCode":200,"Token":7}"#), Err(CallError::Garbled { .. })));
    assert!(matches!(mint(502, "<html>"), Err(CallError::Page { status: 502, .. })));
    assert_eq!(mint(200, r#"{"Token":"t"}"#).expect("a token").expose(), "t");
}

#[test]
fn unknown_fields_of_nested_objects_are_passed_over() {
    let body = r#"{"Data":[{"Id":14,"New":{"x":[]},"Localizations":[{"New":[1],"Language":"en","Name":"n",
        "Urls":[{"New":{},"Type":"Main","Url":"https://bank.example"}]}]}]}"#;
    let page = Institutions::new().read(&says(200, body)).expect("a page");
    assert!(page.unread.is_empty());
    let local = &page.institutions[0].localizations[0];
    assert_eq!((local.name.as_deref(), local.urls[0].url.as_deref()), (Some("n"), Some("https://bank.example")));
    let body = r#"{"StatementsByAccount":[{"New":{"x":1},"AccountNumber":"1",
        "Statements":[{"New":[],"UniqueId":"u","FileType":"pdf"}]}]}"#;
    let asked = GetStatements::new(request("r"), None, Selection::all()).expect("a sound order");
    let StatementsReply::Ready(statements) = asked.read(&says(200, body)).expect("statements") else {
        panic!("they are there")
    };
    assert!(statements.unread.is_empty());
    assert_eq!(statements.by_account[0].statements[0].unique_id.as_deref(), Some("u"));
    let body =
        r#"{"ValidLoginIds":[{"New":[{}],"LoginId":"l","RequestId":"r"}],"InvalidLoginIds":[{"New":1,"LoginId":"m"}]}"#;
    let sorted = AuthorizeMultiple::new([login("l"), login("m")]).read(&says(200, body)).expect("both");
    assert!(sorted.unread.is_empty(), "{sorted:?}");
}

#[test]
fn a_message_that_is_not_a_text_is_read_if_possible() {
    let read = |body: &str| SetScheduledRefresh::new(login("l"), true).read(&says(200, body));
    assert_eq!(&*read(r#"{"Message":true}"#).expect("words").message, "true");
    assert_eq!(&*read(r#"{"Message":-7}"#).expect("words").message, "-7");
    let mended = read("{\"Message\":\"now\u{1} activated\"}").expect("words");
    assert_eq!(mended.activated(), Some(true));
    let garbled = read("{\"Other\":\"\u{1}\",\"Message\":[7]}");
    assert!(matches!(garbled, Err(CallError::Garbled { .. })), "{:?}", garbled.err());
}
