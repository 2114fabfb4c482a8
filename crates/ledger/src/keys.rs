//! The ledger's key files, and the checkpoint that is kept beside them.
//!
//! Beside `ledger.key`, which signs, `ledger.key.pub` is what a third party needs, and
//! `ledger.key.checkpoint` is the latest checkpoint: whoever changes the database, or puts an older
//! copy in its place, does not change that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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

/// Signs with a key file, and keeps the latest checkpoint beside it.
#[derive(Debug)]
pub struct KeyNotary {
    path: PathBuf,
    key: SigningKey,
}

impl KeyNotary {
    /// Reads the key.
    ///
    /// # Errors
    /// See [`read`].
    pub fn open(path: &Path) -> Result<KeyNotary, KeyFileError> {
        Ok(KeyNotary { path: path.to_owned(), key: read(path)? })
    }

    fn keep(&self, note: &str) -> io::Result<()> {
        let path = beside(&self.path, ".checkpoint");
        let public = self.key.public_key();
        let size = |note: &str| Checkpoint::open(note, &public).map_or(0, |one| one.size);
        // Of two processes the slower must not put an earlier checkpoint in the place of a later.
        if fs::read_to_string(&path).is_ok_and(|kept| size(&kept) > size(note)) {
            return Ok(());
        }
        let partial = beside(&path, &format!(".{}.partial", std::process::id()));
        let mut file = File::create(&partial)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, &path)
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

    fn witness(&self, note: &str) {
        // The checkpoint is in the ledger already; where the folder of the key cannot be written,
        // `verify` has one witness less.
        _ = self.keep(note);
    }
}
