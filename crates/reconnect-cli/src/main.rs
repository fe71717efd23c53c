//! The `reconnect` command: a person at a terminal, and JSON lines for other languages. What scripts may rely on
//! stands in `docs/reference/cli.md`.

mod accounts;
mod args;
mod call;
mod check;
mod clock;
mod continue_;
mod demo;
mod drive;
mod driver;
mod exit;
mod hands_on;
mod input;
mod interrupt;
mod link;
mod out;
mod place;
mod progress;
mod redirect;
mod refresh;
mod resume;
mod row;
mod sandbox;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod table;
mod webhook;

use args::Command;
use out::Out;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::parse(reconnect_calls::NamedCall::names());
    let out = Out::new(cli.json);
    let done = match cli.command {
        Command::Demo(args) if args.hands_on => hands_on::run(&args, &out),
        Command::Demo(args) => demo::run(&args, &out),
        Command::Sandbox(args) => sandbox::run(&args, &out),
        Command::Refresh(args) => refresh::run(&args, &out),
        Command::Resume(args) => resume::run(&args, &out),
        Command::Continue(args) => continue_::run(&args, &out),
        Command::Redirect(args) => redirect::run(&args, &out),
        Command::Accounts(args) => accounts::run(&args, &out),
        Command::Drive => drive::run(),
        Command::Call(args) => call::run(&args, &out),
        Command::Check(args) => check::run(&args, &out),
        Command::Link(args) => link::run(&args, &out),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args, &out),
        #[cfg(not(feature = "serve"))]
        Command::Serve(_) => Err(exit::Trouble::failed(
            "this build has no server: build it with `cargo build --package reconnect-cli --features serve`",
        )),
        Command::Webhook(args::Webhook::Verify(args)) => webhook::verify(&args, &out),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(trouble) => trouble.report(&out).into(),
    }
}
