//! Small linear programs, exactly what the allocation of chips under quotas needs.
//!
//! ```text
//! maximize c·x   subject to   A x ≤ b,   0 ≤ x,   b ≥ 0
//! ```
//!
//! The primal simplex method on a dense tableau with Bland's rule, which cannot cycle (Bland, "New
//! finite pivoting rules for the simplex method", Mathematics of Operations Research 2, 1977). The
//! dual values are the entries of the slack columns in the last objective row. A library is not
//! used because dual values and the same bits on every machine are both needed.

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The amounts.
    pub x: Vec<f64>,
    /// The value of one more unit of each limit.
    pub duals: Vec<f64>,
    /// The objective.
    pub objective: f64,
}

/// What is taken for zero.
const SMALL: f64 = 1e-9;

/// Solves a program; `None` where the objective has no bound, or a limit is negative or no number.
///
/// `a` has one row for each limit and one column for each amount.
pub fn maximize(c: &[f64], a: &[Vec<f64>], b: &[f64]) -> Option<Solution> {
    let (amounts, limits) = (c.len(), b.len());
    if b.iter().any(|limit| limit.is_nan() || *limit < 0.0) || a.len() != limits {
        return None;
    }
    let width = amounts + limits + 1;
    let mut rows: Vec<Vec<f64>> = a
        .iter()
        .zip(b)
        .enumerate()
        .map(|(at, (row, limit))| {
            let mut all = vec![0.0; width];
            all[..amounts].copy_from_slice(row);
            all[amounts + at] = 1.0;
            all[width - 1] = *limit;
            all
        })
        .collect();
    let mut objective = vec![0.0; width];
    for (place, gain) in objective.iter_mut().zip(c) {
        *place = -gain;
    }
    let mut basis: Vec<usize> = (amounts..amounts + limits).collect();
    while let Some(entering) = (0..width - 1).find(|at| objective[*at] < -SMALL) {
        let ratio = |at: usize| rows[at][width - 1] / rows[at][entering];
        let mut leaving: Option<usize> = None;
        for at in (0..limits).filter(|at| rows[*at][entering] > SMALL) {
            let better = leaving.is_none_or(|best| {
                let (mine, other) = (ratio(at), ratio(best));
                mine < other - SMALL || mine <= other + SMALL && basis[at] < basis[best]
            });
            if better {
                leaving = Some(at);
            }
        }
        let leaving = leaving?;
        pivot(&mut rows, &mut objective, leaving, entering);
        basis[leaving] = entering;
    }
    let mut x = vec![0.0; amounts];
    for (row, variable) in rows.iter().zip(&basis) {
        if *variable < amounts {
            x[*variable] = row[width - 1];
        }
    }
    let duals = objective[amounts..amounts + limits].to_vec();
    Some(Solution { x, duals, objective: objective[width - 1] })
}

