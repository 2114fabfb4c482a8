//! What `register` gives a context of somebody else's.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::sync::Arc;

use engine::batch::{Decider, Mapping, Worker};
use engine::datafusion::arrow::array::{Array, AsArray, RecordBatch};
use engine::datafusion::arrow::compute::{cast, concat_batches};
use engine::datafusion::arrow::datatypes::DataType;
use engine::datafusion::prelude::{SessionConfig, SessionContext};
use engine::{DECISION_FIELDS, Lawbook, register, sql, tables};
use law::{Law, Source};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn law() -> Arc<Law> {
    let source = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        Arc::new(Source { name: path.display().to_string(), text })
    };
    let folder = std::path::Path::new(ROOT).join("law");
    let vocabulary = source(folder.join("vocabulary.toml"));
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut packs: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    packs.sort();
    let packs: Vec<_> = packs.into_iter().map(source).collect();
    Arc::new(Law::read(&vocabulary, &packs).0.expect("the law is sound"))
}

async fn context(batch_size: usize) -> (SessionContext, Lawbook) {
    let config = SessionConfig::new().with_batch_size(batch_size).with_target_partitions(3);
    let context = SessionContext::new_with_config(config);
    let lawbook = Lawbook::new(law());
    register(&context, &lawbook).unwrap();
    tables::open(&context, "orders", &format!("{ROOT}/examples/orders.csv")).await.unwrap();
    (context, lawbook)
}

async fn rows(context: &SessionContext, statement: &str) -> RecordBatch {
    let frame = match sql::query(context, statement).await {
        Ok(frame) => frame,
        Err(why) => panic!("{statement}: {why}"),
    };
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.unwrap_or_else(|why| panic!("{statement}: {why}"));
    concat_batches(&schema, &batches).unwrap()
}

fn texts(array: &dyn Array) -> Vec<Option<String>> {
    let array = cast(array, &DataType::Utf8).unwrap();
    array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_decision_is_that_of_the_column_evaluator() {
    let (context, lawbook) = context(7).await;
    let all = rows(&context, "select * from orders order by line_id").await;
    let decider = Decider::new(Arc::clone(lawbook.law()), None, Mapping::default());
    let expected = decider.decide(&all, &mut Worker::default()).unwrap().batch;
    for reading in ["written", "enforced"] {
        let statement =
            format!("select weir_decide(orders.*, '{reading}') as d from orders order by line_id");
        let found = rows(&context, &statement).await;
        let found = found.column(0).as_struct();
        for field in DECISION_FIELDS {
            let name = match field {
                "classification" | "error" => format!("weir_{field}"),
                field => format!("weir_{reading}_{field}"),
            };
            let expected = texts(expected.column_by_name(&name).unwrap());
            assert_eq!(texts(found.column_by_name(field).unwrap()), expected, "{name}");
        }
    }
}

#[tokio::test]
async fn names_stay_those_of_the_statement() {
    let (context, _) = context(8192).await;
    // Projections that are merged would leave the columns their first names.
    let renamed = rows(
        &context,
        "select weir_decide(date, destination, quantity)['outcome'] from (select date, origin as \
         destination, quantity from (select date, destination as origin, quantity from orders))",
    )
    .await;
    let plain =
        rows(&context, "select weir_decide(date, destination, quantity)['outcome'] from orders");
    assert_eq!(texts(renamed.column(0)), texts(plain.await.column(0)));
    // And one column may be another fact than it is called.
    let swapped = rows(
        &context,
        "select weir_decide(date => date, destination => origin, quantity => quantity)['missing'] \
         is not null from orders limit 1",
    );
    assert_eq!(swapped.await.num_rows(), 1);
}

#[tokio::test]
async fn a_missing_struct_is_a_row_of_which_nothing_is_known() {
    let (context, _) = context(8192).await;
    let found = rows(
        &context,
        "select weir_decide(case when line_id = 'SO-1001' then named_struct('date', date, \
         'destination', destination) end) as d from orders order by line_id limit 2",
    )
    .await;
    let errors = texts(found.column(0).as_struct().column_by_name("error").unwrap());
    assert_eq!(errors[0], None);
    assert!(errors[1].as_ref().is_some_and(|why| why.starts_with("missing_date")), "{errors:?}");
}
