//! The command line: what `--help` teaches, and what is refused before anything is done.

use crate::out::{Out, plain};
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser},
};
use core::{convert::Infallible, time::Duration};
use reconnect_core::{Policy, Secret, short};
use reconnect_sandbox::{PendingData, WidgetToken};
use std::{ffi::OsString, path::PathBuf, process};

/// What every command's help ends with: its example, the exit codes and the environment.
macro_rules! help {
    ($example:literal) => {
        concat!(
            "Example:\n",
            $example,
            "\n\nExit codes:\n",
            "   0  done\n",
            "   1  input that cannot be read, a file or network error, cancelled\n",
            "   2  the command line is wrong\n",
            "  10  ask the user          show connectUrl, then `reconnect continue`\n",
            "  11  try later             error.retryAfterMs says when\n",
            "  12  start over            connectUrl opens an ordinary Connect session\n",
            "  13  fix the set-up        keys, addresses or code\n",
            "  14  act at the bank       the end user has to log in there first\n\n",
            "Environment:\n",
            "  FLINKS_SECRET_KEY  mints authorize tokens; without it none is minted or sent\n",
            "  FLINKS_X_API_KEY   the x-api-key of the data endpoints\n",
            "  NO_COLOR           no colour on stderr\n\n",
            "Data is on stdout, everything else on stderr. `--json` makes stdout JSON."
        )
    };
}

/// The same for a command that stands in for the service, or brings its own: it reads no key, and no session ends it.
macro_rules! offline_help {
    ($example:literal) => {
        concat!(
            "Example:\n",
            $example,
            "\n\nExit codes:\n",
            "   0  done\n",
            "   1  input that cannot be read, a file or network error, cancelled\n",
            "   2  the command line is wrong\n\n",
            "Environment:\n",
            "  NO_COLOR           no colour on stderr\n\n",
            "Data is on stdout, everything else on stderr. `--json` makes stdout JSON."
        )
    };
}

/// The same for a command that asks `reconnect serve`.
macro_rules! link_help {
    ($example:literal) => {
        concat!(
            "Example:\n",
            $example,
            "\n\nExit codes:\n",
            "   0  done\n",
            "   1  input that cannot be read, a file or network error, or the server refuses\n",
            "   2  the command line is wrong\n",
            "  13  fix the set-up        the key, or an address\n\n",
            "Environment:\n",
            "  RECONNECT_SERVER     the address of `reconnect serve`, if --server is not given\n",
            "  RECONNECT_ADMIN_KEY  its admin key\n",
            "  NO_COLOR             no colour on stderr\n\n",
            "Data is on stdout, everything else on stderr. `--json` makes stdout JSON."
        )
    };
}

/// The same for the server of links.
macro_rules! serve_help {
    ($example:literal) => {
        concat!(
            "Example:\n",
            $example,
            "\n\nExit codes:\n",
            "   0  stopped by SIGINT or SIGTERM\n",
            "   1  the address or the database cannot be used\n",
            "   2  the command line is wrong\n",
            "  13  fix the set-up        a key, or an address\n\n",
            "Environment:\n",
            "  RECONNECT_ADMIN_KEY  the key of its API, 16 characters or more; it has to be set\n",
            "  RECONNECT_NOTIFY_KEY signs its webhooks to you: whsec_ and Base64; for --notify-url\n",
            "  RECONNECT_STORE      the database, if --store is not given: a URL may hold a password\n",
            "  FLINKS_WEBHOOK_KEY   checks the webhooks of Flinks; without it none is taken\n",
            "  FLINKS_SECRET_KEY    mints authorize tokens; without it none is minted or sent\n",
            "  FLINKS_X_API_KEY     the x-api-key of the data endpoints\n",
            "  NO_COLOR             no colour on stderr\n\n",
            "The first line on stdout is its address. Everything else is on stderr."
        )
    };
}

