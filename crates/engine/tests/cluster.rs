//! A cluster within one process: what it writes, and what it refuses.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::batch::job::{Job, Quiet, run};
use engine::batch::{Decider, Mapping};
use engine::cluster::{
    ClusterError, Document, ExecutorOptions, Library, Opened, SchedulerOptions, Shipment, decide,
    run_executor, run_scheduler,
};
use law::{Law, Source};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn read(name: &str) -> Arc<Source> {
    let text = fs::read_to_string(format!("{ROOT}/law/{name}")).unwrap();
    Arc::new(Source { name: name.to_owned(), text })
}

/// A law of whatever packs are sent, called by their texts.
struct Packs;

impl Library for Packs {
    fn open(&self, shipment: &Shipment) -> Result<Opened, String> {
        let source = |document: &Document| {
            let (name, text) = (document.name.clone(), document.text.clone());
            Arc::new(Source { name, text })
        };
        let packs: Vec<_> = shipment.packs.iter().map(source).collect();
        let (law, mistakes) = Law::read(&read("vocabulary.toml"), &packs);
        let law = Arc::new(law.ok_or_else(|| format!("no law: {mistakes:?}"))?);
        Ok(Opened { law, catalogue: None, hash: hash(&shipment.packs) })
    }
}

fn hash(packs: &[Document]) -> String {
    let lengths = packs.iter().map(|pack| format!("{}-{}", pack.name, pack.text.len()));
    lengths.collect::<Vec<_>>().join("+")
}

fn shipment() -> Shipment {
    let entries = fs::read_dir(format!("{ROOT}/law")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md")).collect();
    names.sort();
    let packs = names.into_iter().map(|name| Document { text: read(&name).text.clone(), name });
    let packs: Vec<Document> = packs.collect();
    Shipment { hash: hash(&packs), packs, ..Shipment::default() }
}

/// Starts a scheduler and executors that go on until the test ends.
fn start(executors: usize, only: Option<&str>) -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = SchedulerOptions { bind: free, host: "localhost".to_owned() };
    std::thread::spawn(move || runtime().block_on(run_scheduler(&options)).unwrap());
    for _ in 0..executors {
        let options = ExecutorOptions {
            scheduler: ("localhost".to_owned(), free.port()),
            bind: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            host: None,
            cores: 1,
            folder: None,
            library: Arc::new(Packs),
            only: only.map(str::to_owned),
        };
        std::thread::spawn(move || runtime().block_on(run_executor(options)).unwrap());
    }
    // Until then nobody answers.
    let answers = (0..3000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::net::TcpStream::connect(free).is_ok()
    });
    assert!(answers, "the scheduler does not start");
    format!("localhost:{}", free.port())
}

fn orders(folder: &Path, files: usize) -> PathBuf {
    let orders = folder.join("orders");
    for file in 0..files {
        let place = orders.join(format!("month=2025-{:02}", file % 3 + 1));
        fs::create_dir_all(&place).unwrap();
        let mut text = String::from("date,destination,quantity,item.tpp\n");
        for row in 0..50 {
            let to = ["CN", "DE", "nowhere"][(row + file) % 3];
            let (month, day) = (file % 3 + 1, row % 28 + 1);
            text.push_str(&format!("2025-{month:02}-{day:02},{to},{row},{}\n", row * 400));
        }
        fs::write(place.join(format!("{file}.csv")), text).unwrap();
    }
    fs::write(orders.join("broken.parquet"), "this is none").unwrap();
    orders
}

fn job(inputs: &Path, output: PathBuf) -> Job {
    Job {
        inputs: vec![inputs.to_owned()],
        output,
        format: None,
        partition_by: Vec::new(),
        prune: false,
        law: shipment().hash,
        threads: 1,
        strict: false,
    }
}

fn files(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>, root: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

fn all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(folder, &mut found, folder);
    found
}

fn decider() -> Decider {
    let opened = Packs.open(&shipment()).unwrap();
    Decider::new(opened.law, None, Mapping::default())
}

#[test]
fn a_cluster_writes_what_one_machine_writes() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 7);
    let (alone, together) = (folder.path().join("alone"), folder.path().join("together"));
    let decider = decider();
    run(&job(&orders, alone.clone()), &decider, &Quiet).unwrap();

    let address = start(2, None);
    let job = job(&orders, together.clone());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let send = || runtime.block_on(decide(&address, &job, &decider, shipment()));
    let done = send().unwrap();
    assert_eq!((done.asked, done.kept), (8, 0));
    let report = run(&job, &decider, &Quiet).unwrap();
    assert_eq!((report.decided, report.kept, report.rejected.len()), (0, 7, 1));
    assert_eq!(all(&alone), all(&together));
    // What was cut off is cleared away, and only what has to be done is sent.
    fs::write(together.join("_weir/month=2025-01%2F0.csv.0123.0.part"), "half").unwrap();
    fs::remove_file(together.join("month=2025-01/0.csv")).unwrap();
    let done = send().unwrap();
    assert_eq!((done.asked, done.kept), (2, 6));
    run(&job, &decider, &Quiet).unwrap();
    assert_eq!(all(&alone), all(&together));
}

#[test]
fn another_law_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 2);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refused = |address: &str, law: Shipment| {
        let job = job(&orders, folder.path().join("out"));
        match runtime.block_on(decide(address, &job, &decider(), law)) {
            Err(ClusterError::Failed(why)) => why,
            other => panic!("not refused: {other:?}"),
        }
    };
    let pinned = start(1, Some("another"));
    let why = refused(&pinned, shipment());
    let own = shipment().hash;
    assert!(
        why.starts_with(&format!(
            "the job is of the law {own}, and an executor was started to decide by the law \
             another alone"
        )),
        "{why}"
    );
    // An executor does not believe a hash: it works it out.
    let open = start(1, None);
    let why = refused(&open, Shipment { hash: "claimed".to_owned(), ..shipment() });
    assert!(
        why.starts_with(&format!(
            "the job is of the law claimed, of which an executor makes the law {own}"
        )),
        "{why}"
    );
    let text = "```toml pack\nid = 1\n```\n".to_owned();
    let packs = vec![Document { name: "broken.md".to_owned(), text }];
    let why = refused(&open, Shipment { hash: hash(&packs), packs, ..Shipment::default() });
    assert!(why.starts_with("no law: ") && why.contains("broken.md"), "{why}");
    assert!(!folder.path().join("out/month=2025-01/0.csv").exists());
}
