//! What this server counts. It names nobody.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: &'static str,
}

pub(crate) struct Counts {
    registry: Registry,
    links: Counter,
    presses: Family<What, Counter>,
    pages: Family<What, Counter>,
    refused: Family<What, Counter>,
    notices: Family<What, Counter>,
}

impl Default for Counts {
    fn default() -> Self {
        let (links, presses, pages) = (Counter::default(), Family::default(), Family::default());
        let (refused, notices) = (Family::default(), Family::default());
        let mut registry = Registry::with_prefix("reconnect");
        registry.register("links", "Links that this server made", Counter::clone(&links));
        registry.register("presses", "Buttons pressed: a session began, or was found", Family::clone(&presses));
        registry.register("pages", "Pages shown", Family::clone(&pages));
        registry.register("refused", "Requests refused", Family::clone(&refused));
        registry.register(
            "notices",
            "Webhooks to the app: sent, to be sent again, or given up",
            Family::clone(&notices),
        );
        Self { registry, links, presses, pages, refused, notices }
    }
}

impl Counts {
    pub(crate) fn link(&self) {
        self.links.inc();
    }

    pub(crate) fn press(&self, is_new: bool) {
        self.presses.get_or_create(&What { what: if is_new { "began" } else { "found" } }).inc();
    }

    pub(crate) fn page(&self, what: &'static str) {
        self.pages.get_or_create(&What { what }).inc();
    }

    pub(crate) fn refused(&self, what: &'static str) {
        self.refused.get_or_create(&What { what }).inc();
    }

    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "only the API sends notices"))]
    pub(crate) fn notice(&self, what: &'static str) {
        self.notices.get_or_create(&What { what }).inc();
    }

    /// In the text of OpenCounts.
    pub(crate) fn text(&self) -> Result<String, core::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
