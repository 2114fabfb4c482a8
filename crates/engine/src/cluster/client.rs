//! Sends a job to a cluster and waits for it.

use std::sync::Arc;

use ballista_core::execution_plans::execute_physical_plan;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use batch::Decider;
use batch::job::{File, Job, JobError, files, remove_unfinished};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::StreamExt;
use tokio::net::TcpStream;

use super::Order;
use super::codec::{Codec, PlanCodec};
use super::operator::{DecideFiles, ended, files_schema, row_of};
use super::servers::MESSAGE_BYTES;
use super::shelf::Shipment;
use crate::sql;

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
    /// The cluster would not do it.
    #[error("the cluster ended the job: {0}")]
    Failed(String),
    /// The cluster stopped on the way.
    #[error("the cluster ended the job: {why}")]
    Stopped {
        /// Why.
        why: String,
        /// Whether the same job may go on from what is finished.
        can_go_on: bool,
    },
}

/// What a cluster did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many files it was asked to do.
    pub asked: usize,
    /// How many files were finished before; nobody was asked to do them.
    pub kept: usize,
}

/// How often a job is sent, as long as files get finished.
const MOST_TIMES: usize = 16;

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
    let pairs = decider.mapping().pairs();
    let mapping = pairs.map(|(fact, column)| (fact.to_owned(), column.to_owned())).collect();
    let order = Order { law, mapping, job: job.clone() };
    let order =
        serde_json::to_string(&order).map_err(|why| ClusterError::Failed(why.to_string()))?;
    let order: Arc<str> = order.into();
    let all = files(job, decider)?;
    let unfinished = |files: Vec<File>| -> Vec<File> {
        files.into_iter().filter(|file| !file.is_finished).collect()
    };
    let kept = all.iter().filter(|file| file.is_finished).count();
    let done = Done { asked: all.len() - kept, kept };
    let mut left = unfinished(all);
    let mut last = None;
    for _ in 0..MOST_TIMES {
        if left.is_empty() {
            break;
        }
        // What takes longest goes first, so that nobody waits for it alone at the end.
        left.sort_by_key(|file| std::cmp::Reverse(file.bytes));
        let sent = send(address, &left, Arc::clone(&order)).await;
        remove_unfinished(job);
        let why = match sent {
            Ok(()) => return Ok(done),
            Err(why) => why,
        };
        if let Some(ended) = final_reason(&why) {
            return Err(ended);
        }
        // The engine lost sight of something, such as the report of an executor that was lost
        // later: what counts is which files are finished.
        log::warn!("{why}");
        let before = left.len();
        left = unfinished(files(job, decider)?);
        let is_stuck = left.len() == before;
        last = Some(why);
        if is_stuck {
            break;
        }
    }
    match (last, left.is_empty()) {
        (_, true) | (None, false) => Ok(done),
        (Some(Unsent::Unreachable(why)), false) => {
            Err(ClusterError::Unreachable { address: address.to_owned(), why })
        }
        (Some(Unsent::Failed(why)), false) => {
            Err(ClusterError::Stopped { why: said(&why), can_go_on: true })
        }
    }
}

/// A context whose statements the cluster of a scheduler, `HOST:PORT`, works on. Its tables have to
/// be files that all executors see under the same paths.
///
/// # Errors
/// A scheduler that does not answer, settings that Ballista does not take.
pub async fn context(address: &str) -> Result<SessionContext, ClusterError> {
    if let Err(why) = TcpStream::connect(address).await {
        let (address, why) = (address.to_owned(), why.to_string());
        return Err(ClusterError::Unreachable { address, why });
    }
    let config = sql::settings(SessionConfig::new_with_ballista())
        .with_ballista_grpc_client_max_message_size(MESSAGE_BYTES)
        .with_ballista_job_name("weir sql")
        .with_ballista_logical_extension_codec(Arc::new(PlanCodec::default()))
        .with_ballista_physical_extension_codec(Arc::new(Codec::new(None)));
    let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
    let state = state.upgrade_for_ballista(format!("http://{address}"));
    let state = state.map_err(|why| ClusterError::Failed(said(&why)))?;
    Ok(SessionContext::new_with_state(state))
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("no scheduler answers: {0}")]
    Unreachable(String),
    #[error("{}", said(.0))]
    Failed(#[from] DataFusionError),
}

/// Why a job cannot be done at all, as an executor said it.
fn final_reason(why: &Unsent) -> Option<ClusterError> {
    match why {
        Unsent::Unreachable(_) => None,
        Unsent::Failed(why) => ended(&why.strip_backtrace()),
    }
}

/// What the engine says of a failure.
fn said(why: &DataFusionError) -> String {
    let text = why.strip_backtrace();
    text.split("\n\nstack backtrace").next().unwrap_or_default().trim().to_owned()
}

async fn send(address: &str, found: &[File], order: Arc<str>) -> Result<(), Unsent> {
    if let Err(why) = TcpStream::connect(address).await {
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
    while let Some(batch) = rows.next().await {
        // What is done stands on the disk, with a record of it; here it is only waited for.
        batch?;
    }
    Ok(())
}
