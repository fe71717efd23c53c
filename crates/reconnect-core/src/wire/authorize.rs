//! `POST /Authorize` <https://docs.flinks.com/api/authorize/endpoints/authorize>

use crate::{
    challenge::Answers,
    ids::{LoginId, RequestId},
    secret::Secret,
};
use alloc::sync::Arc;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The body of an `/Authorize`, in one of its four shapes. It is spelled in the documentation's order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Authorize {
    /// The stored connection.
    pub login_id: Option<LoginId>,
    /// The user's name at the bank: never in a log.
    pub username: Option<Secret>,
    /// The user's password at the bank.
    pub password: Option<Secret>,
    /// The institution, for a connection that is not stored yet.
    pub institution: Option<Arc<str>>,
    /// `en` or `fr`. It is part of what makes a `loginId`.
    pub language: Option<Arc<str>>,
    /// `false` goes to the bank; `true` replays what is stored. Always sent with a `LoginId`, as defaults differ.
    pub most_recent_cached: Option<bool>,
    /// Whether what was collected is kept: required on Reconnect.
    pub save: Option<bool>,
    /// The caller's own word, which comes back in replies and webhooks.
    pub tag: Option<Arc<str>>,
    /// The session whose prompts are answered.
    pub request_id: Option<RequestId>,
    /// The answers, keyed by the prompts byte for byte.
    pub security_responses: Option<Answers>,
}

impl Authorize {
    const EMPTY: Self = Self {
        login_id: None,
        username: None,
        password: None,
        institution: None,
        language: None,
        most_recent_cached: None,
        save: None,
        tag: None,
        request_id: None,
        security_responses: None,
    };

    /// A live refresh of a stored connection: what Reconnect starts with.
    /// Source: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    ///
    /// ```
    /// use reconnect_core::{LoginId, wire::authorize::Authorize};
    /// let body = serde_json::to_string(&Authorize::live(LoginId::new("5e115eac")?))?;
    /// assert_eq!(body, r#"{"LoginId":"5e115eac","MostRecentCached":false,"Save":true}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn live(login: LoginId) -> Self {
        //= docs/spec/authorize.md#the-request
        //# **AUTH-7** A client MUST send `Save: true` on a refresh.
        Self { login_id: Some(login), most_recent_cached: Some(false), save: Some(true), ..Self::EMPTY }
    }

    /// The same, with the caller's own word, which comes back in the service's replies and webhooks.
    ///
    /// ```
    /// use reconnect_core::{LoginId, wire::authorize::Authorize};
    /// let body = Authorize::live(LoginId::new("5e115eac")?).tagged(Some("order-7".into()));
    /// assert!(serde_json::to_string(&body)?.ends_with(r#""Save":true,"Tag":"order-7"}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tagged(self, tag: Option<Arc<str>>) -> Self {
        Self { tag, ..self }
    }

    /// What is stored of a connection, without the bank.
    ///
    /// ```
    /// use reconnect_core::{LoginId, wire::authorize::Authorize};
    /// let body = serde_json::to_string(&Authorize::cached(LoginId::new("5e115eac")?))?;
    /// assert_eq!(body, r#"{"LoginId":"5e115eac","MostRecentCached":true}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cached(login: LoginId) -> Self {
        //= docs/spec/authorize.md#the-request
        //# **AUTH-6** A client MUST send `MostRecentCached` with every `LoginId`.
        Self { login_id: Some(login), most_recent_cached: Some(true), ..Self::EMPTY }
    }

    /// A first connection, the older way, without the widget.
    /// Source: <https://docs.flinks.com/guides/connect/legacy-api-integrations>.
    ///
    /// ```
    /// use reconnect_core::wire::authorize::Authorize;
    /// let body = Authorize::first("FlinksCapital", "Greatday".into(), "Everyday".into());
    /// assert!(serde_json::to_string(&body)?.contains(r#""Institution":"FlinksCapital""#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn first(institution: &str, username: Secret, password: Secret) -> Self {
        Self {
            username: Some(username),
            password: Some(password),
            institution: Some(institution.into()),
            most_recent_cached: Some(false),
            save: Some(true),
            ..Self::EMPTY
        }
    }

    /// How far an asynchronous authorization is: `/AuthorizeAsync` with its `requestId` alone.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000735707>.
    ///
    /// ```
    /// use reconnect_core::{RequestId, wire::authorize::Authorize};
    /// let body = serde_json::to_string(&Authorize::status(RequestId::new("r-1")?))?;
    /// assert_eq!(body, r#"{"RequestId":"r-1"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn status(request: RequestId) -> Self {
        Self { request_id: Some(request), ..Self::EMPTY }
    }

    /// Answers to the prompts of a session.
    #[must_use]
    pub fn answer(answers: Answers) -> Self {
        Self { request_id: Some(answers.request.clone()), security_responses: Some(answers), ..Self::EMPTY }
    }
}

/// As a map: a struct would bring in the code that prints `serde_json`'s errors. This is the one place that writes a
/// credential, into the body that is sent.
impl Serialize for Authorize {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fn text<M: SerializeMap>(map: &mut M, name: &str, text: Option<&str>) -> Result<(), M::Error> {
            text.map_or(Ok(()), |text| map.serialize_entry(name, text))
        }
        let mut map = to.serialize_map(None)?;
        text(&mut map, "LoginId", self.login_id.as_ref().map(LoginId::as_str))?;
        text(&mut map, "Username", self.username.as_ref().map(Secret::expose))?;
        text(&mut map, "Password", self.password.as_ref().map(Secret::expose))?;
        text(&mut map, "Institution", self.institution.as_deref())?;
        text(&mut map, "Language", self.language.as_deref())?;
        if let Some(cached) = self.most_recent_cached {
            map.serialize_entry("MostRecentCached", &cached)?;
        }
        if let Some(save) = self.save {
            map.serialize_entry("Save", &save)?;
        }
        text(&mut map, "Tag", self.tag.as_deref())?;
        text(&mut map, "RequestId", self.request_id.as_ref().map(RequestId::as_str))?;
        if let Some(answers) = &self.security_responses {
            map.serialize_entry("SecurityResponses", answers)?;
        }
        map.end()
    }
}
