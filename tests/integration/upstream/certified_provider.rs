//! The certified oidc-provider as upstream, in both channels.

use vestibule::domain::clock::Clock;

use crate::support::node::CertifiedProvider;
use crate::support::upstream_login::{REDIRECT_URI, sign_in, upstream};

#[actix_web::test]
async fn the_certified_provider_says_who_arrived_by_every_kind_of_client() {
    let provider = CertifiedProvider::start(REDIRECT_URI);
    let (clock, upstream) = (Clock::default(), upstream());
    for client in CertifiedProvider::CLIENTS {
        let connection = provider.connection(client, &clock);
        let arrival = sign_in(&upstream, &connection, &clock, &[("login", "alice")]).await;
        let arrival = arrival.unwrap_or_else(|error| panic!("{client}: {error}"));
        assert_eq!(arrival.subject, "alice", "{client}");
        assert_eq!(arrival.issuer, provider.issuer, "{client}");
        assert_eq!(arrival.claims["email"], "alice@acme.example", "{client}");
    }
}
