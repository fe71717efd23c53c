//! Reads the fields of a JSON body, strictly or as leniently as the service seems to.

use serde_json::{Map, Value};

use super::session::Responses;
use crate::http::Reply;
use crate::trouble::invalid_request;

/// A body's fields. The official examples mix letter cases and the C# SDK sends booleans as strings, so a lenient
/// reader takes both: <https://docs.flinks.com/api/authorize/endpoints/authorize>. A strict one takes neither.
pub(crate) struct Fields {
    map: Map<String, Value>,
    strict: bool,
}

impl Fields {
    pub(crate) fn read(body: &[u8], strict: bool) -> Result<Self, Reply> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Fields { map, strict }),
            Ok(_) | Err(_) => Err(invalid_request("The body must be a JSON object")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Reply> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text)),
                None => Err(invalid_request(&format!("{name} must be a string"))),
            },
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Reply> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let spelled = value.as_str().filter(|_| !self.strict).map(str::to_ascii_lowercase);
        match (value.as_bool(), spelled.as_deref()) {
            (Some(flag), _) => Ok(Some(flag)),
            (None, Some("true")) => Ok(Some(true)),
            (None, Some("false")) => Ok(Some(false)),
            (None, _) => Err(invalid_request(&format!("{name} must be a boolean"))),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Reply> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match texts(value) {
            Some(list) => Ok(Some(list)),
            None => Err(invalid_request(&format!("{name} must be an array of strings"))),
        }
    }

    /// A list of objects that each have these two texts.
    pub(crate) fn pairs(&self, name: &str, first: &str, second: &str) -> Result<Option<Vec<(String, String)>>, Reply> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let wrong = || invalid_request(&format!("{name} must be an array of objects with {first} and {second}"));
        let mut pairs = Vec::new();
        for item in value.as_array().ok_or_else(wrong)? {
            let fields = Fields { map: item.as_object().ok_or_else(wrong)?.clone(), strict: self.strict };
            match (fields.text(first)?, fields.text(second)?) {
                (Some(one), Some(other)) => pairs.push((one.to_owned(), other.to_owned())),
                (_, _) => return Err(wrong()),
            }
        }
        Ok(Some(pairs))
    }

    /// `SecurityResponses` maps a prompt to an array of strings. A lenient bank also takes a bare string from an old client.
    pub(crate) fn responses(&self) -> Result<Option<Responses>, Reply> {
        let Some(value) = self.value("SecurityResponses") else { return Ok(None) };
        let wrong = || invalid_request("SecurityResponses must map each prompt to an array of strings");
        let map = value.as_object().ok_or_else(wrong)?;
        let mut responses = Vec::with_capacity(map.len());
        for (prompt, given) in map {
            let bare = given.as_str().filter(|_| !self.strict);
            let values = bare.map(|text| vec![text.to_owned()]).or_else(|| texts(given));
            responses.push((prompt.clone(), values.ok_or_else(wrong)?));
        }
        Ok(Some(responses))
    }

    /// The fields of every data call: the `RequestId`, and the accounts. Without a filter it means all accounts.
    pub(crate) fn order(&self) -> Result<(String, Option<Vec<String>>), Reply> {
        let request_id = self.text("RequestId")?.ok_or_else(|| invalid_request("RequestId is required"))?;
        let filter = self.list("AccountsFilter")?;
        if filter.as_ref().is_some_and(Vec::is_empty) {
            return Err(invalid_request("AccountsFilter must not be empty"));
        }
        Ok((request_id.to_owned(), filter))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let exact = self.map.get(name);
        let found = exact.or_else(|| {
            let mut alike = self.map.iter().filter(|(key, _)| !self.strict && key.eq_ignore_ascii_case(name));
            alike.next().map(|(_, value)| value)
        });
        found.filter(|value| !value.is_null())
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?.iter();
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}