/// What a session command needs at least.
macro_rules! usage {
    ($name:literal, $what:literal) => {
        concat!(
            "reconnect ",
            $name,
            " ",
            $what,
            " --instance <NAME> --customer-id <ID> [OPTIONS]\n",
            "       reconnect ",
            $name,
            " ",
            $what,
            " --api-url <URL> --widget-url <URL> --customer-id <ID> [OPTIONS]"
        )
    };
}

/// Bring an end user back to their bank connection: Flinks Reconnect at a terminal, and as JSON lines for other
/// languages.
#[derive(Debug, Parser)]
#[command(name = "reconnect", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = help!(
    "  reconnect demo                 see the whole of Reconnect against a sandbox, in seconds
  reconnect sandbox              a sandbox to try the other commands on"
))]
pub(crate) struct Cli {
    /// Print JSON on stdout, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Walk through Reconnect against a sandbox, and say why each step happens
    ///
    /// Starts a strict sandbox of its own with a virtual clock and goes through three walks: a stored connection is
    /// refreshed, an interrupted session is resumed, and an expired one starts over. It needs no key and no network, and
    /// nothing waits in real time. Without --transport the walks run over both HTTP clients, one after the other.
    ///
    /// With --hands-on it prints the address of an example app, which you open in a browser, and serves it until SIGINT
    /// or SIGTERM: you answer the bank, close the tab, let the time pass, and see what the session does.
    #[command(after_help = offline_help!("  reconnect demo\n  reconnect demo --hands-on\n  reconnect demo --transport blocking --json"))]
    Demo(Demo),
    /// Run an offline stand-in for the service: its API, its widget and a clock of its own
    ///
    /// The first line on stdout is its address, and it serves until SIGINT or SIGTERM. Some users have a stored
    /// connection, and their login ids stand in the lines after it (not with --json).
    ///
    /// Institutions, users, questions, accounts and failures are a scenario. `documented` has the documented test users
    /// (password Everyday), mfa_… for every form of challenge, and test_… for every error code, such as
    /// test_retry_later. `united-states` asks sums, `oauth` has a bank with its own sign-in page, `large` has 20,000
    /// transactions, and in `unreliable` calls go wrong. Your own is a TOML or JSON file.
    ///
    /// Under /_sandbox/ you move its clock, expire a session, let calls fail and have webhooks sent. The guide
    /// is docs/guide/offline.md, with a scenario to begin with.
    #[command(after_help = offline_help!(
        "  reconnect sandbox --listen 127.0.0.1:8080 --accelerate 10
  reconnect sandbox --scenario united-states --strict
  curl --data '{\"advanceMs\":480000}' http://127.0.0.1:8080/_sandbox/clock"
    ))]
    Sandbox(Sandbox),
    /// Refresh a stored connection, live at the bank
    ///
    /// Where the bank asks for MFA it prints the widget's URL and ends with 10: it never waits for the user. With
    /// --session, `reconnect continue` goes on from there.
    #[command(after_help = help!(
        "  reconnect refresh LOGIN_ID --instance toolbox --customer-id ID --keep A,B --session s.json"
    ))]
    #[command(override_usage = usage!("refresh", "<LOGIN_ID>"))]
    Refresh(Refresh),
    /// Resume an interrupted session by its request id
    ///
    /// Prints the widget's URL and ends with 10. After 8 minutes of inactivity the session is over. If its login is
    /// known, the command ends with 10 too: refresh again once the user asks for it. Otherwise the user starts over, and
    /// it ends with 12. If the age of the request id is not known, the service is asked first.
    #[command(after_help = help!(
        "  reconnect resume REQUEST_ID --last-sent 1780000000000 --instance toolbox --customer-id ID"
    ))]
    #[command(override_usage = usage!("resume", "<REQUEST_ID>"))]
    Resume(Resume),
    /// Go on with a session in a file: after the widget, with answers, or after a restart
    ///
    /// With --redirect it takes what the widget posted or redirected to, a hint that the service then confirms. With
    /// --answers it answers the bank through the API. With neither it goes on where the session is, and shows its
    /// prompt again with a fresh URL. With --confirm it hands over the accounts of a session whose request id came from a
    /// browser, if the service names that login.
    #[command(after_help = help!(
        "  reconnect continue s.json --redirect 'https://app.example/back?loginId=…' --instance toolbox --customer-id ID
  echo '{\"What city were you born in?\":[\"Montreal\"]}' | reconnect continue s.json --answers - …"
    ))]
    #[command(override_usage = usage!("continue", "<FILE>"))]
    Continue(Continue),
    /// Read what the widget says: an event, or the URL that it redirects to
    #[command(after_help = help!("  reconnect redirect 'https://app.example/back?loginId=…&accountId=a,b' --json"))]
    Redirect(Redirect),
    /// Read a body of accounts from standard input, and keep the selected ones
    ///
    /// The body is what /GetAccountsDetail or /GetAccountsSummary answered. Nothing is built of an account that was not
    /// selected. Selected accounts that are missing are named, and are no error.
    #[command(after_help = help!("  reconnect accounts --keep A,B --json < body.json"))]
    Accounts(Accounts),
    /// Drive a session from any language: one line of JSON in, one line of JSON out
    ///
    /// The whole machine without IO: you send what it says and tell it what came back. The lines are described in
    /// docs/reference/cli.md. In headers the keys stand as {{secretKey}} and {{apiKey}}: put them in.
    #[command(after_help = help!(
        "  echo '{\"op\":\"refresh\",\"now\":0,\"loginId\":\"L\",\"known\":null,\"keep\":null,\"instance\":
    {\"apiUrl\":\"https://api.example\",\"widgetUrl\":\"https://widget.example/\",\"customerId\":\"C\"}}' |
    tr -d '\\n' | reconnect drive"
    ))]
    Drive,
    /// Make a call that is no step of a session, and print its answer
    ///
    /// JSON holds the call's fields in camelCase; - reads it from standard input, where answers belong.
    #[command(after_help = help!(
        "  reconnect call DeleteCard '{\"loginId\":\"L\"}' --instance toolbox --customer-id ID
  reconnect call Institutions --instance toolbox --customer-id ID --json"
    ))]
    #[command(override_usage = usage!("call", "<ENDPOINT> [JSON]"))]
    Call(Call),
    /// Check that a set-up works, and say what to mend; it texts nobody
    ///
    /// It looks up both host names, opens a connection to each, compares the clocks, looks at the keys, mints a token and
    /// asks for the institutions. Nothing that it sends can reach a bank. There is a line for each check: its result (ok,
    /// failed or skipped), its name, and what was seen. What to do about it stands after the dash. A check is skipped if
    /// one before it, which it needs, has failed. If any check failed, the command ends with 13, or with 1 if only the
    /// network failed.
    #[command(after_help = help!("  reconnect check --instance toolbox --customer-id ID"))]
    #[command(override_usage = "reconnect check --instance <NAME> --customer-id <ID> [OPTIONS]
       reconnect check --api-url <URL> --widget-url <URL> --customer-id <ID> [OPTIONS]")]
    Check(Check),
    /// Ask a running `reconnect serve` for a link that you send to an end user
    ///
    /// Prints the link on stdout. Whoever has it can reconnect this one connection until it expires, so send it to its
    /// owner only. The bank is asked once the user opens it and goes on, not before.
    #[command(after_help = link_help!(
        "  reconnect link LOGIN_ID --server https://reconnect.example --expires-in 3days --language fr"
    ))]
    Link(Link),
    /// Serve links that bring your users back, and an API for your app, in any language
    ///
    /// Your app asks for a link (POST /links), and sends it to its user. The link opens a page with one button, and the
    /// page then shows the widget. When a session has ended, your app gets a webhook, and fetches the accounts. The guide
    /// is docs/guide/hosted-link.md; the API is described at /openapi.json.
    ///
    /// Put a proxy with TLS before it, and give its address as --public-url. Several may run on one PostgreSQL.
    #[command(after_help = serve_help!(
        "  reconnect serve --instance toolbox --customer-id ID --store sqlite:reconnect.db
  reconnect serve --instance toolbox --customer-id ID --listen 127.0.0.1:8080 \\
    --public-url https://bank.example --app Budget --notify-url https://app.example/reconnect"
    ))]
    #[command(override_usage = "reconnect serve --instance <NAME> --customer-id <ID> [OPTIONS]
       reconnect serve --api-url <URL> --widget-url <URL> --customer-id <ID> [OPTIONS]")]
    Serve(Serve),
    /// Check a webhook
    #[command(subcommand)]
    Webhook(Webhook),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The stored connection; - reads it from standard input, @FILE from a file, so that other users of this machine do
    /// not see it
    #[arg(value_name = "LOGIN_ID")]
    pub(crate) login_id: String,
    /// The address of `reconnect serve`; without it, RECONNECT_SERVER has it. Plain http to loopback only
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Keep these accounts only, a comma list, or - or @FILE with one; without it, all
    #[arg(long, value_name = "ID,…")]
    pub(crate) keep: Option<String>,
    /// The language of the page; without it, the server chooses
    #[arg(long, value_parser = ["en", "fr"])]
    pub(crate) language: Option<String>,
    /// How long the link is good for, such as 3days or 12h, or a number of seconds; without it, the server chooses
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    pub(crate) expires_in: Option<Duration>,
    /// Your own name for the connection's owner, such as the id of your user
    #[arg(long, value_name = "TEXT")]
    pub(crate) owner_ref: Option<String>,
    /// The institution, to be shown on the page
    #[arg(long, value_name = "NAME")]
    pub(crate) institution: Option<String>,
}

