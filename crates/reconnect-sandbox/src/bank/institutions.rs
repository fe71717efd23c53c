//! `GET /Institutions` and `GET /Institutions/RoutingNumber/{n}`.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions-routing-number>.

use std::sync::Arc;

use serde_json::{Value, json};

use super::state::Bank;
use crate::http::{Reply, read_pairs};
use crate::scenario::institution::Institution;
use crate::trouble::invalid_request;

/// The most institutions that one page holds.
const MOST: usize = 1_000;

impl Bank {
    pub(super) fn institutions(&self, query: &str) -> Result<Reply, Reply> {
        let wishes = read_pairs(query);
        let wish = |name: &str| wishes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let number = |name: &str, default| wish(name).map_or(Ok(default), str::parse::<usize>);
        let (Ok(skip), Ok(take)) = (number("skip", 0), number("take", MOST)) else {
            return Err(invalid_request("skip and take must be numbers"));
        };
        let here = |institution: &&Arc<Institution>| {
            wish("countries").is_none_or(|list| list.split(',').any(|country| country == institution.country))
        };
        let all: Vec<Value> = self.settings.scenario.institutions().iter().filter(here).map(body).collect();
        let page: Vec<&Value> = all.iter().skip(skip).take(take.min(MOST)).collect();
        Ok(Reply::of_json(200, &json!({"Data": page, "Count": all.len()})))
    }

    /// No source shows the answer to an unknown number.
    pub(super) fn institution_by_routing_number(&self, number: &str) -> Reply {
        let mut known = self.settings.scenario.institutions().iter();
        let found = known.find(|institution| institution.routing_numbers.iter().any(|known| known == number));
        found.map_or_else(Reply::not_found, |institution| Reply::of_json(200, &body(institution)))
    }
}

fn body(institution: &Arc<Institution>) -> Value {
    let local = |language: &String| {
        let urls = json!([{"Type": "Main", "Url": institution.url}]);
        json!({"Language": language, "Name": institution.title, "Urls": urls})
    };
    let mut body = json!({
        "Id": institution.id,
        "Localizations": institution.languages.iter().map(local).collect::<Vec<_>>(),
        "Status": if institution.enabled { "Enabled" } else { "Disabled" },
        "Country": institution.country,
    });
    if !institution.routing_numbers.is_empty() {
        body["RoutingNumbers"] = json!(institution.routing_numbers);
    }
    body
}
