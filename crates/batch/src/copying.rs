//! A table of Parquet that becomes another one with its decisions, row group by row group.
//!
//! What comes in and is kept is not decoded and encoded anew: the very bytes of its columns are
//! copied. Only facts are read, and only decisions are encoded. Row groups are decided each for
//! itself, so that several threads may take to one file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ArrowSchemaConverter, ProjectionMask};
use parquet::basic::{ColumnOrder, Type as PhysicalType};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetColumnIndex, ParquetMetaData, ParquetOffsetIndex,
    RowGroupMetaData,
};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::answers::{Decider, Decisions, Worker, decision_fields, kept};
use crate::columnar::{Columns, Copy};
use crate::files::{FileError, ROWS, leaves};
use crate::inputs::{partitioned, with_partitions};
use crate::job::lawful::with_law;
use crate::places::{About, Ahead, Stored};
use crate::reading::with_dictionaries;
use crate::summary::Summary;
use crate::table::RowError;

/// A row group with fewer rows is not worth one of its own where there are several.
const FEWEST: i64 = 1 << 14;

/// The decisions of a row group with more rows are too much to wait for its end.
const MOST: i64 = 1 << 22;

/// How many rows are decided at once: there are fewer columns at work than where all are read.
const AT_ONCE: usize = ROWS;

/// So many bytes of a row group are read in one go.
const AHEAD: u64 = 1 << 26;

/// A table, and what it becomes.
pub(crate) struct Original {
    stored: Stored,
    /// By it facts are read: from their beginning to their end, so that it does not matter whether
    /// the table is right about where pages begin.
    metadata: ArrowReaderMetadata,
    /// What the table says of pages. It goes with the columns that are copied.
    pages: Pages,
    partitions: Vec<(String, String)>,
    /// Those of them that are not written.
    said: Vec<String>,
    /// The columns that hold facts, by their leaves.
    facts: ProjectionMask,
    /// The leaves that are kept.
    kept: Vec<usize>,
    /// Whether it is known of all of them where their pages begin.
    has_pages: bool,
    /// What comes out, as Arrow and as Parquet know it.
    schema: SchemaRef,
    root: TypePtr,
    output: SchemaDescriptor,
    /// Columns that are called like a fact and are none, each with the name of that.
    alike: BTreeMap<String, String>,
    is_unplaced: bool,
}

/// What is known of the pages of columns, by row group and leaf.
struct Pages {
    columns: Option<ParquetColumnIndex>,
    offsets: Option<ParquetOffsetIndex>,
}

impl Pages {
    /// Takes it out of what is known of a table.
    fn taken(metadata: ParquetMetaData) -> (ParquetMetaData, Pages) {
        let mut metadata = metadata.into_builder();
        let (columns, offsets) = (metadata.take_column_index(), metadata.take_offset_index());
        (metadata.build(), Pages { columns, offsets })
    }

    /// Whether it is known of all leaves where their pages begin.
    fn are_known(&self, kept: &[usize]) -> bool {
        self.offsets.as_ref().is_some_and(|groups| {
            groups.iter().all(|group| {
                let has_pages = |leaf: &usize| {
                    group.get(*leaf).is_some_and(|index| !index.page_locations.is_empty())
                };
                kept.iter().all(has_pages)
            })
        })
    }
}

/// A row group that was decided.
pub(crate) struct Group {
    /// How many rows it has.
    pub rows: u64,
    /// The columns that are new.
    pub chunks: Vec<(Bytes, ColumnCloseResult)>,
    /// What is wrong.
    pub wrong: Wrong,
    /// How many rows came out alike.
    pub summary: Summary,
}

/// So many different texts are known again. Where there are more, most rows have one of their own.
const TEXTS: usize = 1 << 16;

/// What is wrong with rows. The same is mostly wrong with many of them.
#[derive(Default)]
pub(crate) struct Wrong {
    rows: Vec<(u32, u32)>,
    texts: Vec<RowError>,
    /// Where the first of them stand, by code and text.
    places: BTreeMap<(&'static str, String), u32>,
}

impl Wrong {
    fn add(&mut self, row: u32, error: RowError) {
        let key = (error.code, error.message.clone());
        if let Some(place) = self.places.get(&key) {
            self.rows.push((row, *place));
            return;
        }
        let place = self.texts.len() as u32;
        if self.places.len() < TEXTS {
            self.places.insert(key, place);
        }
        self.texts.push(error);
        self.rows.push((row, place));
    }

