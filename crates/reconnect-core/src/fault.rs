//! A request that brought no reply: the kind of fault, and whether the request may have arrived.

use crate::word::words;
use core::fmt;
use reconnect_json::Word;

/// A request that brought no reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every transport makes these")]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Whether the request may have reached the service. What a transport cannot tell is `Maybe`.
    pub reached: Reached,
}

impl Fault {
    /// No connection was made, so the request surely did not get there.
    ///
    /// ```
    /// use reconnect_core::{Fault, Reached};
    /// assert_eq!(Fault::NOT_SENT.reached, Reached::No);
    /// ```
    pub const NOT_SENT: Self = Self { kind: FaultKind::Connect, reached: Reached::No };

    /// A fault of this kind, for a transport that knows whether anything of the request was sent.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind, Reached};
    /// assert_eq!(Fault::seen(FaultKind::Broken, true).reached, Reached::Maybe);
    /// assert_eq!(Fault::seen(FaultKind::Broken, false).reached, Reached::No);
    /// // A name that is not found means that nothing was sent.
    /// assert_eq!(Fault::seen(FaultKind::NameNotFound, true).reached, Reached::No);
    /// ```
    #[must_use]
    pub fn seen(kind: FaultKind, sent: bool) -> Self {
        let reached = if sent && !kind.is_before_sending() { Reached::Maybe } else { Reached::No };
        Self { kind, reached }
    }

    /// The request went out, and what became of it is not known.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind};
    /// assert_eq!(Fault::maybe(FaultKind::Timeout).kind, FaultKind::Timeout);
    /// ```
    #[must_use]
    pub const fn maybe(kind: FaultKind) -> Self {
        Self { kind, reached: Reached::Maybe }
    }
}

/// What happened to a request. Its text says so, and what to check if somebody can mend it; it never holds an address
/// or an id. A fault without a kind of its own is [`Connect`](Self::Connect) before there was a connection, and
/// [`Broken`](Self::Broken) after.
///
/// ```
/// use reconnect_core::FaultKind;
///
/// assert_eq!(FaultKind::Untrusted.as_str(), "untrusted");
/// assert!(FaultKind::Untrusted.to_string().starts_with("the certificate is not trusted: "));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// It took longer than its limit.
    Timeout,
    /// No connection was made in time.
    ConnectTimeout,
    /// The host's name was not found.
    NameNotFound,
    /// Nothing listens at the address, or a firewall refuses.
    Refused,
    /// The proxy opened no tunnel to the service.
    Proxy,
    /// The certificate is not for that host, is not valid now, or comes from an authority that is not trusted.
    Untrusted,
    /// Another trouble of TLS.
    Tls,
    /// The connection could not be made, or broke.
    Connect,
    /// The other end, or a firewall in between, reset the connection before a reply began.
    Reset,
    /// The connection ended before the reply was whole.
    Broken,
    /// The reply is larger than the limit.
    TooLarge,
    /// The head of the reply is larger than the limit, in bytes or in headers.
    HeadTooLarge,
    /// The reply is not HTTP, is in a form that is not read, or is not an answer to the request.
    Garbled,
    /// The body is compressed or otherwise encoded, though no encoding was asked for.
    Encoded,
    /// The program that sent it is gone, and with it the reply.
    Lost,
}

words! {
    FaultKind {
        Timeout = "timeout",
        ConnectTimeout = "connectTimeout",
        NameNotFound = "nameNotFound",
        Refused = "refused",
        Proxy = "proxy",
        Untrusted = "untrusted",
        Tls = "tls",
        Connect = "connect",
        Reset = "reset",
        Broken = "broken",
        TooLarge = "tooLarge",
        HeadTooLarge = "headTooLarge",
        Garbled = "garbled",
        Encoded = "encoded",
        Lost = "lost",
    }
}

impl FaultKind {
    /// Whether somebody has to mend certificates, a proxy or a server's settings before another try is of use.
    ///
    /// ```
    /// use reconnect_core::FaultKind;
    /// assert!(FaultKind::Untrusted.blames_the_setup() && !FaultKind::Refused.blames_the_setup());
    /// ```
    #[must_use]
    pub fn blames_the_setup(self) -> bool {
        matches!(self, Self::Untrusted | Self::Proxy | Self::Encoded | Self::HeadTooLarge)
    }

    /// Its word in JSON: the same in every version.
    ///
    /// ```
    /// assert_eq!(reconnect_core::FaultKind::NameNotFound.as_str(), "nameNotFound");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.word()
    }

    /// The kind that a word names, for a program in another language.
    ///
    /// ```
    /// use reconnect_core::FaultKind;
    /// assert_eq!(FaultKind::from_word("refused"), Some(FaultKind::Refused));
    /// assert_eq!(FaultKind::from_word("Refused"), None);
    /// ```
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// Every word.
    #[cfg(test)]
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|kind| kind.word())
    }

    /// Whether this happens only before a byte of the request is sent, so that the kind alone says it.
    ///
    /// ```
    /// use reconnect_core::FaultKind;
    /// assert!(FaultKind::Refused.is_before_sending() && !FaultKind::Broken.is_before_sending());
    /// ```
    #[must_use]
    pub fn is_before_sending(self) -> bool {
        match self {
            Self::ConnectTimeout | Self::NameNotFound | Self::Refused | Self::Proxy | Self::Untrusted => true,
            Self::Timeout
            | Self::Tls
            | Self::Connect
            | Self::Reset
            | Self::Broken
            | Self::TooLarge
            | Self::HeadTooLarge
            | Self::Garbled
            | Self::Encoded
            | Self::Lost => false,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "it took longer than its limit",
            Self::ConnectTimeout => {
                "no connection was made in time: check the address, and whether a firewall is between"
            }
            Self::NameNotFound => {
                "the host's name was not found: check the address and the DNS, and whether only a proxy leads out"
            }
            Self::Refused => "the connection was refused: check the address and the port",
            Self::Proxy => "the proxy opened no tunnel to the service: check its address and its credentials",
            Self::Untrusted => {
                "the certificate is not trusted: check the address and this machine's clock, or add the authority of \
                 your network to the roots that the system trusts"
            }
            Self::Tls => "no secure connection could be agreed on: check that the address is one of https",
            Self::Connect => "the connection failed",
            Self::Reset => "the connection was reset before a reply began",
            Self::Broken => "the connection broke before the reply was whole",
            Self::TooLarge => "it is larger than the limit",
            Self::HeadTooLarge => "its head is larger than the limit",
            Self::Garbled => "the bytes that came are not HTTP, or are in a form that is not read",
            Self::Encoded => {
                "its body is compressed, which was not asked for: let the server, or the gateway in between, send it \
                 as it is"
            }
            Self::Lost => "the program that sent the request is gone",
        })
    }
}

/// Whether a request may have reached the service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "what cannot be told is Maybe, so there is no third")]
pub enum Reached {
    /// Surely not.
    No,
    /// It may have.
    Maybe,
}
