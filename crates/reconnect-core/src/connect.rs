//! The widget: the URL that shows it, and the news that comes back from it.

mod news;
mod options;
pub(crate) mod origin;
pub(crate) mod percent;
mod url;
mod watch;

pub use news::{ConnectNews, Meaning, NotNews, Step, is_placeholder};
pub use options::{Colour, Currency, InvalidOption, Language, MonthsOfStatements, ProductType, WidgetOptions};
pub use origin::same_origin;
pub use url::WidgetUrl;
pub use watch::{NotAWatch, Offer, Watch};