    /// The rows in order, by their place in the group, each with what is wrong.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &RowError)> {
        self.rows.iter().map(|(row, place)| (*row, &self.texts[*place as usize]))
    }
}

/// Whether each group of a table has columns.
fn is_full(of: &Type) -> bool {
    !of.is_group()
        || (!of.get_fields().is_empty() && of.get_fields().iter().all(|field| is_full(field)))
}

/// Whether the columns of a table can be copied as they stand.
fn is_fit(metadata: &ParquetMetaData, schema: &Schema, bytes: u64) -> bool {
    let groups = metadata.row_groups();
    let rows = metadata.file_metadata().num_rows();
    let is_right = |column: &ColumnChunkMetaData| {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let length = column.compressed_size();
        let end = start.checked_add(length).and_then(|end| u64::try_from(end).ok());
        let is_within = start >= 0 && length >= 0 && end.is_some_and(|end| end <= bytes);
        is_within && column.file_path().is_none()
    };
    let is_struct = |field: &Arc<Field>| matches!(field.data_type(), DataType::Struct(_));
    let columns: usize = schema.fields().iter().map(|field| leaves(field.data_type())).sum();
    let roots = metadata.file_metadata().schema_descr().root_schema().get_fields();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    rows > 0
        // A group without columns is none to Arrow, so that others would have other numbers.
        && names.eq(roots.iter().map(|root| root.name()))
        && roots.iter().all(|root| is_full(root))
        // What is in a struct becomes columns of its own.
        && !schema.fields().iter().any(is_struct)
        && (groups.len() == 1 || rows >= FEWEST * groups.len() as i64)
        && i16::try_from(groups.len()).is_ok()
        && groups.iter().all(|group| {
            (0..=MOST).contains(&group.num_rows())
                && group.num_columns() == columns
                && group.columns().iter().all(is_right)
        })
}

