//! One split as two weights of an ALB, and back; exactly, or not at all.

use greenflow_core::provider::Granularity;
use greenflow_core::value::{Split, Weight};

/// The splits that two weights of 0 to 999 can say: every tenth of a percent.
pub(crate) const GRANULARITY: Granularity = Granularity::Steps { basis_points: 10 };

/// Returns blue's and green's weight for a split, in percent where that is exact; `None` when no
/// two weights say it.
pub(crate) fn weights(split: Split) -> Option<(i32, i32)> {
    if !GRANULARITY.represents(split.green()) {
        return None;
    }
    let (blue, green) = (split.blue().basis_points(), split.green().basis_points());
    let unit = if green.is_multiple_of(100) { 100 } else { 10 };
    Some((i32::from(blue / unit), i32::from(green / unit)))
}

/// Returns the split that these weights say; `None` when they say none, such as both 0, or one that
/// basis points cannot.
pub(crate) fn split(blue: i32, green: i32) -> Option<Split> {
    let (blue, green) = (u32::try_from(blue).ok()?, u32::try_from(green).ok()?);
    let sum = blue.checked_add(green).filter(|sum| *sum > 0)?;
    let share = u64::from(green) * 10_000;
    if share % u64::from(sum) != 0 {
        return None;
    }
    let share = u16::try_from(share / u64::from(sum)).ok()?;
    Weight::from_basis_points(share).ok().map(Split::to_green)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_of_the_granularity_comes_back_and_no_other_is_sent() {
        for basis_points in 0..=10_000 {
            let wanted = Split::to_green(Weight::from_basis_points(basis_points).unwrap());
            let Some((blue, green)) = weights(wanted) else {
                assert!(basis_points % 10 != 0, "{wanted} is refused");
                continue;
            };
            assert!((0..=999).contains(&blue) && (0..=999).contains(&green), "{blue}, {green}");
            assert_eq!(split(blue, green), Some(wanted));
        }
    }

    #[test]
    fn percent_is_written_as_people_do() {
        let of = |bp| weights(Split::to_green(Weight::from_basis_points(bp).unwrap()));
        assert_eq!((of(1000), of(10_000), of(0)), (Some((90, 10)), Some((0, 100)), Some((100, 0))));
        assert_eq!(of(1250), Some((875, 125)));
    }

    #[test]
    fn what_says_nothing_is_no_split() {
        assert_eq!((split(0, 0), split(2, 1), split(-1, 1)), (None, None, None));
        assert_eq!(split(9, 1), Some(Split::to_green(Weight::from_percent(10).unwrap())));
    }
}
