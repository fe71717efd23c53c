//! `reconnect check`: whether a set-up works against the instance. Nothing that it sends can reach a bank.

use crate::{
    args::Check,
    clock::span,
    driver::{Driver, Time, exchange},
    exit::{Exit, Trouble},
    out::Out,
    place::{Setup, keys},
    progress::Silent,
};
use core::time::Duration;
use reconnect_calls::{CallError, generate_authorize_token::GenerateAuthorizeToken, institutions::Institutions};
use reconnect_core::{Advice, Draft, Keys, Policy, Proxy, RenderError};
use serde_json::json;
use std::{io, net::ToSocketAddrs, sync::Arc, sync::mpsc, thread, time::SystemTime};
use ureq::{
    Agent,
    http::Uri,
    tls::{RootCerts, TlsConfig},
};

/// How long a name may be looked up, and how long a page may take.
const LONGEST: Duration = Duration::from_secs(10);

/// A clock that is wrong by more than this is named. What is wrong by [`Policy::skew`] has failed.
const NAMED_SKEW: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &Check, out: &Out) -> Result<Exit, Trouble> {
    let mut setup = args.place.without_keys(out)?;
    let [api_option, widget_option] = match args.place.instance {
        Some(_) => ["--instance"; 2],
        None => ["--api-url", "--widget-url"],
    };
    let api_url = Draft::get("").render(&setup.instance, &Keys::default()).map_err(unlikely)?.url;
    let api = Address::of(&api_url, api_option)?;
    let widget = Address::of(setup.instance.widget_url(), widget_option)?;
    let mut report = Report { out, failed: 0, exit: Exit::Done };
    let api_found = report.tell("apiHost", api.look_up(&setup))?;
    let widget_found = report.tell("widgetHost", widget.look_up(&setup))?;
    let needs = if api_found { None } else { Some("the API's host was not found") };
    let api_opens = api_found & report.tell("apiTls", unless(needs, || api.open(&setup))?)?;
    let needs = if widget_found { None } else { Some("the widget's host was not found") };
    report.tell("widgetTls", unless(needs, || widget.open(&setup))?)?;
    let closed = if api_opens { None } else { Some("no connection to the API could be opened") };
    report.tell("clock", unless(closed, || Ok(clock(&api, &setup)))?)?;
    let sendable = match keys() {
        Ok(keys) => {
            setup.keys = keys;
            report.tell("keys", present(&setup.keys))?
        }
        Err(trouble) => {
            let mend = "set it to the key alone, as Flinks gave it to you";
            report.tell("keys", Found::failed(trouble.exit, trouble.message, mend))?
        }
    };
    let needs = closed.or(if sendable { None } else { Some("a key cannot be sent") });
    let driver = Driver::new(setup.clone(), Time::Real, Arc::new(Silent))?;
    report.tell("mint", unless(needs, || Ok(mint(&driver)))?)?;
    report.tell("institutions", unless(needs, || Ok(institutions(&driver)))?)?;
    out.note(&match report.failed {
        0 => "no check failed. No bank was asked: only a refresh does that, and it may text a user".to_owned(),
        1 => "one check failed: mend it, then run `reconnect check` again".to_owned(),
        count => format!("{count} checks failed: mend the first one, then run `reconnect check` again"),
    });
    Ok(report.exit)
}

/// What a check found.
struct Found {
    result: &'static str,
    exit: Exit,
    saw: String,
    mend: Option<String>,
}

impl Found {
    fn ok(saw: impl Into<String>) -> Self {
        Self { result: "ok", exit: Exit::Done, saw: saw.into(), mend: None }
    }

    fn skipped(saw: impl Into<String>) -> Self {
        Self { result: "skipped", ..Self::ok(saw) }
    }

    fn failed(exit: Exit, saw: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { result: "failed", exit, ..Self::ok(saw) }.mend(mend)
    }

    fn mend(self, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..self }
    }
}

/// The check, or that it is skipped since something that it needs has failed.
fn unless(failed: Option<&str>, check: impl FnOnce() -> Result<Found, Trouble>) -> Result<Found, Trouble> {
    failed.map_or_else(check, |why| Ok(Found::skipped(why)))
}

/// What is printed of the checks, and what they come to.
struct Report<'a> {
    out: &'a Out,
    failed: usize,
    exit: Exit,
}

impl Report<'_> {
    /// Prints a line, and says whether the check has not failed.
    fn tell(&mut self, check: &str, found: Found) -> io::Result<bool> {
        let Found { result, exit, saw, mend } = found;
        if self.out.is_json() {
            self.out.json(&json!({ "check": check, "result": result, "saw": saw, "mend": mend }))?;
        } else {
            let mend = mend.map(|mend| format!(" — {mend}")).unwrap_or_default();
            self.out.line(&format!("{result:<7}  {check:<12}  {saw}{mend}"))?;
        }
        self.failed += usize::from(exit != Exit::Done);
        // A wrong set-up counts more than a network that may come back.
        if exit == Exit::FixTheSetup || self.exit == Exit::Done {
            self.exit = exit;
        }
        Ok(exit == Exit::Done)
    }
}

