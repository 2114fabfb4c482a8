//! Where files lie: in folders of this machine, and in buckets of object stores.
//!
//! An address is a path: `s3://bucket/orders/june.parquet` is one as well as `orders/june.parquet`.
//! A job reads, writes and lists by address and does not ask which of the two it is.

mod bucket;
mod failing;
mod object;
mod stored;
mod upload;

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use percent_encoding::percent_decode_str;

pub(crate) use bucket::Bucket;
use object::ObjectReader;
pub(crate) use object::{Chunks, Object};
pub(crate) use stored::{Ahead, Noted, Stored};
use upload::Upload;

/// What the address of an object begins with.
const STORE: &str = "s3://";

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A kind of address that is not known.
    #[error(
        "`{0}` cannot be used: addresses are paths, `file://` and `s3://`, which other stores speak \
         as well"
    )]
    Scheme(String),
    /// Nothing after `s3://`.
    #[error("`{0}` names no bucket; write s3://BUCKET/PREFIX")]
    NoBucket(String),
    /// What stands before the path of a file is another machine.
    #[error("`{0}` is on another machine; write file:///PATH")]
    Host(String),
}

/// The address that a path or URL stands for: a path of this machine, or `s3://BUCKET/KEY`.
///
/// # Errors
/// See [`AddressError`].
pub fn address(path: &Path) -> Result<PathBuf, AddressError> {
    let Some((scheme, rest)) = path.to_str().and_then(|text| text.split_once("://")) else {
        return Ok(path.to_owned());
    };
    let whole = || path.display().to_string();
    match scheme.to_ascii_lowercase().as_str() {
        "s3" | "s3a" => {
            let rest = rest.trim_end_matches('/');
            if rest.is_empty() || rest.starts_with('/') {
                return Err(AddressError::NoBucket(whole()));
            }
            Ok(PathBuf::from(format!("{STORE}{rest}")))
        }
        "file" => {
            let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
            if !host.is_empty() && host != "localhost" {
                return Err(AddressError::Host(whole()));
            }
            let path = percent_decode_str(&rest[host.len()..]).decode_utf8_lossy().into_owned();
            Ok(PathBuf::from(path))
        }
        scheme if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Ok(path.to_owned())
        }
        _ => Err(AddressError::Scheme(whole())),
    }
}

/// Whether an address is in a store.
pub fn is_stored(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(STORE.as_bytes())
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// How long it is.
    pub bytes: u64,
    /// Another where it was changed.
    pub version: String,
    /// What a store calls the very bytes.
    pub etag: Option<String>,
}

impl About {
    /// What the system says of a file.
    fn of(metadata: &fs::Metadata) -> About {
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let version = modified.map_or(0, |since| since.as_nanos()).to_string();
        About { bytes: metadata.len(), version, etag: None }
    }
}

/// What stands under an address.
pub(crate) enum Standing {
    /// A file.
    File(About),
    /// A folder, or a prefix of objects.
    Folder,
}

/// Where an address leads.
#[derive(Clone)]
pub(crate) enum Place {
    /// To this machine.
    Here,
    /// To a bucket.
    Bucket(Arc<Bucket>),
}

impl Place {
    /// Finds it.
    pub fn of(path: &Path) -> io::Result<Place> {
        if is_stored(path) { Bucket::of(path).map(Place::Bucket) } else { Ok(Place::Here) }
    }

    /// Makes a folder for what comes out. In a store there are none: there it is seen whether the
    /// bucket is there and takes the credentials.
    pub fn prepare(&self, folder: &Path) -> io::Result<()> {
        match self {
            Place::Here => fs::create_dir_all(folder),
            Place::Bucket(bucket) => bucket.reach(folder),
        }
    }

    /// What stands under an address.
    pub fn look(&self, path: &Path) -> io::Result<Standing> {
        match self {
            Place::Here => {
                let metadata = fs::metadata(path)?;
                let about = About::of(&metadata);
                Ok(if metadata.is_dir() { Standing::Folder } else { Standing::File(about) })
            }
            Place::Bucket(bucket) => bucket.look(path),
        }
    }

    /// What is known of a file; nothing where it is not there.
    pub fn about(&self, path: &Path) -> Option<About> {
        match self.look(path) {
            Ok(Standing::File(about)) => Some(about),
            _ => None,
        }
    }

    /// The files of a folder whose names have an ending.
    pub fn files_of(&self, folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
        let mut files = match self {
            Place::Here => {
                let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
                entries.collect::<io::Result<Vec<PathBuf>>>()?
            }
            Place::Bucket(bucket) => {
                bucket.objects_below(folder)?.into_iter().map(|(path, _)| path).collect()
            }
        };
        files.retain(|path| path.extension().is_some_and(|own| own == ending));
        files.sort();
        Ok(files)
    }

    /// How long files are; nothing for those that are not there.
    pub fn sizes(&self, paths: &[PathBuf]) -> Vec<Option<u64>> {
        match self {
            Place::Here => {
                let size = |path: &PathBuf| fs::metadata(path).ok().map(|found| found.len());
                paths.iter().map(size).collect()
            }
            Place::Bucket(bucket) => bucket.sizes(paths),
        }
    }

