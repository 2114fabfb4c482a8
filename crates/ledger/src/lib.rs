//! The quota ledger: amounts that the law rations, kept as a bank would keep them.
//!
//! A movement is reserved, then committed, released or expired; never edited, never lost, never
//! counted twice. Entries are chained by hash, and signed checkpoints prove the history.

pub mod account;
pub mod amount;
pub mod book;
mod guard;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod movement;
pub mod owners;
pub mod packs;
pub mod proof;
pub mod prove;
pub mod refusal;
pub mod room;
pub mod store;
pub mod verify;
pub mod view;
mod writer;
