//! Whether a message came from the widget: the origin that a browser reports, compared as RFC 6454 §5 has it.

use crate::{
    host::{parts, scheme_of},
    instance::Instance,
};

/// Whether `origin`, as `MessageEvent.origin` reports it, is the origin of the instance's widget.
///
/// A page gets messages from every frame and extension that knows it. Read one with
/// [`ConnectNews::read`](super::ConnectNews::read) only where this is true; the widget's own listener snippets leave the
/// check out. Scheme, host and port have to be the same: the letter case of scheme and host does not matter, and a port
/// that the scheme has anyway may be missing. There is no matching of suffixes, and `null` (a sandboxed frame, a file)
/// is nobody's. What is more than an origin, such as a URL with a path, is refused too.
///
/// Sources: RFC 6454 §4 to §6, and for the message
/// <https://docs.flinks.com/guides/connect/flinks-connect/use-event-listener>.
///
/// ```
/// use reconnect_core::{Instance, connect::same_origin};
///
/// let toolbox = Instance::named("toolbox", "43387ca6")?;
/// assert!(same_origin(&toolbox, "https://toolbox-iframe.private.fin.ag"));
/// assert!(!same_origin(&toolbox, "https://toolbox-iframe.private.fin.ag.evil.example"));
/// assert!(!same_origin(&toolbox, "null"));
/// # Ok::<(), reconnect_core::InvalidInstance>(())
/// ```
#[must_use]
pub fn same_origin(instance: &Instance, origin: &str) -> bool {
    let widget = instance.widget_url();
    let Some((scheme, rest)) = scheme_of(widget) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((claimed_scheme, claimed)) = scheme_of(origin) else { return false };
    if !scheme.eq_ignore_ascii_case(claimed_scheme) {
        return false;
    }
    match (parts(scheme, authority), parts(scheme, claimed)) {
        (Some((host, port)), Some((claimed, claimed_port))) => host.is(claimed) && port == claimed_port,
        _ => false,
    }
}
