//! Does the time that a thing takes tell two kinds of input apart? Welch's t-test over many measurements, as in dudect
//! (Reparaz, Balasch, Verbauwhede, 2017).

/// Above it the two kinds are told apart for certain: chance alone comes to 5 once in a million times.
pub const GATE: f64 = 10.0;
/// How many of the quickest measurements count, in percent. What was interrupted is slow whatever it measured, and where
/// the noise begins differs from one machine to the next: each of these is tried, and the worst counts.
const KEPT: [usize; 4] = [50, 75, 90, 99];

/// What the measurements of two kinds of input say.
#[derive(Debug, Clone, Copy)]
pub struct Leak {
    /// The largest |t|.
    pub t: f64,
    /// By how many nanoseconds the means differ there.
    pub nanoseconds: f64,
}

impl Leak {
    /// Of measurements in nanoseconds, each with its kind.
    ///
    /// ```
    /// use reconnect_benches::leak::{GATE, Leak};
    ///
    /// let slower = |kind: bool| (0..1_000).map(move |n| (kind, 100 + n % 10 + u64::from(kind) * 5));
    /// let told_apart = Leak::of(slower(false).chain(slower(true)).collect());
    /// assert!(told_apart.t > GATE);
    /// ```
    #[must_use]
    pub fn of(mut measured: Vec<(bool, u64)>) -> Self {
        measured.sort_unstable_by_key(|(_, nanoseconds)| *nanoseconds);
        let within = |percent: usize| {
            let last = measured.len().saturating_sub(1) * percent / 100;
            let limit = measured.get(last).map_or(0, |(_, nanoseconds)| *nanoseconds);
            // One limit for both kinds, and nothing that is as quick as what is kept is dropped.
            let kept = measured.iter().take_while(|(_, nanoseconds)| *nanoseconds <= limit);
            let (one, other): (Vec<_>, Vec<_>) = kept.partition(|(kind, _)| *kind);
            welch(&Kind::of(&one), &Kind::of(&other))
        };
        let worst = KEPT.map(within).into_iter().max_by(|one, other| one.t.total_cmp(&other.t));
        worst.expect("there is more than one share to keep")
    }
}

struct Kind {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Kind {
    fn of(measured: &[&(bool, u64)]) -> Self {
        let count = measured.len() as f64;
        let mean = measured.iter().map(|(_, nanoseconds)| *nanoseconds as f64).sum::<f64>() / count;
        let squares = measured.iter().map(|(_, nanoseconds)| (*nanoseconds as f64 - mean).powi(2));
        Self { count, mean, variance: squares.sum::<f64>() / (count - 1.0) }
    }
}

/// A kind of which next to nothing is left was told apart by the limit itself.
fn welch(one: &Kind, other: &Kind) -> Leak {
    let nanoseconds = (one.mean - other.mean).abs();
    let t = if one.count < 2.0 || other.count < 2.0 {
        f64::INFINITY
    } else if nanoseconds == 0.0 {
        0.0
    } else {
        nanoseconds / (one.variance / one.count + other.variance / other.count).sqrt()
    };
    Leak { t, nanoseconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(measured: &[u64]) -> Kind {
        let measured: Vec<(bool, u64)> = measured.iter().map(|n| (true, *n)).collect();
        Kind::of(&measured.iter().collect::<Vec<_>>())
    }

    /// By hand: means 3 and 5, variances 1 and 4, so t = 2 / √(1/3 + 4/3).
    #[test]
    fn it_is_welchs_t() {
        let leak = welch(&kind(&[2, 3, 4]), &kind(&[3, 5, 7]));
        assert!((leak.t - 1.549_193_338).abs() < 1e-6, "{leak:?}");
        assert!((leak.nanoseconds - 2.0).abs() < 1e-9, "{leak:?}");
    }

    /// Of a hundred thousand; by how much one kind is slower is the row's.
    #[test]
    fn it_tells_apart_what_differs_and_nothing_else() {
        for (slower, interrupted, apart) in [(0, false, false), (0, true, false), (1, false, true), (1, true, true)] {
            let mut state = 1_u64;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            };
            let one = |_| {
                let kind = next().is_multiple_of(2);
                let late = if interrupted && next().is_multiple_of(500) { 50_000 } else { 0 };
                (kind, 900 + next() % 40 + late + if kind { slower } else { 0 })
            };
            let leak = Leak::of((0..100_000).map(one).collect());
            assert_eq!(leak.t > GATE, apart, "{slower} ns slower, interrupted: {interrupted}: {leak:?}");
        }
    }

    #[test]
    fn a_kind_that_is_always_slower_is_told_apart() {
        let leak = Leak::of((0..1_000).map(|n| (n < 500, if n < 500 { 10 } else { 20 })).collect());
        assert!(leak.t > GATE, "{leak:?}");
        assert!(Leak::of((0..1_000).map(|n| (n < 500, 10)).collect()).t < GATE);
    }
}
