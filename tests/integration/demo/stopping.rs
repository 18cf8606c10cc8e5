//! Ctrl-C: the end, with nothing left behind.

use super::program::Demo;
use crate::support::chromium::Chromium;

fn entries(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[actix_web::test]
async fn ctrl_c_ends_it_with_success_and_leaves_no_file() {
    let mut demo = Demo::start();
    assert_eq!(entries(demo.temporary()), 1);
    // With a browser that keeps its connections open.
    let browser = Chromium::start().await;
    browser.open(&demo.application()).await;
    browser.click("#sign-in").await;
    browser.element("#email").await;
    let status = demo.interrupt();
    assert_eq!(status.code(), Some(0));
    assert_eq!(entries(demo.temporary()), 0);
}
