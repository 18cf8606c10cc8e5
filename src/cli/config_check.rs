//! `vestibule config check`: every setting, its source and all problems at once.

use std::fmt::Write as _;

use anyhow::bail;
use serde_json::json;

use super::{Format, print};
use crate::config::{Config, Examination};

/// Prints the report.
///
/// # Errors
/// If the settings have problems, or the report cannot be written.
pub(super) fn run(format: Format) -> anyhow::Result<()> {
    let examination = Config::examine_process();
    print(&match format {
        Format::Text => text(&examination)?,
        Format::Json => format!("{:#}\n", json(&examination)),
    })?;
    match examination.problems.0.len() {
        0 => Ok(()),
        1 => bail!("the settings have 1 problem; the report names it and its remedy"),
        count => bail!("the settings have {count} problems; the report names them and their remedies"),
    }
}

fn text(examination: &Examination) -> Result<String, std::fmt::Error> {
    let mut report = String::new();
    let width = examination.entries.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    for entry in &examination.entries {
        let (value, source) = (entry.value.as_deref().unwrap_or("-"), entry.source.label());
        writeln!(report, "{:width$}  {source:11}  {value}", entry.name)?;
    }
    section(&mut report, "Problems", &examination.problems.0)?;
    section(&mut report, "Warnings", &examination.warnings)?;
    if examination.problems.0.is_empty() {
        report.push_str("\nNo problems.\n");
    }
    Ok(report)
}

fn section<T: std::fmt::Display>(report: &mut String, title: &str, lines: &[T]) -> std::fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(report, "\n{title} ({})\n", lines.len())?;
    lines.iter().try_for_each(|line| writeln!(report, "{line}"))
}

fn json(examination: &Examination) -> serde_json::Value {
    json!({
        "settings": examination.entries,
        "problems": examination.problems.0,
        "warnings": examination.warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examination() -> Examination {
        let given = [
            ("VESTIBULE_DATA_DIR", "/nonexistent"),
            ("VESTIBULE_LISTEN", "here"),
            ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
            ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "canary"),
            ("VESTIBULE_DATABASE_URL", "postgres://u:canary@db.example/hub"),
            ("VESTIBULE_MASTER_KEY", "canary"),
            ("VESTIBULE_LISTE", "canary"),
        ];
        Config::examine(given.map(|(name, text)| (name.to_owned(), text.to_owned())), None)
    }

    #[test]
    fn the_report_shows_settings_problems_and_warnings_but_no_secret() {
        let report = text(&examination()).unwrap();
        for part in [
            "VESTIBULE_LISTEN                         environment  here\n",
            "VESTIBULE_MANAGEMENT_CLIENT_SECRET       environment  ***\n",
            "VESTIBULE_DATABASE_URL                   environment  postgres://db.example/hub\n",
            "VESTIBULE_TLS_KEY                        default      -\n",
            "Problems (3)\n\nVESTIBULE_LISTEN: \"here\" is not an address with a port\n  fix: write it like",
            "Warnings (1)\n\nVESTIBULE_LISTE: There is no such setting; the nearest is VESTIBULE_LISTEN.",
        ] {
            assert!(report.contains(part), "{part}\n---\n{report}");
        }
        assert!(!report.contains("canary") && !report.contains("No problems"), "{report}");
    }

    #[test]
    fn the_json_report_has_the_same_three_parts() {
        let report = json(&examination());
        assert_eq!(report["settings"].as_array().unwrap().len(), crate::config::settings::ALL.len());
        assert_eq!(report["settings"][1]["name"], "VESTIBULE_LISTEN");
        assert_eq!(report["settings"][1]["source"], "environment");
        assert_eq!(report["problems"][0]["setting"], "VESTIBULE_LISTEN");
        assert_eq!(report["warnings"][0]["setting"], "VESTIBULE_LISTE");
        assert!(!report.to_string().contains("canary"));
    }
}
