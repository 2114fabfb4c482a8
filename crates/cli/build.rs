//! Puts the law and the data into the program: every pack in `law/`, every table in `data/`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut code = String::new();
    list(&mut code, "PACKS", &root.join("law"), "md")?;
    list(&mut code, "PARTS", &root.join("data/parts"), "csv")?;
    // Only `weir lab run` reads them.
    let run = "#[cfg(feature = \"batch\")]\n";
    code.push_str(run);
    list(&mut code, "SCENARIOS", &root.join("data/lab/scenarios"), "toml")?;
    code.push_str(run);
    list(&mut code, "SCENARIO_PACKS", &root.join("data/lab/scenarios"), "md")?;
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    fs::write(out, code)
}

/// Writes `pub static NAME: &[(&str, &str)]` with the name and the text of every file, by name.
fn list(code: &mut String, name: &str, folder: &Path, ending: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    let _ = writeln!(code, "/// Files of `{}`.", folder.file_name().unwrap_or_default().display());
    let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let path = file.canonicalize()?;
        let shown = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(code, "    ({shown:?}, include_str!({path:?})),");
    }
    code.push_str("];\n");
    Ok(())
}
