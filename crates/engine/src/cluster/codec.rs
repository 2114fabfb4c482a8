//! How the operator of a job and the functions of a law travel.

use std::sync::Arc;

use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::catalog::TableProvider;
use datafusion::common::{TableReference, exec_datafusion_err, internal_err, plan_err};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::operator::{DecideFiles, marked};
use super::shelf::{Shelf, Shipment};
use crate::functions;
use crate::texts::{ReadTexts, TextFile, Texts};

/// What our operator begins with on its way; Ballista's own are protocol buffers, which begin with
/// another byte.
const MARK: &[u8] = b"weir/1\n";

/// What the reading of texts begins with on its way.
const TEXTS: &[u8] = b"weir/texts/1\n";

/// Ballista's codec of plans that run, our operator, and our functions.
#[derive(Debug)]
pub struct Codec {
    theirs: BallistaPhysicalExtensionCodec,
    shelf: Option<Arc<Shelf>>,
}

impl Codec {
    /// A codec; with a shelf of laws where this is an executor.
    pub fn new(shelf: Option<Arc<Shelf>>) -> Codec {
        Codec { theirs: BallistaPhysicalExtensionCodec::default(), shelf }
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(texts) = bytes.strip_prefix(TEXTS) {
            let [names] = inputs else { return internal_err!("files come from one input") };
            let schema = StreamReader::try_new(texts, None)?.schema();
            return Ok(Arc::new(ReadTexts::new(Arc::clone(names), schema)));
        }
        let Some(order) = bytes.strip_prefix(MARK) else {
            return self.theirs.try_decode(bytes, inputs, context, converter);
        };
        let ([input], Ok(order)) = (inputs, std::str::from_utf8(order)) else {
            return internal_err!("an order of a job that cannot be read");
        };
        Ok(Arc::new(DecideFiles::new(order.into(), Arc::clone(input), self.shelf.clone())))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<(), DataFusionError> {
        match node.downcast_ref::<DecideFiles>() {
            Some(own) => {
                bytes.extend_from_slice(MARK);
                bytes.extend_from_slice(own.order.as_bytes());
                Ok(())
            }
            None => match node.downcast_ref::<ReadTexts>() {
                Some(own) => {
                    bytes.extend_from_slice(TEXTS);
                    Ok(StreamWriter::try_new(bytes, &own.schema())?.finish()?)
                }
                None => self.theirs.try_encode(node, bytes, converter),
            },
        }
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        let Some(shelf) = &self.shelf else { return passing(name, bytes) };
        let refused = |why: String| DataFusionError::Execution(marked(&why));
        let law: Shipment = serde_json::from_slice(bytes)
            .map_err(|why| refused(format!("the law of `{name}` cannot be read: {why}")))?;
        let lawbook = shelf.lawbook(&law).map_err(refused)?;
        match functions::here(name, lawbook) {
            Some(function) => Ok(Arc::new(function)),
            None => plan_err!("there is no function `{name}`"),
        }
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        encode(function, bytes)
    }
}

/// Ballista's codec of plans that are planned, and our functions.
#[derive(Debug, Default)]
pub struct PlanCodec {
    theirs: BallistaLogicalExtensionCodec,
}

impl LogicalExtensionCodec for PlanCodec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[LogicalPlan],
        context: &TaskContext,
    ) -> Result<Extension> {
        self.theirs.try_decode(bytes, inputs, context)
    }

    fn try_encode(&self, node: &Extension, bytes: &mut Vec<u8>) -> Result<()> {
        self.theirs.try_encode(node, bytes)
    }

    fn try_decode_table_provider(
        &self,
        bytes: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        if let Some(files) = bytes.strip_prefix(TEXTS) {
            let files: Vec<TextFile> = serde_json::from_slice(files).map_err(unreadable)?;
            return Ok(Arc::new(Texts { files: files.into(), schema, unread: 0 }));
        }
        self.theirs.try_decode_table_provider(bytes, table, schema, context)
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        provider: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        if let Some(texts) = provider.downcast_ref::<Texts>() {
            bytes.extend_from_slice(TEXTS);
            return serde_json::to_writer(bytes, &*texts.files).map_err(unreadable);
        }
        let why = format!("`{table}` is no table of files: a cluster reads files alone");
        plan_err!("{}", marked(&why))
    }

    fn try_decode_file_format(
        &self,
        bytes: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.theirs.try_decode_file_format(bytes, context)
    }

    fn try_encode_file_format(
        &self,
        bytes: &mut Vec<u8>,
        format: Arc<dyn FileFormatFactory>,
    ) -> Result<()> {
        self.theirs.try_encode_file_format(bytes, format)
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        passing(name, bytes)
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        encode(function, bytes)
    }
}

fn unreadable(why: impl std::fmt::Display) -> DataFusionError {
    exec_datafusion_err!("a table of texts cannot be sent: {why}")
}

/// A function on its way through a scheduler, which needs no law.
fn passing(name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
    let law = std::str::from_utf8(bytes).ok().filter(|law| !law.is_empty());
    match law.and_then(|law| functions::elsewhere(name, law.into())) {
        Some(function) => Ok(Arc::new(function)),
        None => plan_err!("there is no function `{name}`"),
    }
}

/// The law of a function of ours goes with it; others are known by their names.
fn encode(function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
    match functions::law_of(function) {
        None => Ok(()),
        Some(Some(law)) => {
            bytes.extend_from_slice(law.as_bytes());
            Ok(())
        }
        Some(None) => {
            let why = format!("the law of `{}` cannot be sent", function.name());
            plan_err!("{}", marked(&why))
        }
    }
}
