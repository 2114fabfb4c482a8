//! How the operator of a job travels.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::common::internal_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use super::operator::DecideFiles;
use super::shelf::Shelf;

/// What our operator begins with on its way; Ballista's own are protocol buffers, which begin with
/// another byte.
const MARK: &[u8] = b"weir/1\n";

/// Ballista's codec, and our operator.
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
            None => self.theirs.try_encode(node, bytes, converter),
        }
    }
}
