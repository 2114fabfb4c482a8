//! An object that is read in spans, each asked for while the one before it is worked on.
//!
//! A span is what is wanted together: a block of a text, or the row groups of a table. Those read
//! last stay for a while, for columns do not come to the end of a row group at the same row.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use bytes::{Bytes, BytesMut};
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetRange};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::About;
use super::bucket::{Bucket, key};
use super::stored::within;

/// How long a block is, and what is asked for in one request.
const BLOCK: u64 = 8 << 20;

/// What is read first of a long table: there it says where its rows are.
const FOOTER: u64 = 1 << 16;

/// Row groups up to so many bytes are read as a whole, longer ones by column.
const WHOLE: u64 = 64 << 20;

/// So many bytes of an object stay in memory, besides the span that is wanted.
const MOST: u64 = 128 << 20;

/// An object that is being read.
pub(crate) struct Object {
    bucket: Arc<Bucket>,
    key: Key,
    bytes: u64,
    etag: Option<String>,
    spans: Mutex<Spans>,
    /// Why the store was lost.
    lost: Mutex<Option<String>>,
}

type Coming = mpsc::Receiver<Result<Bytes, Error>>;

/// How an object is cut, and which parts of it are here.
struct Spans {
    cuts: Vec<Range<u64>>,
    /// Whether a span is asked for before it is wanted.
    is_ahead: bool,
    here: VecDeque<(usize, Bytes)>,
    coming: Vec<(usize, Coming)>,
}

impl Object {
    /// An object of which it is known how long it is.
    pub fn new(bucket: Arc<Bucket>, path: &Path, about: &About) -> io::Result<Object> {
        let spans = Spans {
            cuts: blocks(0..about.bytes, BLOCK),
            is_ahead: true,
            here: VecDeque::new(),
            coming: Vec::new(),
        };
        Ok(Object {
            key: key(path)?,
            bucket,
            bytes: about.bytes,
            etag: about.etag.clone(),
            spans: Mutex::new(spans),
            lost: Mutex::new(None),
        })
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Why the store was lost while the object was read, if it was.
    pub fn lost(&self) -> Option<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets ready for the end of a table, where it says where its rows are.
    pub fn expect_footer(&self) {
        if self.bytes <= BLOCK {
            return;
        }
        let end = self.bytes - FOOTER;
        let mut cuts = blocks(0..end, BLOCK);
        cuts.push(end..self.bytes);
        self.cut(cuts, false);
    }

    /// Gets ready for the rows of a table, group by group.
    pub fn expect_rows(&self, metadata: &ParquetMetaData) {
        if self.bytes <= BLOCK {
            return;
        }
        let columns = metadata.file_metadata().schema_descr().num_columns().max(1) as u64;
        let window = (MOST / 2 / columns).clamp(1 << 18, BLOCK);
        let mut cuts: Vec<Range<u64>> = Vec::new();
        let mut at = 0;
        for group in metadata.row_groups() {
            let chunks = group.columns().iter().map(|column| {
                let (start, length) = column.byte_range();
                start..start.saturating_add(length).min(self.bytes)
            });
            let mut chunks: Vec<Range<u64>> = chunks.collect();
            chunks.sort_by_key(|chunk| chunk.start);
            let end = chunks.last().map_or(at, |chunk| chunk.end).max(at);
            if end - at <= WHOLE {
                match cuts.last_mut() {
                    Some(last) if end - last.start <= BLOCK => last.end = end,
                    _ if end > at => cuts.push(at..end),
                    _ => {}
                }
                at = end;
                continue;
            }
            for chunk in chunks {
                cuts.extend(blocks(at..chunk.start.max(at), window));
                cuts.extend(blocks(chunk.start.max(at)..chunk.end.max(at), window));
                at = chunk.end.max(at);
            }
        }
        cuts.extend(blocks(at..self.bytes, BLOCK));
        self.cut(cuts, true);
    }

    /// Whether row groups of these lengths stay here until the first of them is done with. Of long
    /// ones, which are read by column, nothing stands in for what is read later.
    pub fn holds(groups: impl Iterator<Item = u64>) -> bool {
        groups.filter(|length| *length <= WHOLE).fold(0, u64::saturating_add) <= MOST
    }

    fn cut(&self, cuts: Vec<Range<u64>>, is_ahead: bool) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        *spans = Spans { cuts, is_ahead, here: VecDeque::new(), coming: Vec::new() };
    }

