//! A table that several threads read at once, each where it wants to.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::{About, Chunks, Object, Source};

/// What is read at once where nobody knows how much will be wanted.
const BLOCK: usize = 1 << 16;

/// A table: a file of this machine or of a store.
#[derive(Clone)]
pub(crate) enum Stored {
    /// A file. It is read by place, for the threads that share it share its position as well.
    File(Arc<File>, u64),
    /// An object.
    Object(Chunks),
}

impl Stored {
    /// The table of a source, which stays open besides.
    pub fn of(source: &Source) -> io::Result<Stored> {
        Ok(match source {
            Source::File(file) => Stored::File(Arc::new(file.try_clone()?), source.bytes()?),
            Source::Object(object) => Stored::Object(Chunks(Arc::clone(object))),
        })
    }

    /// Whether what is read of row groups of these lengths is not read again when they are copied.
    pub fn holds(&self, groups: impl Iterator<Item = u64>) -> bool {
        match self {
            Stored::File(..) => true,
            Stored::Object(_) => Object::holds(groups),
        }
    }

    /// Fails if it is no longer what is known of it. A store looks after that itself: it gives the
    /// very object that was asked for, or none.
    pub fn unchanged(&self, about: &About) -> io::Result<()> {
        match self {
            Stored::File(file, _) if About::of(&file.metadata()?) != *about => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "it was changed while it was read"))
            }
            _ => Ok(()),
        }
    }
}

impl Length for Stored {
    fn len(&self) -> u64 {
        match self {
            Stored::File(_, bytes) => *bytes,
            Stored::Object(chunks) => chunks.len(),
        }
    }
}

impl ChunkReader for Stored {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(match self {
            Stored::File(file, _) => {
                let from = From { file: Arc::clone(file), place: start };
                Box::new(BufReader::with_capacity(BLOCK, from))
            }
            Stored::Object(chunks) => Box::new(chunks.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Stored::File(file, bytes) => {
                within(start, length, *bytes)?;
                let mut found = BytesMut::zeroed(length);
                From { file: Arc::clone(file), place: start }.read_exact(&mut found)?;
                Ok(found.freeze())
            }
            Stored::Object(chunks) => chunks.get_bytes(start, length),
        }
    }
}

/// What a broken file says of its lengths is not what there is room for.
pub(super) fn within(start: u64, length: usize, bytes: u64) -> Result<(), ParquetError> {
    match start.checked_add(length as u64).is_some_and(|end| end <= bytes) {
        true => Ok(()),
        false => {
            let why = format!("{length} bytes were to be at {start} of {bytes}");
            Err(ParquetError::EOF(why))
        }
    }
}

/// Reads a file from a place on.
struct From {
    file: Arc<File>,
    place: u64,
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = read_at(&self.file, into, self.place)?;
        self.place += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, place)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, place)
}

/// A table of which some parts are here already.
pub(crate) struct Ahead {
    below: Stored,
    here: Vec<(u64, Bytes)>,
}

impl Ahead {
    /// Reads parts of a table, each in one go.
    pub fn new(
        below: Stored,
        parts: impl Iterator<Item = (u64, u64)>,
    ) -> Result<Ahead, ParquetError> {
        let read = |(start, length): (u64, u64)| {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            Ok((start, below.get_bytes(start, length)?))
        };
        let here = parts.map(read).collect::<Result<_, ParquetError>>()?;
        Ok(Ahead { below, here })
    }

    /// What is here from a place on, to the end of its part.
    fn at(&self, start: u64) -> Option<Bytes> {
        self.here.iter().find_map(|(own, bytes)| {
            let from = usize::try_from(start.checked_sub(*own)?).ok()?;
            (from < bytes.len()).then(|| bytes.slice(from..))
        })
    }
}

impl Length for Ahead {
    fn len(&self) -> u64 {
        self.below.len()
    }
}

impl ChunkReader for Ahead {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        match self.at(start) {
            Some(bytes) => Ok(Box::new(bytes.reader())),
            None => self.below.get_read(start),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self.at(start).filter(|bytes| bytes.len() >= length) {
            Some(bytes) => Ok(bytes.slice(..length)),
            None => self.below.get_bytes(start, length),
        }
    }
}

/// A table that is read while another file is written by what tells only that one of the two
/// failed. It notes what could not be read.
pub(crate) struct Noted<'a> {
    below: &'a Ahead,
    failed: Failed,
}

type Failed = Arc<Mutex<Option<io::Error>>>;

impl Noted<'_> {
    /// Begins with nothing that failed.
    pub fn new(below: &Ahead) -> Noted<'_> {
        Noted { below, failed: Failed::default() }
    }

    /// The first that could not be read, if there was any.
    pub fn failed(&self) -> Option<io::Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Length for Noted<'_> {
    fn len(&self) -> u64 {
        self.below.len()
    }
}

impl ChunkReader for Noted<'_> {
    type T = NotedReader;

    fn get_read(&self, start: u64) -> Result<NotedReader, ParquetError> {
        Ok(NotedReader { below: self.below.get_read(start)?, failed: Arc::clone(&self.failed) })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.below.get_bytes(start, length)
    }
}

/// Reads what is noted where it fails. Who wants more than there is has found less than was there.
pub(crate) struct NotedReader {
    below: Box<dyn Read + Send>,
    failed: Failed,
}

impl NotedReader {
    fn note(&self, kind: io::ErrorKind, why: Option<String>) {
        let why = why.map_or_else(|| io::Error::from(kind), |why| io::Error::new(kind, why));
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(why);
    }
}

impl Read for NotedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let found = self.below.read(into);
        match &found {
            Ok(0) if !into.is_empty() => self.note(io::ErrorKind::UnexpectedEof, None),
            // This one is tried again.
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => self.note(why.kind(), Some(why.to_string())),
            Ok(_) => {}
        }
        found
    }
}
