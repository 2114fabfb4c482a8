//! What could not be read, line by line on the disk: there may be as many rejects as rows.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::places::{Place, Sink, Source};

/// One line.
#[derive(Serialize)]
pub(crate) struct Reject<'r> {
    /// The file.
    pub file: &'r str,
    /// The row, from 1, the header not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// A stable word.
    pub code: &'r str,
    /// What is wrong.
    pub message: &'r str,
}

/// A file of rejects. It is made with the first of them.
pub(crate) struct Rejects {
    place: Place,
    part: PathBuf,
    path: PathBuf,
    file: Option<BufWriter<Sink>>,
}

impl Rejects {
    /// No rejects yet; those of an earlier run stay until these are.
    pub fn new(place: Place, part: PathBuf, path: PathBuf) -> Rejects {
        Rejects { place, part, path, file: None }
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<Sink>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => BufWriter::new(self.place.create(&self.part, &self.path)?),
        };
        Ok(self.file.insert(file))
    }

    /// Adds one.
    pub fn add(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let file = self.file()?;
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    /// Adds all that another file holds, if it is there.
    pub fn append(&mut self, path: &Path) -> io::Result<()> {
        let other = match Source::open(path, None) {
            Ok(other) => other,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(why),
        };
        io::copy(&mut other.stream(), self.file()?).map(|_| ())
    }

    /// The file, when all of them are written; nothing where there are none.
    pub fn finish(self) -> io::Result<Option<Sink>> {
        let Some(file) = self.file else { return Ok(None) };
        let mut sink = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        sink.finish(ROOM)?;
        Ok(Some(sink))
    }
}

/// So many bytes of rejects of a file may wait in memory.
const ROOM: usize = 1 << 16;
