//! The ledger's key files, and the checkpoint that is kept beside them.
//!
//! Beside `ledger.key`, which signs, `ledger.key.pub` is what a third party needs, and
//! `ledger.key.checkpoint` is the latest checkpoint: whoever changes the database, or puts an older
//! copy in its place, does not change that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use crate::ledger::Notary;
use crate::proof::note::{Checkpoint, KeyError, PublicKey, SigningKey};
use crate::store::Tip;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system.
    #[error("`{path}`: {why}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// What it holds is no key.
    #[error("`{path}`: {why}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: KeyError,
    },
    /// Others may read it.
    #[error("`{0}` can be read by others; `chmod 600` it")]
    Open(PathBuf),
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError + '_ {
    move |why| KeyFileError::Io { path: path.to_owned(), why }
}

/// Makes a key of the system's randomness, readable by its owner alone, and its public half.
///
/// # Errors
/// The file is there already, or cannot be written; no key may have that name.
pub fn create(path: &Path, name: &str) -> Result<PublicKey, KeyFileError> {
    let mut entropy = [0u8; 32];
    getrandom::fill(&mut entropy).map_err(|why| io_error(path)(io::Error::other(why)))?;
    let key = SigningKey::generate(name, entropy)
        .map_err(|why| KeyFileError::Key { path: path.to_owned(), why })?;
    let public = key.public_key();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io_error(path))?;
    writeln!(file, "{}", key.to_secret_text()).map_err(io_error(path))?;
    file.sync_all().map_err(io_error(path))?;
    let public_path = beside(path, ".pub");
    fs::write(&public_path, format!("{public}\n")).map_err(io_error(&public_path))?;
    Ok(public)
}

/// Reads a key that signs.
///
/// # Errors
/// It cannot be read, others can read it, or it is no key.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(io_error(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(io_error(path))?;
    text.trim().parse().map_err(|why| KeyFileError::Key { path: path.to_owned(), why })
}

/// Reads a public key.
///
/// # Errors
/// It cannot be read, or is no key.
pub fn read_public(path: &Path) -> Result<PublicKey, KeyFileError> {
    let text = fs::read_to_string(path).map_err(io_error(path))?;
    text.trim().parse().map_err(|why| KeyFileError::Key { path: path.to_owned(), why })
}

/// The checkpoint that is kept beside a key, where there is one that the key signed.
///
/// # Errors
/// It cannot be read, or is not what the key signed.
pub fn witness(path: &Path, key: &PublicKey) -> Result<Option<Checkpoint>, String> {
    let path = beside(path, ".checkpoint");
    match fs::read_to_string(&path) {
        Ok(note) => {
            let named = |why| format!("`{}`: {why}", path.display());
            Checkpoint::open(&note, key).map(Some).map_err(named)
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(format!("`{}`: {why}", path.display())),
    }
}

/// Takes away what processes that were killed had begun to write beside a checkpoint: what is older
/// than a minute. Whoever is writing is done in less.
fn sweep(checkpoint: &Path, now: Timestamp) {
    let folder = checkpoint.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let name = checkpoint.file_name().map(|name| name.to_string_lossy().into_owned());
    let begin = format!("{}.", name.unwrap_or_default());
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(".partial"));
        let is_left = process.is_some_and(|process| process.parse::<u32>().is_ok());
        let age = modified(file.metadata()).map(|modified| now.duration_since(modified));
        if is_left && age.is_some_and(|age| age > SignedDuration::from_secs(60)) {
            // Another process may have been faster.
            _ = fs::remove_file(file.path());
        }
    }
}

/// When a file was written last, by the clock of its file system.
fn modified(found: io::Result<fs::Metadata>) -> Option<Timestamp> {
    Timestamp::try_from(found.ok()?.modified().ok()?).ok()
}

/// Signs with a key file, and keeps the latest checkpoint beside it.
#[derive(Debug)]
pub struct KeyNotary {
    path: PathBuf,
    key: SigningKey,
    trouble: Trouble,
    /// Whether what others left beside the key was taken away.
    is_swept: AtomicBool,
}

impl KeyNotary {
    /// Reads the key.
    ///
    /// # Errors
    /// See [`read`].
    pub fn open(path: &Path) -> Result<KeyNotary, KeyFileError> {
        let trouble = Trouble::default();
        let is_swept = AtomicBool::new(false);
        Ok(KeyNotary { path: path.to_owned(), key: read(path)?, trouble, is_swept })
    }