/// Where the API or the widget is.
struct Address {
    /// A page there that is neither an endpoint nor the widget.
    url: String,
    host: String,
    port: u16,
    is_plain: bool,
    /// The option that says so.
    option: &'static str,
}

impl Address {
    fn of(url: &str, option: &'static str) -> Result<Self, Trouble> {
        let after = url.find("://").map_or(0, |scheme| scheme + 3);
        let end = url[after..].find(['/', '?']).map_or(url.len(), |end| after + end);
        let origin: Uri = url[..end].parse().map_err(|_| Trouble::usage(format!("{option} is not an address")))?;
        let is_plain = origin.scheme_str() == Some("http");
        Ok(Self {
            url: format!("{}/robots.txt", &url[..end]),
            host: origin.host().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: origin.port_u16().unwrap_or(if is_plain { 80 } else { 443 }),
            is_plain,
            option,
        })
    }

    /// Whether the name of the host is known here.
    fn look_up(&self, setup: &Setup) -> Found {
        let (host, port, option) = (self.host.clone(), self.port, self.option);
        if setup.proxy.is_some() && !self.is_plain {
            return Found::skipped("the proxy looks the name up");
        }
        // A look-up has no limit of its own. If it takes too long, its thread ends with the command.
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send((host.as_str(), port).to_socket_addrs().ok().and_then(|mut all| all.next())));
        let host = &self.host;
        let mend = format!("check {option} and the DNS");
        let failed = |what| Found::failed(Exit::Failed, format!("{host} {what}"), mend);
        match told.recv_timeout(LONGEST) {
            Ok(Some(address)) => Found::ok(format!("{host} is {}", address.ip())),
            Ok(None) => failed("was not found"),
            Err(_) => failed("was not found in 10 s"),
        }
    }

    /// Whether a connection opens. No key is sent, and any reply will do.
    fn open(&self, setup: &Setup) -> Result<Found, Trouble> {
        let mut request = Draft::get("").render(&setup.instance, &Keys::default()).map_err(unlikely)?;
        (request.url, request.limit_ms) = (self.url.clone(), LONGEST.as_millis() as u64);
        Ok(match exchange(setup, &request)? {
            Ok(_) if self.is_plain => Found::ok("plain http to loopback, and it answers"),
            Ok(_) => Found::ok("https opens, and the certificate is valid"),
            Err(fault) => failed(&fault.into()),
        })
    }
}

/// This machine's clock beside the API's.
fn clock(api: &Address, setup: &Setup) -> Found {
    let mend = match api.is_plain {
        false => "set this machine's clock, by NTP for example",
        true => "set this machine's clock, by NTP for example; if a sandbox answers, its own clock may have been moved",
    };
    let Some(theirs) = date(api, setup.proxy.as_ref()) else {
        return Found::skipped("the API's reply has no `Date` that can be read, so the clocks cannot be compared");
    };
    let (off, way) = match SystemTime::now().duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let saw = format!("this machine's clock is {} {way} the API's", span(off));
    if off > Policy::DEFAULT.skew {
        Found::failed(Exit::FixTheSetup, format!("{saw}, so old data may pass for fresh"), mend)
    } else if off > NAMED_SKEW {
        let most = span(Policy::DEFAULT.skew);
        Found::ok(format!("warning: {saw}; up to {most} are allowed for")).mend(mend)
    } else {
        Found::ok("this machine's clock and the API's agree to 30 s")
    }
}

/// The header `Date` of a reply to a request without keys. The drivers hand over no such header.
fn date(api: &Address, proxy: Option<&Proxy>) -> Option<SystemTime> {
    let proxy = proxy.filter(|_| !api.is_plain).map(|proxy| ureq::Proxy::new(proxy.expose())).transpose().ok()?;
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    let tls = tls.unversioned_rustls_crypto_provider(rustls::crypto::aws_lc_rs::default_provider().into()).build();
    let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(proxy);
    let config = config.tls_config(tls).timeout_global(Some(LONGEST)).build();
    let reply = Agent::new_with_config(config).get(&api.url).call().ok()?;
    moment(reply.headers().get("date")?.to_str().ok()?)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that HTTP has for a moment.
fn moment(text: &str) -> Option<SystemTime> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let at = b"JanFebMarAprMayJunJulAugSepOctNovDec".chunks(3).position(|known| known == month.as_bytes())?;
    humantime::parse_rfc3339(&format!("{year}-{:02}-{day}T{time}Z", at + 1)).ok()
}

