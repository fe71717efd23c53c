//! The C ABI of `reconnect_embed::Machine`. It decides nothing: it turns pointers into plain values, and errors into
//! numbers. `include/reconnect.h` has the same declarations and comments, and a test compares them.
//!
//! The rules for callers stand once, at the top of the header. A session pointer is NULL, or came from `rc_begin` and
//! was not freed. One thread at a time uses a session. A pointer has as many readable bytes as its length says. An
//! `out` pointer is NULL or may be written. Each `SAFETY` comment below relies on these rules.
#![deny(unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, reason = "these are the names of the header")]
#![allow(clippy::missing_safety_doc, reason = "the rules stand once, at the top of the header")]

#[cfg(test)]
mod tests;

use core::{cell::RefCell, ffi::c_char, mem::MaybeUninit, ptr, slice};
use reconnect_core::{Keys, Rendered, Secret};
use reconnect_embed::{Error, Machine, Work};
use reconnect_json::Reader;
use std::{borrow::Cow, panic::AssertUnwindSafe, panic::catch_unwind};

/// The call did what it should.
pub const RC_OK: i32 = 0;
/// The session took what it was told.
pub const RC_TOOK: i32 = 1;
/// The session knew that already.
pub const RC_KNEW: i32 = 2;
/// It came too late to change anything.
pub const RC_LATE: i32 = 3;
/// It is another session's, or no message of the widget.
pub const RC_NOT_OURS: i32 = 4;
/// The body is too large: read no further, and end the reply.
pub const RC_TOO_LARGE: i32 = 5;
/// The call changed nothing: rc_error says why.
pub const RC_ERROR: i32 = -1;

/// Send the request once, then tell its reply or its fault.
pub const RC_SEND: i32 = 1;
/// Do nothing until the moment `until`, then take another turn.
pub const RC_WAIT: i32 = 2;
/// The end user is asked: show `url`.
pub const RC_ASK: i32 = 3;
/// It is over: read the outcome and the accounts.
pub const RC_DONE: i32 = 4;
/// The request was held up past its time, or something was told since the turn: take another turn.
pub const RC_TURN: i32 = 5;

/// No byte of the request can have left.
pub const RC_REACHED_NO: i32 = 0;
/// The request may have arrived, or nobody can tell.
pub const RC_REACHED_MAYBE: i32 = 1;

/// The version of this ABI. It grows with every change that is not an addition of a function.
pub const RC_ABI_VERSION: u32 = 1;

/// Bytes. Text is UTF-8, and no NUL ends it. If there is nothing, `len` is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rc_bytes {
    /// The first byte.
    pub data: *const c_char,
    /// How many there are.
    pub len: usize,
}

/// The keys of an integration. A key whose `data` is NULL is absent. The session copies them, and wipes its
/// copy at the end.
#[repr(C)]
pub struct rc_keys {
    /// The secret key. Without it no token is minted.
    pub secret: rc_bytes,
    /// The key of the data endpoints.
    pub api: rc_bytes,
}

/// One header of a request or of a reply.
#[repr(C)]
pub struct rc_header {
    /// Its name. In a request it is in lower case.
    pub name: rc_bytes,
    /// Its value. It may be a key: do not log it.
    pub value: rc_bytes,
}

/// What to do next. A field that `todo` does not need is 0 or NULL.
#[repr(C)]
pub struct rc_step {
    /// `RC_SEND`, `RC_WAIT`, `RC_ASK`, `RC_DONE` or `RC_TURN`.
    pub todo: i32,
    /// 1 if nobody may send this request a second time, else 0.
    pub once: i32,
    /// The moment until which to wait. With RC_ASK: when to call rc_open again, since the last call came too early.
    pub until: u64,
    /// The number of the request.
    pub id: u64,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: rc_bytes,
    /// Where to send the request, or the widget's URL to show.
    pub url: rc_bytes,
    /// The headers of the request, all of them.
    pub headers: *const rc_header,
    /// How many headers there are.
    pub header_count: usize,
    /// The body of the request. `data` is NULL if its method takes none.
    pub body: rc_bytes,
    /// The longest that the whole exchange may take, in milliseconds.
    pub limit_ms: u64,
    /// The longest body of a reply, in bytes.
    pub max_body: u64,
}

