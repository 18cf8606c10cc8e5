//! The steps of a test login as a sequence: three lanes, and what went between them. Widths are shares of the picture's,
//! so it fits every window; heights are pixels, so its texts stay as large as they are.

use serde::Serialize;

use super::test_steps::StepLine;

/// Where the lanes are.
const BROWSER: &str = "14%";
const HUB: &str = "50%";
const PROVIDER: &str = "86%";
/// The middles between them.
const BROWSER_TO_HUB: &str = "32%";
const HUB_TO_PROVIDER: &str = "68%";
const LEFT: &str = "2%";

const HEAD: u32 = 44;
const ROW: u32 = 22;
const GAP: u32 = 14;
/// Characters of an address between two lanes of the narrowest window.
const SHOWN_PATH: usize = 22;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Picture {
    pub height: u32,
    pub arrows: Vec<Arrow>,
    /// In words of the page's language.
    pub captions: Vec<Caption>,
    /// As they are.
    pub notes: Vec<Note>,
    pub boxes: Vec<Area>,
    pub checks: Vec<PictureCheck>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Arrow {
    pub from: &'static str,
    pub to: &'static str,
    pub y: u32,
    pub is_answer: bool,
    pub has_failed: bool,
}

/// A text of `test.picture.<kind>`.
#[derive(Clone, Debug, Serialize)]
pub struct Caption {
    pub kind: String,
    pub x: &'static str,
    pub y: u32,
    pub has_failed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Note {
    pub text: String,
    pub x: &'static str,
    pub y: u32,
    pub is_at_left: bool,
    pub has_failed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Area {
    pub y: u32,
    pub height: u32,
    pub has_failed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct PictureCheck {
    pub y: u32,
    /// The baseline of its text.
    pub text_y: u32,
    pub about: String,
    /// A check without a name in every language.
    pub code: Option<String>,
    pub has_failed: bool,
}

impl Picture {
    /// Draws `steps` from top to bottom.
    pub fn of(steps: &[StepLine]) -> Self {
        let mut drawing = Drawing { picture: Self::default(), y: HEAD };
        for group in steps.chunk_by(|one, next| one.is_check && next.is_check) {
            match group {
                [step] if !step.is_check => drawing.step(step),
                checks => drawing.checks(checks),
            }
        }
        drawing.picture.height = drawing.y + GAP;
        drawing.picture
    }
}

struct Drawing {
    picture: Picture,
    /// How far it has come.
    y: u32,
}

impl Drawing {
    fn step(&mut self, step: &StepLine) {
        match step.kind.as_str() {
            "begun" | "begun-again" => {
                self.caption(step, BROWSER_TO_HUB);
                self.arrow(BROWSER, HUB, false, false);
            }
            "sent" => {
                self.time(step);
                self.caption(step, HUB);
                self.arrow(HUB, BROWSER, true, false);
                self.arrow(BROWSER, PROVIDER, false, false);
            }
            "returned-query" | "returned-form-post" => {
                self.time(step);
                self.caption(step, HUB);
                self.arrow(PROVIDER, BROWSER, true, false);
                self.arrow(BROWSER, HUB, false, false);
            }
            _ => self.exchange(step),
        }
        self.y += GAP;
    }

    fn exchange(&mut self, step: &StepLine) {
        self.time(step);
        self.caption(step, HUB_TO_PROVIDER);
        if let Some(request) = &step.request {
            self.y += ROW - 6;
            self.note(shortened(request), HUB_TO_PROVIDER, false, false);
        }
        self.arrow(HUB, PROVIDER, false, false);
        match &step.answer {
            Some(answer) => {
                self.y += ROW;
                self.note(answer.clone(), HUB_TO_PROVIDER, false, step.has_failed);
                self.arrow(PROVIDER, HUB, true, step.has_failed);
            }
            None => {
                self.y += ROW;
                let y = self.y;
                let kind = "unanswered".to_owned();
                self.picture.captions.push(Caption { kind, x: HUB_TO_PROVIDER, y, has_failed: true });
            }
        }
    }

    fn checks(&mut self, checks: &[StepLine]) {
        let top = self.y;
        for check in checks {
            self.picture.checks.push(PictureCheck {
                y: self.y + 8,
                text_y: self.y + 19,
                about: check.about.clone(),
                code: check.code.clone(),
                has_failed: check.has_failed,
            });
            self.y += ROW;
        }
        self.y += 10;
        let has_failed = checks.iter().any(|check| check.has_failed);
        self.picture.boxes.push(Area { y: top, height: self.y - top, has_failed });
        self.y += GAP;
    }

    /// The words of a step, before its arrows.
    fn caption(&mut self, step: &StepLine, x: &'static str) {
        self.y += 12;
        let y = self.y;
        self.picture.captions.push(Caption { kind: step.kind.clone(), x, y, has_failed: false });
    }

    fn time(&mut self, step: &StepLine) {
        let y = self.y + 12;
        let text = format!("{} s", step.at);
        self.picture.notes.push(Note { text, x: LEFT, y, is_at_left: true, has_failed: false });
    }

    fn note(&mut self, text: String, x: &'static str, is_at_left: bool, has_failed: bool) {
        let y = self.y;
        self.picture.notes.push(Note { text, x, y, is_at_left, has_failed });
    }

    fn arrow(&mut self, from: &'static str, to: &'static str, is_answer: bool, has_failed: bool) {
        self.y += 12;
        let y = self.y;
        self.picture.arrows.push(Arrow { from, to, y, is_answer, has_failed });
    }
}

/// The method and the end of the address, which tells endpoints apart.
fn shortened(request: &str) -> String {
    let (method, url) = request.split_once(' ').unwrap_or(("", request));
    let path = url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned());
    let count = path.chars().count();
    let room = SHOWN_PATH.saturating_sub(method.len() + 1);
    let shown: String = match count > room {
        true => "…".chars().chain(path.chars().skip(count - room + 1)).collect(),
        false => path,
    };
    format!("{method} {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::pages::test_samples::reports;

    #[test]
    fn everything_that_happened_is_in_the_picture_and_inside_it() {
        for (_, report) in reports() {
            let steps: Vec<StepLine> = report.steps.iter().map(StepLine::new).collect();
            let picture = Picture::of(&steps);
            let checks = steps.iter().filter(|step| step.is_check).count();
            let unanswered = steps.iter().filter(|step| step.is_unanswered).count();
            assert_eq!(picture.checks.len(), checks);
            assert_eq!(picture.captions.len(), steps.len() - checks + unanswered);
            let failed = steps.iter().filter(|step| step.is_check && step.has_failed).count();
            assert_eq!(picture.checks.iter().filter(|check| check.has_failed).count(), failed);
            let ys =
                picture.arrows.iter().map(|arrow| arrow.y).chain(picture.checks.iter().map(|one| one.text_y));
            assert!(ys.chain(picture.captions.iter().map(|one| one.y)).all(|y| y < picture.height));
            // From top to bottom.
            assert!(picture.arrows.is_sorted_by_key(|arrow| arrow.y));
            assert!(picture.checks.is_sorted_by_key(|check| check.y));
        }
    }

    #[test]
    fn an_address_is_shortened_at_its_beginning() {
        assert_eq!(shortened("POST https://idp.example/token"), "POST /token");
        assert_eq!(
            shortened("GET https://idp.example/realms/acme/.well-known/openid-configuration"),
            "GET …nid-configuration"
        );
        assert!(
            shortened("GET https://é.example/ééééééééééééééééééééééééééééééé").chars().count() <= SHOWN_PATH
        );
    }
}
