//! The certification suite's modules (OpenID Foundation), run as the suite runs them. `/// Module:` names the module
//! that a function is, one to a line; `coverage.rs` reads that.

use futures_util::future::LocalBoxFuture;

/// Modules with their names, for a plan to run.
macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), |plan| Box::pin($name(plan)))),*]
    };
}

mod back_channel_logout;
mod basic;
mod config;
mod coverage;
mod fapi;
mod form_post;
mod front_channel_logout;
mod hybrid;
mod implicit;
mod modules;
mod plan;
mod relying_party_logout;
mod rp_initiated_logout;

/// A module by its name, as the suite runs it with what a plan has set up.
type Module<P> = (&'static str, for<'a> fn(&'a P) -> LocalBoxFuture<'a, ()>);

/// Runs `modules` one after the other, in one of the ways that the plan asks.
async fn run<P>(modules: &[Module<P>], plan: &P, way: &str) {
    for (name, module) in modules {
        let _named = Named(format!("{name} with {way}"));
        module(plan).await;
    }
}

/// Says which module a failure belongs to.
struct Named(String);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the module {}", self.0);
        }
    }
}