    /// All of a short file.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self {
            Place::Here => fs::read(path),
            Place::Bucket(bucket) => bucket.get(path),
        }
    }

    /// Writes a short file, which is whole or is not there.
    pub fn write(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        match self {
            Place::Here => {
                // Not a longer name than its own: that may be as long as a name can be.
                let part = path.with_file_name(format!("{}.part", token()));
                let mut sink = self.create(&part, path)?;
                sink.write_all(&bytes)?;
                sink.finish(0)?;
                sink.name()
            }
            Place::Bucket(bucket) => bucket.put(path, bytes),
        }
    }

    /// Begins a file, which has its name when it is whole and is told so. Until then it stands as
    /// a part, which nobody else may be writing; a store keeps parts without a name.
    pub fn create(&self, part: &Path, path: &Path) -> io::Result<Sink> {
        let kind = match self {
            Place::Here => {
                if let Some(above) = path.parent() {
                    fs::create_dir_all(above)?;
                }
                let own = Some((part.to_owned(), path.to_owned()));
                Kind::File { file: Some(File::create_new(part)?), own, bytes: 0 }
            }
            Place::Bucket(bucket) => Kind::Upload(Upload::new(Arc::clone(bucket), path)?),
        };
        Ok(Sink { kind })
    }

    /// Removes a file.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        match self {
            Place::Here => fs::remove_file(path),
            Place::Bucket(bucket) => bucket.remove(path),
        }
    }

    /// Waits until what was given up is gone.
    pub fn settle(&self) {
        if let Place::Bucket(bucket) = self {
            bucket.settle();
        }
    }
}

/// A word that no other process has, nor this one again.
pub(crate) fn token() -> String {
    // The standard library draws the keys of its tables anew for each process, and counts on.
    let hasher = RandomState::new().build_hasher();
    format!("{:016x}", hasher.finish())
}

/// Whether a name below a folder, or a folder between, begins with a dot or an underscore.
pub(crate) fn is_hidden(folder: &Path, path: &Path) -> bool {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below.iter().any(|part| {
        part.as_encoded_bytes().starts_with(b".") || part.as_encoded_bytes().starts_with(b"_")
    })
}

/// A file that is being written.
pub(crate) struct Sink {
    kind: Kind,
}

enum Kind {
    File {
        /// Nothing where it is finished: very many files may wait for their names.
        file: Option<File>,
        /// Where it stands until it is whole, and where it belongs; nothing where it is written in
        /// its place.
        own: Option<(PathBuf, PathBuf)>,
        bytes: u64,
    },
    Upload(Upload),
}

impl Sink {
    /// Writes a file in its place.
    pub fn in_place(path: &Path) -> io::Result<Sink> {
        Ok(Sink { kind: Kind::File { file: Some(File::create(path)?), own: None, bytes: 0 } })
    }

    /// Waits until all of it is where it is safe. Little of a store's may wait here, where there is
    /// room for it.
    pub fn finish(&mut self, room: usize) -> io::Result<()> {
        match &mut self.kind {
            Kind::File { file, bytes, .. } => {
                if let Some(file) = file.take() {
                    file.sync_all()?;
                    *bytes = file.metadata()?.len();
                }
                Ok(())
            }
            Kind::Upload(upload) => upload.finish(room),
        }
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        match &self.kind {
            Kind::File { bytes, .. } => *bytes,
            Kind::Upload(upload) => upload.bytes(),
        }
    }

    /// Says, also while the file is written, how many bytes wait in memory to be sent.
    pub fn unsent(&self) -> Arc<AtomicUsize> {
        match &self.kind {
            Kind::File { .. } => Arc::default(),
            Kind::Upload(upload) => Arc::clone(upload.unsent()),
        }
    }

    /// Gives a file that is finished its name.
    pub fn name(mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::File { own, .. } => {
                if let Some((part, path)) = own {
                    fs::rename(part, path)?;
                }
                *own = None;
                Ok(())
            }
            Kind::Upload(upload) => upload.name(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::File { file: Some(file), .. } => file.write(bytes),
            Kind::File { file: None, .. } => Err(io::Error::other("it is not open")),
            Kind::Upload(upload) => upload.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Kind {
    fn drop(&mut self) {
        if let Kind::File { own: Some((part, _)), .. } = self {
            _ = fs::remove_file(part);
        }
    }
}

/// What is read from its beginning to its end, perhaps more than once.
pub(crate) trait Stream: Read + Seek + Send {}

impl<R: Read + Seek + Send> Stream for R {}

/// A file that is being read.
pub(crate) enum Source {
    /// Of this machine.
    File(File),
    /// Of a store.
    Object(Arc<Object>),
}

impl Source {
    /// Opens a file of which something may be known.
    pub fn open(path: &Path, about: Option<&About>) -> io::Result<Source> {
        match Place::of(path)? {
            Place::Here => File::open(path).map(Source::File),
            Place::Bucket(bucket) => {
                let about = match about {
                    Some(about) => about.clone(),
                    None => bucket.head(path)?,
                };
                Object::new(bucket, path, &about).map(|object| Source::Object(Arc::new(object)))
            }
        }
    }

    /// How long it is.
    pub fn bytes(&self) -> io::Result<u64> {
        match self {
            Source::File(file) => Ok(file.metadata()?.len()),
            Source::Object(object) => Ok(object.bytes()),
        }
    }

    /// Reads it from its beginning.
    pub fn stream(self) -> Box<dyn Stream> {
        match self {
            Source::File(file) => Box::new(file),
            Source::Object(object) => Box::new(ObjectReader::new(object, 0)),
        }
    }

    /// What tells later whether the store was lost while the file was read.
    pub fn watch(&self) -> Watch {
        match self {
            Source::File(_) => Watch(None),
            Source::Object(object) => Watch(Some(Arc::clone(object))),
        }
    }
}

/// Tells whether a store was lost: then nothing is known of its files, and they are not bad.
pub(crate) struct Watch(Option<Arc<Object>>);

impl Watch {
    /// Why it was lost, if it was.
    pub fn lost(&self) -> Option<String> {
        self.0.as_ref().and_then(|object| object.lost())
    }
}
