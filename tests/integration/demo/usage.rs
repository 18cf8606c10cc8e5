//! What the command says about itself, and about ports it cannot have.

use std::net::TcpListener;

use super::program::{argument, free_ports, run};

#[test]
fn its_help_says_what_it_does_and_what_can_be_chosen() {
    let output = run(&["demo", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["Acme", "sample application", "temporary", "--ports", "8080,8081,8082"] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn ports_in_use_are_all_named_with_the_way_out() {
    let ports = free_ports();
    let _taken = [ports[0], ports[2]].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
    let output = run(&["demo", "--ports", &argument(ports)]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    for word in [ports[0].to_string(), ports[2].to_string(), "--ports".to_owned()] {
        assert!(complaint.contains(&word), "{complaint}");
    }
    assert!(!complaint.contains(&ports[1].to_string()), "{complaint}");
    assert!(output.stdout.is_empty());
}

#[test]
fn ports_that_are_none_are_wrong_usage() {
    for ports in ["1,2", "8080,8080,8081", "a,b,c"] {
        let output = run(&["demo", "--ports", ports]);
        assert_eq!(output.status.code(), Some(2), "{ports}");
    }
}
