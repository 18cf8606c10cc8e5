//! TXT records of domains, asked of DNS servers directly. Nothing is remembered between two questions: who has just
//! published a record does not wait for a cache of ours.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::domain::domain_claim::{DomainClaim, Finding};
use crate::domain::limits;

/// Asks the servers of the settings, or those of the system.
#[derive(Clone, Debug)]
pub struct Dns {
    servers: Vec<SocketAddr>,
}

impl Dns {
    /// `servers` empty: those of `/etc/resolv.conf`, which is read at every look.
    pub const fn new(servers: Vec<SocketAddr>) -> Self {
        Self { servers }
    }

    /// Looks for the proof of `claim`.
    pub async fn look_for(&self, claim: &DomainClaim) -> Finding {
        let (host, wanted) = (claim.host(), claim.value());
        let texts = match self.texts_of(&host).await {
            Ok(texts) => texts,
            Err(error) if error.is_no_records_found() => Vec::new(),
            Err(error) => {
                return Finding::NoAnswer(format!("no DNS server answers for {host}: {}", said(&error)));
            }
        };
        if texts.iter().any(|text| text.trim() == wanted) {
            return Finding::Proof;
        }
        Finding::Nothing(match texts.len() {
            0 => format!("{host} has no TXT record"),
            1 => format!("{host} has a TXT record, and its value is another one"),
            several => format!("{host} has {several} TXT records, and none has the value"),
        })
    }

    async fn texts_of(&self, host: &str) -> Result<Vec<String>, NetError> {
        let mut builder = if self.servers.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            TokioResolver::builder_with_config(config(&self.servers), TokioRuntimeProvider::default())
        };
        set(builder.options_mut());
        // The dot at the end: no search list of this machine is tried.
        let found = builder.build()?.lookup(format!("{host}."), RecordType::TXT).await?;
        let text = |data: &RData| match data {
            // One record may come in several pieces (RFC 1035 §3.3.14).
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect())
    }
}

fn config(servers: &[SocketAddr]) -> ResolverConfig {
    let server = |address: &SocketAddr| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = address.port();
            connection
        });
        NameServerConfig::new(address.ip(), true, connections.into())
    };
    ResolverConfig::from_name_servers(servers.iter().map(server).collect())
}

fn set(options: &mut ResolverOpts) {
    options.timeout = Duration::from_secs(limits::DNS_SECONDS);
    options.attempts = limits::DNS_ATTEMPTS;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
}

/// In a few words; the library's own name this machine's addresses.
fn said(error: &NetError) -> &'static str {
    match error {
        NetError::Timeout => "they take too long",
        NetError::Dns(_) => "they answer with an error",
        NetError::Io(io) if io.kind() == ErrorKind::NotFound => "this machine names none in /etc/resolv.conf",
        _ => "they cannot be reached",
    }
}
