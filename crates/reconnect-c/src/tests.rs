//! The header is made from `lib.rs`, so that it cannot differ: `BLESS=1 cargo test --manifest-path
//! crates/reconnect-c/Cargo.toml` writes it. And no panic goes through an entry.

use super::*;

const TOP: &str = r#"/* Flinks Reconnect for C. Made from src/lib.rs by its test: do not change it by hand.
 *
 * A session sends nothing and waits for nothing. Your program asks it what to do, does that, and says what happened.
 * docs/guide/c.md has whole programs.
 *
 * - A function that returns int32_t gives RC_OK, one of the positive words below, or RC_ERROR. After RC_ERROR the
 *   session is as it was before, and rc_error says why.
 * - A text or a body crosses as a pointer and a length in bytes. If the length is 0, the pointer may be NULL. If a
 *   pointer or a text is not what it should be, the code of the error is "invalidField".
 * - Call rc_free once for each session of rc_begin. Set your pointer to NULL then: a later call is an error with
 *   the code "closed". The library cannot see that another pointer is dead.
 * - One thread at a time may use a session. A session may go to another thread.
 * - What the library lends is its own: copy it if you need it longer than the function says, and do not free it.
 * - `now` is the time in milliseconds since 1970.
 * - A snapshot, a URL, a header, a body and an account are secrets: do not log them. An error is none.
 */
#ifndef RECONNECT_H
#define RECONNECT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

"#;

const END: &str = "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";

/// A Rust type and a name, as C declares them.
fn declared(name: &str, kind: &str) -> String {
    if let Some(to) = kind.strip_prefix("*mut ") {
        return declared(&format!("*{name}"), to);
    }
    if let Some(to) = kind.strip_prefix("*const ") {
        return format!("const {}", declared(&format!("*{name}"), to));
    }
    let known = [("c_char", "char"), ("usize", "size_t"), ("i32", "int32_t"), ("i64", "int64_t")];
    let known = known.iter().chain(&[("u32", "uint32_t"), ("u64", "uint64_t")]).find(|(rust, _)| *rust == kind);
    format!("{} {name}", known.map_or(kind, |(_, c)| c))
}

/// A comment, which may have two lines.
fn comment(lines: &mut Vec<&str>, space: &str) -> String {
    let text = lines.join(&format!("\n{space}   ")).replace('`', "");
    lines.clear();
    format!("{space}/* {text} */\n")
}

fn function(head: &str) -> String {
    let (name, rest) = head.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).unwrap();
    let (args, rest) = rest.split_once(')').unwrap();
    let kind = rest.split_once("-> ").and_then(|(_, kind)| kind.strip_suffix(" {"));
    let returned = kind.or(rest.contains('|').then_some("i32")).unwrap_or("void");
    let args = args.split(',').map(str::trim).filter(|arg| !arg.is_empty());
    let args = args.map(|arg| {
        arg.split_once(": ").map_or(declared("*session", "rc_session"), |(name, kind)| declared(name, kind))
    });
    let args = args.collect::<Vec<_>>().join(", ");
    format!("{}({});\n\n", declared(name, returned), if args.is_empty() { "void" } else { &args })
}

fn header() -> String {
    let (mut made, mut doc, mut in_enum) = (TOP.to_owned(), Vec::new(), false);
    let mut lines = include_str!("lib.rs").lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("/// ") {
            doc.push(text);
        } else if let Some((name, value)) =
            line.strip_prefix("pub const RC_").and_then(|rest| rest.split_once(": i32 = "))
        {
            made += if in_enum { "" } else { "enum {\n" };
            made += &format!("{}    RC_{name} = {},\n", comment(&mut doc, "    "), value.trim_end_matches(';'));
            in_enum = true;
        } else if let Some(version) = line.strip_prefix("pub const RC_ABI_VERSION: u32 = ") {
            made += &format!("{}#define RC_ABI_VERSION {}\n\n", comment(&mut doc, ""), version.trim_end_matches(';'));
        } else if line == "pub struct rc_session {" {
            made += &format!("{}typedef struct rc_session rc_session;\n\n", comment(&mut doc, ""));
        } else if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            made += &format!("{}typedef struct {name} {{\n", comment(&mut doc, ""));
            for line in lines.by_ref().take_while(|line| *line != "}") {
                match line.strip_prefix("pub ").and_then(|field| field.trim_end_matches(',').split_once(": ")) {
                    Some((field, kind)) => {
                        made += &format!("{}    {};\n", comment(&mut doc, "    "), declared(field, kind));
                    }
                    None => doc.push(line.trim_start_matches("/// ")),
                }
            }
            made += &format!("}} {name};\n\n");
        } else if line == "#[cfg(target_family = \"wasm\")]" {
            lines.find(|line| line.ends_with('{'));
            doc.clear();
        } else if line.contains("fn rc_") {
            let mut head = line.to_owned();
            while !head.contains(')') {
                head += lines.next().unwrap();
            }
            made += &(comment(&mut doc, "") + &function(&head));
        } else if !line.starts_with("#[") {
            made += if in_enum { "};\n\n" } else { "" };
            in_enum = false;
            doc.clear();
        }
    }
    made + END
}

#[test]
fn the_header_is_what_the_library_has() {
    let (path, made) = (concat!(env!("CARGO_MANIFEST_DIR"), "/include/reconnect.h"), header());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert!(made.matches("rc_session *session").count() > 15);
    assert!(std::fs::read_to_string(path).unwrap() == made, "write it with BLESS=1");
}

#[test]
fn a_panic_closes_the_session_and_goes_no_further() {
    let line = r#"{"op":"refresh","loginId":"l","instance":{"name":"toolbox","customerId":"c"}}"#;
    let (nothing, mut session) = (bytes(""), ptr::null_mut());
    let keys =
        rc_keys { secret: rc_bytes { data: ptr::null(), ..nothing }, api: rc_bytes { data: ptr::null(), ..nothing } };
    // SAFETY: each pointer is to a local value, and the session is freed once.
    unsafe {
        assert_eq!(rc_begin(line.as_ptr().cast(), line.len(), &raw const keys, 0, &raw mut session), RC_OK);
        let code = || text((*rc_error(session)).code.data, (*rc_error(session)).code.len, "").unwrap_or_default();
        assert_eq!(on(session, |_, _| panic!("this one is caught")), RC_ERROR);
        assert_eq!(code(), "panicked");
        assert_eq!(rc_cancel(session, 0), RC_ERROR);
        assert_eq!(code(), "closed");
        rc_free(session);
    }
}

#[test]
fn each_program_of_the_guide_is_an_example() {
    let top = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str| std::fs::read_to_string(format!("{top}/{path}")).unwrap();
    let files = ["first.c", "refresh.c", "over_curl.h"].map(|name| read(&format!("examples/{name}")));
    let guide = read("../../docs/guide/c.md");
    let programs: Vec<_> = guide.split("\n```c\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(programs.len() > 2, "{} programs", programs.len());
    for program in programs {
        assert!(files.iter().any(|file| file.contains(program)), "this is no piece of an example:\n{program}");
    }
    assert!(files[1].lines().count() <= 80);
}
