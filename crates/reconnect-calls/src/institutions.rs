//! `GET /Institutions` and `GET /Institutions/RoutingNumber/{n}` <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions>
//!
//! By routing number: <https://docs.flinks.com/api/connect/endpoints/account-linking/institutions-routing-number>; only
//! institutions of the United States have any.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::{each, needed, only, words},
};
use alloc::{boxed::Box, format, vec::Vec};
use core::fmt;
use reconnect_core::{Draft, Reply, Unread};
use reconnect_json::{Fields, Reader, Result as Read, Wrong};

/// Asks for a page of the institutions that the service knows. It gives 1000 at most; `Count` says how many there are.
///
/// ```
/// use reconnect_calls::{Endpoint, institutions::Institutions};
/// use reconnect_core::{Instance, Keys};
///
/// let page = Institutions::new().skip(20).take(10).country("CA");
/// let url = page.draft().render(&Instance::named("toolbox", "c")?, &Keys::default())?.url;
/// assert!(url.ends_with("/Institutions?skip=20&take=10&countries=CA"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Institutions {
    /// How many to leave out at the beginning.
    pub skip: Option<u32>,
    /// How many to give.
    pub take: Option<u32>,
    /// Of this country only, such as `CA`. Known from clients.
    pub country: Option<Box<str>>,
}

impl Institutions {
    /// The first page, as long as the service likes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Without so many at the beginning.
    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip: Some(skip), ..self }
    }

    /// So many at most.
    #[must_use]
    pub fn take(self, take: u32) -> Self {
        Self { take: Some(take), ..self }
    }

    /// Of this country only.
    #[must_use]
    pub fn country(self, country: &str) -> Self {
        Self { country: Some(country.into()), ..self }
    }
}

/// Asks for the institution that has a routing number.
///
/// ```
/// use reconnect_calls::institutions::InstitutionByRoutingNumber;
/// assert!(InstitutionByRoutingNumber::new("021000021").is_ok());
/// assert!(InstitutionByRoutingNumber::new("21000021").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstitutionByRoutingNumber(Box<str>);

/// Text that is no routing number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a routing number has nine digits")]
pub struct NotARoutingNumber;

impl InstitutionByRoutingNumber {
    /// The one with this number.
    ///
    /// # Errors
    /// [`NotARoutingNumber`] where it has not nine digits.
    pub fn new(number: &str) -> Result<Self, NotARoutingNumber> {
        let sound = number.len() == 9 && number.bytes().all(|byte| byte.is_ascii_digit());
        if sound { Ok(Self(number.into())) } else { Err(NotARoutingNumber) }
    }
}

/// A page of institutions.
///
/// ```
/// use reconnect_calls::{Endpoint, institutions::Institutions};
/// use reconnect_core::Reply;
///
/// let body = br#"{"Data":[{"Id":14,"Localizations":[{"Language":"en","Name":"Flinks Capital"}],"Country":"CA"}],
///     "Count":249}"#;
/// let page = Institutions::new().read(&Reply { status: 200, body: body.to_vec(), ..Reply::default() })?;
/// assert_eq!((page.institutions[0].id, page.institutions[0].name("fr")), (14, Some("Flinks Capital")));
/// assert_eq!(page.count, Some(249));
/// # Ok::<(), reconnect_calls::CallError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Page {
    /// Those of this page. `Data` on the wire.
    pub institutions: Vec<Institution>,
    /// How many there are on all pages.
    pub count: Option<u64>,
    /// The places of the reply that could not be read: an institution without a readable number is left out.
    pub unread: Unread,
}

/// The institution that has a routing number.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The institution.
    pub institution: Institution,
    /// The places of the reply that could not be read.
    pub unread: Unread,
}

/// An institution that the service knows. Its `Debug` shows its number and country.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Institution {
    /// The number that the widget and the API know it by.
    pub id: u64,
    /// Its name and addresses, by language.
    pub localizations: Vec<Localization>,
    /// `Enabled`, …: an open set.
    pub status: Option<Box<str>>,
    /// `CA` or `US`.
    pub country: Option<Box<str>>,
    /// Its routing numbers; United States only.
    pub routing_numbers: Vec<Box<str>>,
}

/// What an institution is called in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Localization {
    /// `en` or `fr`.
    pub language: Option<Box<str>>,
    /// Its name.
    pub name: Option<Box<str>>,
    /// Its addresses.
    pub urls: Vec<Address>,
}

