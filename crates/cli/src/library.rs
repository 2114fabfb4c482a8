//! What other programs share with the binary: the shipped law with its catalogue, and answers about
//! one line or one item as the commands write them.
//!
//! It must not decide or word anything itself, so that an answer is the same wherever it is asked.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

pub use anyhow::Error;
use anyhow::bail;
use batch::Catalogue;
use law::eval::Memory;
use law::pack::Pack;
use law::{Desk, Law, Source};

use crate::catalogue::{Chips, Parts};
use crate::commands::batch::Known;
use crate::commands::{chips, explain};
use crate::input::rows::{Order, Reader};
pub use crate::language::Language;
use crate::loading::{self, Documents};
use crate::output::json::{self, Fragments};
use crate::wording::Phrasebook;
use records::framing::Record;

/// A document by its name and its text.
pub type Document = (String, String);

/// What is given beside the shipped law.
#[derive(Clone, Debug, Default)]
pub struct Added {
    /// Folders of packs and single packs, as `--law` takes them.
    pub paths: Vec<PathBuf>,
    /// Packs that somebody has read already.
    pub packs: Vec<Document>,
    /// Facts taken for granted, as `--assume` takes them.
    pub assume: Vec<String>,
    /// Vendors' tables, as `weir chips import` writes them.
    pub parts: Vec<Document>,
}

/// All that an answer depends on besides what is asked, by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The vocabulary.
    pub vocabulary: Document,
    /// The packs, the shipped ones first.
    pub packs: Vec<Document>,
    /// Facts taken for granted.
    pub assume: Vec<String>,
    /// Vendors' tables.
    pub parts: Vec<Document>,
}

/// A law with its catalogue.
pub struct Library {
    contents: Contents,
    fingerprint: String,
    law: Arc<Law>,
    known: Arc<Known>,
    /// What answers say of the law whatever is asked, in both languages.
    fragments: [OnceLock<Fragments>; 2],
}

impl Library {
    /// The shipped law, with what is given beside it.
    ///
    /// # Errors
    /// What cannot be read, or is no law.
    pub fn open(added: Added) -> anyhow::Result<Library> {
        let mut documents = Documents::embedded().with(&added.paths)?;
        for pack in &added.packs {
            let source = source(pack);
            let (read, mistakes) = Pack::read(&source);
            if read.is_none() && mistakes.is_empty() {
                bail!(
                    "`{}` holds no law pack\n\nhint: a pack begins with a block ```toml pack",
                    source.name
                );
            }
            documents.packs.push(source);
        }
        Library::of(&documents, added.assume, added.parts)
    }

    /// A law from what another library contains.
    ///
    /// # Errors
    /// What is no law.
    pub fn restore(contents: Contents) -> anyhow::Result<Library> {
        let documents = Documents {
            vocabulary: source(&contents.vocabulary),
            packs: contents.packs.iter().map(source).collect(),
        };
        Library::of(&documents, contents.assume, contents.parts)
    }

    fn of(
        documents: &Documents,
        assume: Vec<String>,
        parts: Vec<Document>,
    ) -> anyhow::Result<Library> {
        let law = Arc::new(loading::law_of(documents, &assume, Language::En)?);
        let texts = parts.iter().map(|(_, text)| text.as_str());
        let fingerprint = loading::fingerprint_of(documents, &assume, texts);
        let chips = Chips::embedded(law.vocabulary())?;
        let tables = Parts::new(Vec::new()).with_texts(parts.clone());
        let known = Arc::new(Known::new(Arc::clone(&law), chips, Arc::new(tables)));
        let contents = Contents {
            vocabulary: document(&documents.vocabulary),
            packs: documents.packs.iter().map(|pack| document(pack)).collect(),
            assume,
            parts,
        };
        let fragments = [OnceLock::new(), OnceLock::new()];
        Ok(Library { contents, fingerprint, law, known, fragments })
    }

    /// What it contains.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// A hash of all that answers depend on: the program's version, the packs, the vocabulary, what
    /// is taken for granted, the catalogue, the countries and the vendors' tables.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The law.
    pub fn law(&self) -> &Arc<Law> {
        &self.law
    }

    /// The catalogue, for tables.
    pub fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::clone(&self.known) as Arc<dyn Catalogue>
    }

    /// What `weir check --format jsonl` writes of a line that stands alone in a file of JSON Lines.
    pub fn check(&self, line: &[u8], language: Language) -> String {
        let reader = self.reader();
        let mut order = read(&reader, line);
        let law = self.law();
        let book = Phrasebook::new(law, language);
        let mut out = String::new();
        let determination = match order.error {
            Some(_) => None,
            None => law.decide(&order.facts, None, &mut Desk::default()),
        };
        reader.compare_with_vendor(&mut order);
        reader.translate(&mut order, language);
        if let Some(found) = &determination {
            let mut memory = Memory::default();
            let worded = book.word(found, &order.facts, &mut memory);
            let date = found.date.to_string();
            json::determination(&mut out, &order, &date, &worded, self.fragments(&book));
        } else if let Some(error) = &order.error {
            json::error(&mut out, &order, error);
        }
        out
    }

    /// What `weir explain --format json` writes of such a line; where it cannot be decided, what
    /// `weir check` writes.
    pub fn explain(&self, line: &[u8], all: bool, language: Language) -> String {
        let reader = self.reader();
        let mut order = read(&reader, line);
        reader.translate(&mut order, language);
        if order.error.is_some() {
            return self.check(line, language);
        }
        let book = Phrasebook::new(self.law(), language);
        explain::in_json(&book, self.fragments(&book), &order, all)
            .unwrap_or_else(|| self.check(line, language))
    }

    /// Under which paragraphs the item of such a line falls, on its day and under every version of
    /// the law; where it cannot be read, what `weir check` writes.
    pub fn classify(&self, line: &[u8]) -> String {
        let order = read(&self.reader(), line);
        let item = match order.error {
            Some(_) => None,
            None => chips::in_json(self.law(), &order.facts),
        };
        item.map_or_else(|| self.check(line, Language::En), |item| item.to_string())
    }

    fn reader(&self) -> Reader<'_> {
        self.known.reader()
    }

    fn fragments(&self, book: &Phrasebook) -> &Fragments {
        self.fragments[book.language as usize].get_or_init(|| Fragments::new(book))
    }
}

fn read(reader: &Reader, line: &[u8]) -> Order {
    let record = Record { row: 1, bytes: line.to_vec(), problem: None };
    reader.read(&record, 1, &mut reader.scratch())
}

fn source((name, text): &Document) -> Arc<Source> {
    Arc::new(Source { name: name.clone(), text: text.clone() })
}

fn document(source: &Source) -> Document {
    (source.name.clone(), source.text.clone())
}
