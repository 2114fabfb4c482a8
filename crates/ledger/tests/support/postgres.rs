//! A PostgreSQL server for tests: the system's program, a temporary folder, a Unix socket in it.
//!
//! Nothing outside that folder is touched, and no other server is disturbed: there is no port. The
//! server ends and the folder goes with the [`Server`], and at the latest with the test process,
//! however that ends. Only Unix can do this.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Why there is no server, or no answer of it.
pub type Error = String;

/// What a test says where PostgreSQL is not there.
const ABSENT: &str = "PostgreSQL is not installed; `cargo xtask test` installs it";

/// Waits until the test process is gone or closes the pipe, then ends the server and takes away its
/// folder, again and again where somebody still copies into it. `$1` is `pg_ctl`, `$2` the folder.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
"$1" stop --silent --mode immediate --pgdata "$2/data"
tries=0
while rm -rf "$2"; [ -e "$2/data" ] && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    sleep 1
done
"#;

/// A server with a folder of its own.
pub struct Server {
    programs: Programs,
    folder: PathBuf,
    /// The pipe to the keeper, which ends the server when it closes; nobody waits for that.
    #[expect(dead_code, reason = "it is there to be dropped")]
    keeper: ChildStdin,
    databases: AtomicU32,
}

/// The server that the tests of this process share: fast, and not safe from loss of power. `None`
/// where the developer said that there shall be none.
///
/// # Errors
/// PostgreSQL is not installed or does not start.
pub fn shared() -> Result<Option<&'static Server>, Error> {
    static SHARED: OnceLock<Result<Option<Server>, Error>> = OnceLock::new();
    SHARED.get_or_init(|| Server::launch(false)).as_ref().map(Option::as_ref).map_err(Clone::clone)
}

impl Server {
    /// Starts a server of its own, with `fsync` or without. `None` where the developer said that
    /// there shall be none (`WEIR_TEST_POSTGRES=skip`).
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn launch(fsync: bool) -> Result<Option<Server>, Error> {
        if is_skipped() {
            return Ok(None);
        }
        let programs = Programs::find().ok_or(ABSENT)?;
        let folder = tempfile::Builder::new().prefix("weir-postgres-").tempdir();
        let folder = folder.map_err(|error| format!("no temporary folder: {error}"))?;
        programs.give(folder.path())?;
        let keeper = programs.keeper(folder.path())?;
        // From here on the keeper takes it away.
        let folder = folder.keep();
        let server = Server { programs, folder, keeper, databases: AtomicU32::new(0) };
        server.programs.fill(&server.folder)?;
        configure(&server.folder, fsync)?;
        server.start()?;
        Ok(Some(server))
    }

    /// A program that came with the server, such as `pgbench`.
    ///
    /// # Errors
    /// It is not there.
    pub fn program(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.programs.folder.join(name);
        if path.exists() { Ok(path) } else { Err(format!("there is no `{}`", path.display())) }
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// The server does not run.
    pub fn create_database(&self) -> Result<String, Error> {
        let name = format!("weir_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        let mut command = self.programs.command("createdb");
        command.arg("--host").arg(&self.folder).args(["--username", "postgres", &name]);
        run(&mut command)?;
        Ok(format!("postgres://postgres@localhost:5432/{name}?host={}", self.folder.display()))
    }

    /// Runs statements with `psql`, each in its own transaction, and gives what they return: a line
    /// for every row, `|` between columns.
    ///
    /// # Errors
    /// The server does not run, or a statement fails.
    pub fn query(&self, url: &str, statements: &str) -> Result<String, Error> {
        let mut command = self.programs.command("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", statements]);
        Ok(run(&mut command)?.trim_end().to_string())
    }

    /// Ends the server as a crash would: no connection is ended well, nothing more is written.
    ///
    /// # Errors
    /// It does not run.
    pub fn stop_immediate(&self) -> Result<(), Error> {
        let mut command = self.pg_ctl("stop");
        run(command.args(["--mode", "immediate"])).map(drop)
    }

    /// Starts the server again, which recovers what was committed.
    ///
    /// # Errors
    /// It runs already, or does not start.
    pub fn start(&self) -> Result<(), Error> {
        let log = self.folder.join("log");
        let mut command = self.pg_ctl("start");
        run(command.arg("--log").arg(&log))
            .map(drop)
            .map_err(|error| format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()))
    }

    fn pg_ctl(&self, what: &str) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.args([what, "--silent", "--wait", "--pgdata"]).arg(self.folder.join("data"));
        command
    }
}

#[expect(clippy::print_stderr, reason = "nobody may think that these tests were run")]
fn is_skipped() -> bool {
    let skipped = std::env::var_os("WEIR_TEST_POSTGRES").is_some_and(|value| value == "skip");
    if skipped {
        eprintln!("skipped: WEIR_TEST_POSTGRES=skip leaves out what needs PostgreSQL");
    }
    skipped
}

