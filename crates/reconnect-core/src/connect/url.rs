//! The widget's URL: for a prompt, and for the ordinary Connect session that takes a dead one's place.

use crate::{
    failure::StartOver,
    ids::RequestId,
    instance::Instance,
    percent::{decode, encode},
    policy::Policy,
    secret::Secret,
    selection::Selection,
};
use alloc::string::String;
use core::{fmt, mem, ops::Range};
use reconnect_json::room;
use zeroize::Zeroize;

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
pub struct WidgetUrl {
    text: String,
    /// Where the selected accounts stand in it.
    selected: Option<Range<usize>>,
    /// The accounts were left out, since the URL was too long with them.
    left_out: bool,
    /// How long it may be with them, in bytes.
    most: usize,
}

impl WidgetUrl {
    /// The widget at the MFA prompt of a live session, with the accounts that stay selected.
    #[must_use]
    pub fn resume(instance: &Instance, request: &RequestId, keep: &Selection) -> Self {
        let mut url = Self::of(instance.widget_url()).with("requestId", request.as_str());
        if let Some(ids) = keep.ids() {
            let start = url.text.len();
            url.name("resumeSelectedAccounts");
            for (position, id) in ids.iter().enumerate() {
                if position > 0 {
                    //= docs/spec/widget-url.md#parameters-of-reconnect
                    //# **URL-3** A client MUST write `resumeSelectedAccounts={id1},{id2}` with a literal comma, each id
                    //# percent-encoded.
                    url.text.push(',');
                }
                encode(id.as_str(), &mut url.text);
            }
            url.selected = Some(start..url.text.len());
        }
        url.fitted()
    }

    /// The same URL, with another limit for its length with the selected accounts; the default is 8,000 bytes
    /// ([`Policy::widget_url_max`](crate::Policy::widget_url_max), decision 68). If the URL is longer, or a further
    /// parameter makes it longer, `resumeSelectedAccounts` is left out: servers refuse a longer URL. The selection
    /// still holds, since the session asks for these accounts only and drops others.
    ///
    /// ```
    /// use reconnect_core::{AccountId, Instance, RequestId, Selection, connect::WidgetUrl};
    ///
    /// let instance = Instance::named("toolbox", "c")?;
    /// let ids: Result<Vec<_>, _> = (0..300).map(|n| AccountId::new(&format!("{n:036}"))).collect();
    /// let url = WidgetUrl::resume(&instance, &RequestId::new("r-1")?, &Selection::only(ids?)?);
    /// assert!(url.leaves_accounts_out());
    /// assert_eq!(url.expose(), "https://toolbox-iframe.private.fin.ag/?requestId=r-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at_most(mut self, bytes: u32) -> Self {
        self.most = bytes as usize;
        self.fitted()
    }

    /// Whether accounts are selected and left out of it, because it would be too long.
    #[must_use]
    pub fn leaves_accounts_out(&self) -> bool {
        self.left_out
    }

    fn of(text: &str) -> Self {
        Self { text: text.into(), selected: None, left_out: false, most: Policy::DEFAULT.widget_url_max as usize }
    }

    /// Leaves the selected accounts out if it is too long with them.
    fn fitted(mut self) -> Self {
        if self.text.len() > self.most {
            if let Some(place) = self.selected.take() {
                let mut shorter = String::with_capacity(self.text.len());
                shorter.push_str(self.text.get(..place.start).unwrap_or_default());
                shorter.push_str(self.text.get(place.end..).unwrap_or_default());
                // The URL may hold a token already.
                mem::replace(&mut self.text, shorter).zeroize();
                self.left_out = true;
            }
        }
        self
    }

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
        let mut url = Self::of(base);
        if let Some(institution) = institution {
            if !base.ends_with('/') {
                url.text.push('/');
            }
            url.text.push_str("Credential/");
            encode(institution, &mut url.text);
        }
        if let Some(query) = query {
            url.text.push('?');
            url.text.push_str(query);
        }
        url
    }

    /// With one more parameter, such as `redirectUrl`, `tag` or `demo`. Its value is percent-encoded.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        // Encoded, a byte is three at most; then `?` or `&`, and `=`.
        room(&mut self.text, 3 * (name.len() + value.len()) + 2);
        self.name(name);
        encode(value, &mut self.text);
        self.fitted()
    }

    /// With an authorize token, which is good for one showing.
    #[must_use]
    pub fn with_token(self, token: &Secret) -> Self {
        self.with("authorizeToken", token.expose())
    }

    /// The URL itself, for the page that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether it has a parameter of this name, in any letter case.
    pub(crate) fn has(&self, name: &str) -> bool {
        let query = self.text.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| decode(pair.split('=').next().unwrap_or_default()).eq_ignore_ascii_case(name))
    }

    fn name(&mut self, name: &str) {
        let separator = match self.text.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        self.text.push_str(separator);
        encode(name, &mut self.text);
        self.text.push('=');
    }
}

impl Drop for WidgetUrl {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl fmt::Debug for WidgetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WidgetUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountId;

    //= docs/spec/widget-url.md#parameters-of-reconnect
    //= type=test
    //# **URL-40** A client SHOULD leave `resumeSelectedAccounts` out of a URL that would be longer than 8,000 bytes
    //# with it, and tell its caller.
    #[test]
    fn accounts_are_left_out_of_a_url_that_would_be_too_long() {
        let instance = Instance::named("toolbox", "c").expect("an instance");
        let request = RequestId::new("r-1").expect("an id");
        let ids = (0..180).map(|number| AccountId::new(&alloc::format!("{number:036}")).expect("an id"));
        let keep = Selection::only(ids).expect("some");
        let whole = WidgetUrl::resume(&instance, &request, &keep);
        let length = whole.expose().len() as u32;
        assert!(whole.expose().len() < 8_000 && !whole.leaves_accounts_out());
        let exact = whole.clone().at_most(length);
        assert_eq!((exact.expose(), exact.leaves_accounts_out()), (whole.expose(), false));
        let short = whole.clone().at_most(length - 1);
        assert_eq!(short.expose(), "https://toolbox-iframe.private.fin.ag/?requestId=r-1");
        assert!(short.leaves_accounts_out());
        // A parameter that is added later counts too, and is kept.
        let token = exact.with_token(&Secret::from("t")).with("tag", "x");
        assert_eq!(token.expose(), "https://toolbox-iframe.private.fin.ag/?requestId=r-1&authorizeToken=t&tag=x");
        assert!(token.leaves_accounts_out());
        // Nothing else is ever left out.
        let long = WidgetUrl::resume(&instance, &request, &Selection::all()).with("tag", &"x".repeat(9_000));
        assert!(long.expose().len() > 9_000 && !long.leaves_accounts_out());
    }
}
