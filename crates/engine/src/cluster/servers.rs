//! The two kinds of processes of a cluster.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::{BallistaError, Result};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;

use super::codec::{Codec, PlanCodec};
use super::shelf::{Library, Shelf};

/// The longest message: the names of all files of a job, and its packs.
pub const MESSAGE_BYTES: usize = 256 << 20;

/// After so many seconds without a word an executor counts as lost. One that is busy speaks every
/// five seconds.
const LOST_AFTER_SECONDS: u64 = 12;

/// How often the scheduler looks for executors that are lost.
const LOOKS_EVERY_SECONDS: u64 = 3;

/// How a scheduler is started.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// The address on which it listens.
    pub bind: SocketAddr,
    /// The name under which others reach it.
    pub host: String,
}

/// How an executor is started.
pub struct ExecutorOptions {
    /// The scheduler's host and port.
    pub scheduler: (String, u16),
    /// The address on which it gives out what it has done; port 0 takes one that is free.
    pub bind: SocketAddr,
    /// The name under which others reach it; the address that the scheduler sees, where none is
    /// given.
    pub host: Option<String>,
    /// How many files it works on at once.
    pub cores: usize,
    /// Where it keeps what it needs for a while; a folder of its own where none is given.
    pub folder: Option<PathBuf>,
    /// What makes laws.
    pub library: Arc<dyn Library>,
    /// The hash of the only law that it takes, if it takes only one.
    pub only: Option<String>,
}

/// Runs a scheduler until it is told to stop.
///
/// # Errors
/// An address that is taken.
pub async fn run_scheduler(options: &SchedulerOptions) -> Result<()> {
    let config = SchedulerConfig {
        bind_host: options.bind.ip().to_string(),
        bind_port: options.bind.port(),
        external_host: options.host.clone(),
        // Executors ask for work: only the scheduler has to be reached by everybody.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        enable_embedded_flight_proxy: true,
        grpc_server_max_decoding_message_size: MESSAGE_BYTES as u32,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES as u32,
        grpc_client_max_message_size: MESSAGE_BYTES as u32,
        executor_timeout_seconds: LOST_AFTER_SECONDS,
        expire_dead_executor_interval_seconds: LOOKS_EVERY_SECONDS,
        override_logical_codec: Some(Arc::new(PlanCodec::default())),
        override_physical_codec: Some(Arc::new(Codec::new(None))),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    start_server(cluster, options.bind, Arc::new(config)).await
}

/// Runs an executor until it is told to stop; files that it works on are finished then.
///
/// # Errors
/// A scheduler that does not answer, an address that is taken.
pub async fn run_executor(options: ExecutorOptions) -> Result<()> {
    let own = match &options.folder {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(BallistaError::from)?),
    };
    let folder = options.folder.as_deref().or_else(|| own.as_ref().map(tempfile::TempDir::path));
    let shelf = Arc::new(Shelf::new(options.library, options.only));
    let port = match options.bind.port() {
        0 => TcpListener::bind(options.bind)?.local_addr()?.port(),
        port => port,
    };
    let config = ExecutorProcessConfig {
        bind_host: options.bind.ip().to_string(),
        external_host: options.host,
        port,
        // It is told nothing: it asks.
        grpc_port: port,
        scheduler_host: options.scheduler.0,
        scheduler_port: options.scheduler.1,
        // The scheduler may be starting, too.
        scheduler_connect_timeout_seconds: 60,
        vcores: options.cores,
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: folder.map(|folder| folder.display().to_string()),
        // What was fetched is not needed again; a day is long for a job.
        job_data_ttl_seconds: 24 * 60 * 60,
        job_data_clean_up_interval_seconds: 60 * 60,
        grpc_max_decoding_message_size: MESSAGE_BYTES as u32,
        grpc_max_encoding_message_size: MESSAGE_BYTES as u32,
        executor_heartbeat_interval_seconds: LOOKS_EVERY_SECONDS,
        override_logical_codec: Some(Arc::new(PlanCodec::default())),
        override_physical_codec: Some(Arc::new(Codec::new(Some(shelf)))),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await
}
