//! The file that a session is kept in: one session, one file, written before each request that says so (rule 8).

use crate::{exit::Trouble, progress::Watch};
use reconnect_core::{Session, Snapshot, StoreError};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::NamedTempFile;

/// Largest file that is read as a session.
const MOST: u64 = 8 << 20;

/// Where a session is kept, or that it is not.
pub(crate) struct Row {
    file: Option<PathBuf>,
    held: Mutex<Held>,
    watch: Arc<dyn Watch>,
}

/// What is known of the file.
#[derive(Default)]
struct Held {
    /// What was in it when we last read or wrote it. Whoever finds something else there came second.
    text: Option<String>,
    /// The file as it stands there, locked: it is one command's at a time. The lock ends with the command, however
    /// that ends.
    #[expect(dead_code, reason = "it is there to be dropped")]
    lock: Option<File>,
}

impl Row {
    /// No file: the session is kept nowhere.
    pub(crate) fn none(watch: Arc<dyn Watch>) -> Self {
        Self { file: None, held: Mutex::default(), watch }
    }

    /// A file for a new session. Another session in it is replaced; whether that one still goes on is the second part.
    /// What is no session is left alone.
    pub(crate) fn fresh(file: &Path, watch: Arc<dyn Watch>) -> Result<(Self, bool), Trouble> {
        let (file, held) = Held::take(file)?;
        let snapshot = held.text.as_deref().map(Snapshot::from_json).transpose().map_err(|_| {
            let text =
                format!("{} holds something that is no session: name another file, or remove it", file.display());
            Trouble::failed(text)
        })?;
        let session = snapshot.and_then(|snapshot| Session::restore(snapshot).ok());
        let goes_on = session.is_some_and(|session| session.outcome().is_none());
        Ok((Self { file: Some(file), held: Mutex::new(held), watch }, goes_on))
    }

    /// The session in a file.
    pub(crate) fn open(file: &Path, watch: Arc<dyn Watch>) -> Result<(Self, Snapshot), Trouble> {
        let (file, held) = Held::take(file)?;
        let Some(text) = &held.text else {
            let none =
                format!("there is no session in {}: begin one with `reconnect refresh --session`", file.display());
            return Err(Trouble::failed(none));
        };
        // The parser's own words may quote the file.
        let snapshot = Snapshot::from_json(text)
            .map_err(|_| Trouble::failed(format!("{} holds no session that this version can read", file.display())))?;
        Ok((Self { file: Some(file), held: Mutex::new(held), watch }, snapshot))
    }

    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        let Some(file) = &self.file else { return Ok(None) };
        let text = read(file).map_err(StoreError::failed)?;
        let snapshot = text.as_deref().map(Snapshot::from_json).transpose();
        let snapshot = snapshot.map_err(|_| StoreError::failed("its file holds no session any more"))?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).text = text;
        Ok(snapshot)
    }

    fn swap(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        if let Some(file) = &self.file {
            let folder = folder(file);
            // Two commands that begin one file take turns, where the system can lock a folder.
            let turn = File::open(folder).ok().filter(|folder| folder.lock().is_ok());
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if read(file).map_err(StoreError::failed)? != held.text {
                return Err(StoreError::Conflict);
            }
            let text = snapshot.to_json();
            let lock = write(file, folder, &text).map_err(StoreError::failed)?;
            *held = Held { text: Some(text), lock: Some(lock) };
            drop(turn);
        }
        self.watch.kept(snapshot);
        Ok(())
    }
}

#[async_trait::async_trait]
impl reconnect_async::Store for Row {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        self.load()
    }

    async fn swap(&self, _: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.swap(snapshot)
    }
}

impl reconnect_blocking::Store for Row {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        self.load()
    }

    fn swap(&self, _: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.swap(snapshot)
    }
}

impl Held {
    /// Takes a file for this command alone, and reads it.
    fn take(file: &Path) -> Result<(PathBuf, Self), Trouble> {
        let file = regular(file)?;
        let unread = |error: io::Error| Trouble::failed(format!("{} cannot be read: {error}", file.display()));
        let lock = lock(&file).map_err(|error| {
            if error.kind() != io::ErrorKind::WouldBlock {
                return unread(error);
            }
            let busy = "another command goes on with the session in";
            Trouble::failed(format!("{busy} {} at this moment: wait until it is done", file.display()))
        })?;
        let text = read(&file).map_err(unread)?;
        Ok((file, Self { text, lock }))
    }
}

