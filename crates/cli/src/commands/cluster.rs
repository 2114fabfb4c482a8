//! `weir cluster`: the processes of a cluster, and the jobs that are sent to one.

mod following;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use anyhow::{Context, anyhow};
use batch::job::{Job, files};
use batch::{Catalogue, Decider};
use engine::cluster::{
    ClusterError, ExecutorOptions, Library, Opened, SchedulerOptions, Shipment, run_executor,
    run_scheduler,
};

use crate::catalogue::{Chips, Parts};
use crate::commands::batch::Known;
use crate::language::Language;
use crate::loading::{self, Documents};
use crate::{Common, Done};
use following::{Standing, follow};

/// The processes of a cluster that decides folders of files: one scheduler, and executors.
///
/// Whoever reaches them can have files read and written: keep them in a network of their own.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Takes jobs and hands their files out to executors.
    Scheduler(Scheduler),
    /// Decides files that a scheduler hands out. With `--law` or `--assume` it takes jobs of that
    /// very law alone; else of any that is sent.
    Executor(Executor),
}

#[derive(clap::Args, Debug)]
struct Scheduler {
    /// The address to listen on; 0.0.0.0 for every one.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to listen on.
    #[arg(long, value_name = "PORT", default_value_t = 50050)]
    port: u16,
    /// The name under which executors and clients reach it.
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    host: String,
}

#[derive(clap::Args, Debug)]
struct Executor {
    /// The scheduler.
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:50050")]
    #[arg(value_parser = place)]
    scheduler: (String, u16),
    /// The address to give results out on; 0.0.0.0 for every one.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to give results out on; 0 takes one that is free.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// The name under which the scheduler reaches it; what it sees by default.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Files worked on at once; as many as there are cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    cores: Option<u16>,
    /// A folder for what is needed for a while only; one of its own by default.
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
}

/// Reads `HOST:PORT`.
pub fn place(text: &str) -> Result<(String, u16), String> {
    let found = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match found {
        Some((host, port)) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(format!("`{text}` is not HOST:PORT, such as localhost:50050")),
    }
}

/// Runs the command.
///
/// # Errors
/// An address that is taken, a scheduler that does not answer, a law that cannot be used.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    say_what_happens(common.quiet);
    let runtime = runtime()?;
    match &args.command {
        Command::Scheduler(args) => {
            let bind = SocketAddr::new(args.bind, args.port);
            let command = format!("weir cluster executor --scheduler {}:{}", args.host, args.port);
            common.say(&match common.lang {
                Language::En => format!("scheduler on {bind}; an executor for it: {command}"),
                Language::Zh => format!("调度器运行于 {bind}；为其启动执行器：{command}"),
            });
            let options = SchedulerOptions { bind, host: args.host.clone() };
            runtime
                .block_on(run_scheduler(&options))
                .with_context(|| format!("the scheduler on {bind} ended"))?;
        }
        Command::Executor(args) => {
            let options = options(args, common)?;
            runtime.block_on(run_executor(options)).context("the executor ended")?;
        }
    }
    Ok(Done::Good)
}

fn options(args: &Executor, common: &Common) -> anyhow::Result<ExecutorOptions> {
    // A law that cannot be used is said at once, not when the first job comes.
    common.law()?;
    let own = loading::fingerprint(&common.law, &common.assume, &[])?;
    let is_pinned = !common.law.is_empty() || !common.assume.is_empty();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = args.cores.map_or(cores, usize::from);
    let (host, port) = &args.scheduler;
    let alone = if is_pinned { common.lang.pick(" alone", "（仅此一部）") } else { "" };
    common.say(&match common.lang {
        Language::En => {
            format!("executor of {cores} files at once for {host}:{port}; law {own}{alone}")
        }
        Language::Zh => {
            format!("执行器：同时处理 {cores} 个文件，调度器 {host}:{port}；法规 {own}{alone}")
        }
    });
    Ok(ExecutorOptions {
        scheduler: args.scheduler.clone(),
        bind: SocketAddr::new(args.bind, args.port),
        host: args.host.clone(),
        cores,
        folder: args.work_dir.clone(),
        library: Arc::new(Carried(common.lang)),
        only: is_pinned.then_some(own),
    })
}

