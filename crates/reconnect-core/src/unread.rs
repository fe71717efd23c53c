//! `Unread`: the places of a reply that could not be read.

use alloc::{boxed::Box, vec::Vec};
use reconnect_json::{Reader, Value, Writer};
use serde::{Serialize, ser::SerializeSeq};

/// How many places are named. Further ones are only counted.
const NAMED: usize = 100;

/// The parts of a reply that were not as documented, and so were left out: the place of each as a JSON path, such as
/// `Accounts[0].Balance.Current`. It never holds a value.
///
/// At most 100 places are named, in the order of the reply; [`count`](Self::count) counts all.
///
/// ```
/// use reconnect_core::{Selection, accounts};
///
/// let json = r#"[{"Id":"a","Balance":{"Current":"much","Limit":500}}]"#;
/// let report = accounts::read(json, &Selection::all())?;
/// assert_eq!(report.kept[0].balance.limit.unwrap().to_string(), "500");
/// assert_eq!(report.kept[0].balance.current, None);
/// assert_eq!(report.unread.places()[0].as_ref(), "Accounts[0].Balance.Current");
/// assert!(!report.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Unread {
    places: Box<[Box<str>]>,
    count: usize,
}

impl Unread {
    /// These places, and as many unnamed ones as `count` says.
    pub(crate) fn of(mut places: Vec<Box<str>>, count: usize) -> Self {
        places.truncate(NAMED);
        Self { count: count.max(places.len()), places: places.into() }
    }

    /// Everything that a reader could not read.
    ///
    /// ```
    /// use reconnect_core::Unread;
    /// let mut from = reconnect_json::Reader::tolerant("[1,true]");
    /// let numbers = from.each(|from| from.attempt(|from| from.number().map(Some)));
    /// assert_eq!(numbers, Ok(vec![Some(1), None]));
    /// assert_eq!(Unread::of_reader(&from).places(), ["[1]".into()]);
    /// ```
    #[must_use]
    pub fn of_reader(from: &Reader<'_>) -> Self {
        let (places, count) = from.unread();
        Self::of(places, count)
    }

    /// The same places, with `name` in front.
    pub(crate) fn under(mut self, name: &str) -> Self {
        for place in &mut self.places {
            *place = [name, &**place].concat().into();
        }
        self
    }

    /// The first places, at most 100, in the order of the reply.
    ///
    /// ```
    /// assert!(reconnect_core::Unread::default().places().is_empty());
    /// ```
    #[must_use]
    pub fn places(&self) -> &[Box<str>] {
        &self.places
    }

    /// How many parts were left out.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Unread::default().count(), 0);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether everything was read.
    ///
    /// ```
    /// assert!(reconnect_core::Unread::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// In a stored row: places and their number.
impl Value for Unread {
    fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        let (mut places, mut count) = (Vec::new(), 0);
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "places" => places = Value::read(from)?,
                "count" => count = Value::read(from)?,
                _ => from.skip()?,
            }
        }
        Ok(Self::of(places, count))
    }

    fn write(&self, to: &mut Writer) {
        to.object(|to| {
            to.key("places").texts(self.places.iter().map(|place| &**place));
            to.key("count").number(self.count as u64);
        });
    }
}

/// Written as the list of its places.
impl Serialize for Unread {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut places = to.serialize_seq(Some(self.places.len()))?;
        for place in &self.places {
            places.serialize_element(place)?;
        }
        places.end()
    }
}
