//! `--ports 8080,8081,8082`: where `vestibule demo` listens.

use std::str::FromStr;

/// Three different ports: the hub, the Acme provider, the sample application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub hub: u16,
    pub provider: u16,
    pub application: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self { hub: 8080, provider: 8081, application: 8082 }
    }
}

/// Why a text does not name the three ports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write three different ports between 1 and 65535, like 8080,8081,8082")]
pub struct PortsError;

impl FromStr for Ports {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ports: Result<Vec<u16>, _> = text.split(',').map(|port| port.trim().parse()).collect();
        match ports.as_deref() {
            Ok(&[hub, provider, application])
                if ![hub, provider, application].contains(&0)
                    && hub != provider
                    && provider != application
                    && application != hub =>
            {
                Ok(Self { hub, provider, application })
            }
            _ => Err(PortsError),
        }
    }
}

impl std::fmt::Display for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{}", self.hub, self.provider, self.application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_different_ports_are_read() {
        let ports: Ports = "9000, 9001,9002".parse().unwrap();
        assert_eq!(ports.to_string(), "9000,9001,9002");
        assert_eq!(Ports::default().to_string().parse(), Ok(Ports::default()));
        for text in ["", "1,2", "1,2,3,4", "1,2,2", "0,1,2", "1,2,70000", "a,b,c"] {
            assert_eq!(text.parse::<Ports>(), Err(PortsError), "{text}");
        }
    }
}
