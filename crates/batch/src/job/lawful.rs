//! By which law a job decides: told beside its files, and within those that have room for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use law::{Reading, Value};
use serde::Serialize;

use super::Job;
use crate::answers::Decider;

/// Where files of Parquet and Arrow say it.
pub(crate) const KEY: &str = "weir.law";

/// By what a file was decided.
#[derive(Serialize)]
struct Lawful<'j> {
    program: &'static str,
    /// The hash of all that decisions depend on.
    law: &'j str,
    verified_through: String,
    packs: Vec<Pack<'j>>,
    readings: [&'static str; 2],
    /// What was taken for granted where a row says nothing, as with `--assume`.
    assume: BTreeMap<&'j str, String>,
    /// Which facts have columns of other names, as with `--map`.
    map: BTreeMap<&'j str, &'j str>,
}

#[derive(Serialize)]
struct Pack<'j> {
    id: &'j str,
    verified_through: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hypothetical: bool,
}

/// Says it as JSON, the same in every run of the same job.
pub(super) fn told(job: &Job, decider: &Decider) -> String {
    let law = decider.law();
    let packs = law.packs().iter().map(|pack| Pack {
        id: &pack.id,
        verified_through: pack.verified_through.to_string(),
        hypothetical: pack.hypothetical,
    });
    let assumed = |(id, value): &(law::FactId, Value)| {
        let fact = law.vocabulary().fact(*id);
        (&*fact.name, fact.show(value))
    };
    let lawful = Lawful {
        program: concat!("weir ", env!("CARGO_PKG_VERSION")),
        law: &job.law,
        verified_through: law.verified_through().to_string(),
        packs: packs.collect(),
        readings: Reading::BOTH.map(Reading::word),
        assume: law.defaults().iter().map(assumed).collect(),
        map: decider.mapping().pairs().collect(),
    };
    serde_json::to_string(&lawful).unwrap_or_default()
}

/// A schema that says it. What was said of the input by an earlier law is said no more.
pub(crate) fn with_law(schema: &Schema, told: &str) -> SchemaRef {
    let mut metadata = schema.metadata().clone();
    metadata.insert(KEY.to_owned(), told.to_owned());
    Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
}