/// A number of seconds, or a span such as `12h`.
fn lifetime(given: &str) -> Result<Duration, String> {
    let span = given.parse().map(Duration::from_secs).or_else(|_| humantime::parse_duration(given));
    span.ok().filter(|span| span.as_secs() > 0).ok_or_else(|| "write it as 3days, 12h or 3600".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The database: sqlite:PATH, or postgres://USER@HOST/NAME. Without it everything is in memory, and gone at the end
    #[arg(long, value_name = "URL", env = "RECONNECT_STORE", hide_env = true,
        value_parser = |url: &str| Ok::<_, Infallible>(Secret::from(url)))]
    pub(crate) store: Option<Secret>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: String,
    /// What links begin with, as a browser sees it: https, or http to loopback. Without it, the address that it listens on
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Where your app wants a webhook when a session has ended: https, or http to loopback
    #[arg(long, value_name = "URL")]
    pub(crate) notify_url: Option<String>,
    /// Your app's name, as the pages say it. Without it, the host of the links
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// Where the last page leads back to
    #[arg(long, value_name = "URL")]
    pub(crate) app_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The endpoint's name
    #[arg(value_name = "ENDPOINT", index = 1)]
    pub(crate) endpoint: String,
    /// The call's fields, such as {"loginId":"L"}; - reads them from standard input, @FILE from a file
    #[arg(value_name = "JSON", index = 2, default_value = "{}", allow_hyphen_values = true)]
    pub(crate) fields: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Check the signature of a webhook over the raw bytes of its body, and say what it is about
    ///
    /// The body comes on standard input, byte for byte as it arrived. The key stands in an environment variable, never on
    /// a command line. A signature that does not fit ends with 1.
    #[command(after_help = help!("  reconnect webhook verify --signature ojahx… --key-env HOOK_KEY < body.json"))]
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The header flinks-authenticity-key (or X-Flinks-Signature), as it arrived
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub(crate) signature: String,
    /// The environment variable that holds the key
    #[arg(long, value_name = "NAME")]
    pub(crate) key_env: String,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Only over this HTTP client
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transport>,
    /// Serve an example app on a local port instead, to open in a browser: you are the end user
    #[arg(long)]
    pub(crate) hands_on: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Where to listen; port 0 takes a free one. Anything but loopback lets others in
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: String,
    /// Let its clock run N times as fast as the real one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1_000_000))]
    pub(crate) accelerate: u64,
    /// Its users, banks and failures: documented, large, oauth, united-states, unreliable, or a TOML or JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "documented")]
    pub(crate) scenario: String,
    /// Refuse what the service might let through: POST on …Async, keys in any letter case, booleans as strings, a
    /// missing token or x-api-key
    #[arg(long)]
    pub(crate) strict: bool,
    /// The reply to a data call while the bank still asks: 401, or 203 with the questions
    #[arg(long, value_parser = pending_data(), value_name = "WHAT")]
    pub(crate) pending_data: Option<PendingData>,
    /// Which token the widget takes beside a request id: one that was never used, the one that opened the session, or
    /// either
    #[arg(long, value_parser = widget_token(), value_name = "WHICH")]
    pub(crate) widget_token: Option<WidgetToken>,
    /// Post the request id of a first connection with COMPONENT_LOAD_MFA
    #[arg(long)]
    pub(crate) early_request_id: bool,
}

