//! `reconnect link`: asks a running `reconnect serve` for a link to send to an end user.

use crate::{
    args::Link,
    clock::moment,
    exit::{Exit, Trouble},
    input,
    out::Out,
    place::key,
};
use reconnect_blocking::{Http, Transport};
use reconnect_calls::CallError;
use reconnect_core::{Advice, Draft, Instance, InvalidInstance, Keys, Reply, Sign, Timestamp, advice_by_page, short};
use serde::Deserialize;
use serde_json::json;
use std::env;

/// Far more than a link or a problem needs.
const MOST: usize = 64 << 10;

/// What the server answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    id: String,
    url: String,
    expires_at: u64,
}

/// Why it refuses: RFC 9457.
#[derive(Default, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

pub(crate) fn run(args: &Link, out: &Out) -> Result<Exit, Trouble> {
    let login = input::login(&args.login_id, "LOGIN_ID")?;
    let keep = input::keep(args.keep.as_deref())?;
    let (server, instance) = server(args)?;
    let Some(admin) = key("RECONNECT_ADMIN_KEY")? else {
        let message = "RECONNECT_ADMIN_KEY is not set: set it to the admin key of `reconnect serve`";
        return Err(Trouble::new(Exit::FixTheSetup, message));
    };
    let asked = json!({
        "loginId": login, "keep": keep.ids(), "language": args.language, "ownerRef": args.owner_ref,
        "expiresInS": args.expires_in.map(|span| span.as_secs()), "institution": args.institution,
    });
    // The transport of the sessions sends it, so no redirect is followed, and a fault has its own words.
    let draft = Draft::post("links").body(&asked).signed(Sign::Bearer).once();
    let request = draft.render(&instance, &Keys { secret: Some(admin), api: None });
    let mut request = request.map_err(|wrong| Trouble::new(Exit::FixTheSetup, wrong.to_string()))?;
    (request.url, request.max_body) = (format!("{server}/links"), MOST);
    let reply = Http::new()?.exchange(&request).map_err(|fault| lost(&fault.into()))?;
    if reply.status != 201 {
        return Err(refused(&reply));
    }
    let made: Made = serde_json::from_slice(&reply.body).map_err(|_| {
        let message = "the reply is no link: check that --server is the address of `reconnect serve`";
        Trouble { status: Some(reply.status), ..Trouble::new(Exit::FixTheSetup, message) }
    })?;
    if out.is_json() {
        out.json(&json!({ "id": made.id, "url": made.url, "expiresAt": made.expires_at }))?;
    } else {
        out.line(&made.url)?;
        out.note(&format!("id {} until {}", short(&made.id), moment(Timestamp::from_millis(made.expires_at))));
    }
    Ok(Exit::Done)
}

/// The address of the server, without a slash at its end, and what a request is written for.
fn server(args: &Link) -> Result<(String, Instance), Trouble> {
    let (name, given) = match &args.server {
        Some(server) => ("--server", server.clone()),
        None => ("RECONNECT_SERVER", env::var("RECONNECT_SERVER").unwrap_or_default()),
    };
    if given.is_empty() {
        let how = "give --server URL or set RECONNECT_SERVER to the address of `reconnect serve`";
        return Err(Trouble::usage(format!("no server is named: {how}")));
    }
    let server = given.trim_end_matches('/');
    // The widget's address of an instance follows the rules that this address has to follow.
    let instance = Instance::at("https://localhost", server, "links");
    let instance = instance.map_err(|wrong| {
        let why = if wrong == InvalidInstance::PlainHttp {
            "is plain http to another machine, and the key would travel in clear: use https"
        } else {
            "has to be an absolute URL, such as https://reconnect.example"
        };
        Trouble::usage(format!("{name} {why}"))
    })?;
    if server.contains('?') {
        return Err(Trouble::usage(format!("{name} has a query: leave it out")));
    }
    Ok((server.to_owned(), instance))
}

/// There is no reply.
fn lost(error: &CallError) -> Trouble {
    let fault = error.fault().map(|kind| kind.as_str());
    if error.advice() == Advice::FixTheSetup {
        let message = format!("{error}; check that --server is the address of `reconnect serve`");
        return Trouble { fault, ..Trouble::new(Exit::FixTheSetup, message) };
    }
    let message = format!("{error}; if the server does not run, start it with `reconnect serve`");
    Trouble { fault, ..Trouble::failed(message) }
}

/// The server has made no link.
fn refused(reply: &Reply) -> Trouble {
    let status = reply.status;
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap_or_default();
    let said: Vec<String> = [problem.title, problem.detail].into_iter().flatten().collect();
    let said = if said.is_empty() { String::new() } else { format!(": {}", said.join(": ")) };
    let mend = match status {
        401 | 403 => "; set RECONNECT_ADMIN_KEY to the admin key of this server",
        300..=399 => "; no redirect is followed: give the address at which `reconnect serve` itself answers",
        404 | 405 => "; check that --server is the address of `reconnect serve`",
        _ => "",
    };
    let exit = if advice_by_page(status) == Advice::FixTheSetup { Exit::FixTheSetup } else { Exit::Failed };
    let message = format!("the server made no link, status {status}{said}{mend}");
    Trouble { status: Some(status), ..Trouble::new(exit, message) }
}
