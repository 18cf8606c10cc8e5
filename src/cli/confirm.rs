//! A question before what cannot be undone.

use std::io::{BufRead as _, Write as _};

use anyhow::bail;

/// Asks on stderr, so that what is printed stays clean; only y or yes is a yes.
///
/// # Errors
/// Anything else, also where nobody is there to answer.
pub(super) fn confirm(question: &str) -> anyhow::Result<()> {
    let mut output = std::io::stderr().lock();
    write!(output, "{} [y/N] ", super::outcome::shown(question))?;
    output.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => {
            writeln!(output)?;
            bail!("nothing was done: the answer was not yes")
        }
    }
}
