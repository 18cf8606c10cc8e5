//! The browsers this application knows, in memory: sign-ins on their way, and people signed in.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openidconnect::CsrfToken;

use super::openid::{Pending, SignedIn};

/// Browsers remembered; the oldest beyond is forgotten.
const VISITORS: usize = 500;
/// Sign-ins side by side in one browser.
const PENDING_PER_VISITOR: usize = 6;

/// Known browsers, the latest first. The key is a random text that only the browser's cookie holds.
#[derive(Default)]
pub struct Visitors(Mutex<VecDeque<Visitor>>);

#[derive(Default)]
struct Visitor {
    id: String,
    pending: VecDeque<Pending>,
    signed_in: Option<SignedIn>,
}

impl Visitors {
    /// Remembers a sign-in on its way, for this visitor or a new one; answers with the visitor's id.
    pub fn remember(&self, id: Option<String>, pending: Pending) -> String {
        let mut visitors = self.lock();
        let mut visitor = take_out(&mut visitors, id.as_deref()).unwrap_or_else(newcomer);
        visitor.pending.push_front(pending);
        visitor.pending.truncate(PENDING_PER_VISITOR);
        let id = visitor.id.clone();
        put_in(&mut visitors, visitor);
        id
    }

    /// Takes the sign-in with this `state`, which this visitor began: it is answered once.
    pub fn take(&self, id: &str, state: &str) -> Option<Pending> {
        let mut visitors = self.lock();
        let visitor = visitors.iter_mut().find(|visitor| visitor.id == id)?;
        let position = visitor.pending.iter().position(|pending| pending.state.secret() == state)?;
        visitor.pending.remove(position)
    }

    /// Lets a person in under a new id; what the visitor had before goes with the old one.
    pub fn welcome(&self, id: Option<String>, person: SignedIn) -> String {
        let mut visitors = self.lock();
        let before = take_out(&mut visitors, id.as_deref()).unwrap_or_default();
        let visitor = Visitor { signed_in: Some(person), pending: before.pending, ..newcomer() };
        let id = visitor.id.clone();
        put_in(&mut visitors, visitor);
        id
    }

    pub fn signed_in(&self, id: &str) -> Option<SignedIn> {
        self.lock().iter().find(|visitor| visitor.id == id)?.signed_in.clone()
    }

    /// Forgets the visitor; answers with who was signed in.
    pub fn forget(&self, id: &str) -> Option<SignedIn> {
        take_out(&mut self.lock(), Some(id))?.signed_in
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Visitor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn newcomer() -> Visitor {
    Visitor { id: CsrfToken::new_random().into_secret(), ..Visitor::default() }
}

fn take_out(visitors: &mut VecDeque<Visitor>, id: Option<&str>) -> Option<Visitor> {
    let position = visitors.iter().position(|visitor| Some(visitor.id.as_str()) == id)?;
    visitors.remove(position)
}

fn put_in(visitors: &mut VecDeque<Visitor>, visitor: Visitor) {
    visitors.push_front(visitor);
    visitors.truncate(VISITORS);
}