    /// What stands at a place, as far as its span goes; nothing past the end.
    fn at(&self, place: u64) -> io::Result<Bytes> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let number = spans.cuts.partition_point(|cut| cut.end <= place);
        let Some(cut) = spans.cuts.get(number).cloned() else { return Ok(Bytes::new()) };
        let found = spans.here.iter().find(|(other, _)| *other == number);
        let bytes = match found.map(|(_, bytes)| bytes.clone()) {
            Some(bytes) => bytes,
            None => {
                let coming = spans.coming.iter().position(|(other, _)| *other == number);
                let coming = match coming {
                    Some(at) => spans.coming.swap_remove(at).1,
                    None => self.ask(cut.clone()),
                };
                if spans.is_ahead
                    && let Some(next) = spans.cuts.get(number + 1).cloned()
                    && !spans.here.iter().any(|(other, _)| *other == number + 1)
                    && !spans.coming.iter().any(|(other, _)| *other == number + 1)
                {
                    let next = self.ask(next);
                    spans.coming.push((number + 1, next));
                }
                let bytes = self.received(&coming)?;
                spans.keep(number, bytes.clone());
                bytes
            }
        };
        let from = usize::try_from(place - cut.start).unwrap_or(usize::MAX);
        Ok(if from < bytes.len() { bytes.slice(from..) } else { Bytes::new() })
    }

    /// Asks for a span, of the very object that was found.
    fn ask(&self, span: Range<u64>) -> Coming {
        let (store, key) = (Arc::clone(self.bucket.store()), self.key.clone());
        let etag = self.etag.clone();
        self.bucket.begin(async move {
            let one = |part: Range<u64>| {
                let options = GetOptions::new()
                    .with_range(Some(GetRange::Bounded(part)))
                    .with_if_match(etag.clone());
                let (store, key) = (Arc::clone(&store), key.clone());
                async move { store.get_opts(&key, options).await?.bytes().await }
            };
            let parts = blocks(span, BLOCK).into_iter().map(one);
            let mut parts = futures::future::try_join_all(parts).await?;
            if parts.len() == 1 {
                return Ok(parts.swap_remove(0));
            }
            let mut whole = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
            parts.iter().for_each(|part| whole.extend_from_slice(part));
            Ok(whole.freeze())
        })
    }

    fn received(&self, coming: &Coming) -> io::Result<Bytes> {
        match coming.recv() {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(why)) => {
                let failing = self.bucket.failing(&why);
                if failing.is_lost {
                    let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
                    lost.get_or_insert_with(|| failing.message.clone());
                }
                Err(failing.into())
            }
            Err(_) => Err(io::Error::other("a request was not answered")),
        }
    }
}

impl Spans {
    /// Keeps a span that was read, and lets those go that were read longest ago.
    fn keep(&mut self, number: usize, bytes: Bytes) {
        self.here.push_back((number, bytes));
        let mut kept: u64 = self.here.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        while kept > MOST && self.here.len() > 2 {
            let oldest = self.here.pop_front();
            kept -= oldest.map_or(0, |(_, bytes)| bytes.len() as u64);
        }
    }
}

/// Cuts a range into blocks.
fn blocks(range: Range<u64>, length: u64) -> Vec<Range<u64>> {
    let starts = (range.start..range.end).step_by(usize::try_from(length).unwrap_or(usize::MAX));
    starts.map(|start| start..(start + length).min(range.end)).collect()
}

/// Reads an object from a place on.
pub(crate) struct ObjectReader {
    object: Arc<Object>,
    place: u64,
    /// What is here from that place on.
    here: Bytes,
}

impl ObjectReader {
    /// From a place on.
    pub fn new(object: Arc<Object>, place: u64) -> ObjectReader {
        ObjectReader { object, place, here: Bytes::new() }
    }
}

impl Read for ObjectReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.here.is_empty() {
            self.here = self.object.at(self.place)?;
        }
        let count = into.len().min(self.here.len());
        into[..count].copy_from_slice(&self.here.split_to(count));
        self.place += count as u64;
        Ok(count)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(from) => self.object.bytes.checked_add_signed(from),
            SeekFrom::Current(from) => self.place.checked_add_signed(from),
        };
        let Some(place) = place else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a place before the beginning",
            ));
        };
        if place != self.place {
            (self.place, self.here) = (place, Bytes::new());
        }
        Ok(place)
    }
}

/// An object as a table's reader takes it.
#[derive(Clone)]
pub(crate) struct Chunks(pub Arc<Object>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.bytes
    }
}

impl ChunkReader for Chunks {
    type T = ObjectReader;

    fn get_read(&self, start: u64) -> Result<ObjectReader, ParquetError> {
        Ok(ObjectReader::new(Arc::clone(&self.0), start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        within(start, length, self.0.bytes)?;
        let mut bytes = self.0.at(start)?;
        if bytes.len() >= length {
            bytes.truncate(length);
            return Ok(bytes);
        }
        let mut whole = BytesMut::with_capacity(length);
        while whole.len() < length {
            if bytes.is_empty() {
                let why = format!("{length} bytes were to be there and {} are", whole.len());
                return Err(ParquetError::EOF(why));
            }
            whole.extend_from_slice(&bytes[..bytes.len().min(length - whole.len())]);
            bytes = self.0.at(start + whole.len() as u64)?;
        }
        Ok(whole.freeze())
    }
}

#[allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_ahead_stays_within_what_is_kept() {
        let holds = |groups: &[u64]| Object::holds(groups.iter().copied());
        assert!(holds(&[WHOLE, WHOLE]));
        assert!(!holds(&[WHOLE, 1, WHOLE]));
        assert!(holds(&[WHOLE + 1; 9]), "they are read by column");
    }

    /// A Bloom filter of -1 bytes is as long as memory. Nobody is asked for it.
    #[test]
    fn what_is_said_to_lie_past_the_end_is_not_made_room_for() {
        let path = Path::new("s3://bucket/orders.parquet");
        let about = About { bytes: 1 << 20, version: String::new(), etag: None };
        let object = Object::new(Bucket::of(path).unwrap(), path, &about).unwrap();
        let chunks = Chunks(Arc::new(object));
        for (start, length) in [(8, usize::MAX), (u64::MAX, 1), ((1 << 20) - 1, 2)] {
            let why = chunks.get_bytes(start, length).unwrap_err();
            assert!(matches!(why, ParquetError::EOF(_)), "{why}");
        }
    }
}
