//! A cluster decides as one machine does, byte for byte, also where an executor is killed; and no
//! executor decides by another law.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{stderr, weir};

/// How often to look for what takes a second on an idle machine.
const LOOKS: usize = 9000;

/// A process of the cluster, and what it said. It ends with the test.
struct Process {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Process {
    fn start(arguments: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .arg("cluster")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("weir starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let stderr = child.stderr.take().expect("standard error is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().expect("nobody panics").push(line);
            }
        });
        Process { child, said }
    }

    fn count(&self, word: &str) -> usize {
        let said = self.said.lock().expect("nobody panics");
        said.iter().filter(|line| line.contains(word)).count()
    }

    fn all(&self) -> String {
        self.said.lock().expect("nobody panics").join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let came = (0..LOOKS).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        is_so()
    });
    assert!(came, "waited in vain until {what}");
}

struct Cluster {
    address: String,
    scheduler: Process,
    executors: Vec<Process>,
}

impl Cluster {
    /// A scheduler and executors of one core each, all on free ports.
    fn start(executors: usize, more: &[&str]) -> Cluster {
        // The port is free for a moment; nobody else asks for it by number.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let scheduler = Process::start(&["scheduler", "--port", &free.to_string()]);
        let address = format!("localhost:{free}");
        let one = ["executor", "--scheduler", &address, "--cores", "1"];
        let arguments = [&one[..], more].concat();
        let executors: Vec<Process> = (0..executors).map(|_| Process::start(&arguments)).collect();
        for executor in &executors {
            wait_until("an executor is connected", || executor.count("Connected to scheduler") > 0);
        }
        Cluster { address, scheduler, executors }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Small Parquet files of generated orders, some by month, and one that is none.
fn orders(folder: &Path, files: usize, rows: usize) -> PathBuf {
    let csv = folder.join("csv");
    let skus = ["nvidia-h20", "nvidia-h100-sxm", "nvidia-a800-sxm", "amd-mi210"];
    for file in 0..files {
        let place = csv.join(format!("month=2025-{:02}", file % 6 + 1));
        fs::create_dir_all(&place).unwrap();
        let mut text = String::from("date,destination,quantity,item.sku,end_user.parent_hq\n");
        for row in 0..rows {
            let (day, at) = (row % 28 + 1, file * 31 + row);
            let to = ["CN", "DE", "MY", "SG", "AE", "US", "VN"][at % 7];
            let sku = if row == 5 { "nobody-s" } else { skus[(at / 7) % 4] };
            let hq = ["CN", "US", ""][(at / 3) % 3];
            let (month, quantity) = (file % 6 + 1, at % 5000 + 1);
            writeln!(text, "2025-{month:02}-{day:02},{to},{quantity},{sku},{hq}").unwrap();
        }
        fs::write(place.join(format!("part-{file:03}.csv")), text).unwrap();
    }
    // What comes out of a job is orders again, now as Parquet.
    let parquet = folder.join("orders");
    let made = weir(&["batch", text(&csv), "-o", text(&parquet), "--format", "parquet", "-q"], b"");
    assert_eq!(made.status.code(), Some(3), "a line of an unknown chip is in error");
    fs::remove_dir_all(parquet.join("_weir")).unwrap();
    fs::write(parquet.join("broken.parquet"), "this is none").unwrap();
    parquet
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// How many files are decided so far.
fn decided(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join("_weir")).into_iter().flatten().flatten();
    let is_of_a_file = |name: &str| name.ends_with(".json") && name != "law.json";
    entries.filter(|entry| entry.file_name().to_str().is_some_and(is_of_a_file)).count()
}

#[track_caller]
fn expect_same(alone: &Path, together: &Path) {
    let (alone, together) = (files(alone), files(together));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&alone), names(&together));
    for (name, bytes) in &alone {
        assert!(together[name] == *bytes, "`{name}` is another");
    }
}

