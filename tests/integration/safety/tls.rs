//! What the hub's own https offers (RFC 9325 §3.1, §4.2; FAPI 2.0 Security Profile §5.2): TLS 1.2 and 1.3, and nothing
//! weak. Hellos are written by hand, as no library still says these things.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::certificates::Certificates;
use crate::support::databases::sqlite;
use crate::support::hub::TestHub;

const TLS_1_0: u16 = 0x0301;
const TLS_1_1: u16 = 0x0302;
const TLS_1_2: u16 = 0x0303;

/// ECDHE with ECDSA, and AES-128-GCM.
const GOOD: u16 = 0xc02b;
/// A record's content: an alert, or part of the handshake.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[..], bytes].concat()
}

fn words(values: &[u16]) -> Vec<u8> {
    with_length(&values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<_>>())
}

/// A ClientHello (RFC 5246 §7.4.1.2) of `version` that offers `suites`.
fn hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let extension = |kind: u16, body: &[u8]| [&kind.to_be_bytes()[..], &with_length(body)].concat();
    let extensions = [
        // Curves: P-256 and X25519. Points: uncompressed. Signatures: ECDSA and RSA, with SHA-256 and with SHA-1.
        extension(10, &words(&[23, 29])),
        extension(11, &[1, 0]),
        extension(13, &words(&[0x0403, 0x0401, 0x0804, 0x0203, 0x0201])),
    ]
    .concat();
    let body =
        [&version.to_be_bytes()[..], &[7; 32], &[0], &words(suites), &[1, 0], &with_length(&extensions)]
            .concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let handshake = [&[1][..], &length[1..], &body].concat();
    [&[HANDSHAKE, 3, 1][..], &with_length(&handshake)].concat()
}

/// The kind of record that comes first; `None` where the server only hangs up.
fn answer(address: &str, message: &[u8]) -> Option<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(message).unwrap();
    let mut first = [0];
    stream.read_exact(&mut first).ok().map(|()| first[0])
}

#[actix_web::test]
async fn nothing_but_modern_tls_is_spoken() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let address = hub.issuer.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let tried = tokio::task::spawn_blocking(move || {
        assert_eq!(answer(&address, &hello(TLS_1_2, &[GOOD])), Some(HANDSHAKE), "a good hello is answered");
        let everything = [GOOD, 0xc009, 0xc013, 0x009c, 0x002f, 0x0035, 0x000a, 0x0005];
        for (what, message) in [
            ("TLS 1.0", hello(TLS_1_0, &everything)),
            ("TLS 1.1", hello(TLS_1_1, &everything)),
            ("SSL 3.0", hello(0x0300, &everything)),
            ("CBC", hello(TLS_1_2, &[0xc009, 0xc013, 0xc023, 0xc027])),
            ("RSA key exchange", hello(TLS_1_2, &[0x009c, 0x009d, 0x002f, 0x0035, 0x003c])),
            ("triple DES", hello(TLS_1_2, &[0x000a, 0xc008, 0xc012])),
            ("RC4", hello(TLS_1_2, &[0x0005, 0xc007, 0xc011])),
            ("no encryption", hello(TLS_1_2, &[0x0000, 0x0002, 0xc006])),
            ("no certificate", hello(TLS_1_2, &[0x00a6, 0xc018])),
            ("finite-field Diffie-Hellman", hello(TLS_1_2, &[0x009e, 0x0033, 0x0039])),
            (
                "plain HTTP",
                b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec(),
            ),
        ] {
            let answered = answer(&address, &message);
            assert!([None, Some(ALERT)].contains(&answered), "{what}: {answered:?}");
        }
    });
    tried.await.unwrap();
    hub.stop().await;
}
