//! What is not known for certain: one number each, drawn for a whole run.

/// Declares the parameters.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
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
    };
}

parameters! {
    /// Spending on accelerators outside China in the first quarter of 2022, USD a quarter.
    spend_2022,
    /// Its growth before the boom, times a year.
    growth_before,
    /// How much faster it grows when the boom begins, logarithm a year.
    boom,
    /// How long the boom's excess lasts, years.
    boom_years,
    /// Its growth after the boom, times a year.
    growth_long,
    /// How long that growth lasts until it fades, years from the end of 2025.
    fade_years,
    /// The most that the world can spend outside China, USD a quarter.
    spend_ceiling,
    /// Standard deviation of the shocks to spending, logarithm a quarter.
    spend_noise,
    /// Price elasticity of the demand for compute, absolute value.
    price_elasticity,
    /// All chip prices against the list in `flagships.csv`, ratio.
    price_level,
    /// What is left of a chip's price after a year, ratio.
    price_keep,
    /// How long a generation takes to replace the one before, quarters.
    ramp_quarters,
    /// NVIDIA's share of the spending outside China by the end of 2025.
    nvidia_share,
    /// Capacity of advanced packaging in the first quarter of 2022, reticle-size dies a quarter.
    capacity_2022,
    /// The fastest it can grow, logarithm a quarter.
    capacity_growth,
    /// How much of unmet demand waits for the next quarter, share.
    backlog_keep,
    /// Cost of a chip at its first price, share of the price.
    cost_share,
    /// Cost surcharge at full use of capacity, share of the cost.
    surcharge,
    /// Economic life of a chip: scale of a Weibull distribution, years.
    life_years,
    /// Economic life of a chip: shape of that distribution.
    life_shape,
    /// Value of a chip to a buyer: exponent of its performance.
    value_tpp,
    /// Value of a chip to a buyer: exponent of its memory bandwidth.
    value_dram,
    /// Value of a chip to a buyer: exponent of its interconnect.
    value_io,
    /// China's spending against that of the rest of the world, ratio.
    china_spend,
    /// Standard deviation of the shocks to China's spending, logarithm a quarter.
    china_noise,
    /// Elasticity of substitution between sources of compute in China.
    sigma_source,
    /// Usefulness of a domestic chip against a foreign one of the same figures, ratio, at first.
    quality_domestic,
    /// How fast that follows the domestic share, a year.
    quality_learning,
    /// What a larger research effort does to it, logarithm per logarithm (sign disputed).
    quality_research,
    /// Price of a domestic die with its memory at first, USD.
    price_domestic,
    /// Preference for rented compute against owned, ratio.
    rented_weight,
    /// Preference for smuggled compute against what is sold openly, ratio.
    smuggled_weight,
    /// Months from a rule to a chip made for it.
    design_months,
    /// How far below the price of its value a chip for China is sold, share.
    variant_discount,
    /// Demand pulled forward before a rule, quarters' worth.
    pull_forward,
    /// Share of applications approved under a presumption of approval.
    approve_presumed,
    /// Share approved case by case.
    approve_case,
    /// Share approved under a presumption of denial.
    approve_denial,
    /// Delay of a license, quarters, middle of a lognormal distribution.
    license_delay,
    /// Vendors that smuggle once the trade is established.
    vendors,
    /// Chips a month that a middle vendor moves.
    vendor_monthly,
    /// Cloud companies that serve as fronts.
    fronts,
    /// Chips that a front orders a year.
    front_orders,
    /// Share of its orders that a front diverts.
    front_diverts,
    /// Where between 0 and 1 this world lies among: vendors alone (below 0.75), both paths (below
    /// 0.95), neither as described.
    path,
    /// How fast vendors enter once it pays, share of the gap a quarter.
    vendor_entry,
    /// How smuggled volume grows with the volume of the world's market, exponent.
    vendor_scale,
    /// Premium over list price with little enforcement, ratio.
    premium_base,
    /// Detection of a vendor, probability a year, at first.
    detection,
    /// False negative rate of an inspection.
    inspection_misses,
    /// Cost of an inspection, USD.
    inspection_cost,
    /// Penalty as a multiple of the value.
    fine_multiple,
    /// Share of compute outside China and the United States that may be rented to China.
    rent_share,
    /// Wafers a month that SMIC puts into AI chips in the last quarter of 2023.
    smic_wafers_2023,
    /// Their growth with free access to tools, times a year.
    smic_growth,
    /// Defects per cm² at SMIC in the last quarter of 2023.
    defects_2023,
    /// Fall of defects per doubling of cumulative output, share.
    learning,
    /// Share of packages that work.
    packaging_yield,
    /// Dies made abroad for Huawei until the end of 2024.
    die_bank,
    /// Dies a quarter that Huawei can package in the last quarter of 2023.
    package_2023,
    /// Growth of that, times a year.
    package_growth,
    /// Stacks of high-bandwidth memory bought abroad a quarter in 2024.
    hbm_imports,
    /// Wafers a month that CXMT puts into high-bandwidth memory in 2026.
    cxmt_wafers_2026,
    /// Yield of a stack of eight at CXMT in 2026.
    cxmt_yield_2026,
    /// Share of China's dies that are not Huawei's.
    other_domestic,
    /// Rise of China's research after a listing, share.
    research_response,
    /// Research of U.S. firms per dollar of revenue.
    research_share,
    /// What research does to the speed of new generations, exponent.
    research_effect,
    /// Delay of new capacity, quarters.
    capacity_lag,
    /// Response of allied capacity to price and subsidy, share a quarter.
    ally_response,
    /// Chance of retaliation in the quarter of a step, logit at a step of size none.
    retaliation,
    /// How the U.S. market values a dollar of expected margin a year, ratio.
    market_multiple,
    /// Standard deviation of NVIDIA's return beyond the market, a quarter.
    market_noise,
    /// How fast places move to the stack that they use, a quarter.
    stack_drift,
    /// Growth of the capped countries' demand against the rest, times a year.
    capped_growth,
    /// Cost of setting up a further consignee for the low-performance exception, USD.
    consignee_cost,
    // Prices of what chips are made of, and then what is fixed.
    /// Price of a wafer of the newest logic, USD.
    wafer_price,
    /// Price of high-bandwidth memory in 2023 by its bandwidth, USD per GB/s.
    memory_price,
    /// What is left of that price after a year, ratio.
    memory_keep,
    /// Cost of advanced packaging, assembly and test by die, USD.
    package_price,
    /// Preference of Chinese companies for centers of their own abroad, ratio.
    abroad_weight,
    /// The most of what China wants that its companies would buy abroad, share.
    abroad_most,
    /// Defects per cm² in the newest logic, per cm2.
    foundry_defects,
    /// Diameter of a wafer, cm.
    wafer_diameter,
    /// Growth of spending when everything has faded, times a year.
    growth_last,
    /// When the long growth takes the place of the one before (2022Q4), year.
    growth_from,
    /// When that growth begins to fade (2026Q1), year.
    fade_from,
    /// When the capped countries' demand begins to part from the rest (2023Q1), year.
    capped_from,
    /// Share of a buyer's deviation that stays from one quarter to the next, share.
    buyer_keep,
    /// Standard deviation of shocks to a buyer, logarithm a quarter.
    buyer_noise,
    /// Response of prices to scarcity, exponent.
    scarcity_exponent,
    /// The most that scarcity raises prices, ratio.
    scarcity_most,
    /// How cost rises with the use of capacity, exponent.
    surcharge_exponent,
    /// Weight of the newest quarter in the growth that plants plan for, share.
    need_smoothing,
    /// The least growth that plants plan for, logarithm a quarter.
    need_growth_least,
    /// The most growth that plants plan for, logarithm a quarter.
    need_growth_most,
    /// First quarter of flagships that research can speed (2026Q2), year.
    speed_from,
    /// Share in sales from which a flagship is worth a chip for China, share.
    line_worth,
    /// Spread of the time that a design takes, logarithm.
    line_spread,
    /// Time to take a chip with other operations up, against that of a generation, ratio.
    requalify,
    /// Age up to which flagships are asked for under a license, years.
    licensed_years,
    /// Chips made for China ahead of sales, share of sales, share.
    stock_ahead,
    /// Least size of a step that is bought ahead of, 0 to 1.
    pull_step,
    /// Share of what was pulled forward that is made up for in a quarter, share.
    pull_back,
    /// The most of a quarter's demand that makes up for it, share.
    pull_most,
    /// Consignees in a country before any splits, consignees.
    consignees,
    /// Advantage of a validated end user over applying, share of the margin, share.
    nveu_ease,
    /// Least worth of a further consignee, share of what its chips cost, share.
    consignee_least,
    /// How the number of consignees answers gains, 1 per logarithm.
    split_response,
    /// The most consignees that one becomes, ratio.
    split_most,
    /// Applications a quarter behind the luck of approval, applications.
    applications,
    /// Area of a Chinese die, cm2.
    die_area,
    /// Stacks of memory that a Chinese die takes, stacks.
    die_stacks,
    /// Stacks of eight on a wafer of memory before yield, stacks.
    wafer_stacks,
    /// When SMIC's wafers for AI begin (2021Q4), year.
    smic_from,
    /// Size at which the plant stops growing, wafers a month.
    smic_limit,
    /// Growth of the plant that full control of tools takes, share.
    tools_effect,
    /// Part of that which the United States reach without allies, share.
    tools_alone,
    /// Subsidy at which plants grow as the parameters say, USD a quarter.
    subsidy_normal,
    /// Response of the plant's growth to subsidy, exponent.
    subsidy_exponent,
    /// Least subsidy, against the normal one, that is told apart, ratio.
    subsidy_least,
    /// When dies made abroad for Huawei begin to arrive (2023Q3), year.
    bank_from,
    /// Quarters over which they arrive, quarters.
    bank_quarters,
    /// Diligence of foundries from which no more come after that, 0 to 1.
    bank_diligence,
    /// Years for which Huawei's packaging grows as its parameter says, years.
    package_years,
    /// Its growth afterwards, times a year.
    package_later,
    /// When stacks are bought for Chinese dies and bound (2023Q1), year.
    hbm_from,
    /// Growth of stacks bought abroad, times a year.
    hbm_growth,
    /// Stacks bought before a control, against other quarters, ratio.
    hbm_rush,
    /// Rise of the control that is bought ahead of, 0 to 1.
    hbm_rush_step,
    /// When CXMT's stacks begin (2026Q1), year.
    cxmt_from,
    /// Growth of its wafers at first, times a year.
    cxmt_growth,
    /// Years for which they grow so, years.
    cxmt_years,
    /// Their growth afterwards, times a year.
    cxmt_later,
    /// Growth of the yield of a stack, times a year.
    cxmt_yield_growth,
    /// The most that this yield comes to, share.
    cxmt_yield_most,
    /// Output that control of tools by all takes, share.
    cxmt_tools,
    /// Cost of moving a chip, share of its price, share.
    moving_cost,
    /// Spread of the profit at which vendors begin, share of the price, share.
    vendor_choice,
    /// Spread of the vendors' volumes, logarithm.
    vendor_spread,
    /// Vendors that there can be, against the parameter, ratio.
    vendor_reserve,
    /// Gap in value below which nobody smuggles, share.
    gap_least,
    /// The most that is detected in a year, share.
    detection_most,
    /// Budget for which detection is that of the parameter, USD a quarter.
    budget_2024,
    /// Effect of location verification, against notification, ratio.
    location_effect,
    /// Quarters for which one who was caught is out, quarters.
    caught_out,
    /// Part of a quarter's chips that is seized then, share.
    caught_seized,
    /// Chance that a front is audited without any suspicion, share a quarter.
    audit_base,
    /// What full suspicion adds to it, share a quarter.
    audit_suspicion,
    /// Misses that a second look finds, share.
    backcheck,
    /// Misses that whistleblowers find, share.
    whistle_effect,
    /// Weight of vendors alone, share.
    path_vendors,
    /// The same and that of both paths, share.
    path_fronts,
    /// Powers of ten by which volumes differ at most where neither path holds, decades.
    path_scale,
    /// Years in which a rented chip earns its price, years.
    rent_years,
    /// Share of the time for which it is rented, share.
    rent_use,
    /// All of a center against its chips, ratio.
    beside,
    /// Price of renting against buying, ratio.
    rent_markup,
    /// Rented compute that ends in a quarter of full control, share.
    rent_ends,
    /// 8-bit operations of a domestic die of 2024, H100e.
    die_h100e,
    /// Growth of that, times a year.
    die_growth,
    /// When it begins (2026Q1), year.
    die_growth_from,
    /// Value of that die before usefulness, H100 = 1.
    die_value,
    /// How the value grows with the die's operations, exponent.
    die_value_exponent,
    /// What is left of its price after a year, ratio.
    die_keep,
    /// When that fall begins (2024Q1), year.
    die_price_from,
    /// Part of a fee that the buyer pays in the price, share.
    fee_passed,
    /// Value against what needs no license from which licenses are asked for, ratio.
    licensed_better,
    /// Least price by value at which domestic chips are reckoned, against the list, ratio.
    domestic_floor,
    /// Highest premium, ratio to list price.
    premium_most,
    /// Part of the premium that stays where nothing is supplied, share a quarter.
    premium_keep,
    /// Gap in value at which a first seller finds the base premium, share.
    premium_gap,
    /// The most that a wider gap raises it, ratio.
    premium_gap_most,
    /// Least usefulness of domestic chips, ratio.
    quality_least,
    /// Highest usefulness of domestic chips, ratio.
    quality_most,
    /// Research of Chinese vendors per dollar of revenue, share.
    china_research,
    /// Part of China's subsidy that is research, share.
    subsidy_research,
    /// Part of what China wants that it would buy without controls, share.
    china_served,
    /// Quarters over which research shows in chips, quarters.
    speed_quarters,
    /// Largest share of revenue that can be lost, share.
    lost_most,
    /// NVIDIA's share before others came, share.
    nvidia_first,
    /// When it begins to fall (2022Q4), year.
    nvidia_from,
    /// Years until it is that of the parameter (the end of 2025), years.
    nvidia_years,
    /// How far it falls on, against the fall until then, ratio.
    nvidia_most,
    /// The least that it comes to, share.
    nvidia_least,
    /// Quarters that a plant takes, quarters.
    ally_quarters,
    /// Subsidy that moves capacity as prices twice as high do, USD a quarter.
    ally_normal,
    /// Part of what China wants for which centers are built, share.
    centers_built,
    /// Centers that stay in a quarter, share.
    centers_keep,
    /// Capacity lost while minerals are banned, share.
    mineral_loss,
    /// How a step raises the chance of retaliation, logit.
    retaliation_step,
    /// How a truce lowers it, logit.
    retaliation_truce,
    /// Weight of the last value, share a quarter.
    market_keep,
    /// Least margin in the value, share.
    margin_least,
    /// Leaning to the U.S. stack at first, outside China, 0 to 1.
    stack_first,
    /// The same in China, 0 to 1.
    stack_first_china,
    /// Where embargoed places tend, 0 to 1.
    stack_embargoed,
    /// How far pressure moves a place, against drift, ratio.
    stack_pressed,
    /// Part of the Chinese stack where nothing is held back, share.
    stack_other,
    /// Share of one stack from which a place is locked in, share.
    locked_from,
    /// Jobs that a dollar of sales a year holds, jobs.
    jobs_per_dollar,
    /// Cambricon's share of what other Chinese designers make, share.
    cambricon_share,
    /// Small foreign cards sold in China, cards a quarter.
    small_foreign,
    /// Small cards of other Chinese designers for each of their dies, cards.
    small_cards,
    /// Huawei's cards for each of its dies, cards.
    package_cards,
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
