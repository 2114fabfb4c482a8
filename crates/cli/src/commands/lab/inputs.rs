//! Tables of the simulated world in the place of those that the program carries.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use lab::tables::{Name, Tables};

/// A folder of tables.
#[derive(clap::Args, Debug)]
pub struct Data {
    /// A folder of tables of the world; those that lie there (`parameters.csv`, `posterior.csv`,
    /// `places.csv`, `buyers.csv`, `flagships.csv`, `targets.csv`, `fit.csv`, `outcomes.csv`,
    /// `levers.toml`) take the place of the program's own.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// A folder of tables, and particles of a fit.
#[derive(clap::Args, Debug)]
pub struct Fitted {
    #[command(flatten)]
    data: Data,
    /// Particles that `weir lab fit --into` wrote, in the place of the program's own; of
    /// `parameters.csv` beside them, where it lies there.
    #[arg(long, value_name = "FILE")]
    posterior: Option<PathBuf>,
}

impl Data {
    /// The tables.
    ///
    /// # Errors
    /// A folder that cannot be read, that holds no table, or one under a name that is none.
    pub fn tables(&self) -> anyhow::Result<Tables> {
        let mut tables = Tables::shipped();
        if let Some(folder) = &self.data {
            take(&mut tables, folder)?;
        }
        Ok(tables)
    }
}

impl Fitted {
    /// The tables.
    ///
    /// # Errors
    /// As [`Data::tables`], or a file of particles that cannot be read.
    pub fn tables(&self) -> anyhow::Result<Tables> {
        let mut tables = self.data.tables()?;
        if let Some(path) = &self.posterior {
            particles(&mut tables, path)?;
        }
        Ok(tables)
    }

    /// Whether particles are named.
    pub fn has_particles(&self) -> bool {
        self.posterior.is_some()
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Puts particles in place, with the distributions that lie beside them.
fn particles(tables: &mut Tables, path: &Path) -> anyhow::Result<()> {
    let text = read(path)?;
    let beside = path.with_file_name(Name::Parameters.file());
    let of = if beside.is_file() { Some(read(&beside)?) } else { None };
    let name = beside.display().to_string();
    let of = of.map(|text| (name.as_str(), text));
    tables.put_particles(&path.display().to_string(), text, of);
    Ok(())
}

/// Puts the tables of a folder in place.
fn take(tables: &mut Tables, folder: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    for entry in entries {
        let entry =
            entry.with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
        astray(&entry.path())?;
    }
    let mut found = false;
    for name in Name::ALL {
        let path = folder.join(name.file());
        if !path.is_file() {
            continue;
        }
        if name == Name::Posterior {
            particles(tables, &path)?;
            found = true;
            continue;
        }
        let text = read(&path)?;
        if name == Name::Plan && is_judgment(&text) {
            continue;
        }
        found = true;
        tables.put(name, &path.display().to_string(), text);
    }
    if !found {
        let known: Vec<&str> = Name::ALL.iter().map(|name| name.file()).collect();
        bail!(
            "`{}` holds no table of the world\n\nhint: their names are {}",
            folder.display(),
            known.join(", ")
        );
    }
    Ok(())
}

/// Whether a `fit.csv` is what a fit came to, which lies beside its particles, and no plan of one.
fn is_judgment(text: &str) -> bool {
    let mut columns = text.lines().next().unwrap_or_default().split(',').map(str::trim);
    columns.any(|column| column == "covered")
}

/// A table whose name is nearly one: it would be passed over in silence.
fn astray(path: &Path) -> anyhow::Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let Some(name) = name.filter(|name| name.ends_with(".csv") || name.ends_with(".toml")) else {
        return Ok(());
    };
    let files = Name::ALL.map(Name::file);
    match law::diagnostic::nearest(&name, files) {
        Some(near) if near != name => Err(anyhow!(
            "`{}` is no table of the world\n\nhint: did you mean `{near}`?",
            path.display()
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn said(files: &[(&str, &str)]) -> String {
        let folder = folder(files);
        let data = Data { data: Some(folder.path().to_path_buf()) };
        data.tables().map_or_else(|why| why.to_string(), |_| String::new())
    }

    #[test]
    fn a_folder_without_tables_or_with_a_misspelled_one_is_refused() {
        assert!(said(&[]).contains("holds no table of the world"));
        assert!(said(&[("parameter.csv", "x\n")]).contains("did you mean `parameters.csv`"));
        assert_eq!(said(&[("places.csv", "x\n"), ("notes.txt", "")]), "");
        // What lies in the folder of a run is neither.
        let beside = [("regret.csv", ""), ("effects.csv", ""), ("sensitivity.csv", "")];
        assert!(said(&beside).contains("holds no table of the world"));
    }

    #[test]
    fn what_a_fit_wrote_can_be_used_as_it_lies() {
        let judged = "target,split,unit,covered\n";
        let files = [("posterior.csv", "p\n"), ("fit.csv", judged), ("parameters.csv", "s\n")];
        let folder = folder(&files);
        let tables = Data { data: Some(folder.path().to_path_buf()) }.tables().unwrap();
        assert!(tables.is_shipped(Name::Plan) && !tables.is_shipped(Name::Posterior));
        assert_eq!(tables.get(Name::Parameters).text, "s\n");
    }
}
