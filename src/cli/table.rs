//! Tables for people.

use super::outcome::on_one_line;

/// Columns under their headings, each as wide as it has to be.
pub(super) fn table<const COLUMNS: usize>(
    headings: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut lines = vec![headings.map(str::to_owned)];
    lines.extend(rows.into_iter().map(|row| row.map(|cell| on_one_line(&cell))));
    let mut widths = [0; COLUMNS];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_a_cell_stays_on_its_line() {
        let rows = [["é".to_owned(), "one\ntwo".to_owned()], ["acme-eu".to_owned(), "x".to_owned()]];
        assert_eq!(table(["NAME", "URL"], rows), "NAME     URL\né        one two\nacme-eu  x\n");
    }
}
