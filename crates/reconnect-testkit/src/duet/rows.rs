//! How others change a stored row: another session, a program of version 1, another language.

use reconnect_core::Snapshot;
use serde_json::{Map, Value, json};

/// The fields that a row of version 1 can have (see `golden/snapshots`).
const FIRST: &[&str] = &[
    "version",
    "revision",
    "instance",
    "login",
    "claim",
    "requests",
    "institution",
    "language",
    "keep",
    "namedOthers",
    "policy",
    "next",
    "wire",
    "doubt",
    "began",
    "live",
    "since",
    "assumed",
    "first",
    "pending",
    "looked",
    "spent",
    "via",
    "reminted",
    "due",
    "secretToken",
    "phase",
];

fn fields(row: &str) -> Map<String, Value> {
    match serde_json::from_str(row) {
        Ok(Value::Object(fields)) => fields,
        other => panic!("a row is an object: {other:?}"),
    }
}

/// A row of another session, with the same revision: another login, other ids.
#[must_use]
pub fn of_another(row: &str) -> String {
    let mut fields = fields(row);
    fields.insert("login".into(), json!("login-2"));
    if fields.contains_key("id") {
        fields.insert("id".into(), json!("00000000000000ff"));
    }
    if fields.contains_key("requests") {
        fields.insert("requests".into(), json!(["another-request"]));
    }
    Value::Object(fields).to_string()
}

/// The same row with this revision.
#[must_use]
pub fn at_revision(row: &str, revision: u64) -> String {
    let mut fields = fields(row);
    fields.insert("revision".into(), json!(revision));
    Value::Object(fields).to_string()
}

/// The row as a program of version 1 writes it: without the fields that it does not know.
///
/// # Panics
/// If it is not a row.
#[must_use]
pub fn of_version_1(row: &str) -> String {
    let mut fields = fields(row);
    fields.retain(|name, _| FIRST.contains(&name.as_str()));
    fields.insert("version".into(), json!(1));
    fields.insert("instance".into(), json!("toolbox"));
    // Read and written once, so that the levels below the first are as version 1 had them too.
    Snapshot::from_json(&Value::Object(fields).to_string()).expect("a row of version 1").to_json()
}

/// The row as another language writes it: keys from the last to the first, much white space, every letter escaped.
///
/// # Panics
/// If it is not JSON.
#[must_use]
pub fn written_again(row: &str) -> String {
    let mut text = String::new();
    write(&serde_json::from_str(row).expect("JSON"), &mut text);
    text
}

fn write(value: &Value, to: &mut String) {
    match value {
        Value::Object(fields) if fields.is_empty() => to.push_str("[ ]"),
        Value::Object(fields) => {
            to.push_str("{\n\t");
            for (at, (name, value)) in fields.iter().rev().enumerate() {
                to.push_str(if at == 0 { "" } else { " ,\r\n" });
                escaped(name, to);
                to.push_str(" : ");
                write(value, to);
            }
            to.push_str(" }");
        }
        Value::Array(values) => {
            to.push('[');
            for (at, value) in values.iter().enumerate() {
                to.push_str(if at == 0 { " " } else { " , " });
                write(value, to);
            }
            to.push(']');
        }
        Value::String(text) => escaped(text, to),
        Value::Null | Value::Bool(_) | Value::Number(_) => to.push_str(&value.to_string()),
    }
}

fn escaped(text: &str, to: &mut String) {
    to.push('"');
    for unit in text.encode_utf16() {
        to.push_str(&format!("\\u{unit:04X}"));
    }
    to.push('"');
}
