//! The widget's URL: for a prompt, and for the ordinary Connect session that takes a dead one's place.

use super::percent::{decode, encode};
use crate::{Instance, RequestId, Secret, Selection, StartOver, secret};
use alloc::string::String;
use core::fmt;
use zeroize::Zeroize;

//= docs/spec/credentials.md#which-header
//= type=test
//# **CRED-4** A client MUST give the widget its authorize token in the URL parameter
//= docs/spec/hosts-and-paths.md#the-widget
//# **HOST-22** A client MUST NOT build `/v2/Testing/` (the preview of a documentation page)
//= docs/spec/reconnect.md#selected-accounts
//= type=test
//# **RECO-16** A client MUST pass the accounts that the user once selected to the widget
//= docs/spec/widget-url.md#parameters-of-reconnect
//= type=test
//# **URL-3** A client MUST write `resumeSelectedAccounts={id1},{id2}` with a literal comma
//= docs/spec/widget-url.md#parameters-of-reconnect
//= type=test
//# **URL-7** A client MAY add `redirectUrl={URL}` to a URL that resumes.
//= docs/spec/widget-url.md#parameters-of-reconnect
//# **URL-9** A client MUST treat the whole URL as secret: it holds a `requestId` and a token
//= docs/spec/widget-url.md#writing
//= type=test
//# **URL-13** A client MUST let its caller add any parameter that it does not know.
/// A URL of the widget. It holds a `requestId` and, where one was minted, an authorize token: its `Debug` says
/// nothing, its memory is wiped when it is dropped, and a page that shows it should send `referrer-policy: no-referrer`.
///
/// Sources: <https://docs.flinks.com/guides/connect/resume-and-reconnect>,
/// <https://docs.flinks.com/guides/connect/flinks-connect/widget>.
///
/// ```
/// use reconnect_core::{AccountId, Instance, RequestId, Secret, Selection, connect::WidgetUrl};
///
/// let instance = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
/// let keep = Selection::only([AccountId::new("a-1")?, AccountId::new("a-2")?])?;
/// let url = WidgetUrl::resume(&instance, &RequestId::new("r-1")?, &keep)
///     .with("redirectUrl", "https://app.example/back?lead=7")
///     .with_token(&Secret::from("t-1"));
/// assert_eq!(
///     url.expose(),
///     "https://toolbox-iframe.private.fin.ag/?requestId=r-1&resumeSelectedAccounts=a-1,a-2\
///      &redirectUrl=https%3A%2F%2Fapp.example%2Fback%3Flead%3D7&authorizeToken=t-1"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WidgetUrl(String);

impl WidgetUrl {
    //= docs/spec/reconnect.md#selected-accounts
    //# **RECO-16** A client MUST pass the accounts that the user once selected to the widget
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-1** A client MUST resume by `?requestId={requestId}`
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-3** A client MUST write `resumeSelectedAccounts={id1},{id2}` with a literal comma
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-4** A client MUST NOT send `resumeSelectedAccounts` without a `requestId`
    /// The widget at the MFA prompt of a live session, with the accounts that stay selected.
    #[must_use]
    pub fn resume(instance: &Instance, request: &RequestId, keep: &Selection) -> Self {
        let mut url = Self(instance.widget_url().into()).with("requestId", request.as_str());
        if let Some(ids) = keep.ids() {
            url.name("resumeSelectedAccounts");
            for (position, id) in ids.iter().enumerate() {
                if position > 0 {
                    // A literal comma, as the page prints it (decision 16).
                    url.0.push(',');
                }
                encode(id.as_str(), &mut url.0);
            }
        }
        url
    }

