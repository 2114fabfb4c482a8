//! A column of texts of a row group: its dictionary, and for each row a place there. A dictionary
//! that gets too long is closed, and texts of later rows stand for themselves.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use rustc_hash::FxHashMap;

use super::runs;

/// How many rows a page has.
const PAGE: usize = 1 << 16;

/// How long a dictionary may be, in bytes.
const MOST: usize = 1 << 20;

/// How long a page of texts may be that stand for themselves, in bytes.
const MOST_PLAIN: usize = 1 << 20;

/// Longer texts are no good as the first and last of a column.
const MOST_STATISTIC: usize = 64;

/// A text of the last dictionary that did not occur yet.
const UNSEEN: u32 = u32::MAX;

/// A text of the last dictionary that is none.
const NONE: u32 = u32::MAX - 1;

/// A column of a row group.
pub(super) struct Words {
    description: ColumnDescPtr,
    has_statistics: bool,
    places: FxHashMap<Box<str>, u32>,
    /// The texts as the page of the dictionary has them.
    dictionary: Vec<u8>,
    /// The dictionary of the last batch, and the place of each of its texts here.
    last: Option<(ArrayRef, Vec<u32>)>,
    /// Whether the dictionary is closed.
    is_plain: bool,
    /// The page that is being written: whether each row has a text; where in the dictionary the
    /// texts are, or what they are.
    present: Vec<u32>,
    keys: Vec<u32>,
    plain: Vec<u8>,
    /// The pages that are whole, without that of the dictionary.
    pages: Vec<(Bytes, usize, Encoding)>,
    page_bytes: usize,
    rows: usize,
    nulls: usize,
    first: Option<Box<str>>,
    greatest: Option<Box<str>>,
}

impl Words {
    pub fn new(description: ColumnDescPtr, has_statistics: bool) -> Words {
        Words {
            description,
            has_statistics,
            places: FxHashMap::default(),
            dictionary: Vec::new(),
            last: None,
            is_plain: false,
            present: Vec::new(),
            keys: Vec::new(),
            plain: Vec::new(),
            pages: Vec::new(),
            page_bytes: 0,
            rows: 0,
            nulls: 0,
            first: None,
            greatest: None,
        }
    }

    /// Adds rows.
    pub fn write(&mut self, array: &ArrayRef) -> Result<(), ParquetError> {
        let mut start = 0;
        while start < array.len() {
            let rows = (PAGE - self.present.len()).min(array.len() - start);
            let part = array.slice(start, rows);
            match part.as_dictionary_opt::<Int32Type>() {
                Some(dictionary) => {
                    let values = dictionary.values().as_string_opt::<i32>();
                    let values = values.ok_or_else(|| unfit("texts"))?;
                    let keys = dictionary.keys();
                    let known = self.known(dictionary.values());
                    self.by_key(values, keys.values(), keys.nulls(), known);
                }
                None => {
                    let texts = part.as_string_opt::<i32>().ok_or_else(|| unfit("texts"))?;
                    self.texts(texts);
                }
            }
            start += rows;
            if self.present.len() == PAGE {
                self.shut();
            }
        }
        Ok(())
    }

    /// Adds rows that each have one of a few texts, or none where it is past the last of them.
    pub fn choose(&mut self, ways: &[u32], texts: &[Option<&str>]) {
        let mut places = vec![UNSEEN; texts.len()];
        let mut start = 0;
        while start < ways.len() {
            let rows = (PAGE - self.present.len()).min(ways.len() - start);
            let part = &ways[start..start + rows];
            let text = |way: u32| texts.get(way as usize).copied().flatten();
            match self.chosen(part, text, &mut places) {
                Some(found) => self.add(&found),
                None => part.iter().for_each(|way| self.one(text(*way))),
            }
            start += rows;
            if self.present.len() == PAGE {
                self.shut();
            }
        }
    }