/// Why a call changed nothing. No part of it is a secret.
#[repr(C)]
pub struct rc_failure {
    /// A word for programs, such as `invalidField`: docs/reference/cli.md lists them.
    pub code: rc_bytes,
    /// The field or argument that is wrong, if one is.
    pub field: rc_bytes,
    /// A sentence for people.
    pub message: rc_bytes,
}

/// A session, and what it has lent.
pub struct rc_session {
    machine: Option<Machine>,
    lent: Lent,
    failure: Failure,
}

/// What the caller's pointers lead to.
#[derive(Default)]
struct Lent {
    text: String,
    url: String,
    request: Option<Rendered>,
    headers: Vec<rc_header>,
}

struct Failure {
    message: Cow<'static, str>,
    view: rc_failure,
}

/// Why a call changes nothing: a code, the field if one is wrong, and a sentence.
struct Wrong(&'static str, Option<&'static str>, Cow<'static, str>);

const CLOSED: Wrong = Wrong("closed", None, Cow::Borrowed("the session is closed"));
const PANICKED: Wrong = Wrong("panicked", None, Cow::Borrowed("this library has a bug, and closed the session"));

type Result<T, E = Wrong> = core::result::Result<T, E>;
type Read<T> = reconnect_json::Result<T>;
type Said<'a> = Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>;

thread_local! {
    /// The last error of a call without a session.
    static WITHOUT_SESSION: RefCell<Failure> = const { RefCell::new(Failure::NONE) };
}

/// The version of the ABI that this library has. Compare it with RC_ABI_VERSION before any other call.
#[unsafe(no_mangle)]
pub extern "C" fn rc_abi_version() -> u32 {
    RC_ABI_VERSION
}

/// Begins a session with one JSON line: refresh, resume, resumeClaimed or restore. docs/reference/cli.md has them under
/// "Drive". It sends nothing. If it fails, `*out` is NULL, and rc_error(NULL) says why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_begin(
    line: *const c_char,
    len: usize,
    keys: *const rc_keys,
    now: u64,
    out: *mut *mut rc_session,
) -> i32 {
    // SAFETY: the caller keeps the rules of the header. Nothing is kept of what its pointers lead to.
    let begun = catch_unwind(AssertUnwindSafe(|| unsafe {
        let out = room(out)?.write(ptr::null_mut());
        let keys = keys.as_ref().ok_or_else(|| wrong_field("keys"))?;
        let keys = Keys { secret: key(keys.secret, "secret")?, api: key(keys.api, "api")? };
        let machine = Some(Machine::begin(now, text(line, len, "line")?, keys)?);
        *out = Box::into_raw(Box::new(rc_session { machine, lent: Lent::default(), failure: Failure::NONE }));
        Ok(RC_OK)
    }));
    begun.unwrap_or(Err(PANICKED)).unwrap_or_else(failed_without_session)
}

/// Forgets a session and wipes its keys. NULL is allowed. The pointer is dead afterwards, and so is all that it lent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_free(session: *mut rc_session) {
    if !session.is_null() {
        // SAFETY: the pointer came from `Box::into_raw` in `rc_begin`, and this is the one time that it is freed.
        let session = unsafe { Box::from_raw(session) };
        // If a part panics while it is dropped, the caller can do nothing about it.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(session)));
    }
}

/// Functions that work on a session.
macro_rules! calls {
    ($($(#[$doc:meta])* fn $name:ident(session $(, $arg:ident: $kind:ty)*) |$machine:tt, $lent:tt| $work:expr;)*) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(session: *mut rc_session $(, $arg: $kind)*) -> i32 {
            // SAFETY: the caller keeps the rules of the header, for each argument and for what it leads to.
            unsafe { on(session, |$machine, $lent| $work) }
        }
    )*};
}

