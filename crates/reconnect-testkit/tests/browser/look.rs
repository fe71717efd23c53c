//! How a page looks: its picture at every width, by day and by night, and no rule of axe-core broken on it.

use crate::browser::{Browser, until};
use serde_json::Value;
use std::{env, fs, path::PathBuf};

/// A phone and a desk.
const WIDTHS: [u32; 2] = [390, 1280];
const HEIGHT: u64 = 900;
/// A desk's 1280 at 400 %, where nothing may have to be scrolled sideways:
/// <https://www.w3.org/WAI/WCAG22/Understanding/reflow.html>.
const NARROWEST: u32 = 320;

/// Takes its picture at both widths, and asks axe-core. Colours are the same in both languages: one is seen in the dark.
pub(crate) async fn look(browser: &Browser, page: &str, language: &str) {
    let schemes: &[&str] = if language == "en" { &["light", "dark"] } else { &["light"] };
    look_in(browser, page, language, schemes).await;
}

/// The same by day, by night or both.
pub(crate) async fn look_in(browser: &Browser, page: &str, language: &str, schemes: &[&str]) {
    browser.find("h1").await;
    assert_eq!(browser.run("return document.documentElement.lang", vec![]).await, language, "{page}");
    browser.prefer("light").await;
    fit(browser, page, NARROWEST).await;
    for width in WIDTHS {
        // All of it, however long.
        let height = fit(browser, page, width).await;
        browser.resize(width, height.max(HEIGHT)).await;
        for scheme in schemes {
            browser.prefer(scheme).await;
            let dark = if *scheme == "dark" { "-dark" } else { "" };
            judge(browser, &format!("{page}-{language}-{width}{dark}")).await;
        }
        browser.prefer("light").await;
    }
}

/// How high the page is at this width.
async fn fit(browser: &Browser, page: &str, width: u32) -> u64 {
    browser.resize(width, HEIGHT).await;
    let settled = async || (browser.run("return innerWidth", vec![]).await == width).then_some(());
    until("the width", settled).await;
    let size = "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
    let size = browser.run(size, vec![]).await;
    assert!(size[0].as_u64() <= Some(width.into()), "{page} has to be scrolled sideways at {width}: {}", size[0]);
    size[1].as_u64().unwrap()
}

async fn judge(browser: &Browser, name: &str) {
    picture(browser, name).await;
    let broken = broken_rules(browser).await;
    assert!(broken.is_empty(), "{name}:\n{}", broken.join("\n"));
}

async fn picture(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env::var("RECONNECT_SCREENS").expect("`cargo xtask` sets it"));
    browser.screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
}

/// Each as the rule and what breaks it.
pub(crate) async fn broken_rules(browser: &Browser) -> Vec<String> {
    let axe = fs::read_to_string(env::var("RECONNECT_AXE").expect("`cargo xtask` sets it")).unwrap();
    browser.run(&format!("if (!window.axe) {{ {axe} }}"), vec![]).await;
    let script = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(
        found => done(found.violations.map(rule => [rule.id, rule.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary)])),
        error => done([['axe', [String(error)]]]))";
    let found = browser.execute_async(script, vec![]).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rule = |rule: &Value| {
        let nodes = rule[1].as_array().into_iter().flatten().map(|node| format!("  {}", text(node)));
        format!("{}\n{}", text(&rule[0]), nodes.collect::<Vec<_>>().join("\n"))
    };
    found.json().as_array().expect("a list").iter().map(rule).collect()
}