/// Locks what stands at `file`; `None` where nothing does, or where the system cannot.
#[cfg(unix)]
fn lock(file: &Path) -> io::Result<Option<File>> {
    use std::{fs::TryLockError, os::unix::fs::MetadataExt};
    loop {
        let open = match File::open(file) {
            Ok(open) => open,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match open.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(_)) => return Ok(None),
        }
        // Another command may have put a newer file in its place before it ended.
        let (ours, there) = (open.metadata()?, fs::metadata(file)?);
        if (ours.dev(), ours.ino()) == (there.dev(), there.ino()) {
            return Ok(Some(open));
        }
    }
}

/// Elsewhere a lock would keep us ourselves from reading.
#[cfg(not(unix))]
fn lock(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// The file itself, behind any link to it. It may not be there yet, but it is no folder and no device.
fn regular(file: &Path) -> Result<PathBuf, Trouble> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    match fs::metadata(&file) {
        Ok(facts) if !facts.is_file() => Err(Trouble::failed(format!("{} is no file", file.display()))),
        _ => Ok(file),
    }
}

/// What a file holds; `None` where it is not there, or empty.
fn read(file: &Path) -> io::Result<Option<String>> {
    use io::Read;
    let mut text = String::new();
    match File::open(file) {
        Ok(open) => open.take(MOST).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok((!text.is_empty()).then_some(text))
}

/// Writes all of it or nothing: a new file with mode 0600, kept by the disk, takes the old one's place. It is ours
/// before it stands there.
fn write(file: &Path, folder: &Path, text: &str) -> io::Result<File> {
    let mut next = NamedTempFile::new_in(folder)?;
    next.write_all(text.as_bytes())?;
    next.as_file().sync_all()?;
    #[cfg(unix)]
    let _ = next.as_file().try_lock();
    Ok(next.persist(file)?)
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use reconnect_core::{Known, LoginId, Policy, Selection, Timestamp};

    fn session() -> Session {
        let login = LoginId::new("5e115eac-1209").expect("an id");
        Session::refresh(login, Known::default(), Selection::all(), Policy::default(), Timestamp::from_millis(0))
    }

    #[test]
    fn who_comes_second_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.json");
        let (first, goes_on) = Row::fresh(&file, Arc::new(Silent)).expect("a row");
        let (second, _) = Row::fresh(&file, Arc::new(Silent)).expect("nobody wrote yet");
        assert!(!goes_on && first.load().expect("no row yet").is_none());
        let mut session = session();
        first.swap(&session.snapshot()).expect("written");

        assert!(Row::open(&file, Arc::new(Silent)).is_err_and(|trouble| trouble.message.contains("another command")));
        session.cancel(Timestamp::from_millis(0));
        first.swap(&session.snapshot()).expect("written");
        assert!(matches!(second.swap(&session.snapshot()), Err(StoreError::Conflict)));
        assert_eq!(second.load().expect("the row").map(|row| row.revision()), Some(session.revision()));
        second.swap(&session.snapshot()).expect("written");
        drop((first, second));
        Row::open(&file, Arc::new(Silent)).expect("nobody has it any more");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_session_that_goes_on_is_seen_before_it_is_replaced() {
        let file = NamedTempFile::new().expect("a file");
        assert!(!Row::fresh(file.path(), Arc::new(Silent)).expect("an empty file").1);
        fs::write(file.path(), session().snapshot().to_json()).expect("written");
        assert!(Row::fresh(file.path(), Arc::new(Silent)).expect("a session").1);
        assert!(Row::fresh(Path::new("/dev/null"), Arc::new(Silent)).is_err());
        fs::write(file.path(), "{}").expect("written");
        assert!(Row::open(file.path(), Arc::new(Silent)).is_err());
        assert!(Row::fresh(file.path(), Arc::new(Silent)).is_err(), "who knows what it is");
    }
}
