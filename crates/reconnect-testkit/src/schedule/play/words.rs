//! What the session says, in the model's words.

use super::Table;
use crate::{
    model::{Asked, Call, Does, End, Millis, Narrowed, Shown, moment},
    schedule::replies,
};
use reconnect_core::{AccountId, Action, Outcome, Pause, Prompt, Showing, Via, policy::Fetch};

impl Table<'_> {
    /// The wire knows no filter for summaries.
    pub(super) fn for_the_wire(&self, does: Does) -> Does {
        match does {
            Does::Send { id, call: Call::Data { request, .. }, once, limit } if !self.detailed() => {
                Does::Send { id, call: Call::Data { request, keep: None }, once, limit }
            }
            other => other,
        }
    }

    fn detailed(&self) -> bool {
        matches!(self.policy.fetch, Fetch::Detail(_) | Fetch::Webhook { .. })
    }

    /// An action in the model's words.
    pub(super) fn read_action(&self, action: &Action) -> Result<Does, String> {
        Ok(match action {
            Action::Wait { until } => Does::Wait(until.as_millis()),
            Action::Pause(Pause::Ask(prompt)) => Does::Ask(self.read_prompt(prompt)),
            Action::Pause(Pause::Done) => Does::Done(self.read_end()?),
            Action::Send(request) => {
                let limit = request.limit.as_millis() as Millis;
                Does::Send { id: request.id.number(), call: self.read_call(&request.call)?, once: request.once, limit }
            }
        })
    }

    fn read_call(&self, call: &reconnect_core::Call) -> Result<Call, String> {
        use reconnect_core::Call as Core;
        let summary = call.endpoint().contains("Summary");
        if call.endpoint().contains("Accounts") && summary == self.detailed() {
            return Err(format!("the policy has another data call than {}", call.endpoint()));
        }
        Ok(match call {
            Core::GenerateAuthorizeToken => Call::Mint,
            Core::GetAccountsDetail(body) => Call::Data {
                request: request_number(body.request_id.as_str()),
                keep: body.accounts_filter.ids().map(account_numbers),
            },
            Core::GetAccountsSummary(body) => {
                Call::Data { request: request_number(body.request_id.as_str()), keep: None }
            }
            Core::GetAccountsDetailAsync(request) | Core::GetAccountsSummaryAsync(request) => {
                Call::Poll { request: request_number(request.as_str()) }
            }
            Core::Authorize { token, body } | Core::AuthorizeAsync { token, body } => {
                let token = token.as_ref().map(|token| replies::number(token.expose()));
                let login = body.login_id.as_ref().map(|id| login_number(id.as_str()));
                let request = body.request_id.as_ref().map(|id| request_number(id.as_str()));
                let tag = body.tag.as_deref().map(|tag| position(&replies::TAGS, tag));
                let asynchronous = self.policy.entry == reconnect_core::policy::Entry::AuthorizeAsync;
                let expected = asynchronous && body.most_recent_cached != Some(true);
                if expected != matches!(call, Core::AuthorizeAsync { .. }) {
                    return Err(format!("the policy has another entry than {}", call.endpoint()));
                }
                match (login, body.most_recent_cached, body.save, request, &body.security_responses) {
                    (Some(login), Some(false), Some(true), None, None) => Call::Live { token, login, tag },
                    _ if tag.is_some() => return Err("a tag in a call that is not live".to_owned()),
                    (Some(login), Some(true), None, None, None) => Call::Cached { token, login },
                    (None, None, None, Some(request), None) if asynchronous => Call::Status { token, request },
                    (None, None, None, Some(request), Some(answers)) => {
                        let text = serde_json::to_string(answers).map_err(|error| error.to_string())?;
                        let known = self.answers.iter().rposition(|known| known.0 == text);
                        Call::Answer { token, request, answers: known.map_or(u64::MAX, |known| known as u64) }
                    }
                    other => return Err(format!("an /Authorize of no known shape: {other:?}")),
                }
            }
            other => return Err(format!("a call that the model does not know: {other:?}")),
        })
    }

    pub(super) fn read_prompt(&self, prompt: &Prompt) -> Asked {
        Asked {
            request: request_number(prompt.request.as_str()),
            number: prompt.number,
            challenges: prompt.challenges.iter().map(|challenge| replies::number(&challenge.prompt)).collect(),
            wrong: prompt.wrong,
            left: prompt.left,
            error: prompt.error.as_ref().map(|code| code_text(code.as_str())),
            ended: prompt.ended.as_ref().map(|code| code_text(code.as_str())),
            shown: prompt.shown,
            token_invalid: prompt.token_invalid,
            until: prompt.deadline.at.as_millis(),
            assumed: prompt.assumed,
            showing: match &prompt.showing {
                Showing::Ready(token) => Shown::Ready(replies::number(token.expose())),
                Showing::Refused => Shown::Refused,
                Showing::Spent => Shown::Spent,
                _ => Shown::Closed,
            },
        }
    }

    fn read_end(&self) -> Result<End, String> {
        // The outcome is asked of a session that was polled at this moment, for that may have ended it.
        let mut core = self.core.clone().ok_or("the model plays alone")?;
        let _ = core.poll(moment(self.now));
        Ok(match core.outcome().ok_or("a session that is over has no outcome")? {
            Outcome::Refreshed(refreshed) => End::Refreshed {
                login: refreshed.login.as_ref().map(|id| login_number(id.as_str())),
                request: request_number(refreshed.request.as_str()),
                kept: account_numbers(&refreshed.kept),
                missing: account_numbers(&refreshed.missing),
                left_out: refreshed.left_out,
                last_refresh: refreshed.last_refresh.map(|at| at.as_millis()),
                cached: refreshed.via == Via::Cached,
                named_others: refreshed.named_others,
                institution: refreshed.institution.as_deref().map(institution_number),
                narrowed: match refreshed.narrowed {
                    reconnect_core::Narrowed::Redirect => Narrowed::Redirect,
                    reconnect_core::Narrowed::OurRedirect => Narrowed::OurRedirect,
                    reconnect_core::Narrowed::Twice => Narrowed::Twice,
                    reconnect_core::Narrowed::NoneOf => Narrowed::NoneOf,
                    reconnect_core::Narrowed::Late => Narrowed::Late,
                    _ => Narrowed::Nothing,
                },
                named_other_request: refreshed.named_other_request,
                other_request: refreshed.other_request,
                reselect: refreshed.reselect,
                token_invalid: refreshed.token_invalid,
            },
            Outcome::Failed(failure) => End::Failed {
                reason: failure.reason(),
                recovery: failure.recovery(),
                code: failure.code().map(|code| code_text(code.as_str())),
                status: failure.status(),
                request: failure.request().map(|id| request_number(id.as_str())),
                institution: failure.start_over().institution.as_deref().map(institution_number),
                last_refresh: failure.last_refresh().map(|at| at.as_millis()),
                cached_may_fail: failure.cached_may_fail(),
                other_login: failure.other_login().map(|id| login_number(id.as_str())),
                resume: failure.resume().map(|id| request_number(id.as_str())),
                token_invalid: failure.token_invalid(),
            },
        })
    }
}

