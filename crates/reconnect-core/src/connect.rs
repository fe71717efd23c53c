//! The widget: the URL that shows it, and the news that comes back from it.

pub(crate) mod news;
pub(crate) mod options;
mod origin;
pub(crate) mod step;
pub(crate) mod url;
pub(crate) mod watch;

pub use news::{ConnectNews, NotNews, ids::is_placeholder};
pub use options::{Colour, Currency, InvalidOption, Language, MonthsOfStatements, ProductType, WidgetOptions};
pub use origin::same_origin;
pub use step::{Meaning, Step};
pub use url::WidgetUrl;
pub use watch::{NotAWatch, Offer, Watch};
