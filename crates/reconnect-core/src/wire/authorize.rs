//! `POST /Authorize` <https://docs.flinks.com/api/authorize/endpoints/authorize>

use crate::{Answers, LoginId, RequestId, Secret};
use alloc::sync::Arc;
use serde::{Serialize, Serializer};

/// The body of an `/Authorize`, in one of its four shapes. It is spelled in the documentation's order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Authorize {
    /// The stored connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_id: Option<LoginId>,
    /// The user's name at the bank: never in a log.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose")]
    pub username: Option<Secret>,
    /// The user's password at the bank.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose")]
    pub password: Option<Secret>,
    /// The institution, for a connection that is not stored yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<Arc<str>>,
    /// `en` or `fr`. It is part of what makes a `loginId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Arc<str>>,
    /// `false` goes to the bank; `true` replays what is stored. Always sent with a `LoginId`, as defaults differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_recent_cached: Option<bool>,
    /// Whether what was collected is kept: required on Reconnect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save: Option<bool>,
    /// The session whose prompts are answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// The answers, keyed by the prompts byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
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
        Self { login_id: Some(login), most_recent_cached: Some(false), save: Some(true), ..Self::EMPTY }
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

/// The one place that writes a credential: into the body that is sent.
#[expect(clippy::ref_option, reason = "serde hands fields over like this")]
fn expose<S: Serializer>(secret: &Option<Secret>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(to)
}