fn pending_data() -> impl TypedValueParser<Value = PendingData> {
    choice(PendingData::ALL, |what| match what {
        PendingData::Unauthorized => "401 UNAUTHORIZED",
        PendingData::Asks => "203 with the challenges",
        _ => "",
    })
}

fn widget_token() -> impl TypedValueParser<Value = WidgetToken> {
    choice(WidgetToken::ALL, |which| match which {
        WidgetToken::Fresh => "One that was never used",
        WidgetToken::Session => "The one that opened the session",
        WidgetToken::Either => "Either of the two",
        _ => "",
    })
}

/// An option of the sandbox, with the sandbox's own names for its values.
fn choice<T, const N: usize>(
    all: [(&'static str, T); N],
    help: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let names = all.map(|(name, value)| PossibleValue::new(name).help(help(value)));
    PossibleValuesParser::new(names).try_map(move |given| {
        let named = all.into_iter().find(|(name, _)| *name == given);
        named.map(|(_, value)| value).ok_or("not one of the names")
    })
}

#[derive(Debug, Args)]
pub(crate) struct Refresh {
    /// The stored connection; - reads it from standard input, @FILE from a file, so that other users of this machine do
    /// not see it
    #[arg(value_name = "LOGIN_ID")]
    pub(crate) login_id: String,
    /// Keep these accounts only, a comma list, or - or @FILE with one; without it, all
    #[arg(long, value_name = "ID,…")]
    pub(crate) keep: Option<String>,
    /// Keep the session here, so that `continue` can go on with it. The file (mode 0600) holds its authorize token
    #[arg(long, value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The interrupted session; - reads it from standard input, @FILE from a file, so that other users of this machine do
    /// not see it
    #[arg(value_name = "REQUEST_ID")]
    pub(crate) request_id: String,
    /// The connection it belongs to, if it is known; - or @FILE as for REQUEST_ID
    #[arg(long, value_name = "ID")]
    pub(crate) login_id: Option<String>,
    /// When a request with this id was last sent, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    pub(crate) last_sent: Option<u64>,
    /// The institution, preselected where the session has to start over
    #[arg(long, value_name = "NAME")]
    pub(crate) institution: Option<String>,
    /// Keep these accounts only, a comma list, or - or @FILE with one; without it, all
    #[arg(long, value_name = "ID,…")]
    pub(crate) keep: Option<String>,
    /// Keep the session here, so that `continue` can go on with it. The file (mode 0600) may hold its authorize token
    #[arg(long, value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Continue {
    /// The session, as `refresh --session` or `resume --session` left it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The widget's last event, or the URL that it redirected to; - reads it from standard input, @FILE from a file
    #[arg(long, value_name = "URL_OR_EVENT", allow_hyphen_values = true, conflicts_with = "answers")]
    pub(crate) redirect: Option<String>,
    /// Answers to what the bank asks, as {"PROMPT":["VALUE"]}; - reads them from standard input
    #[arg(long, value_name = "FILE2")]
    pub(crate) answers: Option<PathBuf>,
    /// For a session whose request id came from a browser: the login that the service has to name before the accounts are
    /// handed over; - reads it from standard input, @FILE from a file
    #[arg(long, value_name = "LOGIN_ID")]
    pub(crate) confirm: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Redirect {
    /// The event that the widget posted to the page, or the URL that it redirected to; - reads it from standard input,
    /// @FILE from a file
    #[arg(value_name = "URL_OR_EVENT", allow_hyphen_values = true)]
    pub(crate) news: String,
}

#[derive(Debug, Args)]
pub(crate) struct Accounts {
    /// Keep these accounts only, a comma list, or - or @FILE with one; without it, all
    #[arg(long, value_name = "ID,…")]
    pub(crate) keep: Option<String>,
}

/// Where the service is, and how to talk to it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to")]
pub(crate) struct Place {
    /// The instance, such as toolbox, at NAME-api.private.fin.ag and NAME-iframe.private.fin.ag
    #[arg(long, value_name = "NAME", required_unless_present = "api_url", conflicts_with_all = ["api_url", "widget_url"])]
    pub(crate) instance: Option<String>,
    /// Another origin of the API; /v3/{customerId}/BankingServices is added. Plain http to loopback only
    #[arg(long, value_name = "URL", requires = "widget_url")]
    pub(crate) api_url: Option<String>,
    /// The widget's address that goes with it, taken as it is
    #[arg(long, value_name = "URL", requires = "api_url")]
    pub(crate) widget_url: Option<String>,
    /// The customer, as Flinks names you
    #[arg(long, value_name = "ID")]
    pub(crate) customer_id: String,
    /// Which HTTP client: reqwest or ureq
    #[arg(long, value_enum, default_value_t = Transport::Async)]
    pub(crate) transport: Transport,
    /// Go through this proxy, http://HOST:PORT or http://USER:PASSWORD@HOST:PORT. The environment's proxy variables
    /// are not used
    #[arg(long, value_name = "URL", value_parser = |url: &str| Ok::<_, Infallible>(Secret::from(url)))]
    pub(crate) proxy: Option<Secret>,
    /// How long between two polls while data is pending
    #[arg(long, value_name = "SECONDS", default_value_t = Policy::DEFAULT.poll_every.as_secs(),
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=1_800))]
    pub(crate) poll_every: u64,
}

