//! The five rules in OpenFisca, which decides whole columns, in a process of Python.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

use crate::five::{Input, Verdict};

/// How many inputs are decided at once: those that all engines have, and more.
const COUNTS: [usize; 3] = [10_000, 100_000, 1_000_000];

/// A process that has decided the inputs once.
pub struct OpenFisca {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    verdicts: Vec<Option<Verdict>>,
}

impl OpenFisca {
    /// Starts it and has it decide the inputs.
    ///
    /// # Errors
    /// It cannot be started, or does not decide.
    pub fn start(
        python: &Path,
        root: &Path,
        scratch: &Path,
        inputs: &[Input],
    ) -> anyhow::Result<OpenFisca> {
        fs::create_dir_all(scratch)?;
        let (table, said) = (scratch.join("five.csv"), scratch.join("five-verdicts.txt"));
        let mut text = String::from("listed,destination,parent,tpp,datacenter\n");
        for Input { listed, destination, parent, tpp, datacenter } in inputs {
            text += &format!("{listed},{destination},{parent},{tpp},{datacenter}\n");
        }
        fs::write(&table, text)?;
        let mut child = Command::new(python)
            .arg(root.join("bench/src/five_openfisca.py"))
            .args([&table, &said])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("OpenFisca cannot be started")?;
        let ask = child.stdin.take().context("standard input is piped")?;
        let answers = child.stdout.take().context("standard output is piped")?;
        let mut found =
            OpenFisca { child, ask, answers: BufReader::new(answers), verdicts: Vec::new() };
        if found.line()? != "ready" {
            bail!("OpenFisca does not decide");
        }
        found.verdicts = fs::read_to_string(&said)?.lines().map(Verdict::of_word).collect();
        Ok(found)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("OpenFisca ended");
        }
        Ok(line.trim().to_owned())
    }

    /// What it says of the inputs.
    pub fn verdicts(&self) -> &[Option<Verdict>] {
        &self.verdicts
    }

    /// How many inputs a second it decides, for each count of inputs that are decided at once.
    ///
    /// # Errors
    /// It ends before it has answered.
    pub fn rates(&mut self) -> anyhow::Result<Vec<(usize, f64)>> {
        let mut rates = Vec::new();
        for count in COUNTS {
            writeln!(self.ask, "time {count}")?;
            let seconds: f64 = self.line()?.parse().context("OpenFisca says no time")?;
            rates.push((count, count as f64 / seconds));
        }
        Ok(rates)
    }
}

impl Drop for OpenFisca {
    fn drop(&mut self) {
        // It may be waiting for more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
