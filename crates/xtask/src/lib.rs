//! What the tasks and the tests of the house rules share: where the project is, what its packages
//! are, and the reference pages that are written from the law. It knows nothing of deciding.

pub mod counts;
pub mod generate;
pub mod packages;

use std::path::{Path, PathBuf};

/// The root of the project.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
