//! `vestibule completions`: a script that the shell takes, and that knows the commands.

use std::process::{Command, Stdio};

use super::terminal::Terminal;

#[actix_web::test]
async fn every_shell_gets_a_script_that_knows_the_commands() {
    let terminal = Terminal::with(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = terminal.run(&["completions", shell]).await.fine();
        for word in ["providers", "client-secret-file", "rotate-secret"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert!(terminal.run(&["completions", "tcsh"]).await.complaint(2).contains("elvish"));
}

#[actix_web::test]
async fn bash_completes_a_kind() {
    let script = Terminal::with(&[]).run(&["completions", "bash"]).await.fine();
    let asked = "COMP_WORDS=(vestibule providers add acme --kind key); COMP_CWORD=5; \
                 _vestibule vestibule key --kind; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", &format!("{script}\n{asked}")])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "keycloak");
}