/// Which driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Transport {
    /// reqwest
    Async,
    /// ureq
    Blocking,
}

impl Transport {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::Blocking => "blocking",
        }
    }
}

/// The command line, or its help, or what is wrong with it. `endpoints` are the names that `call` takes.
pub(crate) fn parse(endpoints: impl Iterator<Item = &'static str>) -> Cli {
    let names = PossibleValuesParser::new(endpoints);
    let cli = Cli::command().mut_subcommand("call", |call| call.mut_arg("endpoint", |name| name.value_parser(names)));
    let read = |given: Vec<OsString>| {
        let mut cli = cli.clone();
        cli.try_get_matches_from_mut(given)
            .and_then(|read| Cli::from_arg_matches(&read))
            .map_err(|e| e.format(&mut cli))
    };
    match read(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            // clap removes escapes and control characters from the arguments that it quotes, and an id would not be found in
            // such a quotation. So the arguments are parsed again with these characters shown as text.
            let given: Vec<String> =
                std::env::args_os().map(|arg| plain(&arg.to_string_lossy()).into_owned()).collect();
            let error =
                read(given.iter().map(OsString::from).collect()).err().filter(clap::Error::use_stderr).unwrap_or(error);
            let out = Out::new(false);
            let text = shorten(&error.render().to_string(), given.get(1..).unwrap_or_default());
            let text: Vec<String> = text.trim_end().lines().map(|line| coloured(&plain(line), out)).collect();
            out.own(&text.join("\n"));
            process::exit(error.exit_code());
        }
    }
}