    /// The places of the texts of some rows, where the dictionary has room for all of them. Texts
    /// come into it in the order of the rows, whoever decided them.
    fn chosen<'t>(
        &mut self,
        ways: &[u32],
        text: impl Fn(u32) -> Option<&'t str>,
        places: &mut [u32],
    ) -> Option<Vec<u32>> {
        if self.is_plain {
            return None;
        }
        let mut found = Vec::with_capacity(ways.len());
        for way in ways {
            let place = match places.get_mut(*way as usize) {
                None => NONE,
                Some(place) => {
                    if *place == UNSEEN {
                        *place = match text(*way) {
                            None => NONE,
                            Some(text) => self.place(text)?,
                        };
                    }
                    *place
                }
            };
            found.push(place);
        }
        Some(found)
    }

    /// Adds rows by their places in the dictionary.
    fn add(&mut self, places: &[u32]) {
        let rows = places.len();
        let nulls = places.iter().filter(|place| **place == NONE).count();
        if nulls == 0 {
            self.present.resize(self.present.len() + rows, 1);
            self.keys.extend_from_slice(places);
        } else if nulls == rows {
            self.present.resize(self.present.len() + rows, 0);
        } else {
            self.present.extend(places.iter().map(|place| u32::from(*place != NONE)));
            let mut next = self.keys.len();
            self.keys.resize(next + rows, 0);
            // What is none is written over by what comes next: no branch is guessed wrong.
            for place in places {
                self.keys[next] = *place;
                next += usize::from(*place != NONE);
            }
            self.keys.truncate(next);
        }
        self.nulls += nulls;
        self.rows += rows;
    }

    /// Adds a row.
    fn one(&mut self, text: Option<&str>) {
        match text.map(|text| (text, self.place(text))) {
            None => self.nothing(),
            Some((_, Some(place))) if !self.is_plain => {
                self.present.push(1);
                self.keys.push(place);
                self.rows += 1;
            }
            Some((text, _)) => self.itself(text),
        }
    }

    /// What is known of a dictionary's texts.
    fn known(&mut self, values: &ArrayRef) -> (ArrayRef, Vec<u32>) {
        match self.last.take() {
            Some((known, places)) if known.to_data().ptr_eq(&values.to_data()) => (known, places),
            _ => (Arc::clone(values), vec![UNSEEN; values.len()]),
        }
    }

    /// Adds rows by their place in a dictionary of the batch.
    fn by_key(
        &mut self,
        values: &StringArray,
        keys: &[i32],
        nulls: Option<&NullBuffer>,
        (array, mut places): (ArrayRef, Vec<u32>),
    ) {
        let has_nulls = values.null_count() > 0;
        for (row, key) in keys.iter().enumerate() {
            let key = *key as usize;
            let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
            if is_null || (has_nulls && values.is_null(key)) {
                self.nothing();
                continue;
            }
            let place = match places[key] {
                UNSEEN => self.place(values.value(key)),
                place => Some(place),
            };
            match place {
                Some(place) if !self.is_plain => {
                    places[key] = place;
                    self.present.push(1);
                    self.keys.push(place);
                    self.rows += 1;
                }
                _ => self.itself(values.value(key)),
            }
        }
        self.last = Some((array, places));
    }

    /// Adds rows.
    fn texts(&mut self, texts: &StringArray) {
        if texts.null_count() == texts.len() {
            self.present.resize(self.present.len() + texts.len(), 0);
            self.nulls += texts.len();
            self.rows += texts.len();
            return;
        }
        texts.iter().for_each(|text| self.one(text));
    }

    fn nothing(&mut self) {
        self.present.push(0);
        self.nulls += 1;
        self.rows += 1;
    }

    /// Adds a text that stands for itself.
    fn itself(&mut self, text: &str) {
        self.bound(text);
        self.present.push(1);
        self.plain.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.plain.extend_from_slice(text.as_bytes());
        self.rows += 1;
        if self.plain.len() >= MOST_PLAIN {
            self.shut();
        }
    }

    /// The place of a text in the dictionary, if there is room for it.
    fn place(&mut self, text: &str) -> Option<u32> {
        if self.is_plain {
            return None;
        }
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        if self.dictionary.len() + text.len() > MOST {
            // A page has either places or texts.
            self.shut();
            self.is_plain = true;
            return None;
        }
        let place = self.places.len() as u32;
        self.dictionary.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.dictionary.extend_from_slice(text.as_bytes());
        self.places.insert(text.into(), place);
        self.bound(text);
        Some(place)
    }

    /// Keeps the first and the last text by the alphabet.
    fn bound(&mut self, text: &str) {
        if !self.has_statistics {
            return;
        }
        if self.first.as_deref().is_none_or(|first| text < first) {
            self.first = Some(text.into());
        }
        if self.greatest.as_deref().is_none_or(|greatest| text > greatest) {
            self.greatest = Some(text.into());
        }
    }

    /// Ends a page.
    fn shut(&mut self) {
        if self.present.is_empty() {
            return;
        }
        let mut page = Vec::with_capacity(self.plain.len() + self.keys.len() / 2 + 64);
        if self.description.max_def_level() > 0 {
            page.extend_from_slice(&[0; 4]);
            runs::encode(&self.present, 1, &mut page);
            let length = (page.len() - 4) as u32;
            page[..4].copy_from_slice(&length.to_le_bytes());
        }
        let encoding = if self.is_plain {
            page.extend_from_slice(&self.plain);
            Encoding::PLAIN
        } else {
            let width = runs::width(self.places.len());
            page.push(width as u8);
            runs::encode(&self.keys, width, &mut page);
            Encoding::RLE_DICTIONARY
        };
        self.page_bytes += page.len();
        self.pages.push((page.into(), self.present.len(), encoding));
        self.present.clear();
        self.keys.clear();
        self.plain.clear();
    }

    /// About how many bytes wait.
    pub fn waiting(&self) -> usize {
        let page = 4 * (self.present.capacity() + self.keys.capacity()) + self.plain.capacity();
        // A text of the dictionary stands in its page and in the table of places.
        self.page_bytes + page + 3 * self.dictionary.len()
    }

    /// Ends the column.
    pub fn close(mut self) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        self.shut();
        let mut bytes = Vec::with_capacity(self.page_bytes + self.dictionary.len() + 256);
        let written = self.written(&mut TrackedWrite::new(&mut bytes))?;
        let mut metadata = ColumnChunkMetaData::builder(Arc::clone(&self.description))
            .set_compression(Compression::UNCOMPRESSED)
            .set_encodings(written.encodings)
            .set_page_encoding_stats(written.counts)
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(written.bytes as i64)
            .set_total_uncompressed_size(written.bytes as i64)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(written.first_page as i64);
        if self.has_statistics {
            metadata = metadata.set_statistics(self.statistics());
        }
        let closed = ColumnCloseResult {
            bytes_written: written.bytes as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(written.offsets.build()),
        };
        Ok((bytes.into(), closed))
    }

    /// Writes all pages, that of the dictionary first.
    fn written(&mut self, sink: &mut TrackedWrite<&mut Vec<u8>>) -> Result<Written, ParquetError> {
        let mut writer = SerializedPageWriter::new(sink);
        let dictionary = Page::DictionaryPage {
            buf: std::mem::take(&mut self.dictionary).into(),
            num_values: self.places.len() as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let length = dictionary.buffer().len();
        let spec = writer.write_page(CompressedPage::new(dictionary, length))?;
        let count = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
        let mut written = Written {
            bytes: spec.compressed_size,
            first_page: spec.bytes_written,
            encodings: vec![Encoding::PLAIN, Encoding::RLE],
            counts: vec![count(PageType::DICTIONARY_PAGE, Encoding::PLAIN)],
            offsets: OffsetIndexBuilder::new(),
        };
        for (buf, rows, encoding) in std::mem::take(&mut self.pages) {
            match written.counts.iter_mut().skip(1).find(|known| known.encoding == encoding) {
                Some(known) => known.count += 1,
                None => written.counts.push(count(PageType::DATA_PAGE, encoding)),
            }
            if !written.encodings.contains(&encoding) {
                written.encodings.push(encoding);
            }
            let length = buf.len();
            let page = Page::DataPage {
                buf,
                num_values: rows as u32,
                encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            let spec = writer.write_page(CompressedPage::new(page, length))?;
            written.offsets.append_row_count(rows as i64);
            let length = spec.compressed_size as i32;
            written.offsets.append_offset_and_size(spec.offset as i64, length);
            written.offsets.append_unencoded_byte_array_data_bytes(None);
            written.bytes += spec.compressed_size;
        }
        writer.close()?;
        Ok(written)
    }

    fn statistics(&self) -> Statistics {
        let is_short = |text: &&str| text.len() <= MOST_STATISTIC;
        let bounds = self.first.as_deref().zip(self.greatest.as_deref());
        let bounds = bounds.filter(|(first, last)| is_short(first) && is_short(last));
        let (first, last) = bounds.unzip();
        let nulls = Some(self.nulls as u64);
        Statistics::byte_array(first.map(Into::into), last.map(Into::into), None, nulls, false)
    }
}

/// What is known of the pages of a column. They are not compressed.
struct Written {
    bytes: usize,
    first_page: u64,
    encodings: Vec<Encoding>,
    counts: Vec<PageEncodingStats>,
    offsets: OffsetIndexBuilder,
}

/// A column that is not of the type that its file says.
fn unfit(what: &str) -> ParquetError {
    ParquetError::General(format!("a column of {what} has something else"))
}
