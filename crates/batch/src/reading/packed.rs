//! Compressed texts. What a file is packed with is told by its first bytes, whatever its name.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::places::Stream;

/// A text, through its compression if it has one.
pub struct Text {
    /// What it says.
    pub stream: Box<dyn Stream>,
    /// How many bytes of a compressed file are read by now.
    pub packed: Option<Arc<AtomicU64>>,
}

impl Text {
    /// Looks at the first bytes.
    pub fn open(stream: Box<dyn Stream>) -> io::Result<Text> {
        let packed = Arc::new(AtomicU64::new(0));
        let counted = Counted { stream, count: Arc::clone(&packed) };
        let mut stream = BufReader::with_capacity(1 << 16, counted);
        let packing = match stream.fill_buf()? {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            _ => return Ok(Text { stream: Box::new(stream), packed: None }),
        };
        let stream = Unpacked { packing, decoder: packing.decoder(stream)?, at: 0 };
        Ok(Text { stream: Box::new(stream), packed: Some(packed) })
    }
}

type Packed = BufReader<Counted>;

#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn decoder(self, stream: Packed) -> io::Result<Decoder> {
        Ok(match self {
            // Members may follow each other, as log tools and parallel packers write them.
            Packing::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(stream))),
            Packing::Zstd => Decoder::Zstd(zstd::Decoder::with_buffer(stream)?),
        })
    }
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<Packed>>),
    Zstd(zstd::Decoder<'static, Packed>),
    /// While it begins anew.
    Nothing,
}

/// What is read through a compression: from its beginning to its end, and from its beginning again.
struct Unpacked {
    packing: Packing,
    decoder: Decoder,
    /// How much of the text is read.
    at: u64,
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(into),
            Decoder::Zstd(decoder) => decoder.read(into),
            Decoder::Nothing => Ok(0),
        };
        let read = read.map_err(|why| {
            let told = format!("its compressed data is cut short or damaged: {why}");
            io::Error::new(why.kind(), told)
        })?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Unpacked {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(0) => {}
            SeekFrom::Current(0) => return Ok(self.at),
            _ => return Err(io::Error::from(io::ErrorKind::Unsupported)),
        }
        let mut stream = match std::mem::replace(&mut self.decoder, Decoder::Nothing) {
            Decoder::Gzip(decoder) => decoder.into_inner(),
            Decoder::Zstd(decoder) => decoder.finish(),
            Decoder::Nothing => return Err(io::Error::from(io::ErrorKind::Unsupported)),
        };
        stream.rewind()?;
        self.decoder = self.packing.decoder(stream)?;
        self.at = 0;
        Ok(0)
    }
}

struct Counted {
    stream: Box<dyn Stream>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.stream.seek(to)?;
        self.count.store(at, Ordering::Relaxed);
        Ok(at)
    }
}