/// An address of an institution on the web.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Address {
    /// `Main`, …: an open set. `Type` on the wire.
    pub kind: Option<Box<str>>,
    /// The address.
    pub url: Option<Box<str>>,
}

impl Institution {
    /// Its name in `language`, else in the first that it has one in.
    #[must_use]
    pub fn name(&self, language: &str) -> Option<&str> {
        let names = || self.localizations.iter().filter_map(|local| Some((local, local.name.as_deref()?)));
        let wanted = names().find(|(local, _)| local.language.as_deref() == Some(language));
        wanted.or_else(|| names().next()).map(|(_, name)| name)
    }
}

impl fmt::Debug for Institution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Institution").field("id", &self.id).field("country", &self.country).finish_non_exhaustive()
    }
}

impl Endpoint for Institutions {
    type Answer = Page;

    fn draft(&self) -> Draft {
        let mut draft = Draft::get("Institutions");
        for (name, number) in [("skip", self.skip), ("take", self.take)] {
            if let Some(number) = number {
                draft = draft.query(name, &format!("{number}"));
            }
        }
        match &self.country {
            Some(country) => draft.query("countries", country),
            None => draft,
        }
    }

    fn read(&self, reply: &Reply) -> Result<Page, CallError> {
        let mut opened = open(reply)?;
        let ((institutions, count), unread) = opened.accepted()?.whole(page)?;
        Ok(Page { institutions: institutions.ok_or_else(|| opened.garbled("Data"))?, count, unread })
    }
}

impl Endpoint for InstitutionByRoutingNumber {
    type Answer = Found;

    fn draft(&self) -> Draft {
        Draft::get("Institutions").part("RoutingNumber").part(&self.0)
    }

    /// The documentation shows no refusal. A body without an `Id` is none of an institution.
    fn read(&self, reply: &Reply) -> Result<Found, CallError> {
        let mut opened = open(reply)?;
        let (institution, unread) = opened.accepted()?.whole(institution)?;
        Ok(Found { institution: institution.ok_or_else(|| opened.garbled("Id"))?, unread })
    }
}

fn page(from: &mut Reader<'_>) -> Read<(Option<Vec<Institution>>, Option<u64>)> {
    let (mut list, mut count, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Data" => only(&mut list, from, |from| institution(from)?.ok_or(Wrong))?,
            "Count" => fields.take(from, "Count", &mut count, |from| from.maybe(Reader::number))?,
            _ => from.skip()?,
        }
    }
    Ok((list, count))
}

/// An institution; `None` if it has no number.
fn institution(from: &mut Reader<'_>) -> Read<Option<Institution>> {
    let (mut id, mut localizations, mut routing_numbers) = (None, None, None);
    let (mut status, mut country, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" => needed(&mut id, from.maybe(Reader::number)?)?,
            "Localizations" => {
                fields.take(from, "Localizations", &mut localizations, |from| each(from, localization))?;
            }
            "Status" => fields.take(from, "Status", &mut status, words)?,
            "Country" => fields.take(from, "Country", &mut country, words)?,
            "RoutingNumbers" => fields.take(from, "RoutingNumbers", &mut routing_numbers, |from| {
                each(from, |from| words(from)?.ok_or(Wrong))
            })?,
            _ => from.skip()?,
        }
    }
    let (localizations, routing_numbers) = (localizations.unwrap_or_default(), routing_numbers.unwrap_or_default());
    Ok(id.map(|id| Institution { id, localizations, status, country, routing_numbers }))
}

fn localization(from: &mut Reader<'_>) -> Read<Localization> {
    let (mut language, mut name, mut urls, mut fields) = (None, None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Language" => fields.take(from, "Language", &mut language, words)?,
            "Name" => fields.take(from, "Name", &mut name, words)?,
            "Urls" => fields.take(from, "Urls", &mut urls, |from| each(from, address))?,
            _ => from.skip()?,
        }
    }
    Ok(Localization { language, name, urls: urls.unwrap_or_default() })
}

fn address(from: &mut Reader<'_>) -> Read<Address> {
    let (mut kind, mut url, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Type" => fields.take(from, "Type", &mut kind, words)?,
            "Url" => fields.take(from, "Url", &mut url, words)?,
            _ => from.skip()?,
        }
    }
    Ok(Address { kind, url })
}
