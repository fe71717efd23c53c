//! A service as small as a search needs it: a plain value. It asks again in the same words.

use reconnect_core::{Rendered, Reply};
use reconnect_testkit::walks::{NOT_YET, reply as says};

/// The answers that the user of the search types: a wrong one, and the right one.
pub(crate) const ANSWERS: [&str; 2] = ["wrong", "right"];

/// One `RequestId`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Open {
    /// The session that asked for it, by the id in its row.
    by: String,
    /// How often the bank has asked.
    asked: u32,
    through: bool,
}

/// All that the service knows.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Service {
    sessions: Vec<Open>,
    /// The answers that reached it, each with the number of the question that it was given to.
    pub(crate) answers: Vec<(String, u32)>,
}

impl Service {
    /// Takes a request that the session with this id sent.
    pub(crate) fn serve(&mut self, request: &Rendered, by: &str) -> Reply {
        let body = request.body.as_ref().map_or("", |body| body.expose());
        let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let at = json["RequestId"].as_str().and_then(|id| id.strip_prefix("req-")?.parse::<usize>().ok());
        let endpoint = request.url.rsplit('/').next().unwrap_or_default();
        match (endpoint, at) {
            ("Authorize", None) => {
                self.sessions.push(Open { by: by.to_owned(), asked: 1, through: false });
                asks(203, "", self.sessions.len() - 1)
            }
            ("Authorize", Some(at)) => {
                let typed = json["SecurityResponses"]["Code?"][0].as_str().expect("an answer").to_owned();
                let open = &mut self.sessions[at];
                self.answers.push((typed.clone(), open.asked));
                if typed == ANSWERS[1] {
                    open.through = true;
                    return says(
                        200,
                        &format!(r#"{{"HttpStatusCode":200,"RequestId":"req-{at}","Login":{{"Id":"login-1"}}}}"#),
                    );
                }
                open.asked += 1;
                asks(401, r#""FlinksCode":"INVALID_SECURITY_RESPONSE","#, at)
            }
            (_, Some(at)) if self.sessions[at].through => says(
                200,
                &format!(
                    r#"{{"HttpStatusCode":200,"RequestId":"req-{at}","Login":{{"Id":"login-1"}},"Accounts":[{{"Id":"acc-1"}},{{"Id":"acc-2"}}]}}"#
                ),
            ),
            _ => says(401, NOT_YET),
        }
    }

    /// The user answers in the widget.
    pub(crate) fn user_is_through(&mut self) -> bool {
        self.sessions.last_mut().is_some_and(|open| !core::mem::replace(&mut open.through, true))
    }

    /// How many live calls the session with the most of them sent.
    pub(crate) fn most_lives(&self) -> usize {
        self.sessions.iter().map(|one| self.sessions.iter().filter(|open| open.by == one.by).count()).max().unwrap_or(0)
    }

    /// The number of the question that stands in a session.
    pub(crate) fn asked(&self, request: &str) -> u32 {
        let at = request.strip_prefix("req-").and_then(|at| at.parse::<usize>().ok());
        at.and_then(|at| self.sessions.get(at)).map_or(0, |open| open.asked)
    }
}

fn asks(status: u16, code: &str, at: usize) -> Reply {
    says(
        status,
        &format!(
            r#"{{"HttpStatusCode":{status},{code}"RequestId":"req-{at}","SecurityChallenges":[{{"Type":"QuestionAndAnswer","Prompt":"Code?"}}]}}"#
        ),
    )
}
