//! Every template × sample × language, and what must never happen to a text or a value.

use std::collections::{BTreeMap, BTreeSet};

use super::language::{Language, next_placeholder};
use super::pages::*;
use super::*;
use crate::domain::clock::Timestamp;
use crate::domain::diagnosis::{Finding, Outcome};
use crate::domain::issuer::Issuer;
use crate::domain::letter::{About, Letter};
use crate::domain::resource_server::ApiScope;

/// The samples of one page, rendered by an edition.
struct Exhibit {
    template: &'static str,
    render: fn(&Edition, &Frame) -> Vec<Result<String, ViewError>>,
}

fn exhibit<P: Page>() -> Exhibit {
    Exhibit {
        template: P::TEMPLATE,
        render: |edition, frame| P::samples().iter().map(|page| edition.render(page, frame)).collect(),
    }
}

fn gallery() -> Vec<Exhibit> {
    vec![
        exhibit::<AccountPage>(),
        exhibit::<ActivatePage>(),
        exhibit::<ActivatedPage>(),
        exhibit::<AdministratorPage>(),
        exhibit::<AdministratorMadePage>(),
        exhibit::<ApplicationsPage>(),
        exhibit::<ChecksPage>(),
        exhibit::<ChooserPage>(),
        exhibit::<ConsentPage>(),
        exhibit::<ErrorPage>(),
        exhibit::<FormPostPage>(),
        exhibit::<HomePage>(),
        exhibit::<LoginPage>(),
        exhibit::<LogoutPage>(),
        exhibit::<PasswordPage>(),
        exhibit::<RememberedPage>(),
        exhibit::<SwitchPage>(),
        exhibit::<RepostPage>(),
        exhibit::<SetupPage>(),
        exhibit::<SignedOutPage>(),
        exhibit::<TerminalDonePage>(),
        exhibit::<TestReportPage>(),
        exhibit::<TestStartPage>(),
        exhibit::<WebMessagePage>(),
    ]
}

fn frames(locale: Locale) -> [Frame; 2] {
    [Frame::of(locale), Frame::at(locale, "/login/abc?state=1")]
}

/// Every document of the gallery in one language, by template.
fn documents(edition: &Edition, locale: Locale) -> Vec<(&'static str, String)> {
    let mut documents = Vec::new();
    for exhibit in gallery() {
        for frame in frames(locale) {
            for document in (exhibit.render)(edition, &frame) {
                documents.push((exhibit.template, document.unwrap_or_else(|error| panic!("{error:?}"))));
            }
        }
    }
    documents
}

#[test]
fn every_page_renders_every_sample_in_every_language() {
    let views = Views::load().unwrap();
    for locale in Locale::ALL {
        for (template, html) in documents(views.edition(locale), locale) {
            assert!(html.starts_with("<!doctype html>"), "{template}");
            assert!(html.contains(&format!("<html lang=\"{}\">", locale.tag())), "{template}");
            assert_eq!(html.matches("<h1").count(), 1, "{template}");
            assert!(!html.contains("{{"), "{template}");
        }
    }
}

fn issuer() -> Issuer {
    Issuer::parse("https://login.example.com/").unwrap()
}

/// One of each kind, with words of others in every place that has some.
fn letters() -> [Letter; 4] {
    let about = || About { name: "acme".into(), display_name: HOSTILE.into() };
    let at = Timestamp::from_seconds(1_800_000_000);
    let finding = Finding {
        check: "discovery".into(),
        outcome: Outcome::Failed,
        code: Some("discovery-answer".into()),
        expected: Some("a JSON document".into()),
        came: "status 404".into(),
        remedy: Some("Check the address.".into()),
    };
    [
        Letter::Broken { about: about(), since: at, findings: vec![finding] },
        Letter::WorksAgain { about: about(), at },
        Letter::SecretExpires { about: about(), client_id: HOSTILE.into(), at },
        Letter::CertificateExpires { about: about(), host: "idp.example:443".into(), at },
    ]
}