/// Makes a column that of a row.
fn pivot(rows: &mut [Vec<f64>], objective: &mut [f64], row: usize, column: usize) {
    let by = rows[row][column];
    rows[row].iter_mut().for_each(|entry| *entry /= by);
    let pivoted = rows[row].clone();
    let others =
        rows.iter_mut().enumerate().filter(|(at, _)| *at != row).map(|(_, other)| &mut other[..]);
    for other in others.chain(std::iter::once(objective)) {
        let factor = other[column];
        if factor != 0.0 {
            for (entry, from) in other.iter_mut().zip(&pivoted) {
                *entry -= factor * from;
            }
            other[column] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_known_program_is_solved_with_its_duals() {
        // Dantzig's example as in Hillier and Lieberman: 3x + 5y, duals 0, 3/2, 1.
        let a = vec![vec![1.0, 0.0], vec![0.0, 2.0], vec![3.0, 2.0]];
        let found = maximize(&[3.0, 5.0], &a, &[4.0, 12.0, 18.0]).unwrap();
        assert_eq!(found.x, [2.0, 6.0]);
        assert_eq!(found.duals, [0.0, 1.5, 1.0]);
        assert_eq!(found.objective, 36.0);
    }

    #[test]
    fn what_has_no_bound_or_no_start_is_refused() {
        assert_eq!(maximize(&[1.0], &[vec![-1.0]], &[1.0]), None);
        assert_eq!(maximize(&[1.0], &[vec![1.0]], &[-1.0]), None);
    }

    /// Three designers and three places: every corner of the feasible set, by brute force.
    fn brute(c: &[f64], a: &[Vec<f64>], b: &[f64]) -> f64 {
        let n = c.len();
        let mut planes: Vec<(Vec<f64>, f64)> = a.iter().cloned().zip(b.iter().copied()).collect();
        for at in 0..n {
            let mut plane = vec![0.0; n];
            plane[at] = -1.0;
            planes.push((plane, 0.0));
        }
        let mut best: f64 = 0.0;
        let mut chosen: Vec<usize> = (0..n).collect();
        loop {
            if let Some(x) = corner(&planes, &chosen, n) {
                let inside = planes.iter().all(|(plane, limit)| dot(plane, &x) <= limit + 1e-7);
                if inside {
                    best = best.max(dot(c, &x));
                }
            }
            let Some(at) = (0..n).rposition(|at| chosen[at] < planes.len() - n + at) else {
                return best;
            };
            chosen[at] += 1;
            for next in at + 1..n {
                chosen[next] = chosen[next - 1] + 1;
            }
        }
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    /// Where the chosen planes meet, by Gauss.
    fn corner(planes: &[(Vec<f64>, f64)], chosen: &[usize], n: usize) -> Option<Vec<f64>> {
        let mut m: Vec<Vec<f64>> = chosen
            .iter()
            .map(|at| {
                let mut row = planes[*at].0.clone();
                row.push(planes[*at].1);
                row
            })
            .collect();
        for column in 0..n {
            let pivot =
                (column..n).max_by(|a, b| m[*a][column].abs().total_cmp(&m[*b][column].abs()))?;
            if m[pivot][column].abs() < 1e-9 {
                return None;
            }
            m.swap(column, pivot);
            for row in (0..n).filter(|row| *row != column) {
                let factor = m[row][column] / m[column][column];
                let from = m[column].clone();
                m[row].iter_mut().zip(&from).for_each(|(entry, from)| *entry -= factor * from);
            }
        }
        Some((0..n).map(|at| m[at][n] / m[at][at]).collect())
    }

    /// C12 on three buyers in three places: demands, quotas, supply.
    #[test]
    fn three_places_and_three_buyers_are_those_of_brute_force() {
        let gains = [4.0, 7.0, 2.5, 6.0, 3.0, 8.0, 5.0, 6.5, 1.5];
        let demands = [2.0, 1.0, 3.0, 2.5, 4.0, 1.5, 2.0, 1.0, 5.0];
        let quotas = [3.0, 4.5, 2.0];
        let mut a: Vec<Vec<f64>> = Vec::new();
        let mut b = Vec::new();
        for (at, demand) in demands.iter().enumerate() {
            let mut row = vec![0.0; 9];
            row[at] = 1.0;
            a.push(row);
            b.push(*demand);
        }
        for (place, quota) in quotas.iter().enumerate() {
            a.push((0..9).map(|at| if at / 3 == place { 1.0 } else { 0.0 }).collect());
            b.push(*quota);
        }
        a.push(vec![1.0; 9]);
        b.push(8.0);
        let found = maximize(&gains, &a, &b).unwrap();
        let best = brute(&gains, &a, &b);
        assert!((found.objective - best).abs() < 1e-6, "{} {best}", found.objective);
        assert!((dot(&found.duals, &b) - best).abs() < 1e-6);
        // Supply is worth what its last buyer pays: the second best of the third place.
        assert!(found.duals[12] > 0.0, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// C12: duals and objective of 2 places x 3 buyers with supply, demands and quotas.
        #[test]
        fn duals_are_those_of_brute_force(
            gains in proptest::collection::vec(1.0..9.0f64, 6),
            demands in proptest::collection::vec(1.0..5.0f64, 6),
            quotas in proptest::collection::vec(1.0..8.0f64, 2),
            supply in 3.0..12.0f64,
        ) {
            let mut a: Vec<Vec<f64>> = Vec::new();
            let mut b = Vec::new();
            for at in 0..6 {
                let mut row = vec![0.0; 6];
                row[at] = 1.0;
                a.push(row);
                b.push(demands[at]);
            }
            for (place, quota) in quotas.iter().enumerate() {
                let row = (0..6).map(|at| if at / 3 == place { 1.0 } else { 0.0 }).collect();
                a.push(row);
                b.push(*quota);
            }
            a.push(vec![1.0; 6]);
            b.push(supply);
            let found = maximize(&gains, &a, &b).unwrap();
            let best = brute(&gains, &a, &b);
            prop_assert!((found.objective - best).abs() < 1e-6, "{} {best}", found.objective);
            // Strong duality, and each dual value is what a little more of the limit brings.
            prop_assert!((dot(&found.duals, &b) - best).abs() < 1e-6);
            for limit in 6..9 {
                let mut wider = b.clone();
                wider[limit] += 1e-4;
                let up = (brute(&gains, &a, &wider) - best) / 1e-4;
                wider[limit] -= 2e-4;
                let down = (best - brute(&gains, &a, &wider)) / 1e-4;
                let dual = found.duals[limit];
                prop_assert!(dual >= up - 1e-3 && dual <= down + 1e-3, "{dual} {up} {down}");
            }
        }
    }
}