#[test]
fn a_lost_executor_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 48, 3000);
    let (alone, together) = (folder.path().join("alone"), folder.path().join("together"));
    let run = weir(&["batch", text(&orders), "-o", text(&alone)], b"");
    assert_eq!(run.status.code(), Some(3), "{}", stderr(&run));
    let said_alone = String::from_utf8(run.stdout).unwrap();

    let mut cluster = Cluster::start(3, &[]);
    let job = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["batch", text(&orders), "-o", text(&together), "--cluster", &cluster.address])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // In the middle: it has done some files, and is at the next one.
    let victim = &mut cluster.executors[1];
    wait_until("an executor has decided two files", || victim.count("is decided") >= 2);
    victim.child.kill().unwrap();
    victim.child.wait().unwrap();
    let done = decided(&together);
    assert!(done < 48, "it was killed too late: {done} files were decided");
    let by_victim = victim.count("is decided");

    let run = job.wait_with_output().unwrap();
    assert_eq!(run.status.code(), Some(3), "{}\n{}", stderr(&run), cluster.scheduler.all());
    assert_eq!(String::from_utf8(run.stdout).unwrap(), said_alone);
    expect_same(&alone, &together);
    let by_others: Vec<usize> = [0, 2].map(|at| cluster.executors[at].count("is decided")).to_vec();
    // Each of the others took part; what the lost one had done was looked at again.
    assert!(by_others.iter().all(|files| *files > 0), "{by_others:?}");
    assert!(by_others.iter().sum::<usize>() + by_victim >= 48, "{by_others:?} {by_victim}");

    // The same command finds everything finished, by the cluster and alone.
    let arguments = ["batch", text(&orders), "-o", text(&together)];
    for more in [&["--cluster", cluster.address.as_str()][..], &[]] {
        let again = weir(&[&arguments[..], more].concat(), b"");
        let said = String::from_utf8(again.stdout).unwrap();
        assert!(said.contains("in 48 files (48 finished before)"), "{said}");
    }
}

/// A pack that changes nothing but the law's hash.
const OTHER: &str = "# Another\n\n```toml pack\nid = \"test.other\"\ntitle = \"Another\"\n\
                     title_zh = \"另一个\"\ncite = \"90 FR 1\"\neffective = 2025-01-13\n\
                     verified_through = 2026-01-01\nsure = \"inferred\"\nhypothetical = true\n```\n";

#[test]
fn no_executor_decides_by_another_law() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 2, 10);
    fs::remove_file(orders.join("broken.parquet")).unwrap();
    let pack = folder.path().join("other.md");
    fs::write(&pack, OTHER).unwrap();
    let cluster = Cluster::start(1, &["--law", text(&pack)]);
    let own = cluster.executors[0].all();
    let own = own.split("law ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    let out = folder.path().join("out");
    let arguments =
        ["batch", text(&orders), "-o", text(&out), "--cluster", cluster.address.as_str()];

    let refused = weir(&arguments, b"");
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: the cluster ended the job: the job is of the law "), "{said}");
    assert!(said.contains(&format!("decide by the law {own} alone")), "{said}");
    assert_eq!(decided(&out), 0, "nothing is decided");

    let table = format!("orders={}", text(&orders));
    let question = "select weir_decide(orders.*) as d from orders";
    let arguments_of_sql = ["sql", question, "--table", &table, "--cluster", &cluster.address];
    let refused = weir(&arguments_of_sql, b"");
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: the job is of the law "), "{said}");
    assert!(said.contains(&format!("decide by the law {own} alone")), "{said}");

    // The same law is taken: it is the documents that count, not where they lie.
    let elsewhere = folder.path().join("elsewhere.md");
    fs::copy(&pack, &elsewhere).unwrap();
    let taken = weir(&[&arguments[..], &["--law", text(&elsewhere)]].concat(), b"");
    assert_eq!(taken.status.code(), Some(3), "{}", stderr(&taken));
    assert_eq!(decided(&out), 2);
}

