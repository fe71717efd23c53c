//! Ctrl-C while a session is driven: it is cancelled here, and stays what it is in its file.

use crate::{exit::Exit, exit::Trouble, out::Out};
use std::{path::Path, process, thread};
use tokio::runtime::Builder;

/// Ends the command at SIGINT. The file of a session is whole at every moment, and what was under way counts as lost.
pub(crate) fn watch(out: Out, file: Option<&Path>) {
    let next = match file {
        Some(file) => format!("cancelled: the session is in {}, `reconnect continue` goes on with it", file.display()),
        None => {
            "cancelled: the session is in no file, `reconnect resume` with its request id goes on with it".to_owned()
        }
    };
    // Where signals cannot be had, the system's own way of ending a command stands.
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
    thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            process::exit(Trouble::new(Exit::Failed, next).report(&out) as i32);
        }
    });
}
