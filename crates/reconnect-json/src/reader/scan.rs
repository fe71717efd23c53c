//! The characters of JSON: strings, their escapes, and numbers.

/// Where the first quotation mark, backslash or control character is, from `at` on.
#[inline]
pub(super) fn run(bytes: &[u8], at: usize) -> usize {
    // Eight bytes at a time, without their upper bits, so that nothing is carried from one to the next.
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * ONES;
    let mut at = at;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        let low = word & LOW;
        let (quote, slash) = ((low ^ (ONES * b'"' as u64)) + LOW, (low ^ (ONES * b'\\' as u64)) + LOW);
        // The upper bit of each byte is set where the byte is no stop.
        let goes_on = quote & slash & (low + 0x60 * ONES) | word;
        let stops = !goes_on & !LOW;
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while !matches!(bytes.get(at), None | Some(b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

/// How long the JSON number is that these bytes begin with.
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let mut at = from;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut at = if bytes.get(start) == Some(&b'0') { start + 1 } else { digits(start)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Some(at)
}