#[test]
fn every_mail_says_what_where_and_why_in_every_language_as_plain_text() {
    let views = Views::load().unwrap();
    for locale in Locale::ALL {
        for letter in letters() {
            let mail = views.mail(std::slice::from_ref(&letter), locale, &issuer()).unwrap();
            assert!(mail.subject.starts_with(HOSTILE) && !mail.subject.contains('\n'), "{}", mail.subject);
            for part in [HOSTILE, "https://login.example.com/connections/acme/checks\n", "2027-01-15"] {
                assert!(mail.text.contains(part), "{part} in {}", mail.text);
            }
            assert!(mail.text.contains("\n-- \n"), "{}", mail.text);
            assert!(!mail.text.contains("\n\n\n"), "{}", mail.text);
        }
        let several = views.mail(&letters(), locale, &issuer()).unwrap();
        assert!(several.subject.starts_with("4 "), "{}", several.subject);
        assert_eq!(several.text.matches("/connections/acme/checks\n").count(), 4, "{}", several.text);
        assert_eq!(several.text.matches("\n\n- - -\n\n").count(), 3, "{}", several.text);
    }
}

/// What strangers call themselves, with the direction turned, and something that nobody sees.
const DISGUISED: &str = "Acme \u{202e}lapyaP\u{200b}\u{a0}X";

#[test]
fn names_on_pages_hold_nothing_that_nobody_sees() {
    let views = Views::load().unwrap();
    for locale in Locale::ALL {
        let (edition, frame) = (views.edition(locale), Frame::of(locale));
        let mut shown = Vec::new();
        for sample in ConsentPage::samples() {
            let page = ConsentPage {
                client_name: DISGUISED.into(),
                display_name: DISGUISED.into(),
                email: Some(DISGUISED.into()),
                ..sample
            };
            shown.push(edition.render(&page, &frame).unwrap());
        }
        for sample in AccountPage::samples() {
            let page =
                AccountPage { client_name: DISGUISED.into(), display_name: DISGUISED.into(), ..sample };
            shown.push(edition.render(&page, &frame).unwrap());
        }
        for html in shown {
            assert!(html.contains("Acme lapyaP X"), "{html}");
            assert!(!html.contains(['\u{202e}', '\u{200b}']), "{html}");
        }
    }
}

/// The host is what is asked about; the name that an application gave itself is none of the headings.
#[test]
fn the_page_that_asks_begins_with_the_host_of_an_application_of_others() {
    let views = Views::load().unwrap();
    for locale in Locale::ALL {
        for page in ConsentPage::samples() {
            let html = views.edition(locale).render(&page, &Frame::of(locale)).unwrap();
            let heading = html.split("<h1").nth(1).unwrap().split("</h1>").next().unwrap();
            let names_application = heading.contains(&page.client_name);
            assert_eq!(names_application, !page.is_third_party, "{heading}");
            if let Some(host) = page.client_host.as_ref().filter(|_| page.is_third_party) {
                assert!(heading.contains(&format!(">{host}<")), "{heading}");
            }
            let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
            assert!(!title.contains(&page.client_name), "{title}");
        }
    }
}

#[test]
fn every_template_has_a_page_in_the_gallery() {
    let shown: BTreeSet<String> =
        gallery().iter().map(|exhibit| format!("{}.hbs", exhibit.template)).collect();
    let written: BTreeSet<String> =
        Templates::iter().filter(|file| file.starts_with("pages/")).map(String::from).collect();
    assert_eq!(shown, written);
}

#[test]
fn every_language_has_the_same_texts_with_the_same_placeholders() {
    fn shape(language: &Language) -> BTreeMap<&str, BTreeSet<&str>> {
        language.texts().iter().map(|(key, text)| (key.as_str(), placeholders(text))).collect()
    }
    let english = Language::load(Locale::En).unwrap();
    for locale in Locale::ALL {
        let language = Language::load(locale).unwrap();
        assert_eq!(shape(&language), shape(&english), "{}", locale.tag());
        assert!(language.texts().values().all(|text| !text.trim().is_empty()), "{}", locale.tag());
    }
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_placeholder(rest) {
        names.insert(name);
        rest = after;
    }
    names
}