/// Has a cluster decide the files of a job, and shows how it goes; says how many were finished
/// before.
///
/// # Errors
/// A scheduler that does not answer, a job that the cluster could not do.
pub fn decide(
    address: &(String, u16),
    job: &Job,
    decider: &Decider,
    law: Shipment,
    common: &Common,
) -> anyhow::Result<usize> {
    let (host, port) = address;
    let address = format!("{host}:{port}");
    let runtime = runtime()?;
    let (over, ended) = mpsc::channel();
    let (done, seen) = std::thread::scope(|scope| {
        let following = scope.spawn(move || follow(job, decider, common, &ended));
        let done = runtime.block_on(engine::cluster::decide(&address, job, decider, law));
        // Who follows no longer has ended already.
        let _ = over.send(());
        (done, following.join().unwrap_or_default())
    });
    done.map(|done| done.kept).map_err(|why| match why {
        ClusterError::Stopped { why, can_go_on } => {
            // Where the input is lost, what was last seen counts.
            let now = files(job, decider).ok().map(|files| Standing::of(&files));
            stopped(&why, can_go_on, now.or(seen))
        }
        why => why.into(),
    })
}

/// Why a job was stopped, and what stays of it.
fn stopped(why: &str, can_go_on: bool, standing: Option<Standing>) -> anyhow::Error {
    let why = match (standing.map(|standing| standing.files), can_go_on) {
        (Some([finished, all]), true) => format!(
            "{why}; {finished} of {all} files are finished and valid, and the same command goes on \
             from there"
        ),
        (Some([finished, all]), false) => {
            format!("{why}; {finished} of {all} files are finished and valid")
        }
        (None, true) => format!("{why}; the same command goes on from what is finished"),
        (None, false) => why.to_owned(),
    };
    anyhow!("the cluster ended the job: {why}")
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.enable_all().build().context("threads cannot be started")
}

/// Makes laws with the documents that the program carries.
struct Carried(Language);

impl Library for Carried {
    fn open(&self, shipment: &Shipment) -> Result<Opened, String> {
        let documents = Documents::shipped(shipment);
        let law = loading::law_of(&documents, &shipment.assume, self.0);
        let law = Arc::new(law.map_err(|why| format!("{why:#}"))?);
        let chips = Chips::embedded(law.vocabulary()).map_err(|why| format!("{why:#}"))?;
        let tables = || shipment.parts.iter();
        let texts = tables().map(|table| (table.name.clone(), table.text.clone())).collect();
        let parts = Parts::new(Vec::new()).with_texts(texts);
        let known: Arc<dyn Catalogue> =
            Arc::new(Known::new(Arc::clone(&law), chips, Arc::new(parts)));
        let texts = tables().map(|table| table.text.as_str());
        let hash = loading::fingerprint_of(&documents, &shipment.assume, texts);
        Ok(Opened { law, catalogue: Some(known), hash })
    }
}

/// Writes what the engine says of itself to standard error, a line each: warnings of everything,
/// what happens to jobs and executors, and which files are decided.
fn say_what_happens(is_quiet: bool) {
    if !is_quiet {
        log::set_max_level(log::LevelFilter::Info);
    }
    // There is one logger, and it is set once.
    let _ = log::set_logger(&LINES);
}

static LINES: Lines = Lines { last: Mutex::new(None) };

struct Lines {
    last: Mutex<Option<(String, jiff::Timestamp)>>,
}

/// What is said over and over, as while a scheduler is away, is said so often.
const AGAIN_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

impl Lines {
    fn is_news(&self, text: &str, now: jiff::Timestamp) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((said, at)) = &*last
            && said == text
            && now.duration_since(*at) < AGAIN_AFTER
        {
            return false;
        }
        *last = Some((text.to_owned(), now));
        true
    }
}

impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let speaks = [
            "engine",
            "ballista_scheduler::scheduler_server",
            "ballista_executor::executor_process",
        ];
        let speaks = speaks.iter().any(|module| metadata.target().starts_with(module));
        metadata.level() <= log::Level::Warn || (metadata.level() == log::Level::Info && speaks)
    }

    fn log(&self, record: &log::Record<'_>) {
        let (now, text) = (crate::now(), record.args().to_string());
        if !self.enabled(record.metadata()) || !self.is_news(&text, now) {
            return;
        }
        let level = record.level().as_str().to_lowercase();
        let text = crate::plain(&text).replace('\n', " ");
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(io::stderr(), "{now:.0} {level:<5} {text}");
    }

    fn flush(&self) {}
}
