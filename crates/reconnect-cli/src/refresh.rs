//! `reconnect refresh`: a stored connection, live at the bank.

use crate::{args::Refresh, exit::Exit, exit::Trouble, input, out::Out, session};
use reconnect_core::drive::Plan;

pub(crate) fn run(args: &Refresh, out: &Out) -> Result<Exit, Trouble> {
    let plan = Plan::refresh(input::login(&args.login_id, "LOGIN_ID")?).keep(input::keep(args.keep.as_deref())?);
    if args.session.is_none() && out.goes_nowhere() {
        return Err(Trouble::failed(
            "nobody reads standard output, so nothing was sent: a live refresh may text the user, and the bank's \
             questions would be lost; name a file with --session, or read standard output",
        ));
    }
    session::begin(plan, &args.place, args.session.as_deref(), out)
}
