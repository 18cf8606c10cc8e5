//! The certificate by which a host proves who it is: what is wrong with it, and when it ends.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::domain::clock::Timestamp;
use crate::domain::diagnosis::Certificate;

/// The last moment of the certificate in `der`.
pub(super) fn ends_at(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(Timestamp::from_seconds(certificate.validity().not_after.timestamp()))
}

/// What `error` says of the certificate of the other side, if it says anything.
pub(super) fn fault(error: &(dyn Error + 'static)) -> Option<Certificate> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = tls_error(error) {
            return of(found);
        }
        next = error.source();
    }
    None
}

/// An IO error, which may be wrapped in others, does not name what it was made of as its source, but what caused that.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    let mut error = error;
    while let Some(wrapped) = error.downcast_ref::<io::Error>() {
        error = wrapped.get_ref()?;
    }
    error.downcast_ref::<TlsError>()
}

fn of(error: &TlsError) -> Option<Certificate> {
    let at =
        |time: &rustls::pki_types::UnixTime| i64::try_from(time.as_secs()).ok().map(Timestamp::from_seconds);
    Some(match error {
        TlsError::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            Certificate::Expired { ended_at: at(not_after) }
        }
        TlsError::InvalidCertificate(CertificateError::Expired) => Certificate::Expired { ended_at: None },
        TlsError::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Certificate::NotYetValid,
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Certificate::OtherName,
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Certificate::Untrusted("a certificate that no known authority has signed".into())
        }
        TlsError::InvalidCertificate(other) => Certificate::Untrusted(other.to_string()),
        TlsError::NoCertificatesPresented => Certificate::Untrusted("no certificate".into()),
        TlsError::PeerIncompatible(_)
        | TlsError::InvalidMessage(_)
        | TlsError::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            Certificate::NoHandshake(error.to_string())
        }
        _ => return None,
    })
}
