//! What is not known for certain: one number each, drawn for a whole run.

/// Declares the parameters: name, unit, a middle value.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident = $middle:literal,)*) => {
        /// The parameters of a run. Their distributions, sources and how far they are evidence or
        /// assumption stand in `data/lab/priors.csv`, a row each.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Parameters {
            $($(#[$doc])* pub $name: f64,)*
        }

        impl Parameters {
            /// Their names, in the order of [`Parameters::from_values`].
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Parameters from values in the order of [`Parameters::NAMES`]; `None` where there are
            /// too few or too many.
            pub fn from_values(values: &[f64]) -> Option<Parameters> {
                let mut values = values.iter().copied();
                let parameters = Parameters { $($name: values.next()?,)* };
                values.next().is_none().then_some(parameters)
            }

            /// The values in the order of [`Parameters::NAMES`].
            pub fn values(&self) -> Vec<f64> {
                vec![$(self.$name),*]
            }
        }

        impl Default for Parameters {
            /// A middle value of each, for tests and first looks.
            fn default() -> Parameters {
                Parameters { $($name: $middle,)* }
            }
        }
    };
}

parameters! {
    /// Spending on accelerators outside China in the first quarter of 2022, USD a quarter.
    spend_2022 = 2.35e9,
    /// Its growth before the boom, times a year.
    growth_before = 1.25,
    /// How much faster it grows when the boom begins, logarithm a year.
    boom = 1.9,
    /// How long the boom's excess lasts, years.
    boom_years = 0.85,
    /// Its growth after the boom, times a year.
    growth_long = 1.6,
    /// How long that growth lasts until it fades, years from the end of 2025.
    fade_years = 4.0,
    /// The most that the world can spend outside China, USD a quarter.
    spend_ceiling = 4.5e11,
    /// Standard deviation of the shocks to spending, logarithm a quarter.
    spend_noise = 0.06,
    /// Price elasticity of the demand for compute, absolute value.
    price_elasticity = 1.0,
    /// All chip prices against the list in `flagships.csv`, ratio.
    price_level = 1.0,
    /// What is left of a chip's price after a year, ratio.
    price_keep = 0.87,
    /// How long a generation takes to replace the one before, quarters.
    ramp_quarters = 3.6,
    /// NVIDIA's share of the spending outside China by the end of 2025.
    nvidia_share = 0.80,
    /// Capacity of advanced packaging in the first quarter of 2022, reticle-size dies a quarter.
    capacity_2022 = 2.6e5,
    /// The fastest it can grow, logarithm a quarter.
    capacity_growth = 0.30,
    /// How much of unmet demand waits for the next quarter, share.
    backlog_keep = 0.6,
    /// Cost of a chip at its first price, share of the price.
    cost_share = 0.25,
    /// Cost surcharge at full use of capacity, share of the cost.
    surcharge = 0.3,
    /// Economic life of a chip: scale of a Weibull distribution, years.
    life_years = 6.5,
    /// Economic life of a chip: shape of that distribution.
    life_shape = 2.5,
    /// Value of a chip to a buyer: exponent of its performance.
    value_tpp = 0.5,
    /// Value of a chip to a buyer: exponent of its memory bandwidth.
    value_dram = 0.35,
    /// Value of a chip to a buyer: exponent of its interconnect.
    value_io = 0.15,
    /// China's spending against that of the rest of the world, ratio.
    china_spend = 0.24,
    /// Standard deviation of the shocks to China's spending, logarithm a quarter.
    china_noise = 0.12,
    /// Elasticity of substitution between sources of compute in China.
    sigma_source = 3.0,
    /// Usefulness of a domestic chip against a foreign one of the same figures, ratio, at first.
    quality_domestic = 0.6,
    /// How fast that follows the domestic share, a year.
    quality_learning = 0.15,
    /// What a larger research effort does to it, logarithm per logarithm (sign disputed).
    quality_research = 0.0,
    /// Price of a domestic die with its memory at first, USD.
    price_domestic = 1.5e4,
    /// Preference for rented compute against owned, ratio.
    rented_weight = 0.4,
    /// Preference for smuggled compute against what is sold openly, ratio.
    smuggled_weight = 0.3,
    /// Months from a rule to a chip made for it.
    design_months = 2.0,
    /// How far below the price of its value a chip for China is sold, share.
    variant_discount = 0.05,
    /// Demand pulled forward before a rule, quarters' worth.
    pull_forward = 0.5,
    /// Share of applications approved under a presumption of approval.
    approve_presumed = 0.9,
    /// Share approved case by case.
    approve_case = 0.35,
    /// Share approved under a presumption of denial.
    approve_denial = 0.02,
    /// Delay of a license, quarters, middle of a lognormal distribution.
    license_delay = 1.2,
    /// Vendors that smuggle once the trade is established.
    vendors = 75.0,
    /// Chips a month that a middle vendor moves.
    vendor_monthly = 130.0,
    /// Cloud companies that serve as fronts.
    fronts = 3.2,
    /// Chips that a front orders a year.
    front_orders = 3.2e4,
    /// Share of its orders that a front diverts.
    front_diverts = 0.7,
    /// Where between 0 and 1 this world lies among: vendors alone (below 0.75), both paths (below
    /// 0.95), neither as described.
    path = 0.5,
    /// How fast vendors enter once it pays, share of the gap a quarter.
    vendor_entry = 0.12,
    /// How smuggled volume grows with the volume of the world's market, exponent.
    vendor_scale = 0.5,
    /// Premium over list price with little enforcement, ratio.
    premium_base = 1.3,
    /// Detection of a vendor, probability a year, at first.
    detection = 0.13,
    /// False negative rate of an inspection.
    inspection_misses = 0.4,
    /// Cost of an inspection, USD.
    inspection_cost = 2.5e5,
    /// Penalty as a multiple of the value.
    fine_multiple = 2.0,
    /// Share of compute outside China and the United States that may be rented to China.
    rent_share = 0.12,
    /// Wafers a month that SMIC puts into AI chips in the last quarter of 2023.
    smic_wafers_2023 = 1500.0,
    /// Their growth with free access to tools, times a year.
    smic_growth = 1.8,
    /// Defects per cm² at SMIC in the last quarter of 2023.
    defects_2023 = 0.19,
    /// Fall of defects per doubling of cumulative output, share.
    learning = 0.20,
    /// Share of packages that work.
    packaging_yield = 0.75,
    /// Dies made abroad for Huawei until the end of 2024.
    die_bank = 2.7e6,
    /// Dies a quarter that Huawei can package in the last quarter of 2023.
    package_2023 = 7.0e4,
    /// Growth of that, times a year.
    package_growth = 2.4,
    /// Stacks of high-bandwidth memory bought abroad a quarter in 2024.
    hbm_imports = 1.1e6,
    /// Wafers a month that CXMT puts into high-bandwidth memory in 2026.
    cxmt_wafers_2026 = 2.0e4,
    /// Yield of a stack of eight at CXMT in 2026.
    cxmt_yield_2026 = 0.25,
    /// Share of China's dies that are not Huawei's.
    other_domestic = 0.10,
    /// Rise of China's research after a listing, share.
    research_response = 0.166,
    /// Research of U.S. firms per dollar of revenue.
    research_share = 0.18,
    /// What research does to the speed of new generations, exponent.
    research_effect = 0.08,
    /// Delay of new capacity, quarters.
    capacity_lag = 2.5,
    /// Response of allied capacity to price and subsidy, share a quarter.
    ally_response = 0.05,
    /// Chance of retaliation a quarter after a large step, logit at a step of one.
    retaliation = -1.0,
    /// How the U.S. market values a dollar of expected margin a year, ratio.
    market_multiple = 18.0,
    /// Standard deviation of NVIDIA's return beyond the market, a quarter.
    market_noise = 0.12,
    /// How fast places move to the stack that they use, a quarter.
    stack_drift = 0.06,
    /// Growth of the capped countries' demand against the rest, times a year.
    capped_growth = 1.12,
    /// Cost of setting up a further consignee for the low-performance exception, USD.
    consignee_cost = 5.0e3,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_places() {
        let values: Vec<f64> = (0..Parameters::NAMES.len()).map(|place| place as f64).collect();
        let parameters = Parameters::from_values(&values).unwrap();
        assert_eq!(parameters.values(), values);
        assert_eq!(Parameters::NAMES[0], "spend_2022");
        assert!(Parameters::from_values(&values[1..]).is_none());
    }
}
