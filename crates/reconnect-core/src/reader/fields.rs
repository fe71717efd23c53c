//! Fields of an object, each of which may be unreadable, or there twice.

use super::{Reader, Result, Wrong};
use alloc::vec::Vec;

//= docs/spec/accounts.md#what-is-not-as-documented
//# **ACCT-33** A client MUST take two values of one name that are equal as one, and two that
/// What is wrong with the fields of an object. A value that cannot be read costs itself (decision 62), and a name that
/// is there twice counts once if both say the same, and not at all if they do not (decision 64).
#[derive(Default)]
pub(crate) struct Fields {
    /// Each by its name, and whether it is there twice and differs.
    unread: Vec<(&'static str, bool)>,
}

impl Fields {
    /// Takes a value, which comes next, as the field `name`. Null is as good as nothing.
    #[inline]
    pub(crate) fn take<'a, T: PartialEq>(
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

    /// Whether the field is there and could not be read, or was there twice and differed.
    #[inline(never)]
    pub(crate) fn is_unread(&self, name: &str) -> bool {
        self.unread.iter().any(|(unread, _)| *unread == name)
    }

    /// Whether the field was there twice and differed.
    pub(crate) fn differs(&self, name: &str) -> bool {
        self.unread.contains(&(name, true))
    }
}
