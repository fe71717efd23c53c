//! The steps of the widget that have a name here, and what a step means.

use crate::code::FlinksCode;
use alloc::boxed::Box;

macro_rules! steps {
    ($($name:ident = $text:literal, $kind:ident, $doc:literal;)*) => {
        /// A step of the widget. Unknown ones are kept as they came (decision 15).
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Step {
            $(#[doc = $doc] $name,)*
            /// A step that this version does not know, verbatim.
            Other(Box<str>),
        }

        impl Step {
            /// Every step that has a name here.
            const KNOWN: &'static [Self] = &[$(Self::$name,)*];

            pub(super) fn read(text: &str) -> Self {
                if let Some(known) = Self::KNOWN.iter().find(|known| known.as_str() == text) {
                    return known.clone();
                }
                let plain: Box<str> = text.chars().filter(|c| !c.is_control()).take(64).collect();
                // The remaining text may be the name of a step.
                if *plain == *text { Self::Other(plain) } else { Self::read(&plain) }
            }

            /// The step as the widget writes it.
            ///
            /// ```
            /// assert_eq!(reconnect_core::connect::Step::Redirect.as_str(), "REDIRECT");
            /// ```
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other(text) => text,
                }
            }

            /// What it means to a session.
            pub(crate) fn meaning(&self) -> Meaning {
                match self {
                    $(Self::$name => Meaning::$kind,)*
                    // What is named like an error is one (handled-errors); anything else new is some progress.
                    Self::Other(text) if FlinksCode::read(text).advice().is_some() => Meaning::Error,
                    Self::Other(_) => Meaning::Progress,
                }
            }
        }
    };
}

/// What a piece of news means to a session that asks (decision 29). See [`ConnectNews::means`](crate::connect::ConnectNews::means).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "what is new counts as progress, so that a reader's match stays whole")]
pub enum Meaning {
    /// The end user may be finished: a look will tell. It also counts as activity.
    Redirect,
    /// The end user is active: this slides the prompt's lease.
    Progress,
    /// The widget was closed: the prompt is marked as left, and stands.
    Left,
    /// The widget cannot be used any more in this session: the prompt is marked as ended, and stands until its lease is
    /// over.
    Ends,
    /// The authorize token of this showing is spent: the prompt stands, and its URL needs a new token.
    TokenSpent,
    /// An error, as a code of its own or as the name of the step: the prompt stands, and remembers the code.
    Error,
}

steps! {
    AppMounted = "APP_MOUNTED", Progress, "The widget is loaded.";
    AppOnline = "APP_ONLINE", Progress, "The browser is online again.";
    AppOffline = "APP_OFFLINE", Progress, "The browser is offline.";
    AppResize = "APP_RESIZE", Progress, "The widget changed its size.";
    LoadConsent = "COMPONENT_LOAD_CONSENT", Progress, "The consent page is shown.";
    AcceptConsent = "COMPONENT_ACCEPT_CONSENT", Progress, "Consent was given.";
    AcceptProviderConsent = "COMPONENT_ACCEPT_PROVIDER_CONSENT", Progress, "Consent to the bank's sharing was given.";
    DenyConsent = "COMPONENT_DENY_CONSENT", Ends, "Consent was refused.";
    AcceptTerms = "COMPONENT_ACCEPT_TERMS", Progress, "The terms were accepted.";
    DenyTerms = "COMPONENT_DENY_TERMS", Ends, "The terms were refused.";
    ClickTermsUrl = "COMPONENT_CLICK_TERMS_URL", Progress, "The terms were opened.";
    ClickResetPassword = "COMPONENT_CLICK_RESET_PASSWORD", Progress, "The bank's password page was opened.";
    CloseSession = "COMPONENT_CLOSE_SESSION", Left, "The widget's X was clicked; it does nothing else.";
    HelpInfo = "COMPONENT_HELP2FA_INFO", Progress, "Help about two-factor codes was opened.";
    HelpTroubleshooting = "COMPONENT_HELP2FA_TROUBLESHOOTING", Progress, "More help about two-factor codes was opened.";
    LoadInstitutionSelector = "COMPONENT_LOAD_INSTITUTION_SELECTOR", Progress, "The list of banks is shown.";
    InstitutionSelected = "INSTITUTION_SELECTED", Progress, "A bank was chosen.";
    LoadCredential = "COMPONENT_LOAD_CREDENTIAL", Progress, "The login page is shown.";
    LoadCredentialRetry = "COMPONENT_LOAD_CREDENTIAL_RETRY", Progress, "The login page is shown again after an error.";
    SubmitCredential = "SUBMIT_CREDENTIAL", Progress, "Credentials were sent.";
    LoadMfa = "COMPONENT_LOAD_MFA", Progress, "The MFA page is shown: the first one of a Reconnect.";
    LoadMfaRetry = "COMPONENT_LOAD_MFA_RETRY", Progress, "The MFA page is shown again after a wrong answer.";
    SubmitMfa = "SUBMIT_MFA", Progress, "An answer was sent.";
    LoadAccountSelection = "COMPONENT_LOAD_ACCOUNT_SELECTION", Progress, "The account selector is shown.";
    AccountSelected = "ACCOUNT_SELECTED", Progress, "An account was chosen.";
    PopupOpened = "POPUP_OPENED", Progress, "The bank's own window was opened.";
    PopupBlocked = "POPUP_BLOCKED", Progress, "The bank's own window was blocked.";
    RetryCount = "RETRY_COUNT", Progress, "How often an answer was tried.";
    Redirect = "REDIRECT", Redirect, "Success, the last event.";
    MaximumRetryReached = "MAXIMUM_RETRY_REACHED", Ends, "There are no retries left.";
    TokenInvalid = "TOKEN_INVALID", TokenSpent, "The authorize token of this showing is spent or expired.";
}
