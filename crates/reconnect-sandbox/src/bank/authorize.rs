//! `POST /GenerateAuthorizeToken` and `POST /Authorize`.
//!
//! <https://docs.flinks.com/api/authorize/endpoints/generate-authorize-token>,
//! <https://docs.flinks.com/api/authorize/endpoints/authorize>.

use serde_json::{Value, json};

use super::fields::Fields;
use super::links::links;
use super::live::Attempt;
use super::login::Who;
use super::session::{Answered, Session, State};
use super::state::Bank;
use crate::http::{Reply, Request};
use crate::id::fold;
use crate::scenario::institution::Institution;
use crate::scenario::user::{At, Language};
use crate::trouble::{
    BAD_TOKEN, INVALID_LOGIN, INVALID_PASSWORD, INVALID_USERNAME, Trouble, invalid_request, no_session,
};

impl Bank {
    pub(super) fn mint(&mut self, now: u64) -> Reply {
        let token = self.next_id("token");
        self.tokens.keep(&token, now);
        Reply::of_json(200, &json!({"HttpStatusCode": 200, "Token": token}))
    }

    pub(super) fn authorize(&mut self, now: u64, request: &Request) -> Result<Reply, Reply> {
        self.with_token(now, request, Self::authorize_with)
    }

    /// Checks the token of a request, then does what the request asks.
    pub(super) fn with_token(
        &mut self,
        now: u64,
        request: &Request,
        then: fn(&mut Self, u64, &Fields, Option<&str>) -> Result<Reply, Reply>,
    ) -> Result<Reply, Reply> {
        let fields = Fields::read(&request.body, self.settings.strict);
        // The token is checked first. It is good for one use, so it is spent even if the request turns out to be malformed.
        let answers_for = fields.as_ref().ok().and_then(|fields| fields.text("RequestId").ok().flatten());
        let token = request.header("flinks-auth-key");
        let good = match token {
            Some(token) => self.tokens.spend(now, self.settings.token_life_ms, token, answers_for),
            None => !self.settings.strict,
        };
        if !good {
            return Err(BAD_TOKEN.reply());
        }
        then(self, now, &fields?, token)
    }

    /// A request has one of four shapes. Its fields say which.
    pub(super) fn authorize_with(&mut self, now: u64, fields: &Fields, token: Option<&str>) -> Result<Reply, Reply> {
        if let Some(request_id) = fields.text("RequestId")? {
            return self.answer(now, request_id, fields);
        }
        let opened = if let Some(login_id) = fields.text("LoginId")? {
            let (cached, save) = (fields.flag("MostRecentCached")?, fields.flag("Save")?.unwrap_or(false));
            // A help article refreshes with `Save: true` alone:
            // <https://help.flinks.com/support/solutions/articles/43000759929-flinks-connect-resume-feature>
            if cached.unwrap_or(!save) {
                return self.cached(now, login_id, fields, token);
            }
            self.refresh(now, login_id, fields, save)?
        } else {
            self.first_connection(now, fields)?
        };
        if let Some(token) = token {
            self.tokens.belongs_to(token, &opened);
        }
        Ok(self.session_reply(now, &opened))
    }

    /// `{RequestId, SecurityResponses}`
    fn answer(&mut self, now: u64, request_id: &str, fields: &Fields) -> Result<Reply, Reply> {
        let responses = fields.responses()?;
        if responses.is_none() && self.settings.strict {
            return Err(invalid_request("SecurityResponses is required with RequestId"));
        }
        let answered = self.take_answers(now, request_id, &responses.unwrap_or_default());
        match answered {
            None => Err(no_session(request_id)),
            Some(Answered::Asks | Answered::Passed) => Ok(self.session_reply(now, request_id)),
            Some(Answered::Refused(trouble)) => Err(self.refused_answer(request_id, &trouble)),
        }
    }

    /// `{LoginId, MostRecentCached: false, Save: true}`: Reconnect.
    /// <https://docs.flinks.com/guides/connect/resume-and-reconnect>
    fn refresh(&mut self, now: u64, login_id: &str, fields: &Fields, save: bool) -> Result<String, Reply> {
        let login = self.logins.get(login_id).filter(|login| login.saved);
        let who = login.map(|login| login.who.clone()).ok_or_else(|| INVALID_LOGIN.reply())?;
        let language = language(fields)?.unwrap_or(who.language);
        let attempt = Attempt { who, language, tag: tag(fields)?, save };
        self.go_live(now, attempt).map_err(|trouble| trouble.reply())
    }

    /// `{LoginId, MostRecentCached: true}`: a new `RequestId` for the stored data, or how the last live attempt ended.
    fn cached(&mut self, now: u64, login_id: &str, fields: &Fields, token: Option<&str>) -> Result<Reply, Reply> {
        let login = self.logins.get(login_id).filter(|login| login.saved);
        let login = login.ok_or_else(|| INVALID_LOGIN.reply())?;
        let (login_id, who) = (login.id.clone(), login.who.clone());
        let trouble = login.trouble.as_ref().or_else(|| who.user.failure(At::Cached)).cloned();
        let attempt = Attempt { language: who.language, who, tag: tag(fields)?, save: false };
        let request_id = self.open_session(now, login_id, attempt, State::Authorized);
        if let Some(token) = token {
            self.tokens.belongs_to(token, &request_id);
        }
        match trouble {
            None => Ok(self.session_reply(now, &request_id)),
            Some(trouble) => Err(self.refused_answer(&request_id, &trouble)),
        }
    }