/// The keys, as far as they can be judged without the service.
fn present(keys: &Keys) -> Found {
    let set = |is: bool| if is { "is set and can be sent" } else { "is not set" };
    let (secret, api) = (keys.secret.is_some(), keys.api.is_some());
    let found = Found::ok(format!("FLINKS_SECRET_KEY {}, FLINKS_X_API_KEY {}", set(secret), set(api)));
    if api {
        return found;
    }
    found.mend("without FLINKS_X_API_KEY no x-api-key is sent: set it, unless Flinks gave you none")
}

/// Whether the secret key mints.
fn mint(driver: &Driver) -> Found {
    match driver.call(&GenerateAuthorizeToken) {
        Ok(_) => Found::ok("the secret key mints a token; this one was thrown away"),
        Err(CallError::Render(RenderError::MissingKey)) => {
            Found::skipped("FLINKS_SECRET_KEY is not set, so no token is minted or sent")
                .mend("set FLINKS_SECRET_KEY: integrations made since October 2024 are refused without a token")
        }
        Err(error) if is_key_refused(&error) => Found::failed(
            Exit::FixTheSetup,
            error.to_string(),
            "FLINKS_SECRET_KEY has to be the secret key (not the x-api-key) that Flinks gave you for --customer-id at \
             this instance",
        ),
        Err(error) => failed(&error),
    }
}

/// Whether a data call is answered.
fn institutions(driver: &Driver) -> Found {
    match driver.call(&Institutions::new()) {
        Ok(page) => {
            let count = page.count.unwrap_or(page.institutions.len() as u64);
            Found::ok(format!("the API knows {count} institutions"))
        }
        Err(error) if is_key_refused(&error) => Found::failed(
            Exit::FixTheSetup,
            error.to_string(),
            "FLINKS_X_API_KEY has to be the x-api-key (not the secret key) that Flinks gave you for --customer-id at \
             this instance",
        ),
        Err(error) => failed(&error),
    }
}

fn is_key_refused(error: &CallError) -> bool {
    matches!(error.status(), Some(401 | 403))
}

/// A call without an answer. The text of a fault says what to check, after a colon.
fn failed(error: &CallError) -> Found {
    // No session is at stake, so a refusal that does not pass by itself blames the address or a key.
    let is_setup = error.advice() != Advice::TryLater;
    let fault = error.fault().map(|kind| kind.to_string()).unwrap_or_default();
    let (saw, mend) = match fault.split_once(": ") {
        Some((saw, mend)) => (saw.to_owned(), mend),
        None if error.fault().is_some() => (fault, "try again; if it stays so, ask who runs the network"),
        None if matches!(error.status(), Some(300..=399)) => {
            (error.to_string(), "no redirect is followed: check the address and --customer-id")
        }
        None if is_setup => (error.to_string(), "check the address and --customer-id"),
        None => (error.to_string(), "try again later; if it stays so, check the address and --customer-id"),
    };
    Found::failed(if is_setup { Exit::FixTheSetup } else { Exit::Failed }, saw, mend)
}

/// A request without keys can always be written.
fn unlikely(error: RenderError) -> Trouble {
    Trouble::failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, time::UNIX_EPOCH};

    #[test]
    fn a_date_of_http_is_read() {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(moment("Sun, 06 Nov 1994 08:49:37 GMT"), at(784_111_777));
        assert_eq!(moment("Thu, 01 Jan 1970 00:00:00 GMT"), at(0));
        for not in
            ["", "soon", "Sun, 06 Nof 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "06 Nov 1994 08:49 GMT"]
        {
            assert_eq!(moment(not), None, "{not}");
        }
    }

    #[test]
    fn an_address_has_its_host_and_port() {
        for (url, page, host, port) in [
            ("https://a.example/v3/c", "https://a.example/robots.txt", "a.example", 443),
            ("https://w.example?x=://", "https://w.example/robots.txt", "w.example", 443),
            ("http://[::1]:8080/", "http://[::1]:8080/robots.txt", "::1", 8080),
            ("http://localhost", "http://localhost/robots.txt", "localhost", 80),
        ] {
            let address = Address::of(url, "--api-url").expect(url);
            assert_eq!((&*address.url, &*address.host, address.port), (page, host, port));
        }
    }

    /// TLS has a provider of cryptography here: without one, ureq panics.
    #[test]
    fn a_server_without_tls_has_no_date() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}/", listener.local_addr().expect("its address"));
        thread::spawn(move || listener.incoming().for_each(drop));
        assert_eq!(date(&Address::of(&url, "--api-url").expect("an address"), None), None);
    }
}