calls! {
    /// Looks at what comes next. `out` gets the snapshot to store before rc_take, or nothing if the store has it. The
    /// snapshot lives until the next call with this session.
    fn rc_turn(session, now: u64, out: *mut rc_bytes) |machine, lent| lent.give(room(out)?, machine.turn(now)?);

    /// Goes on after rc_turn, once the snapshot is stored. What the step points to lives until the next rc_take.
    fn rc_take(session, now: u64, out: *mut rc_step) |machine, lent| {
        let (out, work, asked) = (room(out)?, machine.take(now)?, machine.ask(now)?);
        out.write(lent.step(work, asked.as_deref().unwrap_or_default()));
        Ok(RC_OK)
    };

    /// The head of the reply to the request. Tell it before the body.
    fn rc_reply_begin(session, status: u32, headers: *const rc_header, count: usize) |machine, _| {
        let status = u16::try_from(status).map_err(|_| wrong_field("status"))?;
        let read = |rc_header { name, value }: &rc_header| {
            Ok((text(name.data, name.len, "headers")?, items(value.data.cast(), value.len, "headers")?))
        };
        let headers = items(headers, count, "headers")?.iter().map(read).collect::<Result<Vec<_>>>()?;
        machine.begin_reply(status, headers);
        Ok(RC_OK)
    };

    /// The next bytes of the body. RC_TOO_LARGE says that the body is too large: read no further, and end the reply.
    fn rc_reply_append(session, data: *const c_char, len: usize) |machine, _|
        Ok(if machine.append(items(data.cast(), len, "data")?) { RC_OK } else { RC_TOO_LARGE });

    /// The reply is whole.
    fn rc_reply_end(session, now: u64) |machine, _| heard(machine.end_reply(now));

    /// No whole reply came. `kind` is a word for a fault, such as "timeout": docs/reference/cli.md lists them.
    /// `reached` is RC_REACHED_NO only if no byte of the request can have left.
    fn rc_fault(session, now: u64, kind: *const c_char, len: usize, reached: i32) |machine, _| {
        let words = [(RC_REACHED_NO, "no"), (RC_REACHED_MAYBE, "maybe")];
        let (_, reached) = words.iter().find(|(number, _)| *number == reached).ok_or_else(|| wrong_field("reached"))?;
        heard(machine.fault(now, text(kind, len, "fault")?, reached))
    };

    /// Nobody waits for the reply any more, for example since the caller was cancelled.
    fn rc_lost(session, now: u64) |machine, _| heard(machine.lost(now));

    /// A message that the widget posted, or the URL of its redirect.
    fn rc_returned(session, now: u64, news: *const c_char, len: usize) |machine, _|
        heard(machine.returned(now, text(news, len, "news")?));

    /// The end user's answers, as {"number":N,"answers":{"PROMPT":["VALUE"]}}. The number is the one of rc_ask_json; without
    /// it they are for the prompt that stands.
    fn rc_answer(session, now: u64, json: *const c_char, len: usize) |machine, _| {
        let json = text(json, len, "answers")?;
        let number = field(json, "number", |from| from.maybe(Reader::small))?;
        let said = field(json, "answers", answers)?;
        let all: Vec<_> = said.iter().map(|(to, values)| (&**to, values.clone())).collect();
        heard(machine.answer(now, number, &all))
    };

    /// The widget is about to be shown. The next turns mint a token for this one showing.
    fn rc_open(session, now: u64) |machine, _| heard(machine.open(now));

    /// A page shows the prompt, so its answer is given there.
    fn rc_shown(session, now: u64) |machine, _| heard(machine.shown(now));

    /// The login that the replies named is no other user's.
    fn rc_confirm(session, now: u64, login: *const c_char, len: usize) |machine, _|
        heard(machine.confirm(now, text(login, len, "loginId")?));

    /// The end user does not want to.
    fn rc_cancel(session, now: u64) |machine, _| heard(machine.cancel(now));

    /// The revision that the store has to have for a swap, or -1 if the store has no row yet.
    fn rc_loaded(session, out: *mut i64) |machine, _|
        room(out).map(|out| out.write(machine.loaded().map_or(-1, u64::cast_signed))).map(|_| RC_OK);

    /// The store has another revision: goes on from its row. If the store has no row, `row` is NULL.
    fn rc_reload(session, now: u64, row: *const c_char, len: usize) |machine, _| {
        let row = if row.is_null() && len == 0 { None } else { Some(text(row, len, "snapshot")?) };
        machine.reload(now, row).map(|()| RC_OK).map_err(Into::into)
    };

    /// The prompt as JSON, or nothing if the end user is not asked. It lives until the next call with this session.
    fn rc_ask_json(session, now: u64, out: *mut rc_bytes) |machine, lent| lent.give(room(out)?, machine.ask(now)?);

    /// The session as a store would keep it now, as JSON. A loop has no need of it: rc_turn says what to store. It lives
    /// until the next call with this session.
    fn rc_snapshot_json(session, out: *mut rc_bytes) |machine, lent| lent.give(room(out)?, Some(machine.snapshot()));

    /// Where the session is, as JSON. It lives until the next call with this session.
    fn rc_look_json(session, now: u64, out: *mut rc_bytes) |machine, lent|
        lent.give(room(out)?, Some(machine.look(now)?));

    /// How it ended, as JSON, and "null" while it goes on. It lives until the next call with this session.
    fn rc_outcome_json(session, now: u64, out: *mut rc_bytes) |machine, lent|
        lent.give(room(out)?, Some(machine.outcome(now)?));

    /// One account as JSON, from index 0, and nothing after the last one. It lives until the next call with this
    /// session.
    fn rc_accounts_json(session, index: usize, out: *mut rc_bytes) |machine, lent| {
        let account = machine.accounts().get(index).and_then(|one| serde_json::to_string(one).ok());
        lent.give(room(out)?, account)
    };
}

