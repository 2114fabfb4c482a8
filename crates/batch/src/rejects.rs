//! What could not be read, line by line on the disk: there may be as many rejects as rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

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
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// No rejects yet; those of an earlier run are forgotten.
    pub fn new(path: PathBuf) -> Rejects {
        _ = fs::remove_file(&path);
        Rejects { path, file: None }
    }

    /// Adds one.
    pub fn add(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(File::create(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    /// Adds all that another file holds, if it is there.
    pub fn append(&mut self, path: &Path) -> io::Result<()> {
        let mut other = match File::open(path) {
            Ok(other) => other,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(why),
        };
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(File::create(&self.path)?)),
        };
        io::copy(&mut other, file).map(|_| ())
    }

    /// Whether there are any, when all are written.
    pub fn finish(self) -> io::Result<bool> {
        match self.file {
            None => Ok(false),
            Some(mut file) => file.flush().map(|()| true),
        }
    }
}
