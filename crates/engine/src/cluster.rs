//! Deciding on many machines: a scheduler, executors, and jobs that are sent to them.
//!
//! The engine is Apache DataFusion Ballista. A job is a folder of files; each file is a task of its
//! own, which an executor does with the code that a single machine does it with, and gives its name
//! when it is whole. So the outcome is the same byte for byte, whoever did what, and a task that is
//! done again, because an executor was lost, finds finished files finished.
//!
//! The law travels with the job ([`Shipment`]): the packs that join or replace the program's own,
//! and a hash of everything that a decision depends on. An executor makes the law of it, works the
//! hash out anew, and refuses where it comes to another.
//!
//! Inputs and output are paths that mean the same to everybody: storage that is shared.

mod client;
mod codec;
mod operator;
mod servers;
mod shelf;

pub use client::{ClusterError, Done, context, decide};
pub(crate) use operator::unmarked;
pub use servers::{ExecutorOptions, SchedulerOptions, run_executor, run_scheduler};
pub use shelf::{Document, Library, Opened, Shipment};

use batch::job::Job;
use serde::{Deserialize, Serialize};

/// What an executor has to know of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The law.
    pub law: Shipment,
    /// Which columns are which facts, where their names differ.
    pub mapping: Vec<(String, String)>,
    /// Where files go and how.
    pub job: Job,
}
