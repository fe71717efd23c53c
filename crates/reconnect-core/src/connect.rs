//! The widget: the URL that shows it, and the news that comes back from it.

mod news;
pub(crate) mod percent;
mod url;

pub(crate) use news::Meaning;
pub use news::{ConnectNews, NotNews, Step};
pub use url::WidgetUrl;
