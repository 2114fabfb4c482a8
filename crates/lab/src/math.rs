//! Functions whose bits are the same on every machine: `libm`, compiled with the program.

/// e to the power of a number.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// The natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// A power.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// The logistic function, between 0 and 1.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}