/// The last error of a session. NULL asks for the last error of this thread in a call without a session, such as
/// rc_begin. It lives until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_error(session: *const rc_session) -> *const rc_failure {
    // SAFETY: the caller keeps the rules of the header.
    match unsafe { session.as_ref() } {
        Some(session) => &raw const session.failure.view,
        // SAFETY: nobody has borrowed it, and only a later call of this thread changes it.
        None => WITHOUT_SESSION.try_with(|kept| unsafe { &raw const (*kept.as_ptr()).view }).unwrap_or(ptr::null()),
    }
}

/// Memory for the host of a WebAssembly module, aligned for every struct. It may be any bytes.
#[cfg(target_family = "wasm")]
#[unsafe(no_mangle)]
pub extern "C" fn rc_alloc(len: usize) -> *mut u64 {
    Box::into_raw(Box::<[u64]>::new_uninit_slice(len.div_ceil(8))).cast()
}

/// Gives back what rc_alloc gave, with the same length.
#[cfg(target_family = "wasm")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_dealloc(data: *mut u64, len: usize) {
    let list = ptr::slice_from_raw_parts_mut(data.cast::<MaybeUninit<u64>>(), len.div_ceil(8));
    // SAFETY: `rc_alloc` made a list of this length at this place, and this is the one time that it is freed.
    drop(unsafe { Box::from_raw(list) });
}

/// Works on a session. A panic closes it, and goes no further.
///
/// # Safety
/// The pointer is NULL, or `rc_begin` gave it, it was not freed, and no other thread uses it now.
unsafe fn on(session: *mut rc_session, work: impl FnOnce(&mut Machine, &mut Lent) -> Result<i32>) -> i32 {
    // SAFETY: as above.
    let Some(rc_session { machine, lent, failure }) = (unsafe { session.as_mut() }) else {
        return failed_without_session(CLOSED);
    };
    let done = catch_unwind(AssertUnwindSafe(|| work(machine.as_mut().ok_or(CLOSED)?, lent)));
    let done = done.unwrap_or_else(|_| {
        *machine = None;
        Err(PANICKED)
    });
    done.unwrap_or_else(|wrong| failure.keep(wrong))
}

impl Lent {
    /// Lends a text, or none.
    fn give(&mut self, out: &mut MaybeUninit<rc_bytes>, made: Option<String>) -> Result<i32> {
        self.text = made.unwrap_or_default();
        out.write(bytes(&self.text));
        Ok(RC_OK)
    }

    fn step(&mut self, work: Work, asked: &str) -> rc_step {
        // SAFETY: each field of it may be zero.
        let mut step: rc_step = unsafe { core::mem::zeroed() };
        *self = Self::default();
        match work {
            Work::Send(request) => {
                let request = self.request.insert(request);
                let headers = request.headers.iter().map(|(name, value)| (bytes(name), bytes(value.expose())));
                self.headers = headers.map(|(name, value)| rc_header { name, value }).collect();
                (step.todo, step.id, step.once) = (RC_SEND, request.id.number(), request.once.into());
                (step.method, step.url) = (bytes(request.method), bytes(&request.url));
                (step.headers, step.header_count) = (self.headers.as_ptr(), self.headers.len());
                step.body = request.content().map_or(step.body, bytes);
                (step.limit_ms, step.max_body) = (request.limit_ms, request.max_body as u64);
            }
            Work::Wait(until) => (step.todo, step.until) = (RC_WAIT, until),
            Work::Ask => {
                self.url = field(asked, "connectUrl", Reader::string).unwrap_or_default().into();
                step.until = field(asked, "opensAgain", Reader::number).unwrap_or_default();
                (step.todo, step.url) = (RC_ASK, bytes(&self.url));
            }
            Work::Done => step.todo = RC_DONE,
            Work::TurnAgain => step.todo = RC_TURN,
        }
        step
    }
}

