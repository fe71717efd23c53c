//! `reconnect redirect`: what the widget says, as fields.

use crate::{
    args::Redirect,
    exit::{Exit, Trouble},
    input,
    out::Out,
};
use reconnect_core::{AccountId, connect::ConnectNews};
use serde_json::{Value, json};

/// What the core reads at most, and a byte more, so that it is the core who refuses.
const MOST: u64 = (64 << 10) + 1;

pub(crate) fn run(args: &Redirect, out: &Out) -> Result<Exit, Trouble> {
    let line = fields(&read(&args.news)?);
    if out.is_json() {
        out.json(&line)?;
        return Ok(Exit::Done);
    }
    for (name, title) in [
        ("step", "step"),
        ("loginId", "login id"),
        ("requestId", "request id"),
        ("institution", "institution"),
        ("tag", "tag"),
    ] {
        if let Some(value) = line[name].as_str() {
            out.line(&format!("{title}: {value}"))?;
        }
    }
    for id in line["accountIds"].as_array().into_iter().flatten() {
        out.line(&format!("account id: {}", id.as_str().unwrap_or_default()))?;
    }
    for (name, value) in line["other"].as_object().into_iter().flatten() {
        out.line(&format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))?;
    }
    out.note("this is what a browser says: a hint, until the service confirms it");
    Ok(Exit::Done)
}

/// Reads news from the command line, from standard input (`-`), or from a file (`@FILE`).
pub(crate) fn read(news: &str) -> Result<ConnectNews, Trouble> {
    let text = input::value(news, MOST, "URL_OR_EVENT")?;
    let asked = "expected an event of the widget (a JSON object), or the URL that it redirected to";
    ConnectNews::read(&text).map_err(|came| Trouble::failed(format!("{asked}: {came}")))
}

fn fields(news: &ConnectNews) -> Value {
    let mut other = json!({});
    for (name, json) in &news.other {
        other[name.as_ref()] = serde_json::from_str(json).unwrap_or_default();
    }
    // A code that is not the step itself came as a parameter, which has no name of its own here.
    if let Some(code) =
        news.code.as_ref().filter(|code| news.step.as_ref().is_none_or(|step| step.as_str() != code.as_str()))
    {
        other["flinksCode"] = json!(code);
    }
    // The same holds for an error of the bank's own sign-in, in the fields of OAuth.
    for (name, text) in [("error", &news.error), ("error_description", &news.error_description)] {
        if let Some(text) = text {
            other[name] = json!(text);
        }
    }
    let ids: Vec<&str> = news.accounts.iter().map(AccountId::as_str).collect();
    json!({
        "step": news.step.as_ref().map(|step| step.as_str()), "loginId": news.login, "requestId": news.request,
        "institution": news.institution, "accountIds": ids, "tag": news.tag, "other": other,
    })
}
