//! The core as a WebAssembly module: [`Drive`] behind four functions, and the lines of `reconnect drive`.
//!
//! The host writes a line into the module's memory and reads one out of it. Nothing is imported: no clock, no network,
//! no glue. `run.mjs` beside this crate is a host.
//!
//! Each function is `unsafe(no_mangle)`, which says that no other symbol of the module has its name; with these four
//! there is none. There is no other `unsafe` here: a `Box` and a reference cross as plain pointers, so what stays with
//! the host is to pass only what [`new`] gave, and nothing after [`free`].

use reconnect_embed::Drive;

/// A session, and the line that goes in or came out last.
#[derive(Default)]
pub struct Machine {
    drive: Drive,
    line: Vec<u8>,
}

/// A machine without a session.
#[unsafe(no_mangle)]
pub extern "C" fn new() -> Box<Machine> {
    Box::default()
}

/// Makes room for a line of `len` bytes and says where to write it. What was read before is gone.
#[unsafe(no_mangle)]
pub extern "C" fn tell(machine: &mut Machine, len: usize) -> *mut u8 {
    machine.line.clear();
    machine.line.resize(len, 0);
    machine.line.as_mut_ptr()
}

/// Takes the line that was written, as UTF-8, and says where the answer is: the address in the upper 32 bits, its
/// length in the lower. It stays there until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn ask(machine: &mut Machine) -> u64 {
    let answer = core::str::from_utf8(&machine.line).ok().and_then(|line| machine.drive.apply(line).ok());
    machine.line = answer.unwrap_or_else(|| r#"{"misuse":"the line is not JSON with an op"}"#.to_owned()).into_bytes();
    (machine.line.as_ptr() as u64) << 32 | machine.line.len() as u64
}

/// Ends a machine.
#[unsafe(no_mangle)]
pub extern "C" fn free(machine: Box<Machine>) {
    drop(machine);
}
