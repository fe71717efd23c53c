//! The file that a session is kept in: one session, one file, written before each request that says so (rule 8).

use crate::{exit::Trouble, progress::Watch};
use core::time::Duration;
use reconnect_core::{Session, Snapshot, StoreError};
use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};
use tempfile::NamedTempFile;

/// Largest file that is read as a session.
const MOST: u64 = 8 << 20;
/// How the name of a file begins and ends while it is written, so that another command recognizes it.
const OURS: (&str, &str) = (".reconnect-", ".tmp");
/// How long a command waits for the lock on the folder. Another `reconnect` holds it only while the disk writes a file.
const PATIENCE: Duration = Duration::from_secs(5);

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
    lock: Option<File>,
    /// Whether the file holds the session of this command. From then on another session in it is not replaced.
    begun: bool,
}

impl Row {
    /// No file: the session is kept nowhere.
    pub(crate) fn none(watch: Arc<dyn Watch>) -> Self {
        Self { file: None, held: Mutex::default(), watch }
    }

    /// A file for a new session. A session in it is replaced; if it is not over, it is the second part. A file with anything
    /// else in it is left alone.
    pub(crate) fn fresh(file: &Path, watch: Arc<dyn Watch>) -> Result<(Self, Option<Snapshot>), Trouble> {
        let (file, held) = Held::take(file)?;
        let snapshot = held.text.as_deref().map(Snapshot::from_json).transpose().map_err(|_| {
            let text =
                format!("{} holds something that is no session: name another file, or remove it", file.display());
            Trouble::failed(text)
        })?;
        let goes_on =
            |snapshot: &Snapshot| Session::restore(snapshot.clone()).is_ok_and(|session| session.outcome().is_none());
        Ok((Self { file: Some(file), held: Mutex::new(held), watch }, snapshot.filter(goes_on)))
    }

    /// The session in a file.
    pub(crate) fn open(file: &Path, watch: Arc<dyn Watch>) -> Result<(Self, Snapshot), Trouble> {
        let (file, mut held) = Held::take(file)?;
        held.begun = true;
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
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            // Two commands that begin one file take turns, if the system can lock a folder. A command that has the file's
            // own lock needs no turn, so another program that locks the folder later cannot keep a session from its file.
            let turn = if held.lock.is_none() { turn(folder).map_err(StoreError::failed)? } else { None };
            if read(file).map_err(StoreError::failed)? != held.text {
                return Err(StoreError::Conflict);
            }
            // The revision alone does not say which session a row belongs to (decision 59).
            if held.begun && is_anothers(held.text.as_deref(), snapshot) {
                return Err(StoreError::Conflict);
            }
            let text = snapshot.to_json();
            let lock = write(file, folder, &text).map_err(StoreError::failed)?;
            *held = Held { text: Some(text), lock: Some(lock), begun: true };
            drop(turn);
        }
        self.watch.kept(snapshot);
        Ok(())
    }
}

#[async_trait::async_trait]
impl reconnect_async::SessionRow for Row {
    async fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        self.load()
    }

    async fn swap(&self, _: Option<u64>, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.swap(snapshot)
    }
}

impl reconnect_blocking::SessionRow for Row {
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
        sweep(folder(&file));
        let unread = |error: io::Error| Trouble::failed(format!("{} cannot be read: {error}", file.display()));
        let lock = lock(&file).map_err(|error| {
            if error.kind() != io::ErrorKind::WouldBlock {
                return unread(error);
            }
            let busy = "another command goes on with the session in";
            Trouble::failed(format!("{busy} {} at this moment: wait until it is done", file.display()))
        })?;
        let text = read(&file).map_err(unread)?;
        Ok((file, Self { text, lock, begun: false }))
    }
}

/// Whether the row holds another session. A row of version 1 names no session, so only its revision is compared.
fn is_anothers(row: Option<&str>, snapshot: &Snapshot) -> bool {
    let row = row.and_then(|text| Snapshot::from_json(text).ok()).and_then(|row| row.id());
    row.is_some() && snapshot.id().is_some() && row != snapshot.id()
}

/// Locks what stands at `file`; `None` where nothing does, or where the system cannot.
#[cfg(unix)]
fn lock(file: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt;
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

/// A lock on the folder while a new file is begun in it. Any program that can open the folder can hold this lock, so the
/// wait for it has an end.
fn turn(folder: &Path) -> Result<Option<File>, String> {
    let Ok(open) = File::open(folder) else { return Ok(None) };
    let began = Instant::now();
    loop {
        match open.try_lock() {
            Ok(()) => return Ok(Some(open)),
            // The system cannot lock it.
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "another program has held a lock on the folder {} for {} s: end it, or keep the session in a folder of \
                     your own",
                    folder.display(),
                    PATIENCE.as_secs()
                ));
            }
        }
    }
}

/// Writes all of it or nothing: a new file with mode 0600, kept by the disk, takes the old one's place. It is
/// locked before anything is written into it.
fn write(file: &Path, folder: &Path, text: &str) -> io::Result<File> {
    let mut next = temporary(folder)?;
    next.write_all(text.as_bytes())?;
    next.as_file().sync_all()?;
    Ok(next.persist(file)?)
}

