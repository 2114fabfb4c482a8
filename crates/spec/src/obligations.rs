//! What is due, and when.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use law::pack::{Body, Obligation};
use law::truth::Truth;
use law::{Because, Due, Flag, Outcome, Reading};

use crate::decide::Findings;
use crate::force::Numbered;
use crate::transaction::{Transaction, listed};

impl Transaction<'_> {
    /// Step 9: what is due, and what may be.
    pub(crate) fn obligations(
        &self,
        findings: &Findings,
        because: &[Because],
        reading: Reading,
    ) -> (Vec<Due>, Vec<Flag>) {
        let (mut due, mut may_be_due) = (Vec::new(), Vec::new());
        for rule in self.in_force(reading).iter().copied() {
            let Body::Obligation(obligation) = &rule.1.rule.body else { continue };
            if !self.is_considered(obligation, findings, because) {
                continue;
            }
            let done = obligation.done.as_ref().map_or(Truth::False, |done| self.truth(done));
            if done == Truth::True {
                continue;
            }
            match self.weigh(rule, reading) {
                Truth::True => due.push(Due { rule: rule.0, date: self.due_date(obligation) }),
                Truth::Unknown => may_be_due.push(self.may_be_due(rule, reading)),
                Truth::False => {}
            }
        }
        (due, may_be_due)
    }

    fn may_be_due(&self, rule: Numbered<'_>, reading: Reading) -> Flag {
        Flag::MayBeDue(rule.0, listed(&self.why_open(rule, reading).facts))
    }

    fn is_considered(
        &self,
        obligation: &Obligation,
        findings: &Findings,
        because: &[Because],
    ) -> bool {
        if obligation.on.is_empty() {
            return true;
        }
        let names = |name: &str| obligation.on.iter().any(|(on, _)| on == name);
        findings.exceptions().any(|exception| names(&exception.code))
            || match findings.outcome {
                Outcome::LicenseRequired => {
                    findings.holding().any(|holding| names(&self.law.rule(holding.rule).id))
                }
                Outcome::LicenseException => because.iter().any(|link| match link {
                    Because::Rule(rule) => names(&self.law.rule(*rule).id),
                    _ => false,
                }),
                Outcome::NoLicenseRequired | Outcome::Unresolved => false,
            }
    }

    /// The day it is due: so many days from the transaction, or the next of its days of the year.
    fn due_date(&self, obligation: &Obligation) -> Option<Date> {
        if let Some(days) = obligation.due_days {
            return self.date.checked_add(days.days()).ok();
        }
        let falls = |date: &Date| {
            obligation
                .due_on
                .iter()
                .any(|(month, day)| (date.month(), date.day()) == (*month, *day))
        };
        let longest_gap_of_leap_days = 8 * 366;
        (1..=longest_gap_of_leap_days)
            .filter_map(|days| self.date.checked_add(Span::new().days(days)).ok())
            .find(falls)
    }
}
