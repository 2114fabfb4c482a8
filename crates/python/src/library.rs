//! The law with its catalogue, and answers about one line.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use weir_cli::library::{self as shared, Added, Contents, Document, Language};

use crate::errors::{LawError, of_law};

/// A law with its catalogue. Lines and answers are JSON.
#[pyclass(frozen, module = "weir._weir")]
pub struct Library(pub Arc<shared::Library>);

/// Vocabulary, packs, facts taken for granted, vendors' tables.
type State = (Document, Vec<Document>, Vec<String>, Vec<Document>);

#[pymethods]
impl Library {
    /// The shipped law, with folders of packs, texts of packs, facts taken for granted and vendors'
    /// tables beside it.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        paths: Vec<PathBuf>,
        packs: Vec<Document>,
        assume: Vec<String>,
        parts: Vec<Document>,
    ) -> PyResult<Library> {
        let added = Added { paths, packs, assume, parts };
        let opened = py.detach(|| shared::Library::open(added));
        opened.map(|library| Library(Arc::new(library))).map_err(|error| of_law(&error))
    }

    /// The law that another one contains; its hash says whether it is the same here.
    #[staticmethod]
    fn restore(py: Python<'_>, state: State, hash: &str) -> PyResult<Library> {
        let (vocabulary, packs, assume, parts) = state;
        let contents = Contents { vocabulary, packs, assume, parts };
        let library =
            py.detach(|| shared::Library::restore(contents)).map_err(|error| of_law(&error))?;
        if library.fingerprint() != hash {
            return Err(LawError::new_err(format!(
                "this law has the hash {hash} where it comes from and {} here\n\nhint: install the \
                 same version of weir in both places",
                library.fingerprint()
            )));
        }
        Ok(Library(Arc::new(library)))
    }

    /// All that it contains.
    fn state(&self) -> State {
        let Contents { vocabulary, packs, assume, parts } = self.0.contents().clone();
        (vocabulary, packs, assume, parts)
    }

    /// A hash of all that answers depend on.
    #[getter]
    fn hash(&self) -> &str {
        self.0.fingerprint()
    }

    /// The ids of its packs.
    #[getter]
    fn packs(&self) -> Vec<String> {
        self.0.law().packs().iter().map(|pack| pack.id.clone()).collect()
    }

    /// The last day through which its packs were checked.
    #[getter]
    fn verified_through(&self) -> String {
        self.0.law().verified_through().to_string()
    }

    /// The names of its facts.
    #[getter]
    fn facts(&self) -> Vec<String> {
        let facts = self.0.law().vocabulary().facts();
        facts.map(|(_, fact)| fact.name.to_string()).collect()
    }

    /// The name of the fact that is nearest to a word.
    fn nearest(&self, name: &str) -> Option<String> {
        self.0.law().vocabulary().nearest(name).map(str::to_owned)
    }

    /// The answer for a line.
    fn check(&self, py: Python<'_>, line: &str, chinese: bool) -> String {
        py.detach(|| self.0.check(line.as_bytes(), language(chinese)))
    }

    /// The answer for a line with its whole trace.
    fn explain(&self, py: Python<'_>, line: &str, all: bool, chinese: bool) -> String {
        py.detach(|| self.0.explain(line.as_bytes(), all, language(chinese)))
    }

    /// The paragraphs of an item.
    fn classify(&self, py: Python<'_>, line: &str) -> String {
        py.detach(|| self.0.classify(line.as_bytes()))
    }
}

fn language(chinese: bool) -> Language {
    if chinese { Language::Zh } else { Language::En }
}