    //= docs/spec/hosts-and-paths.md#the-widget
    //# **HOST-21** A client MUST build the address of a preselected institution
    /// The ordinary Connect session that takes a dead one's place, with the institution preselected where it is known:
    /// `{widget base}Credential/{institution}`.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000725163>.
    ///
    /// ```
    /// use reconnect_core::{Instance, StartOver, connect::WidgetUrl};
    ///
    /// let instance = Instance::at("https://api.example", "https://widget.example/v2", "c")?;
    /// let mut parts = StartOver::default();
    /// parts.institution = Some("Flinks Capital".into());
    /// let url = WidgetUrl::start_over(&instance, &parts);
    /// assert_eq!(url.expose(), "https://widget.example/v2/Credential/Flinks%20Capital");
    /// # Ok::<(), reconnect_core::InvalidInstance>(())
    /// ```
    #[must_use]
    pub fn start_over(instance: &Instance, parts: &StartOver) -> Self {
        let url = Self::connect(instance, parts.institution.as_deref());
        match &parts.language {
            Some(language) => url.with("language", language),
            None => url,
        }
    }

    /// An ordinary Connect session, such as a first connection, at the login page of `institution` (as the service names
    /// it) or at the list of banks. It still lacks a token.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000725163>.
    ///
    /// ```
    /// use reconnect_core::{Instance, connect::WidgetUrl};
    ///
    /// let instance = Instance::named("toolbox", "43387ca6")?;
    /// let url = WidgetUrl::connect(&instance, Some("FlinksCapital"));
    /// assert_eq!(url.expose(), "https://toolbox-iframe.private.fin.ag/Credential/FlinksCapital");
    /// # Ok::<(), reconnect_core::InvalidInstance>(())
    /// ```
    #[must_use]
    pub fn connect(instance: &Instance, institution: Option<&str>) -> Self {
        let (base, query) = match instance.widget_url().split_once('?') {
            Some((base, query)) => (base, Some(query)),
            None => (instance.widget_url(), None),
        };
        let mut url = Self(base.into());
        if let Some(institution) = institution {
            if !base.ends_with('/') {
                url.0.push('/');
            }
            url.0.push_str("Credential/");
            encode(institution, &mut url.0);
        }
        if let Some(query) = query {
            url.0.push('?');
            url.0.push_str(query);
        }
        url
    }

    //= docs/spec/sandbox.md#flinks-own
    //# **SBX-2** A client SHOULD add `demo=true` to the widget there
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-7** A client MAY add `redirectUrl={URL}` to a URL that resumes.
    //= docs/spec/widget-url.md#writing
    //# **URL-12** A client MUST write names as they stand here
    //= docs/spec/widget-url.md#writing
    //# **URL-13** A client MUST let its caller add any parameter that it does not know.
    /// With one more parameter, such as `redirectUrl`, `tag` or `demo`. Its value is percent-encoded.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        // Encoded, a byte is three at most; then `?` or `&`, and `=`.
        secret::room(&mut self.0, 3 * (name.len() + value.len()) + 2);
        self.name(name);
        encode(value, &mut self.0);
        self
    }

    //= docs/spec/credentials.md#which-header
    //# **CRED-4** A client MUST give the widget its authorize token in the URL parameter
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-5** A client MUST add `authorizeToken={token}`, a fresh one each time the widget
    /// With an authorize token, which is good for one showing.
    #[must_use]
    pub fn with_token(self, token: &Secret) -> Self {
        self.with("authorizeToken", token.expose())
    }

    /// The URL itself, for the page that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it has a parameter of this name, in any letter case.
    pub(crate) fn has(&self, name: &str) -> bool {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| decode(pair.split('=').next().unwrap_or_default()).eq_ignore_ascii_case(name))
    }

    //= docs/spec/widget-url.md#writing
    //# **URL-11** A client MUST keep the query of the widget address that it was given
    fn name(&mut self, name: &str) {
        let separator = match self.0.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        self.0.push_str(separator);
        encode(name, &mut self.0);
        self.0.push('=');
    }
}

impl Drop for WidgetUrl {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for WidgetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WidgetUrl(…)")
    }
}
