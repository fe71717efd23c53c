//! `reconnect resume`: an interrupted session, by its request id.

use crate::{args::Resume, exit::Exit, exit::Trouble, input, out::Out, session};
use reconnect_core::{Known, Timestamp, drive::Plan};

pub(crate) fn run(args: &Resume, out: &Out) -> Result<Exit, Trouble> {
    let mut known = Known::default();
    known.login = args.login_id.as_deref().map(|id| input::login(id, "--login-id")).transpose()?;
    known.last_sent = args.last_sent.map(Timestamp::from_millis);
    known.institution = args.institution.as_deref().map(Into::into);
    let plan = Plan::resume(input::request(&args.request_id)?);
    let plan = plan.keep(input::keep(args.keep.as_deref())?).known(known);
    session::begin(plan, &args.place, args.session.as_deref(), out)
}