    /// `{Institution, Username, Password, MostRecentCached: false, Save: true}`
    /// <https://docs.flinks.com/guides/connect/legacy-api-integrations>
    fn first_connection(&mut self, now: u64, fields: &Fields) -> Result<String, Reply> {
        let needed = |name: &str| {
            let missing = || invalid_request(&format!("LoginId, or Institution, Username and Password: no {name}"));
            fields.text(name)?.ok_or_else(missing)
        };
        let (institution, username, password) = (needed("Institution")?, needed("Username")?, needed("Password")?);
        let institution = self.settings.scenario.institution(institution).cloned();
        let institution = institution.ok_or_else(|| invalid_request("Institution is not known"))?;
        if institution.signs_in_by_oauth() {
            // No page documents this answer.
            return Err(invalid_request("Institution signs in by OAuth: no password is taken for it"));
        }
        fields.flag("MostRecentCached")?;
        let save = fields.flag("Save")?.unwrap_or(false);
        let language = language(fields)?.unwrap_or_default();
        let tag = tag(fields)?;
        let who = self.who(Some(&institution), username, language).map_err(|trouble| trouble.reply())?;
        self.log_in(now, who, password, tag, save).map_err(|trouble| trouble.reply())
    }

    /// The user of this name at this institution, or without one at the first institution that knows the name.
    pub(crate) fn who(
        &self,
        institution: Option<&Institution>,
        username: &str,
        language: Language,
    ) -> Result<Who, Trouble> {
        let user = self.settings.scenario.user(institution, username).cloned().ok_or(INVALID_USERNAME)?;
        Ok(Who { user, username: username.to_owned(), language })
    }

    /// Checks the password, then connects to the bank. The widget's form comes here too.
    pub(crate) fn log_in(
        &mut self,
        now: u64,
        who: Who,
        password: &str,
        tag: Option<String>,
        save: bool,
    ) -> Result<String, Trouble> {
        if !who.user.password_is_right(password) {
            return Err(INVALID_PASSWORD);
        }
        self.go_live(now, Attempt { language: who.language, who, tag, save })
    }

    /// 203 while the bank asks, 200 once it is satisfied.
    pub(super) fn session_reply(&self, now: u64, request_id: &str) -> Reply {
        let Some(session) = self.session(now, request_id) else { return no_session(request_id) };
        let login = self.logins.get(&session.login_id);
        let institution = session.institution();
        let mut body = match login.filter(|_| !session.waits_for_mfa()) {
            Some(login) => json!({
                "HttpStatusCode": 200,
                "Links": links(&["AccountsDetail", "AccountsSummary", "Statements"]),
                "InstitutionName": institution.name,
                "Login": login.body(),
                "InstitutionId": institution.id,
                "Institution": institution.name,
                "RequestId": session.request_id,
            }),
            None => json!({
                "Links": [{"rel": "Authorization", "href": "/Authorize", "example": null}],
                "HttpStatusCode": 203,
                "SecurityChallenges": challenges(session),
                "Institution": institution.name,
                "RequestId": session.request_id,
            }),
        };
        if let Some(tag) = &session.tag {
            body["Tag"] = json!(tag);
        }
        Reply::of_json(if session.waits_for_mfa() { 203 } else { 200 }, &body)
    }

    /// The long form of a 401: it carries the `RequestId`, and the challenges while they may be answered again.
    /// <https://help.flinks.com/support/solutions/articles/43000761538-errors-when-calling-authorize-with-cached-mode>
    pub(super) fn refused_answer(&self, request_id: &str, trouble: &Trouble) -> Reply {
        // This answer may have ended the session, so ended sessions are looked up too.
        let Some(session) = self.sessions.get(&fold(request_id)) else { return no_session(request_id) };
        let mut body = trouble.body();
        body["Institution"] = json!(session.institution().name);
        body["RequestId"] = json!(session.request_id);
        if session.waits_for_mfa() && !session.ended {
            body["Links"] = json!([{"rel": "Authorization", "href": "/Authorize", "example": null}]);
            body["SecurityChallenges"] = challenges(session);
        }
        Reply::of_json(trouble.status, &body)
    }
}

fn challenges(session: &Session) -> Value {
    session.round().iter().map(|question| question.body()).collect()
}

fn tag(fields: &Fields) -> Result<Option<String>, Reply> {
    Ok(fields.text("Tag")?.map(str::to_owned))
}

fn language(fields: &Fields) -> Result<Option<Language>, Reply> {
    let given = fields.text("Language")?;
    let read = |text| Language::read(text).ok_or_else(|| invalid_request("Language must be en or fr"));
    given.map(read).transpose()
}
