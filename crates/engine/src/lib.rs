//! SQL over decisions, on one machine and on a cluster.
//!
//! Only this crate knows DataFusion and Ballista. It decides nothing itself: whole record batches
//! go to [`batch::Decider`], so that a query, a table and a single line have the same answer.
//!
//! - [`register`] gives any [`SessionContext`] the functions `weir_decide`, `weir_classify` and
//!   `weir_tpp`, and the tables `weir_rules()`, `weir_packs()`, `weir_sets()` and `weir_chips()`.
//! - [`sql::query`] plans a statement with them, facts by name included.
//! - [`tables::open`] reads a file, a folder or a pattern as a table.
//! - [`cluster`] decides folders of files on many machines.
//!
//! ```
//! use std::sync::Arc;
//! use engine::datafusion::prelude::SessionContext;
//! use engine::{Lawbook, register, sql};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The law: a vocabulary and packs, each a document with a name.
//! let read = |name: &str| -> std::io::Result<Arc<law::Source>> {
//!     let path = format!("{}/../../law/{name}", env!("CARGO_MANIFEST_DIR"));
//!     Ok(Arc::new(law::Source { name: name.into(), text: std::fs::read_to_string(path)? }))
//! };
//! let packs = law_packs()?;
//! # fn law_packs() -> std::io::Result<Vec<Arc<law::Source>>> {
//! #     let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law");
//! #     let mut packs = Vec::new();
//! #     for entry in std::fs::read_dir(folder)? {
//! #         let path = entry?.path();
//! #         if path.extension().is_some_and(|ending| ending == "md") {
//! #             let text = std::fs::read_to_string(&path)?;
//! #             packs.push(Arc::new(law::Source { name: path.display().to_string(), text }));
//! #         }
//! #     }
//! #     Ok(packs)
//! # }
//! let (law, mistakes) = law::Law::read(&read("vocabulary.toml")?, &packs);
//! let law = law.ok_or_else(|| format!("{mistakes:?}"))?;
//!
//! let context = SessionContext::new();
//! register(&context, &Lawbook::new(Arc::new(law)))?;
//!
//! let answer = sql::query(
//!     &context,
//!     "select weir_decide(date => '2024-06-03', destination => 'CN', \"item.kind\" => 'chip',
//!             \"item.tpp\" => 15824, \"item.die_area_mm2\" => 814, \"item.datacenter\" => true,
//!             \"end_user.hq\" => 'CN', \"end_user.parent_hq\" => 'CN',
//!             end_use => 'civil')['outcome'] as outcome",
//! )
//! .await?
//! .collect()
//! .await?;
//! assert_eq!(answer[0].num_rows(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! [`SessionContext`]: datafusion::prelude::SessionContext

pub mod cluster;
mod functions;
mod lawbook;
mod naming;
mod rows;
pub mod sql;
pub mod tables;
mod texts;

pub use batch;
pub use datafusion;
pub use functions::DECISION_FIELDS;
pub use lawbook::{Chip, Lawbook};

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

/// Gives a context the functions and tables of a law.
///
/// Facts are given to `weir_decide` as a struct whose fields are named like them, or as columns
/// that are: `weir_decide(orders.*)`, `weir_decide(date, destination, "item.sku")`. With
/// [`sql::query`] also by name, `weir_decide(date => shipped, destination => ship_to)`. A text
/// `'written'` or `'enforced'` after them says which reading is meant; as written without one.
///
/// # Errors
/// A context that refuses functions.
pub fn register(context: &SessionContext, lawbook: &Lawbook) -> Result<()> {
    for function in functions::all(lawbook) {
        context.register_udf(function);
    }
    for (name, table) in rows::all(lawbook) {
        context.register_udtf(name, table);
    }
    let names = naming::NameColumns::new(lawbook);
    context.state_ref().write().register_function_rewrite(Arc::new(names))
}

/// The scalar functions of a law, for registries of another kind.
pub fn scalar_functions(lawbook: &Lawbook) -> Vec<ScalarUDF> {
    functions::all(lawbook)
}
