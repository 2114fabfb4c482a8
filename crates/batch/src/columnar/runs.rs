//! Numbers as Parquet has them: equal ones in runs, others in groups of eight, with as many bits
//! each as the largest needs.

/// How many numbers a group has.
const GROUP: usize = 8;

/// How many bits a number of so many different ones needs.
pub(super) fn width(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

/// Adds a number as LEB128 has it.
fn variable(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Adds numbers of so many bits.
pub(super) fn encode(numbers: &[u32], width: u32, into: &mut Vec<u8>) {
    let mut at = 0;
    // Where the groups begin that are not written yet.
    let mut start = 0;
    while at < numbers.len() {
        let run = length(&numbers[at..]);
        if run < GROUP {
            at = (at + GROUP).min(numbers.len());
            continue;
        }
        groups(&numbers[start..at], width, into);
        variable((run as u64) << 1, into);
        let bytes = numbers[at].to_le_bytes();
        into.extend_from_slice(&bytes[..width.div_ceil(8) as usize]);
        at += run;
        start = at;
    }
    groups(&numbers[start..], width, into);
}

/// How many numbers in a row are equal to the first.
fn length(numbers: &[u32]) -> usize {
    let first = numbers[0];
    numbers.iter().position(|number| *number != first).unwrap_or(numbers.len())
}

/// Adds groups of eight; the last one, at the very end, may be filled up.
fn groups(numbers: &[u32], width: u32, into: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    variable((numbers.len().div_ceil(GROUP) as u64) << 1 | 1, into);
    into.reserve(numbers.len().div_ceil(GROUP) * width as usize);
    let mut numbers = numbers;
    if width <= 16 {
        // A whole group fits into one number.
        let (whole, rest) = numbers.as_chunks::<GROUP>();
        for group in whole {
            let joined = |bits: u128, number: &u32| bits << width | u128::from(*number);
            let bits = group.iter().rev().fold(0, joined);
            into.extend_from_slice(&bits.to_le_bytes()[..width as usize]);
        }
        numbers = rest;
    }
    for group in numbers.chunks(GROUP) {
        let (mut bits, mut count) = (0u64, 0);
        let filled = group.iter().copied().chain(std::iter::repeat_n(0, GROUP - group.len()));
        for number in filled {
            bits |= u64::from(number) << count;
            count += width;
            while count >= 8 {
                into.push(bits as u8);
                bits >>= 8;
                count -= 8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what was written, as the format has it.
    fn decoded(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let (mut at, mut found) = (0, Vec::new());
        while found.len() < count {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                header |= u64::from(bytes[at] & 0x7f) << shift;
                shift += 7;
                at += 1;
                if bytes[at - 1] < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let length = width.div_ceil(8) as usize;
                let mut number = [0; 4];
                number[..length].copy_from_slice(&bytes[at..at + length]);
                at += length;
                found.extend(std::iter::repeat_n(
                    u32::from_le_bytes(number),
                    (header >> 1) as usize,
                ));
                continue;
            }
            let bits = (header >> 1) as usize * GROUP * width as usize;
            let bit = |place: usize| u32::from(bytes[at + place / 8] >> (place % 8) & 1);
            for start in (0..bits).step_by(width.max(1) as usize) {
                found.push((0..width as usize).map(|place| bit(start + place) << place).sum());
            }
            at += bits / 8;
        }
        assert_eq!(at, bytes.len(), "nothing is left");
        found.truncate(count);
        found
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut seed = 1u64;
        let mut next = |most: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % most
        };
        for round in 0..2_000u64 {
            let width = 1 + (round % 20) as u32;
            let mut numbers = Vec::new();
            while (numbers.len() as u64) < round % 300 {
                let number = next(1 << width) as u32;
                let times = if next(3) == 0 { 1 + next(40) } else { 1 };
                numbers.extend(std::iter::repeat_n(number, times as usize));
            }
            let mut bytes = Vec::new();
            encode(&numbers, width, &mut bytes);
            assert_eq!(decoded(&bytes, width, numbers.len()), numbers, "round {round}");
        }
    }

    #[test]
    fn widths() {
        assert_eq!([1, 2, 3, 4, 5, 256, 257].map(width), [0, 1, 2, 2, 3, 8, 9]);
    }
}
