//! Every documented code and status, and the way out that docs/spec/errors.md has for it, written down a second time.

use reconnect_core::{
    Advice::{self, ActAtTheBank, AskTheUser, FixTheSetup, StartOver, TryLater},
    FlinksCode, advice_by_status,
};
use std::collections::HashSet;

const CODES: &[(&str, Option<Advice>)] = &[
    //= docs/spec/errors.md#codes-of-success
    //# **ERR-8** A client MUST take `OK` (200) and `CREATED` (201) as success.
    ("OK", None),
    ("CREATED", None),
    //= docs/spec/errors.md#codes-of-success
    //# **ERR-9** A client MUST poll on `OPERATION_PENDING` and `OPERATION_DISPATCHED` (202).
    ("OPERATION_PENDING", None),
    ("OPERATION_DISPATCHED", None),
    ("ALREADY_AUTHORIZED", None),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-11** A client MUST start over on `INVALID_LOGIN` (401; 400 in the older table).
    ("INVALID_LOGIN", Some(StartOver)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-12** A client MUST start over on `INVALID_USERNAME` and `INVALID_PASSWORD` (401).
    ("INVALID_USERNAME", Some(StartOver)),
    ("INVALID_PASSWORD", Some(StartOver)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-13** A client MUST have its developer look at `INVALID_REQUEST` (401; 400 in older sources) and
    //# `ACCESS_DENIED` (401), and MUST NOT repeat the call.
    ("INVALID_REQUEST", Some(FixTheSetup)),
    ("ACCESS_DENIED", Some(FixTheSetup)),
    ("UNAUTHORIZED", Some(ActAtTheBank)),
    ("INVALID_SECURITY_RESPONSE", Some(StartOver)),
    ("INVALID_SECURITY_RESPONSE_NO_RETRY", Some(StartOver)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-17** A client MUST have the user answer every prompt on `SECURITYRESPONSES_INCOMPLETE`, and its developer
    //# look at `UNKNOWN_CHALLENGE_KEY` (401).
    ("SECURITYRESPONSES_INCOMPLETE", Some(AskTheUser)),
    ("UNKNOWN_CHALLENGE_KEY", Some(FixTheSetup)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-18** A client MUST bring the user back on `QUESTION_NOT_FOUND` (401).
    ("QUESTION_NOT_FOUND", Some(AskTheUser)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-19** A client MUST try later on `RETRY_LATER` (401; 400 in one product) and `BANK
    //# MAINTENANCE_RETRY_LATER`.
    ("RETRY_LATER", Some(TryLater)),
    ("BANK MAINTENANCE_RETRY_LATER", Some(TryLater)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-20** A client MUST try later on `TOO_MANY_REQUESTS`, whether it comes as 401, 403 or 429.
    ("TOO_MANY_REQUESTS", Some(TryLater)),
    ("CONCURRENT_SESSION", Some(TryLater)),
    ("CARD_IN_USE", Some(TryLater)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-22** A client MUST send the user to the bank on `DISABLED_LOGIN` and `NEW_ACCOUNT` (401).
    ("DISABLED_LOGIN", Some(ActAtTheBank)),
    ("NEW_ACCOUNT", Some(ActAtTheBank)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-23** A client MUST take `SESSION_NONEXISTENT` (400) and `SESSION_EXPIRED` (400) as "the `requestId` is
    //# gone".
    ("SESSION_NONEXISTENT", Some(StartOver)),
    ("SESSION_EXPIRED", Some(StartOver)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-24** A client MUST try later on `DISABLED_INSTITUTION` (405), `AGGREGATION_ERROR` (500) and
    //# `NO_TRANSACTION`.
    ("DISABLED_INSTITUTION", Some(TryLater)),
    ("AGGREGATION_ERROR", Some(TryLater)),
    ("NO_TRANSACTION", Some(TryLater)),
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-25** A client MUST have its developer look at `METHOD_NOT_AVAILABLE`.
    //= docs/spec/lifetimes.md#tokens-calls-sessions
    //# **LIFE-21** A client MUST make "this feature is not activated" a failure that a developer can recognise.
    ("METHOD_NOT_AVAILABLE", Some(FixTheSetup)),
];

#[test]
fn each_documented_code_has_its_way_out() {
    for (code, advice) in CODES {
        assert_eq!(FlinksCode::read(code).advice(), *advice, "{code}");
    }
    // All that the core knows is in the table, so that a new code is looked up before it is added.
    let known: Vec<&str> = FlinksCode::KNOWN.iter().map(FlinksCode::as_str).collect();
    for code in &known {
        assert!(CODES.iter().any(|(documented, _)| documented == code), "{code}");
    }
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-26** A client MUST NOT depend on `UNKNOWN_ERROR` or `LOGIN_NOT_FOUND`.
    assert!(!known.contains(&"UNKNOWN_ERROR") && !known.contains(&"LOGIN_NOT_FOUND"));
    //= docs/spec/errors.md#reading
    //# **ERR-6** A client MUST offer one of five ways out for every failure: try later (with a moment), start over in
    //# an ordinary Connect session, ask the user, act at the bank, fix the set-up.
    assert_eq!(CODES.iter().filter_map(|(_, advice)| *advice).collect::<HashSet<_>>().len(), 5);
}

#[test]
fn each_status_has_its_way_out() {
    for status in 100..600_u16 {
        let advice = match status {
            //= docs/spec/errors.md#unknown-codes-by-status
            //# **ERR-28** A client MUST try later on 408, 425, 429 and 5xx.
            408 | 425 | 429 | 500.. => TryLater,
            //= docs/spec/errors.md#unknown-codes-by-status
            //# **ERR-29** A client MUST have its developer look at 3xx, 403 to 406 and 411 to 417.
            300..400 | 403..=406 | 411..=417 => FixTheSetup,
            //= docs/spec/errors.md#unknown-codes-by-status
            //# **ERR-30** A client MUST start over on every other status of an unknown code.
            _ => StartOver,
        };
        assert_eq!(advice_by_status(status), advice, "{status}");
    }
}
