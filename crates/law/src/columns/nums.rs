//! Numbers over the rows of a sheet.

use super::frame::Scope;
use super::sheet::Sheet;
use crate::expr::{Extreme, Operator};
use crate::facts::Value;
use crate::node::{NumId, NumNode};
use crate::number::Num;

/// A number for every row.
#[derive(Debug, Default)]
pub(super) enum Numbers {
    /// Not worked out yet.
    #[default]
    Unset,
    /// The same for all.
    Constant(Option<Num>),
    /// By the distinct values of a bundle.
    Bundle(usize),
    /// Each its own.
    Rows(Vec<Option<Num>>),
}

impl Sheet<'_> {
    /// Works a number out for every row.
    pub(super) fn num(&mut self, id: NumId) {
        if !matches!(self.memory.nums[id.0 as usize], Numbers::Unset) {
            return;
        }
        let numbers = match self.frame.nums[id.0 as usize] {
            Scope::Constant => Numbers::Constant(self.frame.constant_num(id)),
            Scope::Bundle(bundle) => {
                self.place(bundle);
                Numbers::Bundle(bundle)
            }
            Scope::Rows => Numbers::Rows(self.compute_num(id)),
        };
        self.memory.nums[id.0 as usize] = numbers;
    }

    /// A number of a row, which was worked out.
    pub(super) fn num_at(&self, id: NumId, row: usize) -> Option<Num> {
        match &self.memory.nums[id.0 as usize] {
            Numbers::Unset => None,
            Numbers::Constant(number) => *number,
            Numbers::Bundle(bundle) => {
                let place = self.memory.places[*bundle][row] as usize;
                self.frame.numbers(*bundle, id)[place]
            }
            Numbers::Rows(numbers) => numbers[row],
        }
    }

    fn compute_num(&mut self, id: NumId) -> Vec<Option<Num>> {
        let regime = self.regime;
        let rows = 0..self.rows.len();
        match regime.nodes.num(id) {
            // These look at no more than one column.
            NumNode::Const(number) => rows.map(|_| Some(*number)).collect(),
            NumNode::Fact(fact) => {
                self.place_fact(*fact);
                rows.map(|row| number(self.fact_at(*fact, row))).collect()
            }
            NumNode::Derived(fact, limbs) => {
                self.place_fact(*fact);
                for (when, value) in limbs {
                    self.truth(*when);
                    self.num(*value);
                }
                let derived = |row: usize| {
                    for (when, value) in limbs {
                        match self.level_at(*when, row) {
                            0 => {}
                            1 => return None,
                            _ => {
                                if let Some(value) = self.num_at(*value, row) {
                                    return Some(value);
                                }
                            }
                        }
                    }
                    None
                };
                let given = |row| number(self.fact_at(*fact, row));
                rows.map(|row| given(row).or_else(|| derived(row))).collect()
            }
            NumNode::Arithmetic(operator, left, right) => {
                self.num(*left);
                self.num(*right);
                let joined = |row| {
                    let (left, right) = (self.num_at(*left, row)?, self.num_at(*right, row)?);
                    match operator {
                        Operator::Add => left.checked_add(right),
                        Operator::Subtract => left.checked_sub(right),
                        Operator::Multiply => left.checked_mul(right),
                        Operator::Divide => left.checked_div(right),
                    }
                };
                rows.map(joined).collect()
            }
            NumNode::Extreme(extreme, items) => {
                items.iter().for_each(|item| self.num(*item));
                let found = |row| {
                    let known = items.iter().filter_map(|item| self.num_at(*item, row));
                    match extreme {
                        Extreme::Max => known.max(),
                        Extreme::Min => known.min(),
                    }
                };
                rows.map(found).collect()
            }
            NumNode::Choose(condition, then, otherwise) => {
                self.truth(*condition);
                self.num(*then);
                self.num(*otherwise);
                let chosen = |row| match self.level_at(*condition, row) {
                    0 => self.num_at(*otherwise, row),
                    1 => {
                        let then = self.num_at(*then, row)?;
                        (self.num_at(*otherwise, row)? == then).then_some(then)
                    }
                    _ => self.num_at(*then, row),
                };
                rows.map(chosen).collect()
            }
            NumNode::Named(_, inner) => {
                self.num(*inner);
                rows.map(|row| self.num_at(*inner, row)).collect()
            }
        }
    }
}

/// A value as a number.
pub(super) fn number(value: Option<&Value>) -> Option<Num> {
    match value? {
        Value::Num(number) => Some(*number),
        _ => None,
    }
}
