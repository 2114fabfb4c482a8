//! Tables that stand beside a run: sensitivities and the fit, as they are read back.

use crate::table::{Table, TableError};

/// How much one parameter moves one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The method, such as `sobol` or `morris`.
    pub method: String,
    /// The output.
    pub output: String,
    /// The parameter.
    pub parameter: String,
    /// How much.
    pub index: Index,
}

/// An index of sensitivity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Index {
    /// Shares of the output's variance.
    Variance {
        /// Of the parameter alone.
        first: f64,
        /// With its interactions.
        total: f64,
        /// The interval of the total.
        total_ends: Option<(f64, f64)>,
    },
    /// Effects of single steps.
    Screening {
        /// The mean of their sizes.
        mu_star: f64,
        /// Their standard deviation.
        sigma: f64,
    },
}

/// Reads a table of sensitivities: rows with `total` are shares of variance, others need `mu_star`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read(name: &str, text: &str) -> Result<Vec<Sensitivity>, TableError> {
    let table = Table::read(name, text)?;
    let [method, output, parameter, first] =
        ["method", "output", "parameter", "first"].map(|column| table.column(column));
    let [total, low, high, mu_star, sigma] =
        ["total", "total_low", "total_high", "mu_star", "sigma"].map(|column| table.column(column));
    let (method, output, parameter, first) = (method?, output?, parameter?, first?);
    let (total, low, high, mu_star, sigma) = (total?, low?, high?, mu_star?, sigma?);
    let one = |row: usize| {
        let number = |column| table.maybe_number(row, column);
        let index = match (number(total)?, number(mu_star)?) {
            (Some(total), _) => Index::Variance {
                first: number(first)?.unwrap_or(0.0),
                total,
                total_ends: number(low)?.zip(number(high)?),
            },
            (None, Some(mu_star)) => {
                Index::Screening { mu_star, sigma: number(sigma)?.unwrap_or(0.0) }
            }
            (None, None) => {
                return Err(table.unusable(row, total, "neither it nor `mu_star` is given"));
            }
        };
        let cell = |column: usize| table.text(row, column).to_owned();
        let (method, output, parameter) = (cell(method), cell(output), cell(parameter));
        Ok(Sensitivity { method, output, parameter, index })
    };
    (0..table.len()).map(one).collect()
}

/// How one target was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The target's id.
    pub target: String,
    /// Whether it may have been fitted, as the table says.
    pub split: String,
    /// The unit.
    pub unit: String,
    /// What was observed.
    pub observed: f64,
    /// How far the observation may be off.
    pub ends: Option<(f64, f64)>,
    /// The 10, 50 and 90 percent quantiles of the simulation.
    pub simulated: [f64; 3],
    /// Whether the middle 80 percent hold what was observed.
    pub covered: bool,
    /// The continuous ranked probability score.
    pub crps: Option<f64>,
    /// The same of a drift, of a constant share, and of what held before the last rule.
    pub crps_of: [Option<f64>; 3],
}

/// What a cell says of yes and no.
fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a table of how targets were met.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_fit(name: &str, text: &str) -> Result<Vec<Fit>, TableError> {
    let table = Table::read(name, text)?;
    let [target, split, unit, observed, low, high] =
        ["target", "split", "unit", "observed", "low", "high"].map(|column| table.column(column));
    let simulated = ["p10", "p50", "p90"].map(|column| table.column(column));
    let [covered, crps, drift, share, last] =
        ["covered", "crps", "crps_drift", "crps_share", "crps_last_rule"]
            .map(|column| table.column(column));
    let (target, split, unit, observed) = (target?, split?, unit?, observed?);
    let (low, high, covered, crps) = (low?, high?, covered?, crps?);
    let [p10, p50, p90] = simulated;
    let simulated = [p10?, p50?, p90?];
    let others = [drift?, share?, last?];
    let one = |row: usize| {
        let number = |column| table.maybe_number(row, column);
        let said = yes_or_no(table.text(row, covered));
        let [a, b, c] = simulated.map(|column| table.number(row, column));
        let [d, e, f] = others.map(number);
        Ok(Fit {
            target: table.text(row, target).to_owned(),
            split: table.text(row, split).to_owned(),
            unit: table.text(row, unit).to_owned(),
            observed: table.number(row, observed)?,
            ends: number(low)?.zip(number(high)?),
            simulated: [a?, b?, c?],
            covered: said.ok_or_else(|| table.unusable(row, covered, "write true or false"))?,
            crps: number(crps)?,
            crps_of: [d?, e?, f?],
        })
    };
    (0..table.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "method,output,parameter,first,first_low,first_high,total,total_low,\
                        total_high,mu_star,sigma\n";

    #[test]
    fn both_kinds_of_indices_are_read() {
        let text = format!(
            "{HEAD}sobol,smuggled_cum,n_vendor,0.4,0.3,0.5,0.6,0.5,0.7,,\n\
             morris,smuggled_cum,v_month,,,,,,,12000,3000\n"
        );
        let rows = read("s.csv", &text).expect("sound");
        let total_ends = Some((0.5, 0.7));
        assert_eq!(rows[0].index, Index::Variance { first: 0.4, total: 0.6, total_ends });
        assert_eq!(rows[1].index, Index::Screening { mu_star: 12_000.0, sigma: 3_000.0 });
        let wrong = read("s.csv", &format!("{HEAD}sobol,a,b,,,,,,,,\n")).expect_err("no index");
        assert!(wrong.to_string().contains("row 2, column `total`"), "{wrong}");
    }

    #[test]
    fn failures_are_read_as_failures() {
        let head = "target,split,unit,observed,low,high,p10,p50,p90,covered,crps,error,crps_drift,\
                    crps_share,crps_last_rule\n";
        let text = format!("{head}T03,holdout,H100e,10,8,12,20,25,30,false,9,15,3,,4\n");
        let fit = &read_fit("f.csv", &text).expect("sound")[0];
        assert!(!fit.covered);
        assert_eq!(fit.simulated, [20.0, 25.0, 30.0]);
        assert_eq!(fit.crps_of, [Some(3.0), None, Some(4.0)]);
        let wrong = read_fit("f.csv", &text.replace("false", "maybe")).expect_err("no word");
        assert!(wrong.to_string().contains("column `covered`"), "{wrong}");
    }
}