/// In a language whose every text is its own key, the documents name the texts they use.
#[test]
fn no_text_is_written_that_no_page_and_no_mail_shows() {
    let english = Language::load(Locale::En).unwrap();
    let keys = english.texts().keys().map(|key| (key.clone(), format!("⟦{key}⟧"))).collect();
    let edition = Edition::new(Language::new(keys), Phrases::default()).unwrap();
    let mail = letters().map(|letter| edition.mail(&[letter], &issuer()).unwrap());
    let several = edition.mail(&letters(), &issuer()).unwrap();
    let mail = mail.into_iter().chain([several]).map(|mail| format!("{}{}", mail.subject, mail.text));
    let pages = documents(&edition, Locale::En).into_iter().map(|(_, html)| html);
    let shown: String = pages.chain(mail).collect();
    let unused: Vec<&String> =
        english.texts().keys().filter(|key| !shown.contains(&format!("⟦{key}⟧"))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_error_code_has_a_title_and_a_message_in_every_language() {
    let views = Views::load().unwrap();
    for locale in Locale::ALL {
        for code in ERROR_CODES {
            for part in ["title", "message"] {
                let key = format!("errors.{code}.{part}");
                assert!(views.text(locale, &key).is_some(), "{} {key}", locale.tag());
            }
        }
        let mismatch = views.text(locale, "errors.redirect-uri-mismatch.message").unwrap();
        assert!(mismatch.contains("redirect_uri"), "certification looks for the word");
    }
}

#[test]
fn no_language_file_writes_a_text_twice() {
    for locale in Locale::ALL {
        let source = template_text(&format!("languages/{}.json", locale.tag())).unwrap();
        let written = source.lines().filter(|line| line.contains("\": \"")).count();
        assert_eq!(written, Language::load(locale).unwrap().texts().len(), "{}", locale.tag());
    }
}

#[test]
fn no_line_of_french_begins_with_its_punctuation() {
    let findings: BTreeMap<String, String> =
        serde_json::from_str(&template_text("languages/findings.fr.json").unwrap()).unwrap();
    let french = Language::load(Locale::Fr).unwrap();
    let texts: Vec<&String> = french.texts().values().chain(findings.values()).collect();
    for parted in [" :", " ;", " ?", " !", " »", "« "] {
        let wrong: Vec<_> = texts.iter().filter(|text| text.contains(parted)).collect();
        assert!(wrong.is_empty(), "a blank that breaks no line (U+00A0) belongs there: {wrong:#?}");
    }
}

#[test]
fn the_french_of_a_clock_knows_one_second_from_several() {
    let views = Views::load().unwrap();
    for (english, expected) in [
        ("a clock 1 second behind", "une horloge en retard de 1 seconde"),
        ("a clock 1 second ahead", "une horloge en avance de 1 seconde"),
        ("a clock 2 seconds behind", "une horloge en retard de 2 secondes"),
    ] {
        assert_eq!(views.finding(Locale::Fr, english).as_deref(), Some(expected));
    }
}

#[test]
fn a_missing_text_is_an_error_and_never_an_empty_space() {
    let views = Views::load().unwrap();
    let page =
        ErrorPage { code: "no-such-code", request_id: "1".into(), back: None, detail: None, wait: None };
    assert!(matches!(
        views.render(&page, &Frame::default()),
        Err(ViewError::Render { template: "pages/error", .. })
    ));
}

const HOSTILE: &str = "<script>alert(\"1\")</script>'{client}{{t}}";

#[test]
fn what_others_wrote_is_never_markup() {
    let views = Views::load().unwrap();
    let hostile = || HOSTILE.to_owned();
    let button = ConnectionButton { name: hostile(), display_name: hostile(), icon_url: Some(hostile()) };
    let frame = Frame::at(Locale::En, format!("/login?x={HOSTILE}"));
    let login = LoginPage {
        action: hostile(),
        client_name: hostile(),
        client_logo: Some(hostile()),
        email: hostile(),
        error: None,
        wait: None,
        account_of: None,
        show_email: true,
        show_organization: true,
        buttons: vec![button.clone()],
        search: Some(NameSearch::new(hostile(), hostile(), 0, true)),
    };
    let chooser = ChooserPage {
        action: hostile(),
        client_name: hostile(),
        client_logo: None,
        email: hostile(),
        connections: vec![button],
        back: Some(hostile()),
    };
    let permissions = || Permissions {
        scopes: vec![ScopeLine::new(HOSTILE)],
        apis: vec![ApiLines::new(hostile(), vec![ApiScope { value: hostile(), description: hostile() }])],
        details: vec![DetailsLines::new((hostile(), vec![(hostile(), hostile())]))],
    };
    let consent = ConsentPage {
        action: hostile(),
        client_name: hostile(),
        client_host: Some(hostile()),
        client_logo: Some(hostile()),
        device_code: Some(hostile()),
        is_third_party: true,
        policy_uri: Some(hostile()),
        tos_uri: Some(hostile()),
        display_name: hostile(),
        email: Some(hostile()),
        picture: None,
        asked: permissions(),
        is_more: false,
    };
    let application = AllowedApplication {
        client_id: hostile(),
        name: hostile(),
        host: Some(hostile()),
        logo: Some(hostile()),
        since: Day::of(crate::domain::clock::Timestamp::from_seconds(0)),
        allowed: permissions(),
    };
    let applications = ApplicationsPage {
        action: hostile(),
        person: Some(hostile()),
        applications: vec![application],
        revoked: Some(hostile()),
    };
    let error = ErrorPage {
        code: "internal",
        request_id: hostile(),
        back: Some(hostile()),
        detail: Some(hostile()),
        wait: None,
    };
    let form_post = FormPostPage {
        redirect_uri: hostile(),
        fields: vec![(hostile(), hostile())],
        client_name: hostile(),
    };
    for html in [
        views.render(&login, &frame),
        views.render(&chooser, &frame),
        views.render(&consent, &frame),
        views.render(&applications, &frame),
        views.render(&error, &frame),
        views.render(&form_post, &frame),
    ] {
        let html = html.unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("\"1\""), "{html}");
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}

#[test]
fn a_posted_field_arrives_exactly_as_it_was() {
    let views = Views::load().unwrap();
    let value = "  two\n  lines & <more>  ";
    let page = FormPostPage {
        redirect_uri: "https://app.example/cb".into(),
        fields: vec![("state".into(), value.into()), ("code".into(), String::new())],
        client_name: "App".into(),
    };
    let html = views.render(&page, &Frame::default()).unwrap();
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    assert!(html.contains(&format!("<input type=\"hidden\" name=\"state\" value=\"{escaped}\">")), "{html}");
    assert!(html.contains("<input type=\"hidden\" name=\"code\" value=\"\">"), "{html}");
}

/// The policy is `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:`.
#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    let views = Views::load().unwrap();
    for (template, html) in documents(views.edition(Locale::En), Locale::En) {
        for forbidden in
            [" style=", "<style", " onclick=", " onload=", " onsubmit=", "javascript:", "<script>"]
        {
            assert!(!html.contains(forbidden), "{template}: {forbidden}");
        }
        // The frames of a sign-out are the applications' own; the policy names them one by one.
        let html = html.replace("<iframe src=", "<iframe of-an-application=");
        for reference in html.split(" src=\"").skip(1).chain(html.split("<link ").skip(1)) {
            assert!(
                reference.starts_with("/static/")
                    || reference.starts_with("data:")
                    || reference.contains("href=\"/static/"),
                "{template}: {reference}"
            );
        }
    }
}
