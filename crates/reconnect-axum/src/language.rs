//! The language of a page.

use axum::http::{HeaderMap, header};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    /// By what the link says; if it says nothing, by what the user chose on the page, and then by the browser.
    pub(crate) fn of(link: Option<&str>, chosen: Option<&str>, headers: &HeaderMap) -> Self {
        let chosen = chosen.filter(|code| matches!(*code, "en" | "fr"));
        let code = chosen.or(link).map(str::to_owned).unwrap_or_else(|| preferred(headers));
        if code == "fr" { Self::French } else { Self::English }
    }

    pub(crate) fn code(self) -> &'static str {
        self.pick("en", "fr")
    }

    pub(crate) fn pick<T>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

/// The language that the browser wants most, among ours.
fn preferred(headers: &HeaderMap) -> String {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = ("en", 0.0);
    for part in wanted.split(',') {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        let weight = rest.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0);
        let name = name.trim().split('-').next().unwrap_or_default();
        if let Some(ours) = ["en", "fr"].into_iter().find(|ours| ours.eq_ignore_ascii_case(name))
            && weight > best.1
            && weight <= 1.0
        {
            best = (ours, weight);
        }
    }
    best.0.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_the_user_and_the_browser_choose_in_this_order() {
        let browser = |wants: &str| HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wants.parse().unwrap())]);
        for (wants, ours) in [
            ("fr-CA,fr;q=0.9,en;q=0.8", Language::French),
            ("de, en;q=0.5, fr;q=0.7", Language::French),
            ("de", Language::English),
            ("", Language::English),
            ("fr;q=0", Language::English),
            ("FR", Language::French),
            ("fr;q=inf", Language::English),
        ] {
            assert_eq!(Language::of(None, None, &browser(wants)), ours, "{wants}");
        }
        assert_eq!(Language::of(Some("fr"), None, &browser("en")), Language::French);
        assert_eq!(Language::of(Some("fr"), Some("en"), &browser("fr")), Language::English);
        assert_eq!(Language::of(Some("fr"), Some("zz"), &browser("en")), Language::French);
    }
}
