//! `Refused`: a problem as a person reads it.

use crate::front::Front;
use crate::language::Language;
use crate::pages::Page;
use crate::problem::Problem;
use axum::response::{IntoResponse, Response};

/// Why a page cannot be shown, in the page's language.
pub(crate) struct Refused {
    pub(crate) language: Language,
    pub(crate) problem: Problem,
}

impl Refused {
    /// The page that says so. `assets` is where the style is, from this page.
    pub(crate) fn page(self, front: &Front, assets: &str) -> Response {
        front.inner().counts.refused(self.problem.code);
        let page = Page { front, language: self.language, bank: None, assets };
        (self.problem.status, self.problem.wait(), page.refused(self.problem.code)).into_response()
    }
}
