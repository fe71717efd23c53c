//! `GET /Institutions` and `GET /Institutions/RoutingNumber/{n}`.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions-routing-number>. All but Flinks Capital are
//! those of the documentation's samples, with shortened addresses.

use serde_json::{Value, json};

use super::Bank;
use super::trouble::{BAD_API_KEY, invalid_request};
use super::user::INSTITUTION_ID;
use crate::http::{Reply, Request, read_pairs};

struct Institution {
    id: u32,
    name: &'static str,
    url: &'static str,
    country: &'static str,
    languages: &'static [&'static str],
    /// United States only.
    routing_numbers: &'static [&'static str],
}

const BOTH: &[&str] = &["en", "fr"];

static INSTITUTIONS: [Institution; 4] = [
    Institution {
        id: 1,
        name: "BMO",
        url: "https://www.bmo.com/",
        country: "CA",
        languages: BOTH,
        routing_numbers: &[],
    },
    Institution {
        id: 2,
        name: "Desjardins",
        url: "https://www.desjardins.com/",
        country: "CA",
        languages: BOTH,
        routing_numbers: &[],
    },
    Institution {
        id: INSTITUTION_ID,
        name: "Flinks Capital",
        url: "https://www.flinks.com/",
        country: "CA",
        languages: BOTH,
        routing_numbers: &[],
    },
    Institution {
        id: 20,
        name: "Chase Bank",
        url: "https://www.chase.com/",
        country: "US",
        languages: &["en"],
        routing_numbers: &["071000770", "021000021"],
    },
];

/// As many as a page holds.
const MOST: usize = 1_000;

impl Institution {
    fn body(&self) -> Value {
        let local = |language: &&str| {
            let urls = json!([{"Type": "Main", "Url": self.url}]);
            json!({"Language": language, "Name": self.name, "Urls": urls})
        };
        let mut body = json!({
            "Id": self.id,
            "Localizations": self.languages.iter().map(local).collect::<Vec<_>>(),
            "Status": "Enabled",
            "Country": self.country,
        });
        if !self.routing_numbers.is_empty() {
            body["RoutingNumbers"] = json!(self.routing_numbers);
        }
        body
    }
}

impl Bank {
    pub(super) fn institutions(&self, request: &Request) -> Reply {
        if !self.api_key_is_good(request) {
            return BAD_API_KEY.reply();
        }
        let wishes = read_pairs(request.query());
        let wish = |name: &str| wishes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let number = |name: &str, default| wish(name).map_or(Ok(default), str::parse::<usize>);
        let (Ok(skip), Ok(take)) = (number("skip", 0), number("take", MOST)) else {
            return invalid_request("skip and take must be numbers");
        };
        let here = |institution: &&Institution| {
            wish("countries").is_none_or(|list| list.split(',').any(|country| country == institution.country))
        };
        let all: Vec<Value> = INSTITUTIONS.iter().filter(here).map(Institution::body).collect();
        let page: Vec<&Value> = all.iter().skip(skip).take(take.min(MOST)).collect();
        Reply::of_json(200, &json!({"Data": page, "Count": all.len()}))
    }

    /// No source says what an unknown number is answered with.
    pub(super) fn institution_by_routing_number(&self, request: &Request, number: &str) -> Reply {
        if !self.api_key_is_good(request) {
            return BAD_API_KEY.reply();
        }
        let found = INSTITUTIONS.iter().find(|institution| institution.routing_numbers.contains(&number));
        found.map_or_else(Reply::not_found, |institution| Reply::of_json(200, &institution.body()))
    }
}
