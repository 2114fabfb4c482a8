//! Every way in which the open rules of a transaction may turn out, without going through them.

use crate::answer::Outcome;
use crate::pack::Policy;
use crate::regime::{Exception, Requirement};
use crate::truth::Truth;

/// A rule and what it is worth here.
pub(crate) struct Weighed<'r, R> {
    /// The rule.
    pub(crate) rule: &'r R,
    /// Whether it holds.
    pub(crate) truth: Truth,
}

/// Every way in which the open rules may turn out.
pub(crate) struct Worlds<'w, 'r> {
    pub(crate) requirements: &'w [Weighed<'r, Requirement>],
    pub(crate) phantoms: usize,
    pub(crate) exceptions: &'w [Weighed<'r, Exception>],
}

impl Worlds<'_, '_> {
    fn any_held(&self) -> bool {
        self.requirements.iter().any(|requirement| requirement.truth == Truth::True)
    }

    /// Whether an exception overcomes every requirement that may hold.
    pub(crate) fn covers_all(&self, exception: &Exception) -> bool {
        self.phantoms == 0
            && self.requirements.iter().all(|each| each.rule.overcome_by >> exception.code & 1 == 1)
    }

    /// Whether an exception overcomes every requirement that holds (they were filtered by that).
    pub(crate) fn outcome(&self) -> Outcome {
        let nothing = !self.any_held();
        let license = !self
            .exceptions
            .iter()
            .any(|exception| exception.truth == Truth::True && self.covers_all(exception.rule));
        // With nothing certain, an exception matters where it overcomes some requirement alone.
        let exception = self.exceptions.iter().any(|exception| {
            !nothing
                || self
                    .requirements
                    .iter()
                    .any(|each| each.rule.overcome_by >> exception.rule.code & 1 == 1)
        });
        match (nothing, license, exception) {
            (false, true, false) => Outcome::LicenseRequired,
            (false, false, _) => Outcome::LicenseException,
            (true, false, false) => Outcome::NoLicenseRequired,
            _ => Outcome::Unresolved,
        }
    }

    /// The open requirements that an exception overcomes together with those that hold.
    fn reach(&self, exception: &Exception) -> u64 {
        self.requirements
            .iter()
            .enumerate()
            .filter(|(_, each)| {
                each.truth == Truth::True || each.rule.overcome_by >> exception.code & 1 == 1
            })
            .fold(0, |bits, (at, _)| bits | 1 << at.min(63))
    }

    /// Whether an exception overcomes all of some requirements.
    fn reaches(&self, exception: &Exception, needed: u64) -> bool {
        self.requirements.iter().enumerate().all(|(at, each)| {
            needed >> at.min(63) & 1 == 0 || each.rule.overcome_by >> exception.code & 1 == 1
        })
    }

    /// Whether an open requirement can turn the outcome: always where nothing else is certain,
    /// otherwise where it takes away the last exception.
    pub(crate) fn turns_requirement(&self, overcome_by: u64) -> bool {
        if !self.any_held() {
            return true;
        }
        self.exceptions.iter().any(|exception| {
            let beaten = overcome_by >> exception.rule.code & 1 == 0;
            beaten && {
                let reach = self.reach(exception.rule);
                !self.exceptions.iter().any(|other| {
                    other.truth == Truth::True
                        && overcome_by >> other.rule.code & 1 == 1
                        && self.reaches(other.rule, reach)
                })
            }
        })
    }

    /// Whether an open exception can turn the outcome: where no certain one reaches as far.
    pub(crate) fn turns_exception(&self, exception: &Exception) -> bool {
        let reach = self.reach(exception);
        reach != 0
            && !self
                .exceptions
                .iter()
                .any(|other| other.truth == Truth::True && self.reaches(other.rule, reach))
    }
}

/// The policies that an application may meet: bits for the four, for "the text sets none", and for
/// "no such requirement".
#[derive(Clone, Copy)]
pub(crate) struct Options(u8);

impl Options {
    pub(crate) const NONE: Options = Options(0);
    pub(crate) const NULL: Options = Options(1 << 4);
    pub(crate) const ABSENT: Options = Options(1 << 5);

    pub(crate) fn of(policy: Policy) -> Options {
        Options(1 << policy as u8)
    }

    pub(crate) fn or(self, other: Options) -> Options {
        Options(self.0 | other.0)
    }

    fn bits(self) -> impl Iterator<Item = u8> {
        (0..6).filter(move |bit| self.0 >> bit & 1 == 1)
    }

    /// The options of two requirements together: the stricter, and none where one has none and the
    /// other is no denial.
    pub(crate) fn strictest(self, other: Options) -> Options {
        let mut out = Options::NONE;
        for a in self.bits() {
            for b in other.bits() {
                let denial = Policy::PresumptionOfDenial as u8;
                let both = match (a, b) {
                    (5, other) | (other, 5) => other,
                    (4, other) | (other, 4) => {
                        if other < 4 && other >= denial {
                            other
                        } else {
                            4
                        }
                    }
                    (a, b) => a.max(b),
                };
                out = Options(out.0 | 1 << both);
            }
        }
        out
    }

    /// The policy, where only one is possible.
    pub(crate) fn only(self) -> Option<Option<Policy>> {
        let mut bits = self.bits().filter(|bit| *bit != 5);
        match (bits.next(), bits.next()) {
            (Some(4), None) => Some(None),
            (Some(bit), None) => Some(Policy::ALL.get(usize::from(bit)).copied()),
            _ => None,
        }
    }
}