/// The programs of PostgreSQL, and who may run them.
struct Programs {
    folder: PathBuf,
    /// The user and the group to become, as the server refuses to run as root.
    becomes: Option<(u32, u32)>,
}

impl Programs {
    fn find() -> Option<Programs> {
        let folder = folder_of_programs()?;
        let is_root = number(&["-u"]) == Some(0);
        let postgres = || Some((number(&["-u", "postgres"])?, number(&["-g", "postgres"])?));
        let becomes = if is_root { Some(postgres()?) } else { None };
        Some(Programs { folder, becomes })
    }

    /// A program that is run as the right user, and takes nothing from the developer's settings.
    fn command(&self, program: &str) -> Command {
        self.as_user(Command::new(self.folder.join(program)))
    }

    fn as_user(&self, mut command: Command) -> Command {
        if let Some((user, group)) = self.becomes {
            command.uid(user).gid(group);
        }
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        command
    }

    /// Gives a folder to the user of the server.
    fn give(&self, folder: &Path) -> Result<(), Error> {
        let Some((user, group)) = self.becomes else { return Ok(()) };
        chown(folder, Some(user), Some(group))
            .map_err(|error| format!("cannot give away `{}`: {error}", folder.display()))
    }

    /// Puts an empty cluster into a folder. Making one takes seconds, so it is made once, kept
    /// where Cargo builds, and copied.
    fn fill(&self, folder: &Path) -> Result<(), Error> {
        let data = folder.join("data");
        let version = run(self.command("postgres").arg("--version"))?;
        let version: String = version.chars().filter(char::is_ascii_alphanumeric).collect();
        let user = self.becomes.map_or_else(|| number(&["-u"]).unwrap_or(0), |(user, _)| user);
        // Cargo names a folder for tests; a bench has none.
        let kept = option_env!("CARGO_TARGET_TMPDIR");
        let kept = kept.map_or_else(std::env::temp_dir, PathBuf::from);
        let kept = kept.join(format!("weir-postgres-{version}-of-{user}"));
        if kept.is_dir() {
            return copy(&kept, &data);
        }
        let mut command = self.command("initdb");
        command.args(["--username", "postgres", "--auth", "trust", "--encoding", "UTF8"]);
        command.args(["--locale", "C", "--no-sync", "--pgdata"]).arg(&data);
        run(&mut command)?;
        // Under its name it is whole. Where another process was faster, that one is as good.
        let partial = kept.with_extension(std::process::id().to_string());
        if copy(&data, &partial).is_err() || fs::rename(&partial, &kept).is_err() {
            let _ = fs::remove_dir_all(&partial);
        }
        Ok(())
    }

    fn keeper(&self, folder: &Path) -> Result<ChildStdin, Error> {
        let mut command = self.as_user(Command::new("sh"));
        command.args(["-c", KEEPER, "keeper"]).arg(self.folder.join("pg_ctl")).arg(folder);
        // In a group of its own, so that what ends the tests does not end it too.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("`sh` cannot be run: {error}"))?;
        child.stdin.ok_or_else(|| "`sh` has no standard input".into())
    }
}

/// Debian keeps the server beside the search path, a folder for each version; others keep it on it.
fn folder_of_programs() -> Option<PathBuf> {
    let has_server = |folder: &PathBuf| {
        ["postgres", "initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file())
    };
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path()).collect();
    versions.sort_by_key(|path| {
        path.file_name().and_then(|name| name.to_string_lossy().parse::<u32>().ok())
    });
    let newest = versions.into_iter().rev().map(|version| version.join("bin")).find(has_server);
    newest.or_else(|| {
        let told = Command::new("pg_config").arg("--bindir").output().ok()?;
        let told = PathBuf::from(String::from_utf8(told.stdout).ok()?.trim());
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::iter::once(told).chain(std::env::split_paths(&path)).find(has_server)
    })
}

/// The number of a user or a group.
fn number(question: &[&str]) -> Option<u32> {
    let answer = Command::new("id").args(question).output().ok()?;
    String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
}

fn configure(folder: &Path, fsync: bool) -> Result<(), Error> {
    let fsync = if fsync { "on" } else { "off" };
    let mut settings = format!(
        "listen_addresses = ''\nunix_socket_directories = '{}'\nport = 5432\nfsync = {fsync}\n\
         full_page_writes = {fsync}\nmax_connections = 200\nshared_buffers = 32MB\n",
        folder.display()
    );
    if cfg!(target_os = "linux") {
        // After a crash: the disk is told once, and not of each of a thousand files.
        settings += "recovery_init_sync_method = syncfs\n";
    }
    OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .and_then(|mut file| file.write_all(settings.as_bytes()))
        .map_err(|error| format!("cannot write the server's settings: {error}"))
}

/// Copies a cluster with its owner.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    run(Command::new("cp").arg("-a").arg(from).arg(to)).map(drop)
}

/// Runs a program and gives what it writes.
fn run(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{program}` ended with {}: {}", output.status, said.trim()))
}
