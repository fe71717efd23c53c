//! `reconnect refresh`: a stored connection, live at the bank.

use crate::{args::Refresh, exit::Exit, exit::Trouble, input, out::Out, session};
use reconnect_core::drive::Plan;

pub(crate) fn run(args: &Refresh, out: &Out) -> Result<Exit, Trouble> {
    let plan = Plan::refresh(input::login(&args.login_id, "LOGIN_ID")?).keep(input::keep(args.keep.as_deref())?);
    session::begin(plan, &args.place, args.session.as_deref(), out)
}
