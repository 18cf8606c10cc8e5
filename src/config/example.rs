//! The table of settings as people read it: `.env.example` and the help of the command line.

use super::settings::{self, Setting, Visibility};

const HEAD: &str = "\
# Settings of Vestibule. Copy this file to .env in the folder where vestibule runs and remove the # before
# what you set; a variable of the environment wins over a line here. A value with spaces, $ or # goes in
# single quotes. `vestibule config check` shows what holds, and names everything that is wrong.
#
# Printed by `vestibule config example`.
";

/// The content of `.env.example`.
pub fn env_example() -> String {
    let mut text = HEAD.to_owned();
    for setting in settings::ALL {
        text.push('\n');
        for line in setting.meaning {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&format!("# Default: {}\n#{}={}\n", setting.default, setting.name, quoted(setting)));
    }
    text
}

fn quoted(setting: &Setting) -> String {
    if setting.example.contains([' ', '$', '#']) {
        format!("'{}'", setting.example)
    } else {
        setting.example.to_owned()
    }
}

/// Every setting with its default and meaning, for `--help`.
pub fn settings_help() -> String {
    let mut text = "Settings (environment variables, or lines of .env in the working folder):\n".to_owned();
    for setting in settings::ALL {
        let secret = if setting.visibility == Visibility::Hidden { ", secret" } else { "" };
        text.push_str(&format!("\n  {} [default: {}{secret}]\n", setting.name, setting.default));
        for line in setting.meaning {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_example_file_is_up_to_date() {
        assert!(
            env_example() == include_str!("../../.env.example"),
            ".env.example differs from the table of settings: run `cargo run -- config example > .env.example`"
        );
    }

    #[test]
    fn the_example_file_copied_unchanged_sets_nothing() {
        let plain = Config::examine([], None);
        let copied = Config::examine([], Some(&env_example()));
        assert_eq!(copied.problems, plain.problems);
        assert_eq!(copied.warnings, []);
        assert_eq!(copied.entries, plain.entries);
    }

    #[test]
    fn an_example_secret_left_as_it_is_is_refused() {
        for name in ["VESTIBULE_MASTER_KEY", "VESTIBULE_MANAGEMENT_CLIENT_SECRET"] {
            let copied = env_example().replace(&format!("#{name}="), &format!("{name}="));
            let problems = Config::examine([], Some(&copied)).problems;
            assert!(problems.0.iter().any(|problem| problem.setting == name), "{name}");
        }
    }
}
