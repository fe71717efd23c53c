//! Lists in replies to calls: an odd element is left out, and is named by its place.

use reconnect_calls::{CallError, Endpoint};
use reconnect_calls::{
    authorize_multiple::AuthorizeMultiple,
    get_mfa_questions::GetMfaQuestions,
    get_nightly_refresh_status::GetNightlyRefreshStatus,
    get_statements::{AccountStatements, GetStatementsAsync, StatementsReply},
    institutions::{InstitutionByRoutingNumber, Institutions},
};
use reconnect_core::{LoginId, RequestId, Unread};
use reconnect_testkit::walks::reply as says;

fn login(text: &str) -> LoginId {
    LoginId::new(text).expect("an id")
}

/// The ids that are read of a list, and the places of the rest.
fn read<A>(
    answer: Result<A, CallError>,
    ids: impl Fn(&A) -> Vec<String>,
    unread: impl Fn(&A) -> &Unread,
) -> [String; 2] {
    let answer = answer.unwrap_or_else(|wrong| panic!("{wrong}"));
    [ids(&answer).join(" "), unread(&answer).places().join(" ")]
}

#[test]
fn one_odd_element_of_a_list_is_left_out_and_named() {
    // Values that are no element of any list here.
    const ODD: &str = r#"null,7,"",[],{},{"Unknown":1}"#;
    let odd = |list: &str| (1..7).map(|at| format!("{list}[{at}]")).collect::<Vec<_>>().join(" ");

    let body = format!(
        r#"{{"IneligibleCards":[{{"LoginId":"a"}},{ODD},{{"LoginId":null}},{{"LoginId":-1}},{{"LoginId":12}},
            {{"LoginId":"b","LastRefreshDate":{{}},"LastRefreshState":"x"}}]}}"#
    );
    let told = read(
        GetNightlyRefreshStatus::new().read(&says(200, &body)),
        |night| night.ineligible.iter().map(|card| card.login.as_str().to_owned()).collect(),
        |night| &night.unread,
    );
    let places = "IneligibleCards[7] IneligibleCards[8].LoginId IneligibleCards[10].LastRefreshDate";
    assert_eq!(told, ["a 12 b".to_owned(), format!("{} {places}", odd("IneligibleCards"))]);

    let body = r#"{"ValidLoginIds":[{"LoginId":"a","RequestId":"r"},null,{"LoginId":"b"},{"LoginId":7,"RequestId":8}],
        "InvalidLoginIds":["c",null,{"LoginId":"d"},{},{"LoginId":{}},9,-9,""]}"#;
    let told = read(
        AuthorizeMultiple::new([login("a")]).read(&says(200, body)),
        |sorted| {
            let valid = sorted.valid.iter().map(|one| format!("{}/{}", one.login.as_str(), one.request.as_str()));
            valid.chain(sorted.invalid.iter().map(|id| id.as_str().to_owned())).collect()
        },
        |sorted| &sorted.unread,
    );
    let places = "ValidLoginIds[1] ValidLoginIds[2] InvalidLoginIds[1] InvalidLoginIds[3] InvalidLoginIds[4].LoginId \
        InvalidLoginIds[6] InvalidLoginIds[7]";
    assert_eq!(told, ["a/r 7/8 c d 9", places]);

    let body = format!(
        r#"{{"Data":[{{"Id":1}},{ODD},{{"Id":2,"Localizations":[{{"Name":"N"}},7,{{"Name":{{}},"Urls":[7,{{"Url":"u"}}]}}],
            "RoutingNumbers":["021000021",null,7],"Country":[]}},{{"Id":"3"}}],"Count":"many"}}"#
    );
    let page = Institutions::new().read(&says(200, &body)).expect("a page");
    let second = &page.institutions[1];
    assert_eq!((second.name("en"), second.localizations.len(), second.localizations[1].urls.len()), (Some("N"), 2, 1));
    assert_eq!(second.routing_numbers.iter().map(|one| &**one).collect::<Vec<_>>(), ["021000021", "7"]);
    let told =
        read(Ok(page), |page| page.institutions.iter().map(|one| one.id.to_string()).collect(), |page| &page.unread);
    let places = "Data[7].Localizations[1] Data[7].Localizations[2].Name Data[7].Localizations[2].Urls[0] \
        Data[7].RoutingNumbers[1] Data[7].Country Data[8].Id Count";
    assert_eq!(told, ["1 2".to_owned(), format!("{} {places}", odd("Data"))]);

    let body = r#"{"Id":4,"RoutingNumbers":[{},"021000021"],"Localizations":null}"#;
    let told = read(
        InstitutionByRoutingNumber::new("021000021").expect("nine").read(&says(200, body)),
        |found| found.institution.routing_numbers.iter().map(|one| one.to_string()).collect(),
        |found| &found.unread,
    );
    assert_eq!(told, ["021000021", "RoutingNumbers[0]"]);

    let body = format!(r#"{{"Questions":[{{"Question":"q"}},{ODD},{{"Question":"z"}}]}}"#);
    let told = read(
        GetMfaQuestions::new(login("l")).read(&says(200, &body)),
        |asked| asked.questions.iter().map(|one| one.question.to_string()).collect(),
        |asked| &asked.unread,
    );
    assert_eq!(told, ["q z".to_owned(), odd("Questions")]);

    let body = r#"{"HttpStatusCode":200,"RequestId":"r","StatementsByAccount":[null,7,{"AccountNumber":{},"Statements":[
        7,{"UniqueId":"u","FileType":[],"Base64Bytes":"JVBERi0="}]},{"AccountNumber":12,"Statements":{}}]}"#;
    let answer = GetStatementsAsync::new(RequestId::new("r").expect("an id")).read(&says(200, body));
    let ready = answer.map(|answer| if let StatementsReply::Ready(ready) = answer { ready } else { panic!("ready") });
    let told = read(
        ready,
        |ready| {
            let files = |one: &AccountStatements| one.statements.len();
            ready.by_account.iter().map(|one| format!("{:?}:{}", one.account_number, files(one))).collect()
        },
        |ready| &ready.unread,
    );
    let places = "StatementsByAccount[0] StatementsByAccount[1] StatementsByAccount[2].AccountNumber \
        StatementsByAccount[2].Statements[0] StatementsByAccount[2].Statements[1].FileType StatementsByAccount[3].Statements";
    assert_eq!(told, [r#"None:1 Some("12"):0"#, places]);
}

/// A body has to have its list: without it, it belongs to another endpoint.
#[test]
fn a_body_without_its_list_is_unreadable() {
    for (list, at) in [("7", "IneligibleCards"), ("{}", "IneligibleCards"), ("null", "IneligibleCards")] {
        let body = format!(r#"{{"HttpStatusCode":200,"IneligibleCards":{list}}}"#);
        let wrong = GetNightlyRefreshStatus::new().read(&says(200, &body)).expect_err(list);
        assert!(matches!(&wrong, CallError::Garbled { at: place, .. } if **place == *at), "{list}: {wrong:?}");
    }
    let twice = r#"{"HttpStatusCode":200,"IneligibleCards":[{"LoginId":"a"}],"IneligibleCards":[{"LoginId":"b"}]}"#;
    assert!(GetNightlyRefreshStatus::new().read(&says(200, twice)).is_err(), "two lists are none");
    let differ = r#"{"IneligibleCards":[{"LoginId":"a","LoginId":"b"},{"LoginId":"c","LoginId":"C"}]}"#;
    let night = GetNightlyRefreshStatus::new().read(&says(200, differ)).expect("a list");
    assert_eq!((night.ineligible.len(), night.unread.count()), (1, 1), "two ids of one card are none");
}
