//! Quantiles of samples.

/// A sample in ascending order.
#[derive(Clone, Debug)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts a sample.
    pub fn new(mut sample: Vec<f64>) -> Sorted {
        sample.sort_unstable_by(f64::total_cmp);
        Sorted(sample)
    }

    /// The value below which a share of the sample lies, interpolated between neighbors (type 7 of
    /// Hyndman and Fan 1996, which R and NumPy use by default); `None` of an empty sample.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let place = share.clamp(0.0, 1.0) * last as f64;
        let below = place.floor();
        let (low, high) = (self.0[below as usize], self.0[(below as usize + 1).min(last)]);
        Some(low + (high - low) * (place - below))
    }

    /// The share of the sample above a value; `None` of an empty sample.
    pub fn share_above(&self, value: f64) -> Option<f64> {
        let at_most = self.0.partition_point(|one| *one <= value);
        (!self.0.is_empty()).then(|| (self.0.len() - at_most) as f64 / self.0.len() as f64)
    }

    /// The mean, added up in ascending order; `None` of an empty sample.
    pub fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.iter().sum::<f64>() / self.0.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_type_7() {
        let sorted = Sorted::new(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!(sorted.quantile(0.0), Some(1.0));
        assert_eq!(sorted.quantile(0.5), Some(2.5));
        assert_eq!(sorted.quantile(0.25), Some(1.75));
        assert_eq!(sorted.quantile(1.0), Some(4.0));
        assert_eq!(sorted.share_above(2.0), Some(0.5));
        assert_eq!(sorted.mean(), Some(2.5));
        let empty = Sorted::new(Vec::new());
        assert_eq!((empty.quantile(0.5), empty.share_above(0.0), empty.mean()), (None, None, None));
    }
}
