//! What a page needs of the widget: its URL, and the news that it posts. These vectors are for a package that has both in its
//! own language. They are recorded from the core.

use super::folder;
use reconnect_core::{
    AccountId, FlinksCode, Instance, RequestId, Secret, Selection,
    connect::{ConnectNews, Meaning, WidgetUrl},
};
use reconnect_testkit::duet::Dice;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

#[test]
fn the_widgets_vectors_are_what_the_core_says() {
    let lines = |cases: Vec<Value>| cases.iter().map(|case| ascii(&case.to_string())).collect::<Vec<_>>().join(",\n");
    let folder = folder().join("widget");
    let codes = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../reconnect-js/src/codes.js"));
    for (path, text) in [
        (folder.join("urls.json"), format!("[{}]\n", lines(urls()))),
        (folder.join("news.json"), format!("[{}]\n", lines(news()))),
        (codes, errors()),
    ] {
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &text).expect("a vector can be written");
        }
        let committed = fs::read_to_string(&path).expect("the vectors are part of the repository");
        assert!(committed == text, "{} is not what the core says any more: run cargo xtask vectors", path.display());
    }
}

/// Characters that an editor may not show are escaped.
fn ascii(json: &str) -> String {
    let mut units = [0; 2];
    let mut escaped = |c: char| -> String {
        if c.is_ascii() && !c.is_control() {
            return c.into();
        }
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    json.chars().map(&mut escaped).collect()
}

/// The codes that are errors, as JavaScript.
fn errors() -> String {
    let errors = FlinksCode::KNOWN.iter().filter(|code| code.advice().is_some());
    let lines: String = errors.map(|code| format!("  {},\n", json!(code.as_str()))).collect();
    format!(
        "/** The codes of Flinks that are errors. A step with such a name is an error too. `cargo xtask vectors` writes this \
         file. */\nexport const ERRORS = new Set([\n{lines}]);\n"
    )
}

/// `{"place", "with", "url"}`: the instance's name or the widget's address, the fields, and the URL.
fn urls() -> Vec<Value> {
    let many: Vec<String> = (0..230).map(|number| format!("{number:036}")).collect();
    let cases = [
        ("toolbox", json!({})),
        ("toolbox", json!({ "institution": "Flinks Capital", "language": "fr", "authorizeToken": "t" })),
        ("toolbox", json!({ "requestId": "r-1" })),
        ("toolbox", json!({ "requestId": "r 1&2", "keep": ["a-1"], "tag": "x=y,z?#%+" })),
        ("toolbox", json!({ "requestId": "r", "keep": ["a/1", "b!*'()~", "ü…😀"], "redirectUrl": "https://a/b?c=d" })),
        ("toolbox", json!({ "requestId": "r", "keep": many[..200], "authorizeToken": "t" })),
        ("toolbox", json!({ "requestId": "r", "keep": many, "authorizeToken": "t" })),
        ("toolbox", json!({ "requestId": "r", "keep": ["a"], "most": 72 })),
        ("toolbox", json!({ "requestId": "r", "keep": ["a"], "most": 75, "tag": "ü" })),
        ("https://widget.example/v2", json!({ "institution": "A/B" })),
        ("https://widget.example/v2?theme=dark", json!({ "institution": "Bank" })),
        ("https://widget.example/v2?theme=dark", json!({ "requestId": "r", "authorizeToken": "t+/=" })),
        ("https://widget.example/?", json!({ "requestId": "r" })),
        ("https://widget.example/?a=b&", json!({ "requestId": "r", "keep": ["a"] })),
    ];
    cases.map(|(place, with)| json!({ "place": place, "with": with, "url": url(place, &with) })).into()
}

fn url(place: &str, with: &Value) -> String {
    let text = |name: &str| with[name].as_str();
    let instance = match place.contains(':') {
        true => Instance::at("https://api.example", place, "c").expect("an instance"),
        false => Instance::named(place, "c").expect("an instance"),
    };
    let mut url = match text("requestId") {
        Some(request) => {
            let ids = with["keep"].as_array().map(|ids| {
                ids.iter().map(|id| AccountId::new(id.as_str().expect("text")).expect("an id")).collect::<Vec<_>>()
            });
            let keep = ids.map_or(Selection::all(), |ids| Selection::only(ids).expect("some"));
            WidgetUrl::resume(&instance, &RequestId::new(request).expect("an id"), &keep)
        }
        None => WidgetUrl::connect(&instance, text("institution")),
    };
    for name in ["language", "tag", "redirectUrl"] {
        url = text(name).map_or(url.clone(), |value| url.with(name, value));
    }
    url = text("authorizeToken").map_or(url.clone(), |token| url.with_token(&Secret::from(token)));
    url = with["most"].as_u64().map_or(url.clone(), |most| url.at_most(u32::try_from(most).expect("small")));
    url.expose().to_owned()
}

/// `{"message", "news"}`: what was posted, and what it says; null if it is no news.
fn news() -> Vec<Value> {
    let mut texts: Vec<String> = [
        "",
        "hello",
        "{}",
        "[]",
        "null",
        "7",
        "\"\"",
        "{",
        "https://a.example/",
        "https://a.example/?",
        "a=b",
        "?loginId=l",
        "loginId=l&requestId=r",
        "https://a/?loginId=l-1&accountId=a-1%2Ca-2&institution=Flinks+Capital&tag=x",
        "https://a/#/back?loginId=l",
        "https://a/#loginId=l",
        "https://a/?loginId=l#/x?loginId=m&requestId=r",
        "https://a/?state=abc?loginId=l&next=/a?b=c",
        "https://a/?loginId=l&amp;requestId=r",
        "https://a/#/p&loginId=l",
        "https://a/?loginId=undefined&requestId=r",
        "https://a/?loginId=Optional(l)&requestId=r",
        "https://a/?loginId=%00",
        "https://a/?loginId={00000000-0000-0000-0000-000000000000}&requestId=r",
        "https://a/?loginId=000",
        "/?loginId=l",
        "https://a/?loginId=l&accountId[]=a&accountId[0]=b&resumeSelectedAccounts=c&ACCOUNTIDS=d,A",
        "https://a/?=&&loginId=l",
        "https://a/?loginId=l&accountId=%5B%22a%22%2C%22b%22%5D",
        "https://a/?loginId=l&accountId=%255B%2522a%2522%255D",
        "https://a/?loginId=l&accountId=[a, b]",
        "https://a/?loginId=l&accountId=a%252Cb",
        "https://a/?loginId=%ff&requestId=r",
        "https://a/?error=access_denied&error_description=The+user+said+no&state=s",
        "https://a/?error=DISABLED_LOGIN",
        "https://a/?error=%1b]52;x%07%e2%80%ae%3c&error_description=a%0Ab%1b[2J%e2%80%aec%ef%bb%bf",
        "https://a/?error=false",
        "https://a/?loginId=l&error=0",
        "https://a/?flinksCode=RETRY_LATER&loginId=l",
        "https://a/?flinksCode=<x>&loginId=l",
        "https://a/?step=REDIRECT",
        "https://a/?error=BANK+MAINTENANCE_RETRY_LATER",
        "https://a/?loginId=.",
        "loginId=l%",
        r#"{"step":"REDIRECT","loginId":"l","requestId":"r","accountId":["a","A","b"],"institution":"I","tag":"t"}"#,
        r#""{\"step\":\"REDIRECT\",\"loginId\":\"l\"}""#,
        r#" {"STEP":"REDIRECT","LoginId":"l"} "#,
        r#"{"loginId":7}"#,
        r#"{"loginId":12345678901234567890}"#,
        r#"{"loginId":1.5}"#,
        r#"{"loginId":-1}"#,
        r#"{"loginId":"\"l\""}"#,
        r#"{"loginId":null,"requestId":"r"}"#,
        r#"{"loginId":["l"],"step":"X"}"#,
        r#"{"step":7}"#,
        r#"{"step":null}"#,
        r#"{"step":"REDIRECT","url":"https://a/?loginId=l&error=x"}"#,
        r#"{"step":"SUBMIT_MFA","url":"https://a/?error=x"}"#,
        r#"{"step":"REDIRECT","url":"https://a/?flinksCode=RETRY_LATER&loginId=l"}"#,
        r#"{"url":"https://a/?loginId=l"}"#,
        r#"{"step":"SUBMIT_MFA","error":"quota","flinksCode":"RETRY_LATER"}"#,
        r#"{"error":"quota"}"#,
        r#"{"step":"A\u0000B"}"#,
        r#"{"state":"s","error":"access_denied"}"#,
        r#"{"error":"x","error_description":"y"}"#,
        r#"{"step":"\ud800"}"#,
        r#"{"data":{"step":"REDIRECT","loginId":"l"}}"#,
        r#"{"nativeEvent":{"data":"{\"step\":\"REDIRECT\"}"}}"#,
        r#"{"detail":"https://a/?loginId=l"}"#,
        r#"{"data":"hello","step":"X"}"#,
        r#"{"data":{"x":1},"loginId":"l"}"#,
        r#"{"loginId":"l","accountId":[{"id":"a"},{"accountId":"b"},7,7.5,null,["c"],"d,e",[[[["f"]]]]]}"#,
        r#"{"loginId":"l","accountId":"[\"a\",\"b\"]"}"#,
        r#"{"loginId":"l","accountId":{"id":"a"}}"#,
        r#"{"loginId":"l"}x"#,
        "{\"step\":\"a\nb\"}",
        "{\"loginId\":\"l\nm\"}",
        "\u{feff}{\"step\":\"X\"}\u{85}",
        r#"{"step":"x","step":"y"}"#,
        r#"{"loginId":"l","loginId":"undefined","requestId":"r"}"#,
        r#"{"step":"REDIRECT","tag":9,"institution":["x"]}"#,
    ]
    .map(String::from)
    .into();
    let words = ["REDIRECT", "SUBMIT_MFA", "COMPONENT_CLOSE_SESSION", "COMPONENT_DENY_CONSENT", "COMPONENT_DENY_TERMS"];
    let steps = ["MAXIMUM_RETRY_REACHED", "TOKEN_INVALID", "COMPONENT_LOAD_MFA", "BRAND_NEW"];
    let codes = FlinksCode::KNOWN.iter().map(FlinksCode::as_str);
    for step in words.into_iter().chain(steps).chain(codes) {
        texts.push(json!({ "step": step, "requestId": "r" }).to_string());
        texts.push(json!({ "step": "SUBMIT_MFA", "flinksCode": step }).to_string());
    }
    texts.push(json!({ "step": "x".repeat(65) }).to_string());
    texts.push(json!({ "loginId": "x".repeat(129) }).to_string());
    texts.push(json!({ "loginId": "l", "padding": "x".repeat(64 << 10) }).to_string());
    let many: Vec<String> = (0..220).map(|number| number.to_string()).collect();
    texts.push(format!("https://a/?loginId=l&accountId={}", many.join(",")));
    let mut dice = Dice::new(7);
    texts.extend((0..400).map(|_| any(&mut dice)));
    texts.iter().map(|text| json!({ "message": text, "news": read(text) })).collect()
}

/// Any event or URL, made of what such texts are made of.
fn any(dice: &mut Dice) -> String {
    const NAMES: &[&str] = &[
        "step",
        "loginId",
        "LOGINID",
        "requestId",
        "accountId",
        "accountIds",
        "accountId[]",
        "institution",
        "tag",
        "url",
        "flinksCode",
        "error",
        "error_description",
        "state",
        "data",
        "other",
    ];
    const VALUES: &[&str] = &[
        "l-1",
        "REDIRECT",
        "SUBMIT_MFA",
        "undefined",
        "a,b",
        "%2C",
        "a%2Cb",
        "+",
        "",
        " x ",
        "null",
        "RETRY_LATER",
        "%",
        "é",
        "https://a/?loginId=u&accountId=v",
        "[\"a\"]",
        "{\"id\":\"a\"}",
        "\"q\"",
        "TOKEN_INVALID",
        "\u{feff}z",
        "#",
        "?loginId=h",
    ];
    let mut below = |end: usize| usize::try_from(dice.below(end as u64)).expect("it is small");
    let fields = 1 + below(4);
    let mut field = || (NAMES[below(NAMES.len())], VALUES[below(VALUES.len())], below(6));
    let fields: Vec<(&str, &str, usize)> = (0..fields).map(|_| field()).collect();
    if fields[0].2.is_multiple_of(2) {
        let pairs: Vec<String> = fields.iter().map(|(name, value, _)| format!("{name}={value}")).collect();
        return format!("{}{}", ["https://a/?", "https://a/#/b?", ""][fields[0].2 / 2], pairs.join("&"));
    }
    let value = |value: &str, form: usize| match form {
        0..=2 => json!(value),
        3 => json!([value, 7]),
        4 => json!(12),
        _ => json!({ "step": "X", "id": value }),
    };
    let pairs = fields.iter().map(|(name, text, form)| format!("{}:{}", json!(name), value(text, *form)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn read(text: &str) -> Value {
    let Ok(news) = ConnectNews::read(text) else { return Value::Null };
    let means = match news.means() {
        Meaning::Redirect => "redirect",
        Meaning::Progress => "progress",
        Meaning::Left => "left",
        Meaning::Ends => "ends",
        Meaning::TokenSpent => "tokenSpent",
        Meaning::Error => "error",
    };
    json!({
        "step": news.step.as_ref().map(|step| step.as_str()),
        "means": means,
        "loginId": news.login.as_ref().map(|id| id.as_str()),
        "requestId": news.request.as_ref().map(|id| id.as_str()),
        "institution": news.institution,
        "accounts": news.accounts.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "tag": news.tag,
        "code": news.code.as_ref().map(FlinksCode::as_str),
        "error": news.error,
        "errorDescription": news.error_description,
    })
}
