//! One worker decides batch after batch, whatever the columns are made of: the answers are those of
//! a few rows alone.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use batch::arrow::compute::cast;
use batch::arrow::datatypes::{DataType, Int32Type};
use batch::{Decider, Mapping, Worker};
use law::{Law, Source};

fn shipped() -> Arc<Law> {
    let source = |path: &Path| {
        let text = fs::read_to_string(path).expect("a document");
        Arc::new(Source { name: path.display().to_string(), text })
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let mut packs: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the packs").map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    packs.sort();
    let packs: Vec<Arc<Source>> = packs.iter().map(|path| source(path)).collect();
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml")), &packs);
    Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")))
}

/// The columns of the tables, with texts that they have; some cannot be read.
const COLUMNS: [(&str, &[&str]); 16] = [
    ("date", &["2025-06-02", "2022-01-10", "2023-11-18", "2025-02-01", "2026-02-01", "soon"]),
    ("destination", &["MY", "CN", "DE", "AE", "US", "JP", "SA", "Atlantis"]),
    ("quantity", &["1", "8", "100", "0", "1700", "1000000", "0.5", "many"]),
    ("item.kind", &["chip", "module", "server", ""]),
    ("item.datacenter", &["true", "false", "", "true", "true", "true"]),
    ("item.tpp", &["15832", "4800", "1600", "0", "5824", "1e15", "0.000000000000001", "320"]),
    ("item.die_area_mm2", &["814", "0", "1628"]),
    ("exporter.hq", &["US", "CN", "DE"]),
    ("end_user.hq", &["MY", "CN", "DE", "US", "AE", "SA"]),
    ("end_user.parent_hq", &["MY", "CN", "DE", "US", "AE", "SA"]),
    ("ultimate_consignee.hq", &["", "", "SG"]),
    ("activity", &["export", "reexport", "in_country_transfer"]),
    ("authorization", &["none", "uveu", "nveu"]),
    ("country_used_tpp", &["0", "789000000", "790000000", "1e28"]),
    ("lpp_used_tpp", &["0", "26899999", "26900000.5"]),
    ("uveu_total_tpp", &["0", "1000000000"]),
];

/// A stream of numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// A column of so many rows, as one of the ways to hold texts.
fn array(texts: &[Option<&str>], random: &mut Random) -> ArrayRef {
    let plain: StringArray = texts.iter().copied().collect();
    let dictionary: DictionaryArray<Int32Type> = texts.iter().copied().collect();
    let of = |of: DataType| DataType::Dictionary(Box::new(DataType::Int16), Box::new(of));
    match random.below(8) {
        0 => Arc::new(plain),
        1 => cast(&plain, &DataType::LargeUtf8).unwrap(),
        2 => cast(&plain, &DataType::Utf8View).unwrap(),
        3 => cast(&dictionary, &of(DataType::LargeUtf8)).unwrap(),
        4 => cast(&dictionary, &of(DataType::Utf8)).unwrap(),
        _ => Arc::new(dictionary),
    }
}

/// A column of a file, batch by batch: it has one dictionary throughout, or its own way to hold
/// texts in each.
fn arrays(
    texts: &[&str],
    is_certain: bool,
    (rows, count): (usize, usize),
    random: &mut Random,
) -> Vec<ArrayRef> {
    let is_given = |random: &mut Random| is_certain || random.below(20) > 0;
    if random.below(2) > 0 {
        let mut one = |_| {
            let text = |_| {
                let text = texts[random.below(texts.len())];
                is_given(random).then_some(text)
            };
            let texts: Vec<Option<&str>> = (0..rows).map(text).collect();
            array(&texts, random)
        };
        return (0..count).map(&mut one).collect();
    }
    // One dictionary, of which a value may be null, and slices of one array.
    let values: StringArray = texts.iter().map(Some).chain([None]).collect();
    let first = if is_certain { 0 } else { random.below(2) };
    let key = |_| {
        let key = random.below(texts.len()) as i32;
        is_given(random).then_some(key)
    };
    let keys: Int32Array = (0..rows * count).map(key).collect();
    let whole = DictionaryArray::new(keys, Arc::new(values.slice(first, texts.len())));
    (0..count).map(|at| Arc::new(whole.slice(at * rows, rows)) as ArrayRef).collect()
}

/// Batches of one file.
fn batches(rows: usize, count: usize, random: &mut Random) -> Vec<RecordBatch> {
    let mut of_column: Vec<(&str, Vec<ArrayRef>)> = Vec::new();
    let mut order: Vec<&(&str, &[&str])> = COLUMNS.iter().collect();
    order.rotate_left(random.below(3));
    for (name, texts) in order {
        // A file says nothing of some things; what was used of a quota is always given.
        let is_certain = name.contains("used") || name.starts_with("uveu");
        if *name != "date" && !is_certain && random.below(8) == 0 {
            continue;
        }
        let mut texts: Vec<&str> = texts.to_vec();
        let start = random.below(texts.len());
        texts.rotate_left(start);
        texts.truncate(1 + random.below(texts.len()));
        of_column.push((name, arrays(&texts, is_certain, (rows, count), random)));
    }
    let batch = |at: usize| {
        let columns = of_column.iter().map(|(name, arrays)| (*name, Arc::clone(&arrays[at]), true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    };
    (0..count).map(batch).collect()
}

/// What the decision's columns say, as texts.
fn said(batch: &RecordBatch) -> Vec<(String, Vec<Option<String>>)> {
    let schema = batch.schema();
    let own =
        schema.fields().iter().enumerate().filter(|(_, field)| field.name().starts_with("weir_"));
    own.map(|(at, field)| {
        let texts = cast(batch.column(at), &DataType::Utf8).unwrap();
        let texts = texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned));
        (field.name().clone(), texts.collect())
    })
    .collect()
}

/// Every so many of the rows, eight at a time, are decided by another worker: these are so few that
/// each is decided for itself.
fn agree(decider: &Decider, batch: &RecordBatch, worker: &mut Worker, every: usize) {
    let all = said(&decider.decide(batch, worker).unwrap().batch);
    for start in (0..batch.num_rows()).step_by(8 * every) {
        let few = batch.slice(start, 8.min(batch.num_rows() - start));
        let alone = said(&decider.decide(&few, &mut Worker::default()).unwrap().batch);
        for ((name, whole), (_, alone)) in all.iter().zip(&alone) {
            let whole = &whole[start..start + few.num_rows()];
            for (row, (whole, alone)) in whole.iter().zip(alone).enumerate() {
                let own: Vec<String> = batch
                    .columns()
                    .iter()
                    .zip(batch.schema().fields())
                    .map(|(array, field)| {
                        let one = cast(&array.slice(start + row, 1), &DataType::Utf8).unwrap();
                        let one = one.as_string::<i32>().iter().next().flatten().map(str::to_owned);
                        format!("{} = {one:?} as {}", field.name(), field.data_type())
                    })
                    .collect();
                assert_eq!(whole, alone, "{name} of row {} of\n{}", start + row, own.join("\n"));
            }
        }
    }
}

#[test]
fn a_worker_goes_from_file_to_file() {
    let law = shipped();
    let decider = Decider::new(law, None, Mapping::default());
    let (mut worker, mut random) = (Worker::default(), Random(7));
    for _ in 0..12 {
        let rows = [40, 600, 3_000][random.below(3)];
        for batch in batches(rows, 3, &mut random) {
            agree(&decider, &batch, &mut worker, 1 + rows / 400);
        }
    }
}

/// A column of more texts than a worker remembers begins anew between two batches.
#[test]
fn a_worker_forgets_and_goes_on() {
    let law = shipped();
    let decider = Decider::new(law, None, Mapping::default());
    let (mut worker, rows) = (Worker::default(), 30_000);
    let repeated = |texts: &[&str], at: usize| -> ArrayRef {
        let of = |row: usize| Some(texts[(row + at) % texts.len()]);
        Arc::new((0..rows).map(of).collect::<DictionaryArray<Int32Type>>())
    };
    for at in 0..12 {
        let mut columns: Vec<(&str, ArrayRef, bool)> = COLUMNS
            .iter()
            .filter(|(name, _)| *name != "quantity")
            .map(|(name, texts)| (*name, repeated(&texts[..texts.len().min(2 + at % 3)], at), true))
            .collect();
        // Every batch says most of its amounts in words that no other has.
        let amounts = (0..rows).map(|row| format!("{}", 1 + (row + at * (rows - 5_000)) % 400_000));
        let amounts: StringArray = amounts.map(Some).collect();
        columns.push(("quantity", Arc::new(amounts), true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        agree(&decider, &batch, &mut worker, 100);
    }
}

/// Files of the same columns in another order, of which one has another value for each row.
#[test]
fn columns_may_change_their_places() {
    let law = shipped();
    let decider = Decider::new(law, None, Mapping::default());
    let (rows, mut worker) = (600, Worker::default());
    let said = [
        ("date", "2025-12-31"),
        ("destination", "TH"),
        ("item.kind", "chip"),
        ("item.tpp", "15832"),
        ("item.die_area_mm2", "814"),
        ("item.io_gbs", "900"),
        ("item.dram_gbs", "3350"),
        ("item.datacenter", "true"),
        ("item.designer", "approved"),
        ("item.designer_hq", "US"),
        ("exporter.hq", "US"),
        ("exporter.role", "distributor"),
        ("exporter.informed", "none"),
        ("end_user.location", "TH"),
        ("end_user.hq", "TH"),
        ("end_user.parent_hq", "TH"),
        ("end_user.sector", "private"),
        ("end_user.listed", "none"),
        ("end_user.listed_share", "0"),
        ("end_user.approved_under", "none"),
        ("end_use", "civil"),
        ("authorization", "none"),
        ("certifications", "lpp"),
        ("lpp_used_tpp", "0"),
        ("country_used_tpp", "0"),
    ];
    for place in [0, 5, said.len()] {
        let same = |text: &str| Arc::new(StringArray::from(vec![text; rows])) as ArrayRef;
        let mut columns: Vec<(&str, ArrayRef, bool)> =
            said.iter().map(|(name, text)| (*name, same(text), true)).collect();
        let amounts: Int64Array = (0..rows as i64).map(|row| Some(1 + row * 7)).collect();
        columns.insert(place, ("quantity", Arc::new(amounts) as ArrayRef, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        agree(&decider, &batch, &mut worker, 1);
    }
}
