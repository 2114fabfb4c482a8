//! Inputs in stores. What objects have in common before a `/` is a folder there, too.

use std::io;
use std::path::{Path, PathBuf};

use super::{Found, MATCHING};
use crate::files::Format;
use crate::job::JobError;
use crate::places::{About, Bucket, Standing, is_hidden};

/// What makes a name a pattern.
const SPECIAL: [char; 3] = ['*', '?', '['];

/// Adds an object, the objects below a prefix, or those that a pattern matches.
pub(super) fn add(input: &Path, output: &Path, found: &mut Found) -> Result<(), JobError> {
    let unreadable = |why| JobError::Input { path: input.to_owned(), why };
    let bucket = Bucket::of(input).map_err(unreadable)?;
    let text = input.to_str().unwrap_or_default();
    let Some(special) = text.find(SPECIAL) else {
        return match bucket.look(input).map_err(unreadable)? {
            Standing::File(about) => {
                let ending = || JobError::Ending(input.to_owned());
                Format::of_input(input).ok_or_else(ending)?;
                let name = input.file_name().map(PathBuf::from).unwrap_or_default();
                found.add(input.to_owned(), name, Some(about));
                Ok(())
            }
            Standing::Folder => {
                apart(input, output)?;
                let mut objects = bucket.objects_below(input).map_err(unreadable)?;
                objects.retain(|(path, _)| !is_hidden(input, path));
                objects.into_iter().for_each(|(path, about)| push(path, about, input, found));
                Ok(())
            }
        };
    };
    // An object may bear the name of a pattern.
    if let Ok(about) = bucket.head(input) {
        let name = input.file_name().map(PathBuf::from).unwrap_or_default();
        found.add(input.to_owned(), name, Some(about));
        return Ok(());
    }
    let pattern = glob::Pattern::new(text).map_err(|why| unreadable(io::Error::other(why)))?;
    let base = Path::new(text[..special].rsplit_once('/').map_or(text, |(base, _)| base));
    let matches =
        |path: &Path| path.to_str().is_some_and(|text| pattern.matches_with(text, MATCHING));
    let before = found.tables.len();
    for (path, about) in bucket.objects_below(base).map_err(unreadable)? {
        // What an earlier run wrote is no input, although the pattern may match it.
        if path.starts_with(output) {
            continue;
        }
        if matches(&path) {
            push(path, about, base, found);
            continue;
        }
        let above = path.ancestors().skip(1).take_while(|above| above.starts_with(base));
        let Some(folder) = above.filter(|above| matches(above)).last() else { continue };
        apart(folder, output)?;
        if !is_hidden(folder, &path) {
            push(path.clone(), about, base, found);
        }
    }
    if found.tables.len() == before { Err(JobError::NoMatch(input.to_owned())) } else { Ok(()) }
}

/// Adds an object; its name begins below the base.
fn push(path: PathBuf, about: About, base: &Path, found: &mut Found) {
    if let Ok(name) = path.strip_prefix(base).map(Path::to_owned) {
        found.add(path, name, Some(about));
    }
}

/// What is read as a folder is not written to.
fn apart(input: &Path, output: &Path) -> Result<(), JobError> {
    match output.starts_with(input) {
        true => Err(JobError::Within { output: output.to_owned(), input: input.to_owned() }),
        false => Ok(()),
    }
}
