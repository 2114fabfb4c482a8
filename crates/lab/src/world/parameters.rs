//! What is not known for certain: one number each, drawn for a whole run.

/// Declares the parameters: name, unit, a middle value.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident = $middle:literal,)*) => {
        /// The parameters of a run. Their distributions, sources and how far they are evidence or
        /// assumption stand in `data/lab/parameters.csv`, a row each.
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
    /// Chance of retaliation in the quarter of a step, logit at a step of size none.
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
    // Prices of what chips are made of, and then what is fixed.
    /// Price of a wafer of the newest logic, USD.
    wafer_price = 1.6e4,
    /// Price of high-bandwidth memory in 2023 by its bandwidth, USD per GB/s.
    memory_price = 0.42,
    /// What is left of that price after a year, ratio.
    memory_keep = 0.93,
    /// Cost of advanced packaging, assembly and test by die, USD.
    package_price = 1.5e3,
    /// Preference of Chinese companies for centers of their own abroad, ratio.
    abroad_weight = 0.04,
    /// The most of what China wants that its companies would buy abroad, share.
    abroad_most = 0.15,
    /// Defects per cm² in the newest logic, per cm2.
    foundry_defects = 0.0274,
    /// Diameter of a wafer, cm.
    wafer_diameter = 30.0,
    /// Growth of spending when everything has faded, times a year.
    growth_last = 1.06,
    /// When the long growth takes the place of the one before (2022Q4), year.
    growth_from = 2022.75,
    /// When that growth begins to fade (2026Q1), year.
    fade_from = 2026.0,
    /// When the capped countries' demand begins to part from the rest (2023Q1), year.
    capped_from = 2023.0,
    /// Share of a buyer's deviation that stays from one quarter to the next, share.
    buyer_keep = 0.8,
    /// Standard deviation of shocks to a buyer, logarithm a quarter.
    buyer_noise = 0.05,
    /// Response of prices to scarcity, exponent.
    scarcity_exponent = 0.15,
    /// The most that scarcity raises prices, ratio.
    scarcity_most = 1.6,
    /// How cost rises with the use of capacity, exponent.
    surcharge_exponent = 2.5,
    /// Weight of the newest quarter in the growth that plants plan for, share.
    need_smoothing = 0.5,
    /// The least growth that plants plan for, logarithm a quarter.
    need_growth_least = -0.3,
    /// The most growth that plants plan for, logarithm a quarter.
    need_growth_most = 0.5,
    /// First quarter of flagships that research can speed (2026Q2), year.
    speed_from = 2026.25,
    /// Share in sales from which a flagship is worth a chip for China, share.
    line_worth = 0.1,
    /// Spread of the time that a design takes, logarithm.
    line_spread = 0.25,
    /// Time to take a chip with other operations up, against that of a generation, ratio.
    requalify = 0.5,
    /// Age up to which flagships are asked for under a license, years.
    licensed_years = 5.0,
    /// Chips made for China ahead of sales, share of sales, share.
    stock_ahead = 0.1,
    /// Least size of a step that is bought ahead of, 0 to 1.
    pull_step = 0.4,
    /// Share of what was pulled forward that is made up for in a quarter, share.
    pull_back = 0.5,
    /// The most of a quarter's demand that makes up for it, share.
    pull_most = 0.8,
    /// Consignees in a country before any splits, consignees.
    consignees = 25.0,
    /// Advantage of a validated end user over applying, share of the margin, share.
    nveu_ease = 0.02,
    /// Least worth of a further consignee, share of what its chips cost, share.
    consignee_least = 0.02,
    /// How the number of consignees answers gains, 1 per logarithm.
    split_response = 0.25,
    /// The most consignees that one becomes, ratio.
    split_most = 5.0,
    /// Applications a quarter behind the luck of approval, applications.
    applications = 20.0,
    /// Area of a Chinese die, cm2.
    die_area = 6.65,
    /// Stacks of memory that a Chinese die takes, stacks.
    die_stacks = 4.0,
    /// Stacks of eight on a wafer of memory before yield, stacks.
    wafer_stacks = 88.0,
    /// When SMIC's wafers for AI begin (2021Q4), year.
    smic_from = 2021.75,
    /// Size at which the plant stops growing, wafers a month.
    smic_limit = 150000.0,
    /// Growth of the plant that full control of tools takes, share.
    tools_effect = 0.5,
    /// Part of that which the United States reach without allies, share.
    tools_alone = 0.4,
    /// Subsidy at which plants grow as the parameters say, USD a quarter.
    subsidy_normal = 2e9,
    /// Response of the plant's growth to subsidy, exponent.
    subsidy_exponent = 0.1,
    /// Least subsidy, against the normal one, that is told apart, ratio.
    subsidy_least = 0.1,
    /// When dies made abroad for Huawei begin to arrive (2023Q3), year.
    bank_from = 2023.5,
    /// Quarters over which they arrive, quarters.
    bank_quarters = 6.0,
    /// Diligence of foundries from which no more come after that, 0 to 1.
    bank_diligence = 0.5,
    /// Years for which Huawei's packaging grows as its parameter says, years.
    package_years = 4.0,
    /// Its growth afterwards, times a year.
    package_later = 1.25,
    /// When stacks are bought for Chinese dies and bound (2023Q1), year.
    hbm_from = 2023.0,
    /// Growth of stacks bought abroad, times a year.
    hbm_growth = 1.3,
    /// Stacks bought before a control, against other quarters, ratio.
    hbm_rush = 3.0,
    /// Rise of the control that is bought ahead of, 0 to 1.
    hbm_rush_step = 0.2,
    /// When CXMT's stacks begin (2026Q1), year.
    cxmt_from = 2026.0,
    /// Growth of its wafers at first, times a year.
    cxmt_growth = 1.7,
    /// Years for which they grow so, years.
    cxmt_years = 3.0,
    /// Their growth afterwards, times a year.
    cxmt_later = 1.15,
    /// Growth of the yield of a stack, times a year.
    cxmt_yield_growth = 1.2,
    /// The most that this yield comes to, share.
    cxmt_yield_most = 0.7,
    /// Output that control of tools by all takes, share.
    cxmt_tools = 0.4,
    /// Cost of moving a chip, share of its price, share.
    moving_cost = 0.08,
    /// Spread of the profit at which vendors begin, share of the price, share.
    vendor_choice = 0.08,
    /// Spread of the vendors' volumes, logarithm.
    vendor_spread = 0.6,
    /// Vendors that there can be, against the parameter, ratio.
    vendor_reserve = 1.6,
    /// Gap in value below which nobody smuggles, share.
    gap_least = 0.02,
    /// The most that is detected in a year, share.
    detection_most = 0.95,
    /// Budget for which detection is that of the parameter, USD a quarter.
    budget_2024 = 1.375e7,
    /// Effect of location verification, against notification, ratio.
    location_effect = 2.0,
    /// Quarters for which one who was caught is out, quarters.
    caught_out = 6.0,
    /// Part of a quarter's chips that is seized then, share.
    caught_seized = 0.5,
    /// Chance that a front is audited without any suspicion, share a quarter.
    audit_base = 0.02,
    /// What full suspicion adds to it, share a quarter.
    audit_suspicion = 0.08,
    /// Misses that a second look finds, share.
    backcheck = 0.2,
    /// Misses that whistleblowers find, share.
    whistle_effect = 0.5,
    /// Weight of vendors alone, share.
    path_vendors = 0.75,
    /// The same and that of both paths, share.
    path_fronts = 0.95,
    /// Powers of ten by which volumes differ at most where neither path holds, decades.
    path_scale = 2.0,
    /// Years in which a rented chip earns its price, years.
    rent_years = 4.0,
    /// Share of the time for which it is rented, share.
    rent_use = 0.6,
    /// All of a center against its chips, ratio.
    beside = 1.84,
    /// Price of renting against buying, ratio.
    rent_markup = 1.1,
    /// Rented compute that ends in a quarter of full control, share.
    rent_ends = 0.5,
    /// 8-bit operations of a domestic die of 2024, H100e.
    die_h100e = 0.38,
    /// Growth of that, times a year.
    die_growth = 1.25,
    /// When it begins (2026Q1), year.
    die_growth_from = 2026.0,
    /// Value of that die before usefulness, H100 = 1.
    die_value = 0.42,
    /// How the value grows with the die's operations, exponent.
    die_value_exponent = 0.7,
    /// What is left of its price after a year, ratio.
    die_keep = 0.9,
    /// When that fall begins (2024Q1), year.
    die_price_from = 2024.0,
    /// Part of a fee that the buyer pays in the price, share.
    fee_passed = 0.5,
    /// Value against what needs no license from which licenses are asked for, ratio.
    licensed_better = 1.2,
    /// Least price by value at which domestic chips are reckoned, against the list, ratio.
    domestic_floor = 0.25,
    /// Highest premium, ratio to list price.
    premium_most = 4.0,
    /// Part of the premium that stays where nothing is supplied, share a quarter.
    premium_keep = 0.8,
    /// Gap in value at which a first seller finds the base premium, share.
    premium_gap = 0.5,
    /// The most that a wider gap raises it, ratio.
    premium_gap_most = 1.5,
    /// Least usefulness of domestic chips, ratio.
    quality_least = 0.05,
    /// Highest usefulness of domestic chips, ratio.
    quality_most = 1.2,
    /// Research of Chinese vendors per dollar of revenue, share.
    china_research = 0.2,
    /// Part of China's subsidy that is research, share.
    subsidy_research = 0.25,
    /// Part of what China wants that it would buy without controls, share.
    china_served = 0.9,
    /// Quarters over which research shows in chips, quarters.
    speed_quarters = 6.0,
    /// Largest share of revenue that can be lost, share.
    lost_most = 0.9,
    /// NVIDIA's share before others came, share.
    nvidia_first = 0.97,
    /// When it begins to fall (2022Q4), year.
    nvidia_from = 2022.75,
    /// Years until it is that of the parameter (the end of 2025), years.
    nvidia_years = 3.25,
    /// How far it falls on, against the fall until then, ratio.
    nvidia_most = 1.6,
    /// The least that it comes to, share.
    nvidia_least = 0.5,
    /// Quarters that a plant takes, quarters.
    ally_quarters = 8.0,
    /// Subsidy that moves capacity as prices twice as high do, USD a quarter.
    ally_normal = 1e10,
    /// Part of what China wants for which centers are built, share.
    centers_built = 0.9,
    /// Centers that stay in a quarter, share.
    centers_keep = 0.97,
    /// Capacity lost while minerals are banned, share.
    mineral_loss = 0.01,
    /// How a step raises the chance of retaliation, logit.
    retaliation_step = 3.0,
    /// How a truce lowers it, logit.
    retaliation_truce = 4.0,
    /// Weight of the last value, share a quarter.
    market_keep = 0.7,
    /// Least margin in the value, share.
    margin_least = 0.05,
    /// Leaning to the U.S. stack at first, outside China, 0 to 1.
    stack_first = 0.97,
    /// The same in China, 0 to 1.
    stack_first_china = 0.9,
    /// Where embargoed places tend, 0 to 1.
    stack_embargoed = 0.1,
    /// How far pressure moves a place, against drift, ratio.
    stack_pressed = 0.15,
    /// Part of the Chinese stack where nothing is held back, share.
    stack_other = 0.02,
    /// Share of one stack from which a place is locked in, share.
    locked_from = 0.8,
    /// Jobs that a dollar of sales a year holds, jobs.
    jobs_per_dollar = 1.038961e-6,
    /// Cambricon's share of what other Chinese designers make, share.
    cambricon_share = 0.5,
    /// Small foreign cards sold in China, cards a quarter.
    small_foreign = 178000.0,
    /// Small cards of other Chinese designers for each of their dies, cards.
    small_cards = 3.0,
    /// Huawei's cards for each of its dies, cards.
    package_cards = 0.75,
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