fn position(of: &[&str], id: &str) -> u8 {
    of.iter().position(|known| known.eq_ignore_ascii_case(id)).map_or(u8::MAX, |at| at as u8)
}

pub(super) fn request_number(id: &str) -> u8 {
    position(&replies::REQUESTS, id)
}

pub(super) fn login_number(id: &str) -> u8 {
    position(&replies::LOGINS, id)
}

fn institution_number(name: &str) -> u8 {
    position(&replies::INSTITUTIONS, name)
}

pub(super) fn account_numbers(ids: &[AccountId]) -> Vec<u8> {
    ids.iter().map(|id| position(&replies::ACCOUNTS, id.as_str())).collect()
}

/// A code as the constant that the schedule's replies use.
fn code_text(code: &str) -> &'static str {
    const CODES: &[&str] = &[
        "UNAUTHORIZED",
        "SESSION_NONEXISTENT",
        "SESSION_EXPIRED",
        "QUESTION_NOT_FOUND",
        "RETRY_LATER",
        "TOO_MANY_REQUESTS",
        "CONCURRENT_SESSION",
        "CARD_IN_USE",
        "INVALID_LOGIN",
        "ACCESS_DENIED",
        "BRAND_NEW_CODE",
        "INVALID_SECURITY_RESPONSE",
        "INVALID_SECURITY_RESPONSE_NO_RETRY",
        "OPERATION_PENDING",
        "OPERATION_DISPATCHED",
        "ALREADY_AUTHORIZED",
        "SECURITYRESPONSES_INCOMPLETE",
        "DISABLED_LOGIN",
        "MAXIMUM_RETRY_REACHED",
        "COMPONENT_DENY_CONSENT",
        "COMPONENT_DENY_TERMS",
    ];
    CODES.iter().copied().find(|known| *known == code).unwrap_or("a code that nobody said")
}
