//! weir
mod diagnostics;
mod embedded;
mod loading;
fn main() {
    let docs = loading::Documents::embedded();
    let (law, mut ds) = docs.read();
    if let Some(law) = law { let (n, more) = law::lint::lint(&law); ds.extend(more); eprintln!("{n} cases"); }
    eprintln!("{}", diagnostics::render(&ds, false));
    eprintln!("{} mistakes", ds.len());
}
