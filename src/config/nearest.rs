//! The known word nearest to a mistyped one.

/// The candidate that takes the fewest single-letter edits to reach from `word`, and how many.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, usize)> {
    candidates
        .into_iter()
        .map(|candidate| (candidate, distance(word, candidate)))
        .min_by_key(|(_, distance)| *distance)
}

/// Levenshtein distance: insertions, removals and replacements of one character.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (b, above) in right.chars().zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(a != b)).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_letter_edits() {
        for (left, right, edits) in
            [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("kitten", "sitting", 3), ("ISUER", "ISSUER", 1)]
        {
            assert_eq!(distance(left, right), edits, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_word_is_found() {
        assert_eq!(nearest("LISEN", ["ISSUER", "LISTEN", "LOG"]), Some(("LISTEN", 1)));
        assert_eq!(nearest("LISEN", []), None);
    }
}
