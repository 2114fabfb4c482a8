//! An object that is being written, in parts that a store keeps without a name until all are there.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use object_store::path::Path as Key;
use object_store::{Error, MultipartUpload, ObjectStoreExt, PutPayload};

use super::bucket::{Bucket, key};

/// How long a part is. Stores take ten thousand of them, of five million bytes at least, and some
/// want all but the last to be of one length.
const PART: usize = 8 << 20;

/// So many parts of one object are on their way at once.
const AT_ONCE: usize = 3;

/// An object that is being written.
pub(super) struct Upload {
    bucket: Arc<Bucket>,
    key: Key,
    /// What is not sent yet.
    waiting: Vec<u8>,
    /// How much that is.
    unsent: Arc<AtomicUsize>,
    bytes: u64,
    parts: Option<Box<dyn MultipartUpload>>,
    coming: VecDeque<mpsc::Receiver<Result<(), Error>>>,
}

impl Upload {
    pub fn new(bucket: Arc<Bucket>, path: &Path) -> io::Result<Upload> {
        Ok(Upload {
            key: key(path)?,
            bucket,
            waiting: Vec::new(),
            unsent: Arc::default(),
            bytes: 0,
            parts: None,
            coming: VecDeque::new(),
        })
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn unsent(&self) -> &Arc<AtomicUsize> {
        &self.unsent
    }

    /// Sends a part; where many are on their way, waits for the first of them.
    fn send(&mut self, part: Vec<u8>) -> io::Result<()> {
        if self.coming.len() >= AT_ONCE
            && let Some(first) = self.coming.pop_front()
        {
            self.bucket.received(&first)?;
        }
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => {
                let (store, key) = (Arc::clone(self.bucket.store()), self.key.clone());
                let begun = self.bucket.wait(async move { store.put_multipart(&key).await })?;
                self.parts.insert(begun)
            }
        };
        let part = parts.put_part(PutPayload::from(part));
        self.coming.push_back(self.bucket.begin(part));
        Ok(())
    }

    /// Waits until all parts are there. A short object is sent when it gets its name, where there
    /// is room for it until then.
    pub fn finish(&mut self, room: usize) -> io::Result<()> {
        if self.parts.is_none() && self.waiting.len() <= room {
            return Ok(());
        }
        let last = std::mem::take(&mut self.waiting);
        if !last.is_empty() {
            self.send(last)?;
        }
        self.unsent.store(0, Ordering::Relaxed);
        while let Some(coming) = self.coming.pop_front() {
            self.bucket.received(&coming)?;
        }
        Ok(())
    }

    /// Makes an object of the parts.
    pub fn name(&mut self) -> io::Result<()> {
        match self.parts.take() {
            Some(mut parts) => {
                // Where this fails it is not known whether the object is there: if it is, it is
                // whole, and if not, its parts are still to be let go.
                let done = self.bucket.begin(async move {
                    let done = parts.complete().await;
                    (parts, done)
                });
                match done.recv() {
                    Ok((_, Ok(_))) => {}
                    Ok((parts, Err(why))) => {
                        self.parts = Some(parts);
                        return Err(self.bucket.failing(&why).into());
                    }
                    Err(_) => return Err(io::Error::other("a request was not answered")),
                }
            }
            None => {
                let (store, key) = (Arc::clone(self.bucket.store()), self.key.clone());
                let whole = PutPayload::from(std::mem::take(&mut self.waiting));
                self.bucket.wait(async move { store.put(&key, whole).await })?;
            }
        }
        Ok(())
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PART - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..count]);
        if self.waiting.len() == PART {
            let part = std::mem::take(&mut self.waiting);
            self.send(part)?;
        }
        self.unsent.store(self.waiting.len(), Ordering::Relaxed);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut parts) = self.parts.take() else { return };
        let coming = std::mem::take(&mut self.coming);
        self.bucket.leave(async move {
            // A part that arrives after the rest was let go would stay.
            let arrived = move || coming.into_iter().for_each(|part| drop(part.recv()));
            _ = tokio::task::spawn_blocking(arrived).await;
            _ = parts.abort().await;
        });
    }
}
