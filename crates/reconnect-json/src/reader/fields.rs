//! Fields of an object, each of which may be unreadable, or there twice.

use crate::reader::{Reader, Result, Wrong};
use alloc::vec::Vec;

/// Records the fields of an object that are wrong. A value that cannot be read is left out, and the rest of the object
/// is read (decision 62). A name that is there twice counts once if both values are equal, and not at all if they
/// differ (decision 64).
///
/// ```
/// use reconnect_json::{Fields, Reader, Wrong};
///
/// let mut from = Reader::tolerant(r#"{"Title":7,"Type":"Visa","Type":"Visa","Tag":"a","Tag":"b"}"#);
/// let mut fields = Fields::default();
/// let (mut title, mut kind, mut tag) = (None, None, None);
/// from.object()?;
/// while let Some(key) = from.key()? {
///     match &*key {
///         "Title" => fields.take(&mut from, "Title", &mut title, |from| from.string().map(Some))?,
///         "Type" => fields.take(&mut from, "Type", &mut kind, |from| from.string().map(Some))?,
///         "Tag" => fields.take(&mut from, "Tag", &mut tag, |from| from.string().map(Some))?,
///         _ => from.skip()?,
///     }
/// }
/// assert_eq!((title, kind.as_deref(), tag), (None, Some("Visa"), None));
/// assert!(fields.is_unread("Title") && fields.differs("Tag"));
/// assert_eq!(from.unread(), (vec!["Title".into(), "Tag".into()], 2));
/// # Ok::<(), Wrong>(())
/// ```
#[derive(Default, Debug)]
pub struct Fields {
    /// Their names, and for each whether it is there twice with different values.
    unread: Vec<(&'static str, bool)>,
}

impl Fields {
    /// Takes the value that comes next as the field `name`. Null counts as absent.
    #[inline]
    pub fn take<'a, T: PartialEq>(
        &mut self,
        from: &mut Reader<'a>,
        name: &'static str,
        field: &mut Option<T>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<Option<T>>,
    ) -> Result<()> {
        let (start, before) = (from.at, from.unreadable());
        match read(from) {
            Ok(None) => Ok(()),
            Ok(value) if field.is_none() && self.unread.is_empty() => {
                *field = value;
                Ok(())
            }
            Ok(value) => {
                self.again(from, name, field, value, start);
                Ok(())
            }
            Err(Wrong) => {
                *field = None;
                self.leave_out(from, name, start, before)
            }
        }
    }

    #[cold]
    fn again<T: PartialEq>(
        &mut self,
        from: &mut Reader<'_>,
        name: &'static str,
        field: &mut Option<T>,
        value: Option<T>,
        start: usize,
    ) {
        if self.is_unread(name) || *field == value {
            return;
        }
        if field.is_none() {
            *field = value;
            return;
        }
        *field = None;
        self.differ(from, name, start);
    }

    #[cold]
    #[inline(never)]
    fn differ(&mut self, from: &mut Reader<'_>, name: &'static str, start: usize) {
        self.unread.push((name, true));
        from.mark(start);
    }

    #[cold]
    #[inline(never)]
    fn leave_out(&mut self, from: &mut Reader<'_>, name: &'static str, start: usize, before: usize) -> Result<()> {
        from.leave_out(start, before)?;
        if !self.is_unread(name) {
            self.unread.push((name, false));
        }
        Ok(())
    }

    /// Whether the field could not be read, or was there twice with different values.
    #[inline(never)]
    pub fn is_unread(&self, name: &str) -> bool {
        self.unread.iter().any(|(unread, _)| *unread == name)
    }

    /// Whether the field was there twice with different values.
    pub fn differs(&self, name: &str) -> bool {
        self.unread.contains(&(name, true))
    }
}