impl Original {
    /// Opens a table, of whose partitions some need not be written: the path of what it becomes
    /// says them. Nothing where its columns cannot be copied.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn open(
        stored: Stored,
        partitions: &[(String, String)],
        said: &[String],
        decider: &Decider,
        lawful: &str,
    ) -> Result<Option<Original>, FileError> {
        use parquet::file::reader::Length;
        if let Stored::Object(chunks) = &stored {
            chunks.0.expect_footer();
        }
        let options = ArrowReaderOptions::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_encoding_stats_as_mask(false);
        let metadata = ArrowReaderMetadata::load(&stored, options)?;
        let own = Arc::clone(metadata.schema());
        let with = with_partitions(&own, partitions);
        if !is_fit(metadata.metadata(), &own, stored.len()) {
            return Ok(None);
        }
        // A folder may bear the name of a decision's column, which none is kept of.
        let count = |schema: &Schema| schema.fields().len() - kept(schema).count();
        if count(&with) != count(&own) {
            return Ok(None);
        }
        // What is wrong with the columns is told where they are read one by one.
        let Ok(facts) = decider.dated(&with) else { return Ok(None) };
        if let Stored::Object(chunks) = &stored {
            chunks.0.expect_rows(metadata.metadata());
        }
        let roots = facts.into_iter().map(|(at, _)| at).filter(|at| *at < own.fields().len());
        let parquet = metadata.metadata().file_metadata().schema_descr();
        let facts = ProjectionMask::roots(parquet, roots);
        let of_root = roots_of(&own);
        let kept: Vec<usize> = kept(&own).collect();
        let is_said = |field: &&Arc<Field>| said.contains(field.name());
        let folders = &with.fields()[own.fields().len()..];
        let folders: Vec<Arc<Field>> =
            folders.iter().filter(|field| !is_said(field)).cloned().collect();
        let (schema, root) = becomes(&own, folders, parquet, &kept)?;
        let schema = with_law(&schema, lawful);
        let kept: Vec<usize> = kept.into_iter().flat_map(|at| of_root[at].clone()).collect();
        let (metadata, pages) = apart(metadata)?;
        let has_pages = pages.are_known(&kept);
        let output = SchemaDescriptor::new(Arc::clone(&root));
        let is_new = |(name, _): &&(String, String)| own.field_with_name(name).is_err();
        let partitions = partitions.iter().filter(is_new).cloned().collect();
        Ok(Some(Original {
            stored,
            metadata,
            pages,
            partitions,
            said: said.to_vec(),
            facts,
            kept,
            has_pages,
            schema,
            root,
            output,
            alike: decider.alike(&with),
            is_unplaced: decider.is_unplaced(&with),
        }))
    }

    /// What comes out, as Arrow knows it.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Columns that are called like a fact and are none, each with the name of that.
    pub fn alike(&self) -> &BTreeMap<String, String> {
        &self.alike
    }

    /// Whether no column says where things go.
    pub fn is_unplaced(&self) -> bool {
        self.is_unplaced
    }

    /// What comes out, as Parquet knows it.
    pub fn root(&self) -> &TypePtr {
        &self.root
    }

    /// Whether it is known of all columns where their pages begin.
    pub fn has_pages(&self) -> bool {
        self.has_pages
    }

    /// Fails if the table is no longer what is known of it: then answers may be of other rows than
    /// those that were copied.
    pub fn unchanged(&self, about: &About) -> std::io::Result<()> {
        self.stored.unchanged(about)
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Whether row groups may be decided before the first of them is copied, and nothing is asked
    /// of a store twice.
    pub fn holds(&self, groups: Range<usize>) -> bool {
        let groups = self.metadata.metadata().row_groups().get(groups).unwrap_or_default();
        let length = |group: &RowGroupMetaData| u64::try_from(group.compressed_size()).unwrap_or(0);
        self.stored.holds(groups.iter().map(length))
    }

    /// Decides a row group, and tells how many more rows are decided.
    ///
    /// # Errors
    /// Rows that cannot be read, in words.
    pub fn decided(
        &self,
        at: usize,
        decider: &Decider,
        worker: &mut Worker,
        tell: &dyn Fn(u64),
    ) -> Result<Group, String> {
        let before = self.metadata.metadata().row_groups()[..at].iter();
        let before: i64 = before.map(|group| group.num_rows()).sum();
        let said = |rows: u64, why: &dyn std::fmt::Display| {
            format!("after row {}: {why}", before as u64 + rows)
        };
        let group = self.metadata.metadata().row_group(at);
        let ahead = self.ahead(at).map_err(|why| said(0, &why))?;
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(ahead, self.metadata.clone())
                .with_row_groups(vec![at])
                .with_projection(self.facts.clone())
                .with_batch_size(
                    AT_ONCE.min(usize::try_from(group.num_rows()).unwrap_or(AT_ONCE)).max(1),
                )
                .build()
                .map_err(|why| said(0, &why))?;
        let descriptions = &self.output.columns()[self.kept.len()..];
        let mut words = Columns::new(descriptions);
        let (mut wrong, mut summary, mut rows) = (Wrong::default(), Summary::default(), 0u64);
        for batch in reader {
            let batch = batch.map_err(|why| said(rows, &why))?;
            let facts = batch.num_columns();
            let batch = partitioned(batch, &self.partitions).map_err(|why| why.to_string())?;
            let decided = decider.decisions(&batch, BTreeMap::new(), worker);
            let decided = decided.map_err(|why| why.to_string())?;
            let folders = batch.columns()[facts..].iter().zip(&self.partitions);
            let folders = folders.filter(|(_, (name, _))| !self.said.contains(name));
            let folders: Vec<ArrayRef> = folders.map(|(array, _)| Arc::clone(array)).collect();
            words.write(&folders, &decided, worker).map_err(|why| why.to_string())?;
            let Decisions { errors, counts, missing, warned, .. } = decided;
            summary.add(counts, errors.len() as u64);
            summary.add_missing(missing);
            summary.warned += warned;
            for (row, errors) in errors {
                let row = rows as u32 + row as u32;
                errors.into_iter().for_each(|error| wrong.add(row, error));
            }
            rows += batch.num_rows() as u64;
            tell(batch.num_rows() as u64);
        }
        if rows != group.num_rows() as u64 {
            return Err(said(rows, &format!("{} rows were to be there", group.num_rows())));
        }
        let chunks = words.close().map_err(|why| why.to_string())?;
        Ok(Group { rows, chunks, wrong, summary })
    }

    /// Reads the facts of a row group in one go, where that is not too much.
    fn ahead(&self, at: usize) -> Result<Ahead, ParquetError> {
        let columns = self.metadata.metadata().row_group(at).columns().iter().enumerate();
        let wanted = columns.filter(|(leaf, _)| self.facts.leaf_included(*leaf));
        let wanted: Vec<(u64, u64)> = wanted.map(|(_, column)| column.byte_range()).collect();
        let is_much = wanted.iter().map(|(_, length)| *length).sum::<u64>() > AHEAD;
        Ahead::new(self.stored.clone(), wanted.into_iter().filter(|_| !is_much))
    }

    /// The columns of a row group that are kept.
    pub fn copies(&self, at: usize) -> impl Iterator<Item = Copy<'_>> {
        let metadata = self.metadata.metadata();
        let group = metadata.row_group(at);
        let orders = metadata.file_metadata().column_orders();
        // Of what comes out all bounds are said to be by the order of the type, and those of INT96
        // have none.
        let has_order = move |leaf: usize| {
            let order = orders.and_then(|orders| orders.get(leaf));
            matches!(order, Some(ColumnOrder::TYPE_DEFINED_ORDER(_)))
                && group.column(leaf).column_type() != PhysicalType::INT96
        };
        self.kept.iter().map(move |leaf| Copy {
            stored: &self.stored,
            rows: group.num_rows(),
            column: group.column(*leaf),
            column_index: self.pages.columns.as_ref().and_then(|all| all.get(at)?.get(*leaf)),
            offset_index: self.pages.offsets.as_ref().and_then(|all| all.get(at)?.get(*leaf)),
            has_order: has_order(*leaf),
        })
    }
}