impl Failure {
    const NOTHING: rc_failure = rc_failure { code: bytes(""), field: bytes(""), message: bytes("") };
    const NONE: Self = Self { message: Cow::Borrowed(""), view: Self::NOTHING };

    fn keep(&mut self, Wrong(code, field, message): Wrong) -> i32 {
        self.message = message;
        let (field, message) = (bytes(field.unwrap_or_default()), bytes(&self.message));
        self.view = rc_failure { code: bytes(code), field, message };
        RC_ERROR
    }
}

impl From<Error> for Wrong {
    fn from(Error { code, field, message, .. }: Error) -> Self {
        Self(code, field, message.into())
    }
}

fn wrong_field(name: &'static str) -> Wrong {
    Wrong("invalidField", Some(name), Cow::Borrowed("the value of this field is missing, or not what it should be"))
}

fn failed_without_session(wrong: Wrong) -> i32 {
    // At the end of a thread nothing is kept any more.
    WITHOUT_SESSION.try_with(|kept| kept.borrow_mut().keep(wrong)).unwrap_or(RC_ERROR)
}

fn heard(answer: Result<&'static str, Error>) -> Result<i32> {
    let words = [("took", RC_TOOK), ("knew", RC_KNEW), ("late", RC_LATE), ("notOurs", RC_NOT_OURS)];
    answer.map_err(Into::into).map(|answer| words.iter().find(|(word, _)| *word == answer).expect("one of four").1)
}

const fn bytes(text: &str) -> rc_bytes {
    rc_bytes { data: text.as_ptr().cast(), len: text.len() }
}

/// Where an answer goes.
///
/// # Safety
/// The pointer is NULL, or may be written while this lives.
unsafe fn room<'a, T>(out: *mut T) -> Result<&'a mut MaybeUninit<T>> {
    // SAFETY: as above. What is there now may be anything.
    unsafe { out.cast::<MaybeUninit<T>>().as_mut() }.ok_or_else(|| wrong_field("out"))
}

/// A list that the caller lends. Without items the pointer may be NULL.
///
/// # Safety
/// So many items may be read while this lives, unless the pointer is NULL.
unsafe fn items<'a, T>(first: *const T, count: usize, field: &'static str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() || count > isize::MAX.unsigned_abs() / size_of::<T>() {
        return Err(wrong_field(field));
    }
    // SAFETY: as above, and the list is no larger than a slice may be.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

/// # Safety
/// As for [`items`].
unsafe fn text<'a>(data: *const c_char, len: usize, field: &'static str) -> Result<&'a str> {
    // SAFETY: as above.
    let bytes = unsafe { items(data.cast(), len, field) }?;
    str::from_utf8(bytes).map_err(|_| wrong_field(field))
}

/// # Safety
/// As for [`items`].
unsafe fn key(given: rc_bytes, field: &'static str) -> Result<Option<Secret>> {
    if given.data.is_null() && given.len == 0 {
        return Ok(None);
    }
    // SAFETY: as above.
    unsafe { text(given.data, given.len, field) }.map(|key| Some(key.into()))
}

/// A field of an object. One that is missing is null.
fn field<'a, T>(json: &'a str, name: &'static str, read: impl FnOnce(&mut Reader<'a>) -> Read<T>) -> Result<T> {
    let fields = Reader::whole(json, Reader::fields).unwrap_or_default();
    let raw = fields.iter().find(|(key, _)| key == name).map_or("null", |(_, raw)| *raw);
    Reader::whole(raw, read).map_err(|_| wrong_field(name))
}

/// Prompts, and what is said to each.
fn answers<'a>(from: &mut Reader<'a>) -> Read<Said<'a>> {
    let each = from.fields()?.into_iter();
    each.map(|(prompt, raw)| Ok((prompt, Reader::whole(raw, |from| from.each(Reader::string))?))).collect()
}