    fn keep(&self, note: &str) -> Result<(), String> {
        let path = beside(&self.path, ".checkpoint");
        let named = |why: io::Error| format!("`{}`: {why}", path.display());
        let (public, kept) = (self.key.public_key(), self.kept()?);
        if let Some(kept) = kept.filter(|kept| kept != note) {
            let read = |note: &str| Checkpoint::open(note, &public).map_err(|why| why.to_string());
            let (kept, new) = (read(&kept)?, read(note)?);
            // Of two processes the slower must not put an earlier checkpoint in the place of a
            // later.
            if kept.size > new.size {
                return Ok(());
            }
            if kept.size == new.size && (kept.root, kept.head) != (new.root, new.head) {
                let path = path.display();
                return Err(format!("`{path}` is of other entries, and stays as it is"));
            }
        }
        let partial = beside(&path, &format!(".{}.partial", std::process::id()));
        let mut file = File::create(&partial).map_err(named)?;
        file.write_all(note.as_bytes()).map_err(named)?;
        file.sync_all().map_err(named)?;
        let now = modified(file.metadata());
        fs::rename(&partial, &path).map_err(named)?;
        if let Some(now) = now
            && !self.is_swept.swap(true, Ordering::Relaxed)
        {
            sweep(&path, now);
        }
        Ok(())
    }

    /// Where it is said why a checkpoint could not be kept beside the key.
    pub fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }
}

/// Why the last checkpoint could not be kept beside the key, where it could not.
#[derive(Clone, Debug, Default)]
pub struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// Takes what is said.
    pub fn take(&self) -> Option<String> {
        self.0.lock().ok().and_then(|mut said| said.take())
    }

    fn say(&self, why: Option<String>) {
        if let Ok(mut said) = self.0.lock() {
            *said = why;
        }
    }
}

impl Notary for KeyNotary {
    fn sign(&self, tip: &Tip) -> Option<String> {
        let checkpoint = Checkpoint {
            origin: self.key.name().to_owned(),
            size: tip.head.number,
            root: tip.frontier.root(),
            head: tip.head.hash,
            time: tip.head.at,
        };
        checkpoint.sign(&self.key).ok()
    }

    fn public_key(&self) -> Option<PublicKey> {
        Some(self.key.public_key())
    }

    fn kept(&self) -> Result<Option<String>, String> {
        let path = beside(&self.path, ".checkpoint");
        match fs::read_to_string(&path) {
            Ok(note) => Ok(Some(note)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(format!("`{}`: {why}", path.display())),
        }
    }

    fn witness(&self, note: &str) {
        // The checkpoint is in the ledger already; where the folder of the key cannot be written,
        // `verify` has one witness less.
        self.trouble.say(self.keep(note).err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(notary: &KeyNotary, size: u64, head: &[u8]) -> String {
        let root = crate::proof::merkle::empty_root();
        let head = crate::proof::chain::next(&root, head);
        let time = Timestamp::UNIX_EPOCH;
        let origin = "example.com/quota".to_owned();
        Checkpoint { origin, size, root, head, time }.sign(&notary.key).unwrap()
    }

    #[test]
    fn what_killed_processes_left_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, "example.com/quota").unwrap();
        let notary = KeyNotary::open(&path).unwrap();
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        let begun = |name: &str, time: Option<_>| {
            let file = File::create(folder.path().join(name)).unwrap();
            if let Some(time) = time {
                file.set_modified(time).unwrap();
            }
        };
        begun("key.checkpoint.17.partial", Some(old));
        begun("key.checkpoint.18.partial", None);
        begun("key.checkpoint.mine.partial", Some(old));
        begun("other.checkpoint.17.partial", Some(old));
        notary.witness(&signed(&notary, 1, b"a"));
        let left = fs::read_dir(folder.path()).unwrap().flatten();
        let mut left: Vec<_> = left.map(|file| file.file_name()).collect();
        left.sort();
        let expected = [
            "key",
            "key.checkpoint",
            "key.checkpoint.18.partial",
            "key.checkpoint.mine.partial",
            "key.pub",
            "other.checkpoint.17.partial",
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn the_latest_checkpoint_is_kept_and_no_other_of_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, "example.com/quota").unwrap();
        let notary = KeyNotary::open(&path).unwrap();
        assert_eq!(notary.kept(), Ok(None));
        let [first, second, other] = [(1, "a"), (2, "b"), (2, "c")]
            .map(|(size, head)| signed(&notary, size, head.as_bytes()));
        for note in [&first, &second, &second, &first] {
            notary.witness(note);
            assert_eq!(notary.trouble().take(), None);
        }
        assert_eq!(notary.kept(), Ok(Some(second.clone())));
        notary.witness(&other);
        let said = notary.trouble().take().unwrap();
        assert!(said.ends_with("is of other entries, and stays as it is"), "{said}");
        assert_eq!(notary.kept(), Ok(Some(second)));
        drop(folder);
        notary.witness(&other);
        assert!(notary.trouble().take().unwrap().contains("No such file"));
    }
}