/// A locked file beside the session's. If another command removes it before it is locked, another one is made.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..100 {
        let next = tempfile::Builder::new().prefix(OURS.0).suffix(OURS.1).tempfile_in(folder)?;
        if is_ours_now(&next) {
            return Ok(next);
        }
    }
    Err(io::Error::other("other programs remove each temporary file beside it: try again"))
}

#[cfg(unix)]
fn is_ours_now(next: &NamedTempFile) -> bool {
    !matches!(next.as_file().try_lock(), Err(TryLockError::WouldBlock)) && next.path().exists()
}

#[cfg(not(unix))]
fn is_ours_now(_: &NamedTempFile) -> bool {
    true
}

/// Removes the temporary files of commands that were killed while they wrote, since they hold tokens. A running command
/// has its own file locked. A file that cannot be opened or removed stays.
#[cfg(unix)]
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(OURS.0) && name.ends_with(OURS.1));
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(open) = File::open(entry.path()) else { continue };
        if open.try_lock().is_ok() {
            // While we hold its lock, no running command uses it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(not(unix))]
fn sweep(_: &Path) {}

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
        assert!(goes_on.is_none() && first.load().expect("no row yet").is_none());
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
    fn a_file_that_became_another_sessions_is_not_written_even_after_it_was_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.json");
        let (row, _) = Row::fresh(&file, Arc::new(Silent)).expect("a row");
        let mut ours = session();
        row.swap(&ours.snapshot()).expect("written");
        let login = LoginId::new("another").expect("an id");
        let now = Timestamp::from_millis(0);
        let theirs = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now).snapshot();
        fs::write(&file, theirs.to_json()).expect("written");
        ours.cancel(now);
        assert!(matches!(row.swap(&ours.snapshot()), Err(StoreError::Conflict)));
        assert_eq!(row.load().expect("a row").and_then(|row| row.id()), theirs.id());
        assert!(matches!(row.swap(&ours.snapshot()), Err(StoreError::Conflict)), "it still holds another session");
        assert_eq!(fs::read_to_string(&file).expect("the file"), theirs.to_json());
    }

    #[test]
    #[cfg(unix)]
    fn files_of_killed_commands_are_removed_and_files_in_use_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in [".reconnect-dead01.tmp", ".reconnect-alive1.tmp", ".reconnect-x.json", "other.tmp", ".tmpAbCdEf"] {
            fs::write(at(name), "token").expect("written");
        }
        fs::create_dir(at(".reconnect-folder.tmp")).expect("a folder");
        std::os::unix::fs::symlink(at("other.tmp"), at(".reconnect-link.tmp")).expect("a link");
        let alive = File::open(at(".reconnect-alive1.tmp")).expect("open");
        alive.lock().expect("locked, as by a running command");
        Row::fresh(&at("s.json"), Arc::new(Silent)).expect("a row");
        let mut left: Vec<String> = fs::read_dir(folder.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".reconnect-alive1.tmp",
                ".reconnect-folder.tmp",
                ".reconnect-link.tmp",
                ".reconnect-x.json",
                ".tmpAbCdEf",
                "other.tmp"
            ]
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_file_is_written_while_another_command_sweeps() {
        let folder = tempfile::tempdir().expect("a folder");
        let stop = core::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(core::sync::atomic::Ordering::Relaxed) {
                    sweep(folder.path());
                }
            });
            for number in 0..200 {
                let file = folder.path().join("s.json");
                write(&file, folder.path(), &number.to_string()).expect("written");
                assert_eq!(fs::read_to_string(&file).expect("there"), number.to_string());
            }
            stop.store(true, core::sync::atomic::Ordering::Relaxed);
        });
    }

    #[test]
    #[cfg(unix)]
    fn a_locked_folder_is_an_error_before_the_first_row_and_not_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.json");
        let theirs = File::open(folder.path()).expect("open");
        theirs.lock().expect("locked");
        let (row, _) = Row::fresh(&file, Arc::new(Silent)).expect("a row");
        let mut session = session();
        let refused = row.swap(&session.snapshot()).expect_err("the folder is locked");
        let said = reconnect_core::DriveError::Store(Box::new(refused));
        let said = Trouble::from(said).message;
        assert!(said.contains(&folder.path().display().to_string()) && said.contains("a folder of your own"), "{said}");
        drop(theirs);
        row.swap(&session.snapshot()).expect("written");
        let theirs = File::open(folder.path()).expect("open");
        theirs.lock().expect("locked");
        session.cancel(Timestamp::from_millis(0));
        row.swap(&session.snapshot()).expect("the lock on the file is enough");
    }

    #[test]
    fn a_session_that_goes_on_is_seen_before_it_is_replaced() {
        let file = NamedTempFile::new().expect("a file");
        assert!(Row::fresh(file.path(), Arc::new(Silent)).expect("an empty file").1.is_none());
        fs::write(file.path(), session().snapshot().to_json()).expect("written");
        let (_, held) = Row::fresh(file.path(), Arc::new(Silent)).expect("a session");
        assert_eq!(held.and_then(|held| held.id()), session().snapshot().id());
        assert!(Row::fresh(Path::new("/dev/null"), Arc::new(Silent)).is_err());
        fs::write(file.path(), "{}").expect("written");
        assert!(Row::open(file.path(), Arc::new(Silent)).is_err());
        assert!(Row::fresh(file.path(), Arc::new(Silent)).is_err(), "who knows what it is");
    }
}