#[test]
fn packs_travel_with_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 3, 200);
    let scenario =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenarios/threshold-2400.md");
    let law = ["--law", scenario, "--assume", "end_use=civil"];
    let (alone, together) = (folder.path().join("alone"), folder.path().join("together"));
    let cluster = Cluster::start(2, &[]);
    let run = |output: &Path, more: &[&str]| {
        let arguments = [&["batch", text(&orders), "-o", text(output)], &law[..], more].concat();
        let run = weir(&arguments, b"");
        assert_eq!(run.status.code(), Some(3), "{}", stderr(&run));
    };
    run(&alone, &[]);
    run(&together, &["--cluster", &cluster.address]);
    expect_same(&alone, &together);

    // So do questions: what is asked of a cluster is answered as here.
    let statement = "select month, weir_decide(orders.*)['outcome'] as outcome, count(*) as n, \
                     sum(cast(quantity as bigint)) as chips, max(weir_tpp(\"item.sku\")) as tpp, \
                     min(weir_classify(\"item.sku\", date)) as class from orders \
                     group by 1, 2 order by 1, 2";
    fs::remove_file(orders.join("broken.parquet")).unwrap();
    let ask = |more: &[&str]| {
        let table = format!("orders={}", text(&orders));
        let run = weir(&[&["sql", statement, "--table", &table], &law[..], more].concat(), b"");
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        String::from_utf8(run.stdout).unwrap()
    };
    let here = ask(&[]);
    assert!(here.lines().count() > 3, "{here}");
    assert_eq!(ask(&["--cluster", &cluster.address]), here);
    let table = ["sql", "select * from weir_packs()", "--cluster", &cluster.address];
    let said = stderr(&weir(&table, b""));
    assert_eq!(said, "error: `weir_packs()` is no table of files: a cluster reads files alone\n");
    fs::write(orders.join("broken.parquet"), "this is none").unwrap();

    // What ends a job on one machine ends it here, in the same words.
    let strict = folder.path().join("strict");
    let arguments = ["batch", text(&orders), "-o", text(&strict), "--strict", "--cluster"];
    let run = weir(&[&arguments[..], &[cluster.address.as_str()]].concat(), b"");
    assert_eq!(run.status.code(), Some(1));
    let said = stderr(&run);
    let is_told = said.contains(", row 6: there is no chip `nobody-s` in the catalogue")
        || said.contains("broken.parquet`: ");
    assert!(said.starts_with("error: the cluster ended the job: `") && is_told, "{said}");
    assert!(!said.contains('⟪') && !said.contains("\\"), "{said}");
}

#[test]
fn texts_are_tables_of_a_cluster_and_what_stops_a_job_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders(folder.path(), 6, 50);
    fs::remove_file(orders.join("broken.parquet")).unwrap();
    let cluster = Cluster::start(1, &[]);
    let csv = folder.path().join("csv");
    fs::create_dir(csv.join("_old")).unwrap();
    fs::write(csv.join("_old/a.csv"), "date,quantity\n2025-01-01,900\n").unwrap();
    fs::write(csv.join("month=2025-01/z.csv"), "date,quantity\n2025-01-01\n").unwrap();
    let statement = "select month, weir_decide(o.*)['outcome'] as outcome, count(*) as n, \
                     sum(quantity) as chips, max(weir_unread) as unread from o \
                     group by 1, 2 order by 1, 2";
    let pattern = format!("{}/month=2025-01/part-*.parquet", text(&orders));
    for (table, statement) in [
        (format!("o={}", text(&csv)), statement),
        // A pattern is what it says here and there.
        (format!("o={pattern}"), "select count(*) as n from o"),
    ] {
        let ask = |more: &[&str]| {
            let run = weir(&[&["sql", statement, "--table", &table], more].concat(), b"");
            assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
            String::from_utf8(run.stdout).unwrap()
        };
        let here = ask(&[]);
        assert_eq!(ask(&["--cluster", &cluster.address]), here);
        assert!(statement.len() < 40 || here.contains("(row 1 of "), "{here}");
    }

    // Where a file cannot be written, what is finished stays, and is counted.
    let out = folder.path().join("out");
    let in_the_way = out.join("month=2025-03/part-002.parquet");
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let arguments = ["batch", text(&orders), "-o", text(&out), "--cluster", &cluster.address];
    let stopped = weir(&arguments, b"");
    let said = stderr(&stopped);
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    let start = format!("error: the cluster ended the job: cannot write to `{}`: ", text(&out));
    assert!(said.starts_with(&start), "{said}");
    let finished = files(&out).keys().filter(|name| name.ends_with(".parquet")).count();
    let end = format!(
        "; {finished} of 6 files are finished and valid, and the same command goes on from there\n"
    );
    assert!(said.ends_with(&end), "{said}");
    fs::remove_dir_all(&in_the_way).unwrap();
    let again = weir(&arguments, b"");
    assert_eq!(again.status.code(), Some(3), "{}", stderr(&again));
    assert_eq!(decided(&out), 6);
}

#[test]
fn a_scheduler_that_is_not_there_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");
    let address = format!("localhost:{free}");
    let run = weir(&["batch", orders, "-o", text(folder.path()), "--cluster", &address], b"");
    assert_eq!(run.status.code(), Some(1));
    assert!(stderr(&run).contains("no scheduler answers at `localhost:"), "{}", stderr(&run));
    let run = weir(&["sql", "select 1", "--cluster", &address], b"");
    assert!(stderr(&run).contains("no scheduler answers at `localhost:"), "{}", stderr(&run));
    let run = weir(&["batch", orders, "-o", "x", "--cluster", "nowhere"], b"");
    assert!(stderr(&run).contains("`nowhere` is not HOST:PORT"), "{}", stderr(&run));
}
