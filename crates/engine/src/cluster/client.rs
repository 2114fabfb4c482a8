//! Sends a job to a cluster and waits for it.

use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::execution_plans::execute_physical_plan;
use ballista_core::extension::SessionConfigExt;
use batch::Decider;
use batch::job::{File, Job, JobError, files, remove_unfinished};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::StreamExt;

use super::Order;
use super::codec::Codec;
use super::operator::{DecideFiles, done_of, files_schema, row_of, unmarked};
use super::servers::MESSAGE_BYTES;
use super::shelf::Shipment;

/// Why a job was not done by a cluster. Files that are finished by then stay valid.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The job itself cannot be done.
    #[error(transparent)]
    Job(#[from] JobError),
    /// Nobody is there.
    #[error("no scheduler answers at `{address}`; `weir cluster scheduler` starts one ({why})")]
    Unreachable {
        /// Where.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The cluster could not do it.
    #[error("the cluster ended the job: {0}")]
    Failed(String),
}

/// What a cluster did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Files that it did, by their names below the output, with how many rows they have; none where
    /// a file cannot be read.
    pub files: Vec<(PathBuf, Option<u64>)>,
    /// How many files were finished before; nobody was asked to do them.
    pub kept: usize,
}

/// Has the files of a job decided by the cluster of a scheduler, `HOST:PORT`. A [`batch::job::run`]
/// of the same job then finds them finished, and makes the report.
///
/// # Errors
/// See [`ClusterError`].
pub async fn decide(
    address: &str,
    job: &Job,
    decider: &Decider,
    law: Shipment,
) -> Result<Done, ClusterError> {
    let found = files(job, decider)?;
    let all = found.len();
    let mut found: Vec<File> = found.into_iter().filter(|file| !file.is_finished).collect();
    let kept = all - found.len();
    if found.is_empty() {
        return Ok(Done { files: Vec::new(), kept });
    }
    let pairs = decider.mapping().pairs();
    let mapping = pairs.map(|(fact, column)| (fact.to_owned(), column.to_owned())).collect();
    let order = Order { law, mapping, job: job.clone() };
    let failed = |why: DataFusionError| ClusterError::Failed(root_of(&why));
    let order =
        serde_json::to_string(&order).map_err(|why| ClusterError::Failed(why.to_string()))?;
    // What takes longest goes first, so that nobody waits for it alone at the end.
    found.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let sent = send(address, &found, order.into()).await;
    remove_unfinished(job, &found);
    sent.map(|files| Done { files, kept }).map_err(|why| match why {
        Unsent::Unreachable(why) => ClusterError::Unreachable { address: address.to_owned(), why },
        Unsent::Failed(why) => failed(why),
    })
}

enum Unsent {
    Unreachable(String),
    Failed(DataFusionError),
}

impl From<DataFusionError> for Unsent {
    fn from(why: DataFusionError) -> Unsent {
        Unsent::Failed(why)
    }
}

/// What came of files.
type Finished = Vec<(PathBuf, Option<u64>)>;

async fn send(address: &str, found: &[File], order: Arc<str>) -> Result<Finished, Unsent> {
    if let Err(why) = tokio::net::TcpStream::connect(address).await {
        return Err(Unsent::Unreachable(why.to_string()));
    }
    // Each file is a partition, so a task of its own.
    let mut partitions = Vec::with_capacity(found.len());
    for file in found {
        partitions.push(vec![row_of(file)?]);
    }
    let names = MemorySourceConfig::try_new_exec(&partitions, files_schema(), None)?;
    let plan = Arc::new(DecideFiles::new(order, names, None));
    let config = SessionConfig::new_with_ballista()
        .with_ballista_grpc_client_max_message_size(MESSAGE_BYTES)
        .with_ballista_job_name("weir batch");
    let session = format!("weir-{}", std::process::id());
    let mut rows = execute_physical_plan::<PhysicalPlanNode>(
        format!("http://{address}"),
        &config.ballista_config(),
        plan,
        &Codec::new(None),
        session,
        config,
    )
    .await?;
    let mut done = Vec::new();
    while let Some(batch) = rows.next().await {
        done.extend(done_of(&batch?)?);
    }
    Ok(done)
}

/// What went wrong in the end, without what was said of it on the way.
fn root_of(why: &DataFusionError) -> String {
    let text = why.strip_backtrace();
    match unmarked(&text) {
        Some(own) => own,
        None => text.split("\n\nstack backtrace").next().unwrap_or_default().trim().to_owned(),
    }
}
