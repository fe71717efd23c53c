//! Every error of the sandbox, with its code, status and message.
//!
//! <https://docs.flinks.com/api/authorize/error-codes>,
//! <https://help.flinks.com/support/solutions/articles/43000436119-status-and-flinks-code-authorize-endpoint>.
//! If no source prints a message, we chose the words, and nobody should depend on them.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::http::Reply;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: u16,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
}

const fn refused(code: &'static str, message: &'static str) -> Trouble {
    trouble(401, code, message)
}

const fn trouble(status: u16, code: &'static str, message: &'static str) -> Trouble {
    Trouble { status, code: Cow::Borrowed(code), message: Cow::Borrowed(message) }
}

impl Trouble {
    /// The error for a documented code, with the status that the documentation gives it.
    pub(crate) fn documented(code: &str) -> Option<Trouble> {
        DOCUMENTED.iter().find(|known| known.code == code).cloned()
    }

    /// Every documented code of an error.
    pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
        DOCUMENTED.iter().map(|known| &*known.code)
    }

    /// The short form: `HttpStatusCode`, `Message`, `FlinksCode`.
    pub(crate) fn body(&self) -> Value {
        json!({"HttpStatusCode": self.status, "Message": self.message, "FlinksCode": self.code})
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::of_json(self.status, &self.body())
    }
}

// <https://docs.flinks.com/api/authorize/troubleshooting>
pub(crate) const BAD_SECRET_KEY: Trouble = refused("UNAUTHORIZED", "You must provide a valid auth key");
pub(crate) const BAD_TOKEN: Trouble = refused("UNAUTHORIZED", "You must provide a valid authorize token");
// The data endpoints answer UNAUTHORIZED if a session is not authorized yet, so a wrong key has the table's other code.
pub(crate) const BAD_API_KEY: Trouble = refused("ACCESS_DENIED", "You must provide a valid x-api-key");
pub(crate) const BAD_CUSTOMER: Trouble = refused("ACCESS_DENIED", "The CustomerId provided is not valid");
pub(crate) const NOT_YET: Trouble = refused("UNAUTHORIZED", "The RequestId has not been authorized by the institution");

// No page documents the answer to a login whose grant has ended. UNAUTHORIZED in the table, "the institution did not
// authorize access", is the nearest code, so this is our inference.
pub(crate) const NO_GRANT: Trouble =
    refused("UNAUTHORIZED", "The institution has not authorized this access, or ended it");

pub(crate) const INVALID_LOGIN: Trouble =
    refused("INVALID_LOGIN", "The LoginId provided is either invalid or does not belong to the CustomerId");
pub(crate) const INVALID_USERNAME: Trouble = refused("INVALID_USERNAME", "The username provided is invalid");
pub(crate) const INVALID_PASSWORD: Trouble = refused("INVALID_PASSWORD", "The password provided is invalid");
pub(crate) const DISABLED_LOGIN: Trouble =
    refused("DISABLED_LOGIN", "The account has been disabled by the institution");
pub(crate) const RETRY_LATER: Trouble = refused("RETRY_LATER", "The institution cannot be reached, retry later");
pub(crate) const CONCURRENT: Trouble = refused("CONCURRENT_SESSION", "Another session is open with this LoginId");

pub(crate) const QUESTION_NOT_FOUND: Trouble =
    refused("QUESTION_NOT_FOUND", "No answer is stored for a question that the institution asks");
pub(crate) const WRONG_ANSWER: Trouble =
    refused("INVALID_SECURITY_RESPONSE", "One or more security responses were incorrect");
/// The older table tells a wrong answer that may be given again from the last one:
/// <https://docs.flinks.com/reference/error-codes>.
pub(crate) const LAST_WRONG_ANSWER: Trouble =
    refused("INVALID_SECURITY_RESPONSE_NO_RETRY", "One or more security responses were incorrect, and no try is left");
pub(crate) const INCOMPLETE: Trouble =
    refused("SECURITYRESPONSES_INCOMPLETE", "Not all security challenges were answered");
pub(crate) const UNKNOWN_KEY: Trouble =
    refused("UNKNOWN_CHALLENGE_KEY", "A security response does not match any challenge");
pub(crate) const ALREADY: Trouble = refused("ALREADY_AUTHORIZED", "The RequestId is already authorized");

pub(crate) const CARD_IN_USE: Trouble = trouble(400, "CARD_IN_USE", "The card is still being processed");
pub(crate) const DISABLED_INSTITUTION: Trouble =
    trouble(405, "DISABLED_INSTITUTION", "The institution is disabled at the moment");

/// Every code of an error. No source gives a status for the ones under the second line, nor for `CONCURRENT_SESSION` and
/// `ALREADY_AUTHORIZED`: those are ours, and so are most messages.
static DOCUMENTED: &[Trouble] = &[
    INVALID_LOGIN,
    INVALID_USERNAME,
    INVALID_PASSWORD,
    refused("INVALID_REQUEST", "The request is missing a field, or has a malformed one"),
    refused("ACCESS_DENIED", "Authentication was not successful"),
    refused("UNAUTHORIZED", "The institution has not authorized this card"),
    WRONG_ANSWER,
    LAST_WRONG_ANSWER,
    INCOMPLETE,
    UNKNOWN_KEY,
    QUESTION_NOT_FOUND,
    RETRY_LATER,
    refused("TOO_MANY_REQUESTS", "Too many requests were made in a short time"),
    CONCURRENT,
    DISABLED_LOGIN,
    refused("NEW_ACCOUNT", "The user has something to do in online banking first"),
    trouble(400, "SESSION_NONEXISTENT", "RequestId is invalid or session has ended."),
    trouble(400, "SESSION_EXPIRED", "RequestId is invalid or session has ended."),
    ALREADY,
    CARD_IN_USE,
    DISABLED_INSTITUTION,
    trouble(500, "AGGREGATION_ERROR", "An unexpected error occurred"),
    // For these, only the code and its meaning are documented.
    trouble(400, "NO_TRANSACTION", "There are no transactions, or too few"),
    refused("METHOD_NOT_AVAILABLE", "This endpoint is not enabled for the instance"),
    // Named as the error of a nightly refresh: <https://docs.flinks.com/guides/connect/nightly-refresh>.
    refused("BANK MAINTENANCE_RETRY_LATER", "The institution is under maintenance, retry later"),
];

/// The message says what is wrong with the request.
pub(crate) fn invalid_request(message: &str) -> Reply {
    let body = json!({"HttpStatusCode": 401, "Message": message, "FlinksCode": "INVALID_REQUEST"});
    Reply::of_json(401, &body)
}

/// An expired or unknown `RequestId`, in the words of the live service.
pub(crate) fn no_session(request_id: &str) -> Reply {
    let message = format!("RequestId {request_id} is invalid or session has ended");
    let body = json!({"HttpStatusCode": 400, "Message": message, "FlinksCode": "SESSION_NONEXISTENT"});
    Reply::of_json(400, &body)
}