/// A line of clap's message, with its `error:` coloured as in our own errors.
fn coloured(line: &str, out: Out) -> String {
    match line.strip_prefix("error: ") {
        Some(rest) => format!("{}: {rest}", out.paint("31", "error")),
        None => line.to_owned(),
    }
}

/// `text` with the values of the command line shortened. clap removes escape sequences and control characters from a
/// quotation, so only its letters and digits are compared.
fn shorten(text: &str, given: &[String]) -> String {
    let names =
        ["demo", "sandbox", "refresh", "resume", "continue", "redirect", "accounts", "drive", "check", "link", "serve"];
    let values = given.iter().map(|arg| match arg.split_once('=') {
        Some((name, value)) if name.starts_with("--") => value,
        _ if arg.starts_with("--") => "",
        _ => arg.as_str(),
    });
    let values: Vec<&str> = values.filter(|value| value.len() > 8 && !names.contains(value)).collect();
    // Whole values first: a value may hold quotation marks.
    let text = values.iter().fold(text.to_owned(), |text, value| text.replace(value, &short(&plain(value))));
    let letters = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).collect::<String>();
    let values: Vec<String> = values.iter().map(|value| letters(value)).collect();
    // A quotation that clap shortened has some of the value's letters, in the same order.
    let is_given = |quoted: &str| {
        let quoted = letters(quoted);
        let is_left_of = |value: &String| {
            let mut rest = value.chars();
            quoted.chars().all(|letter| rest.any(|other| other == letter))
        };
        quoted.len() > 8 && values.iter().any(is_left_of)
    };
    let part = |(index, part): (usize, &str)| {
        // Every second part stood between quotation marks.
        if index % 2 == 1 && !part.starts_with("--") && is_given(part) { short(&plain(part)) } else { part.to_owned() }
    };
    text.split('\'').enumerate().map(part).collect::<Vec<_>>().join("'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_id_stands_whole_in_a_usage_error() {
        let given = ["refresh", "5e115eac-1209", "--last-sent=9022abc2-8a2e"].map(str::to_owned);
        let text = "unexpected '5e115eac-1209', or '9022abc2-8a2e' for 'refresh'";
        assert_eq!(shorten(text, &given), "unexpected '5e115eac…', or '9022abc2…' for 'refresh'");
    }

    #[test]
    fn an_id_with_escapes_is_shortened_too() {
        for (given, quoted) in [
            ("9022\u{1b}[31mabc2-8a2e-4b06", "9022abc2-8a2e-4b06"),
            ("9022\u{1b}]0;x\u{7}abc2-8a2e-4b06", "9022abc2-8a2e-4b06"),
            ("9022\u{1b}[31mabc2-8a2e-4b06", "9022\u{1b}[31mabc2-8a2e-4b06"),
            ("9022\u{9b}31mabc2\u{0}-8a2e-4b06", "902231mabc2-8a2e-4b06"),
            ("9022\nabc2-8a2e-4b06", "9022abc2-8a2e-4b06"),
            ("it's-9022abc2-8a2e-4b06", "it's-9022abc2-8a2e-4b06"),
        ] {
            let text = format!("invalid value '{quoted}' for '--last-sent <MS>': invalid digit found in string");
            let shown = shorten(&text, &["resume".to_owned(), "--last-sent".to_owned(), given.to_owned()]);
            assert!(!shown.contains("8a2e"), "{shown:?}");
            assert!(shown.ends_with("for '--last-sent <MS>': invalid digit found in string"), "{shown:?}");
        }
    }
}
