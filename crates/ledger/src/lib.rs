//! The quota ledger: amounts that the law rations, kept as a bank would keep them.

pub mod proof;
