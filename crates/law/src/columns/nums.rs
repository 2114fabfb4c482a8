//! Numbers over the rows of a sheet.

use super::frame::Scope;
use super::sheet::Sheet;
use crate::expr::{Extreme, Operator};
use crate::facts::Value;
use crate::node::{NumId, NumNode};
use crate::number::Num;

/// How a number is found for a row.
#[derive(Debug, Default)]
pub(super) enum Numbers {
    /// Nobody asked yet.
    #[default]
    Unset,
    /// It is the same for all.
    Constant(Option<Num>),
    /// By the distinct values of a bundle.
    Bundle(usize),
    /// It is computed for each row that is asked for, from parts that are at hand.
    Computed,
    /// Each row's own: products, on which sums and comparisons build.
    Rows(Vec<Option<Num>>),
}

impl Sheet<'_> {
    /// Gets a number, and all that it is computed from, at hand.
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
            Scope::Rows => self.of_rows(id),
        };
        self.memory.nums[id.0 as usize] = numbers;
    }

    fn of_rows(&mut self, id: NumId) -> Numbers {
        self.parts(id);
        let NumNode::Arithmetic(operator, left, right) = self.regime.nodes.num(id) else {
            return Numbers::Computed;
        };
        let nums = &self.memory.nums;
        let is_unknown = |part: &NumId| matches!(nums[part.0 as usize], Numbers::Constant(None));
        if is_unknown(left) || is_unknown(right) {
            return Numbers::Constant(None);
        }
        match operator {
            Operator::Add | Operator::Subtract => Numbers::Computed,
            Operator::Multiply | Operator::Divide => {
                let mut numbers = self.memory.spare_nums.pop().unwrap_or_default();
                numbers.clear();
                numbers.extend((0..self.rows.len()).map(|row| self.compute_num(id, row)));
                Numbers::Rows(numbers)
            }
        }
    }

    fn parts(&mut self, id: NumId) {
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Const(_) => {}
            NumNode::Fact(fact) => self.place_fact(*fact),
            NumNode::Derived(fact, limbs) => {
                self.place_fact(*fact);
                for (when, value) in limbs {
                    self.truth(*when);
                    self.num(*value);
                }
            }
            NumNode::Arithmetic(_, left, right) => {
                self.num(*left);
                self.num(*right);
            }
            NumNode::Extreme(_, items) => items.iter().for_each(|item| self.num(*item)),
            NumNode::Choose(condition, then, otherwise) => {
                self.truth(*condition);
                self.num(*then);
                self.num(*otherwise);
            }
            NumNode::Named(_, inner) => self.num(*inner),
        }
    }

    /// A number of a row; it is at hand.
    #[inline]
    pub(super) fn num_at(&self, id: NumId, row: usize) -> Option<Num> {
        match &self.memory.nums[id.0 as usize] {
            Numbers::Unset => None,
            Numbers::Constant(number) => *number,
            Numbers::Bundle(bundle) => {
                let place = self.memory.places[*bundle][row] as usize;
                self.frame.numbers(*bundle, id)[place]
            }
            Numbers::Computed => self.compute_num(id, row),
            Numbers::Rows(numbers) => numbers[row],
        }
    }

    fn compute_num(&self, id: NumId, row: usize) -> Option<Num> {
        match self.regime.nodes.num(id) {
            NumNode::Const(value) => Some(*value),
            NumNode::Fact(fact) => number(self.fact_at(*fact, row)),
            NumNode::Derived(fact, limbs) => number(self.fact_at(*fact, row)).or_else(|| {
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
            }),
            NumNode::Arithmetic(operator, left, right) => {
                operator.apply(self.num_at(*left, row)?, self.num_at(*right, row)?)
            }
            NumNode::Extreme(extreme, items) => {
                let known = items.iter().filter_map(|item| self.num_at(*item, row));
                match extreme {
                    Extreme::Max => known.max(),
                    Extreme::Min => known.min(),
                }
            }
            NumNode::Choose(condition, then, otherwise) => match self.level_at(*condition, row) {
                0 => self.num_at(*otherwise, row),
                1 => {
                    let then = self.num_at(*then, row)?;
                    (self.num_at(*otherwise, row)? == then).then_some(then)
                }
                _ => self.num_at(*then, row),
            },
            NumNode::Named(_, inner) => self.num_at(*inner, row),
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