/// What facts are read by, and what goes with columns that are copied.
fn apart(metadata: ArrowReaderMetadata) -> Result<(ArrowReaderMetadata, Pages), ParquetError> {
    let own = Arc::clone(metadata.metadata());
    drop(metadata);
    // Nobody else has it by now, so that a long one is not there twice.
    let (own, pages) = Pages::taken(Arc::unwrap_or_clone(own));
    let metadata = ArrowReaderMetadata::try_new(Arc::new(own), ArrowReaderOptions::new())?;
    Ok((with_dictionaries(&metadata), pages))
}

/// The leaves of each column.
fn roots_of(schema: &Schema) -> Vec<Range<usize>> {
    let mut next = 0;
    let of = |field: &Arc<Field>| {
        let first = next;
        next += leaves(field.data_type());
        first..next
    };
    schema.fields().iter().map(of).collect()
}

/// What a table becomes. Columns that are kept are of the very types that they had.
fn becomes(
    own: &Schema,
    folders: Vec<Arc<Field>>,
    parquet: &SchemaDescriptor,
    kept: &[usize],
) -> Result<(SchemaRef, TypePtr), ParquetError> {
    let added = folders.into_iter();
    let added: Vec<Arc<Field>> = added.chain(decision_fields().into_iter().map(Arc::new)).collect();
    let new = ArrowSchemaConverter::new().convert(&Schema::new(added.clone()))?;
    let roots = parquet.root_schema().get_fields();
    let roots = kept.iter().map(|at| Arc::clone(&roots[*at]));
    let roots = roots.chain(new.root_schema().get_fields().iter().cloned());
    let root = Type::group_type_builder("arrow_schema").with_fields(roots.collect()).build()?;
    let fields = kept.iter().map(|at| Arc::clone(&own.fields()[*at])).chain(added);
    let fields: Vec<Arc<Field>> = fields.collect();
    let schema = Schema::new_with_metadata(fields, own.metadata().clone());
    Ok((Arc::new(schema), Arc::new(root)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(errors: &[RowError]) -> Wrong {
        let mut wrong = Wrong::default();
        for (row, error) in errors.iter().enumerate() {
            wrong.add(row as u32, error.clone());
        }
        assert!(wrong.iter().eq((0..).zip(errors)), "every row has its own");
        wrong
    }

    #[test]
    fn one_text_under_two_codes_is_two_mistakes() {
        let one = |code| RowError { code, message: "bad".to_owned() };
        let wrong = listed(&[one("bad_date"), one("bad_value"), one("bad_date")]);
        assert_eq!((wrong.texts.len(), wrong.places.len()), (2, 2));
    }

    #[test]
    fn very_many_texts_are_listed_and_only_some_known_again() {
        let of = |row: usize| RowError { code: "bad_value", message: row.to_string() };
        let errors: Vec<RowError> = (0..TEXTS + 1_000).chain([7, TEXTS + 7]).map(of).collect();
        let wrong = listed(&errors);
        assert_eq!((wrong.texts.len(), wrong.places.len()), (TEXTS + 1_001, TEXTS));
    }
}
