//! `<flinks-reconnect>`, the element of the JavaScript package, in a page with a strict policy.

use crate::{
    app::{App, Widget},
    browser::{Browser, until},
    look::look_in,
    stage::{Stage, alone, play},
    user::ALL,
};
use axum::http::StatusCode;
use core::{slice, time::Duration};
use reconnect_core::{Outcome, StoredSession};
use serde_json::{Value, json};
use thirtyfour::{Key, WebElement};

/// What a page of an app has: one element.
const ONE: &str = "<flinks-reconnect endpoint=\"/sessions/one\" closable></flinks-reconnect>";

/// A page with an element, in front of somebody.
struct Scene {
    user: Browser,
    app: App,
    widget: Widget,
}

/// Plays a test with a page that has the element of [`ONE`].
fn scene(test: impl AsyncFnOnce(&Scene)) {
    alone(async || {
        let widget = Widget::start().await;
        let app = App::start(&widget.origin()).await;
        app.has("lang=\"en\"", ONE);
        test(&Scene { user: Browser::start().await, app, widget }).await;
    });
}

impl Scene {
    async fn open(&self) {
        self.user.goto(self.app.origin()).await.unwrap();
    }

    /// Opens the page, whose element has these showings one after the other: the event and the number of each.
    async fn open_with(&self, showings: &[(&str, u32)]) {
        self.gives(showings);
        self.open().await;
    }

    fn gives(&self, showings: &[(&str, u32)]) {
        for (step, number) in showings {
            self.app.gives("one", &self.widget.url(step, *number));
        }
    }

    /// Waits until the page was told of an event, and returns its detail.
    async fn told(&self, name: &str) -> Value {
        let name = format!("reconnect-{name}");
        let event = async || self.all_told().await.into_iter().find(|event| event["type"] == name.as_str());
        until(&name, event).await["detail"].take()
    }

    /// Every event so far, in order: its type and its detail.
    async fn all_told(&self) -> Vec<Value> {
        self.user.run("return told", vec![]).await.as_array().cloned().unwrap_or_default()
    }

    /// Waits until the server has these messages of the session, and no other.
    async fn steps(&self, expected: &[&str]) {
        let has = async || (self.app.steps("one") == expected).then_some(());
        until(&format!("{expected:?}, now {:?}", self.app.steps("one")), has).await;
    }

    async fn says(&self, words: &str) {
        until(words, async || (part(&self.user, "status").await? == words).then_some(())).await;
    }

    /// Waits until the widget has loaded these pages and says something.
    async fn loads(&self, numbers: &[u32]) {
        let has = async || (self.widget.loaded() == numbers).then_some(());
        until(&format!("{numbers:?}"), has).await;
    }

    /// Presses a button of the element.
    async fn press(&self, part: &str) {
        let script = format!("{INSIDE}('[part={part}]:not([hidden])')");
        let press = async || {
            let found = self.user.execute(&*script, vec![]).await.ok()?.element().ok()?;
            found.click().await.ok()
        };
        until(part, press).await;
    }

    /// Posts a message from the frame's own window.
    async fn posts(&self, messages: &[Value]) {
        enter(&self.user, 0).await;
        let script = "arguments[0].forEach((message) => parent.postMessage(message, '*'))";
        self.user.run(script, vec![messages.into()]).await;
        self.user.enter_default_frame().await.unwrap();
    }

    async fn run(&self, script: &str) -> Value {
        self.user.run(script, vec![]).await
    }
}

/// Begins a script that looks in the shadow of the first element.
const INSIDE: &str = "return document.querySelector('flinks-reconnect')?.shadowRoot.querySelector";

/// The text of a part; none if it cannot be seen.
async fn part(user: &Browser, name: &str) -> Option<String> {
    let script = format!("{INSIDE}('[part={name}]:not([hidden])')?.textContent");
    user.run(&script, vec![]).await.as_str().map(str::to_owned)
}

/// The sandbox's own widget, for a page of this app.
async fn real(stage: &Stage, app: &App, session: &mut StoredSession) -> String {
    let url = stage.ask(session).await.with("jsRedirect", "true");
    let encoded = |origin: &str| origin.replace(':', "%3A").replace('/', "%2F");
    url.expose().replace(&encoded(&stage.host.origin()), &encoded(&app.origin()))
}

/// The frame of an element, by the element's number on the page, as soon as there is one.
async fn frame(user: &Browser, number: u64) -> WebElement {
    let script = "const element = document.querySelectorAll('flinks-reconnect')[arguments[0]];
        return element?.shadowRoot.querySelector('iframe') ?? element?.querySelector('iframe')";
    let find = async || user.execute(script, vec![number.into()]).await.ok()?.element().ok();
    until("a frame", find).await
}

async fn enter(user: &Browser, number: u64) {
    user.enter_default_frame().await.unwrap();
    let enter = async || {
        frame(user, number).await.enter_frame().await.ok()?;
        // Its page is there, and not an empty one before it.
        user.now("h1").await
    };
    until("the frame's page", enter).await;
}

// A message that is not the widget's.

//= docs/spec/widget-events.md#how-they-travel
//# **EVT-2** A page MUST check that a message comes from its own iframe and from the origin of the widget address it used. The documentation's snippets do not.
#[test]
fn a_message_from_elsewhere_is_not_passed_on() {
    scene(async |scene: &Scene| {
        let stranger = Widget::start().await;
        scene.app.desk().frames += &format!(" {}", stranger.origin());
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;

        // The page's own window, and another frame of the widget's origin.
        scene.run("postMessage({ step: 'REDIRECT', loginId: 'forged' }, '*')").await;
        let other = "const frame = document.createElement('iframe'); frame.title = 'other'; frame.src = arguments[0];
            document.querySelector('main').append(frame)";
        scene.user.run(other, vec![scene.widget.url("REDIRECT", 2).into()]).await;
        scene.loads(&[1, 2]).await;
        // The element's own frame, which went to another origin.
        enter(&scene.user, 0).await;
        scene.user.run("location.href = arguments[0]", vec![stranger.url("REDIRECT", 3).into()]).await;
        scene.user.enter_default_frame().await.unwrap();
        until("the stranger", async || (stranger.loaded() == [3]).then_some(())).await;
        enter(&scene.user, 0).await;
        scene.user.sees("Question").await;
        scene.user.run("parent.postMessage({ step: 'REDIRECT' }, '*')", vec![]).await;
        scene.user.enter_default_frame().await.unwrap();
        // An event without a window.
        let origin = scene.widget.origin();
        let bare = "dispatchEvent(new MessageEvent('message', { origin: arguments[0], data: { step: 'REDIRECT' } }))";
        scene.user.run(bare, vec![origin.into()]).await;

        // The frame comes back to the widget: this message is heard after all of them.
        enter(&scene.user, 0).await;
        scene.user.run("location.href = arguments[0]", vec![scene.widget.url("SUBMIT_MFA", 4).into()]).await;
        scene.user.enter_default_frame().await.unwrap();
        scene.steps(&["APP_MOUNTED", "SUBMIT_MFA"]).await;
        assert_eq!(scene.run("return told.some(({ type }) => type === 'reconnect-redirect')").await, false);
    });
}

// Each message is passed on once.

//= docs/spec/widget-events.md#how-they-travel
//# **EVT-6** A page SHOULD register one listener only. A second one hears every event twice.
#[test]
fn a_message_is_passed_on_once_however_often_the_element_moves() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("nothing", 1), ("nothing", 2), ("APP_MOUNTED", 3)]).await;
        scene.told("show").await;
        let around = "const element = document.querySelector('flinks-reconnect'), main = element.parentNode;
            for (let times = 0; times < 10; times += 1) { main.append(element); element.remove(); main.prepend(element); }";
        for shown in [2, 3] {
            scene.run(around).await;
            let shows = format!("return told.filter(({{ type }}) => type === 'reconnect-show').length === {shown}");
            until("the next showing", async || (scene.run(&shows).await == true).then_some(())).await;
        }
        scene.steps(&["APP_MOUNTED"]).await;
        assert_eq!(scene.widget.loaded(), [1, 2, 3]);
        scene.posts(&[json!({"step": "COMPONENT_LOAD_MFA"}), json!({"step": "SUBMIT_MFA"})]).await;
        scene.steps(&["APP_MOUNTED", "COMPONENT_LOAD_MFA", "SUBMIT_MFA"]).await;
        let listening = "return [...listeners.values()].filter(Boolean).length";
        assert_eq!(scene.run(listening).await, 1);
        scene.run("document.querySelector('flinks-reconnect').remove()").await;
        assert_eq!(scene.run(listening).await, 0);
    });
}

#[test]
fn a_redirect_is_passed_on_once() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("nothing", 1)]).await;
        let redirect =
            json!({"step": "REDIRECT", "loginId": "l", "requestId": "r", "url": "https://app.example/?loginId=l"});
        // As an object and as text.
        scene.posts(&[redirect.clone(), redirect.clone(), redirect.to_string().into(), redirect.clone()]).await;
        scene.told("redirect").await;
        scene.app.is("one", "done");
        scene.told("done").await;
        assert_eq!(scene.app.messages("one"), [redirect]);
        let told = scene.all_told().await;
        let names: Vec<&str> = told.iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(names.iter().filter(|name| **name == "reconnect-redirect").count(), 1, "{names:?}");
    });
}

#[test]
fn messages_of_any_size_and_form_are_passed_on_as_they_are() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("nothing", 1)]).await;
        let long = json!({"step": "A", "more": "é".repeat(60_000)});
        let endless = json!({"step": "B", "more": "x".repeat(70_000)});
        let odd = [json!(7), json!("text"), json!(null), json!([1]), json!("\"{}\""), endless];
        scene.posts(&odd).await;
        let text = json!({"step": "SUBMIT_MFA"}).to_string();
        scene
            .posts(&[long.clone(), text.into(), json!({"flinksCode": "INVALID_SECURITY_RESPONSE", "requestId": "r"})])
            .await;
        scene.steps(&["A", "SUBMIT_MFA", "?"]).await;
        assert_eq!(scene.app.messages("one")[0], long);
        let told =
            scene.run("return told.filter(({ type }) => type === 'reconnect-step').map(({ detail }) => detail)").await;
        let expected = json!([
            {"step": "A", "means": "progress"},
            {"step": "SUBMIT_MFA", "means": "progress"},
            {"step": null, "means": "error"}
        ]);
        assert_eq!(told, expected);
    });
}

// A URL is good for one showing.

#[test]
fn no_url_is_loaded_twice() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("APP_MOUNTED", 1), ("APP_MOUNTED", 2), ("TOKEN_INVALID", 3), ("APP_MOUNTED", 4)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        // It is moved, which would load the frame again.
        scene.run("document.body.append(document.querySelector('flinks-reconnect'))").await;
        scene.steps(&["APP_MOUNTED"; 2]).await;
        // It is taken away and comes back. The widget then refuses its token.
        scene
            .run("const element = document.querySelector('flinks-reconnect'); element.remove(); window.kept = element")
            .await;
        assert_eq!(scene.user.count("flinks-reconnect").await, 0);
        scene.run("document.body.append(kept)").await;
        scene.steps(&["APP_MOUNTED", "APP_MOUNTED", "TOKEN_INVALID", "APP_MOUNTED"]).await;
        // The browser shows a page that it had kept.
        scene.gives(&[("APP_MOUNTED", 5)]);
        scene.run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").await;
        scene.loads(&[1, 2, 3, 4, 5]).await;
        // The user goes away and back.
        scene.gives(&[("APP_MOUNTED", 6)]);
        scene.user.goto(format!("{}/away", scene.app.origin())).await.unwrap();
        scene.user.back().await.unwrap();
        scene.loads(&[1, 2, 3, 4, 5, 6]).await;
        // A copy of the element.
        scene.gives(&[("APP_MOUNTED", 7)]);
        scene.run("const element = document.querySelector('flinks-reconnect'); element.replaceWith(element.cloneNode(true))").await;
        scene.loads(&[1, 2, 3, 4, 5, 6, 7]).await;
        assert!(scene.widget.visits().iter().all(|visit| !visit.has_referer));
    });
}

#[test]
fn a_server_that_gives_one_url_again_and_again_ends_in_an_error() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("TOKEN_INVALID", 1); 9]).await;
        scene.says("That did not work.").await;
        assert_eq!(scene.told("error").await, json!({"code": "spent"}));
        assert_eq!((scene.widget.loaded(), scene.app.desk().count("POST one/widget")), (vec![1], 4));
    });
}

#[test]
fn tokens_that_are_never_good_are_asked_for_three_times_more() {
    scene(async |scene: &Scene| {
        let bad: Vec<(&str, u32)> = (1..9).map(|number| ("TOKEN_INVALID", number)).collect();
        scene.open_with(&bad).await;
        assert_eq!(scene.told("error").await, json!({"code": "spent"}));
        assert_eq!(scene.widget.loaded(), [1, 2, 3, 4]);
        // A press begins anew, and what was answered in the widget counts as a good one.
        scene.app.desk().answers.clear();
        scene.gives(&[
            ("TOKEN_INVALID", 11),
            ("nothing", 12),
            ("TOKEN_INVALID", 13),
            ("TOKEN_INVALID", 14),
            ("nothing", 15),
        ]);
        scene.press("action").await;
        scene.loads(&[1, 2, 3, 4, 11, 12]).await;
        scene.posts(&[json!({"step": "SUBMIT_MFA"}), json!({"step": "TOKEN_INVALID"})]).await;
        scene.loads(&[1, 2, 3, 4, 11, 12, 13, 14, 15]).await;
        scene.says("Your bank has a question.").await;
    });
}

#[test]
fn a_frame_that_moves_without_loading_goes_on() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        scene.run("document.body.moveBefore(document.querySelector('flinks-reconnect'), null)").await;
        scene.posts(&[json!({"step": "SUBMIT_MFA"})]).await;
        scene.steps(&["APP_MOUNTED", "SUBMIT_MFA"]).await;
        assert_eq!(scene.widget.loaded(), [1]);
    });
}

// The app's server.

#[test]
fn the_state_is_looked_at_until_there_is_a_question_and_then_an_end() {
    scene(async |scene: &Scene| {
        scene.app.has("lang=\"en\" data-timers=\"held\"", ONE);
        scene.open().await;
        // Nothing to show yet. Each look is later than the one before, up to 10 s.
        let mut waits = Vec::new();
        for look in 1..=10 {
            let looked = async || (scene.app.desk().count("GET one") == look).then_some(());
            until("a look", looked).await;
            let fire = "const timer = held.findLast(Boolean); if (!timer) return; delete held[held.indexOf(timer)]; timer.work(); return timer.ms";
            waits.push(until("a timer", async || scene.run(fire).await.as_f64()).await);
        }
        assert!(waits[0] == 2000. && waits.is_sorted() && waits[8] == 10_000. && waits[9] == 10_000., "{waits:?}");
        until("the last look", async || (scene.app.desk().count("GET one") == 11).then_some(())).await;
        // Nobody looks at a page that is hidden.
        let hide = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => arguments[0] })";
        until("a timer", async || (scene.run("return held.some(Boolean)").await == true).then_some(())).await;
        scene.user.run(hide, vec![true.into()]).await;
        scene.run("held.findLast(Boolean).work()").await;
        assert_eq!(scene.app.desk().count("GET one"), 11);
        // There is a question once it is seen again.
        scene.app.is("one", "ask");
        scene.gives(&[("APP_MOUNTED", 1)]);
        scene.user.run(hide, vec![false.into()]).await;
        scene.run("document.dispatchEvent(new Event('visibilitychange'))").await;
        scene.steps(&["APP_MOUNTED"]).await;
        // The redirect: the server may still say that it asks.
        scene.posts(&[json!({"step": "REDIRECT", "loginId": "l"})]).await;
        scene.says("Thank you. Your accounts are being read.").await;
        let waits = "return held.some((timer) => timer?.ms === 2000)";
        until("the next look", async || (scene.run(waits).await == true).then_some(())).await;
        assert_eq!(scene.app.desk().count("POST one/widget"), 2);
        scene.app.is("one", "done");
        scene.run("held.find((timer) => timer?.ms === 2000).work()").await;
        scene.says("Your accounts are up to date.").await;
        let states =
            scene.run("return told.filter(({ type }) => type === 'reconnect-state').map(({ detail }) => detail)").await;
        assert_eq!(states, json!([{"state": "working"}, {"state": "ask"}, {"state": "done"}]));
        scene.told("done").await;
    });
}

#[test]
fn a_question_that_was_shown_a_moment_ago_is_asked_for_again() {
    scene(async |scene: &Scene| {
        scene.app.answers("one", json!({"url": null, "againMs": 50}));
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        assert_eq!(scene.app.desk().asked[..2], ["POST one/widget", "POST one/widget"]);
    });
}

#[test]
fn a_server_that_refuses_or_is_not_there_is_asked_again_by_a_press() {
    scene(async |scene: &Scene| {
        for (status, code) in [(StatusCode::FORBIDDEN, "refused"), (StatusCode::SERVICE_UNAVAILABLE, "server")] {
            scene.app.desk().refuses = Some(status);
            scene.open().await;
            scene.says("That did not work.").await;
            assert_eq!(scene.told("error").await, json!({"code": code}));
        }
        scene.app.desk().refuses = None;
        scene.gives(&[("APP_MOUNTED", 1)]);
        scene.press("action").await;
        scene.steps(&["APP_MOUNTED"]).await;

        // What is no address of the web, and a server of another origin.
        for url in ["javascript:parent.logged.push(1)", "data:text/html,x", "/page.js", ""] {
            scene.app.answers("one", json!({ "url": url }));
            scene.open().await;
            assert_eq!(scene.told("error").await, json!({"code": "url"}), "{url}");
        }
        let foreign =
            format!("<flinks-reconnect endpoint=\"{}/sessions/one\"></flinks-reconnect>", scene.widget.origin());
        scene.app.has("lang=\"en\"", &foreign);
        scene.open().await;
        assert_eq!(scene.told("error").await, json!({"code": "refused"}));
        assert_eq!(scene.widget.loaded(), [1]);
        assert_eq!(scene.run("return logged").await, json!([]));
    });
}

#[test]
fn the_servers_requests_say_where_they_are_from_and_no_more() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        for headers in &scene.app.desk().headers {
            assert_eq!(headers["origin"], scene.app.origin().as_str());
            assert_eq!(headers.get("referer"), None);
        }
    });
}

#[test]
fn functions_of_the_app_take_the_place_of_its_routes() {
    scene(async |scene: &Scene| {
        scene.app.has("lang=\"en\"", "");
        scene.open().await;
        let script = "const element = document.createElement('flinks-reconnect');
            const answers = [{ url: arguments[0] }], states = ['working', 'done'];
            window.texts = [];
            Object.assign(element, {
              ask: async () => answers.shift() ?? { url: null },
              tell: async (text) => { texts.push(text); if (texts.length === 2) throw new Error('refused'); },
              look: async () => ({ state: states.shift() }),
            });
            document.querySelector('main').append(element)";
        scene.user.run(script, vec![scene.widget.url("APP_MOUNTED", 1).into()]).await;
        scene.loads(&[1]).await;
        until("the message", async || (scene.run("return texts.length").await == 1).then_some(())).await;
        scene.posts(&[json!({"step": "SUBMIT_MFA"})]).await;
        assert_eq!(scene.told("error").await, json!({"code": "message"}));
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.told("done").await;
        let texts = scene.run("return texts.map((text) => JSON.parse(text).step)").await;
        assert_eq!(texts, json!(["APP_MOUNTED", "SUBMIT_MFA", "REDIRECT"]));
        assert_eq!(scene.app.desk().asked, Vec::<String>::new());
    });
}

#[test]
fn two_elements_are_two_sessions() {
    scene(async |scene: &Scene| {
        let two = format!("{ONE}<flinks-reconnect endpoint=\"/sessions/two\"></flinks-reconnect>");
        scene.app.has("lang=\"en\"", &two);
        scene.app.gives("two", &scene.widget.url("INSTITUTION_SELECTED", 2));
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        until("its own", async || (scene.app.steps("two") == ["INSTITUTION_SELECTED"]).then_some(())).await;
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.app.is("one", "failed");
        scene.told("failed").await;
        scene.says("That did not work.").await;
        // The other goes on.
        enter(&scene.user, 1).await;
        scene.user.run("parent.postMessage({ step: 'SUBMIT_MFA' }, '*')", vec![]).await;
        let both = async || (scene.app.steps("two") == ["INSTITUTION_SELECTED", "SUBMIT_MFA"]).then_some(());
        until("its second message", both).await;
        scene.steps(&["APP_MOUNTED", "REDIRECT"]).await;
    });
}

#[test]
fn an_element_that_gets_another_session_shows_that_one() {
    scene(async |scene: &Scene| {
        scene.app.gives("two", &scene.widget.url("APP_MOUNTED", 2));
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        scene.run("document.querySelector('flinks-reconnect').setAttribute('endpoint', '/sessions/two')").await;
        until("its message", async || (scene.app.steps("two") == ["APP_MOUNTED"]).then_some(())).await;
        scene.steps(&["APP_MOUNTED"]).await;
    });
}

#[test]
fn a_frame_of_the_server_is_the_first_showing() {
    scene(async |scene: &Scene| {
        let url = scene.widget.url("nothing", 1);
        let main = format!(
            "<flinks-reconnect endpoint=\"/sessions/one\" left=\"300\"><iframe title=\"Your bank\" src=\"{url}\"></iframe></flinks-reconnect>"
        );
        scene.app.has("lang=\"en\"", &main);
        scene.open().await;
        scene.told("show").await;
        assert!(part(&scene.user, "time").await.is_some_and(|time| time.starts_with("Time left: 0")));
        scene.posts(&[json!({"step": "SUBMIT_MFA"}), json!({"step": "TOKEN_INVALID"})]).await;
        scene.steps(&["SUBMIT_MFA", "TOKEN_INVALID"]).await;
        until("the next one", async || (scene.app.desk().count("POST one/widget") == 1).then_some(())).await;
        assert_eq!((scene.widget.loaded(), scene.user.count("flinks-reconnect > iframe").await), (vec![1], 0));
    });
}

#[test]
fn a_frame_of_a_page_that_the_user_goes_back_to_is_not_taken_over() {
    scene(async |scene: &Scene| {
        let url = scene.widget.url("nothing", 1);
        let main = format!(
            "<flinks-reconnect endpoint=\"/sessions/one\"><iframe title=\"Your bank\" src=\"{url}\"></iframe></flinks-reconnect>"
        );
        scene.app.has("lang=\"en\"", &main);
        scene.open().await;
        scene.told("show").await;
        scene.gives(&[("APP_MOUNTED", 2)]);
        // A page that has opened a window is not kept as it is: the browser reads its HTML again, with the frame.
        scene.run("window.open('/away', 'other')").await;
        scene.user.goto(format!("{}/away", scene.app.origin())).await.unwrap();
        scene.user.back().await.unwrap();
        scene.steps(&["APP_MOUNTED"]).await;
        let way = "return performance.getEntriesByType('navigation')[0].type";
        assert_eq!(scene.run(way).await, "back_forward");
        assert_eq!(scene.user.count("flinks-reconnect > iframe").await, 0);
    });
}

// What goes wrong on the way.

#[test]
fn messages_wait_while_there_is_no_connection() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        online(&scene.user, false).await;
        let sent: Vec<Value> = (0..3).map(|number| json!({"step": "SUBMIT_MFA", "number": number})).collect();
        scene.posts(&sent[..2]).await;
        scene.says("No connection. What you did is kept, and sent later.").await;
        scene.posts(&sent[2..]).await;
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.told("redirect").await;
        assert_eq!(scene.app.steps("one"), ["APP_MOUNTED"]);
        online(&scene.user, true).await;
        scene.steps(&["APP_MOUNTED", "SUBMIT_MFA", "SUBMIT_MFA", "SUBMIT_MFA", "REDIRECT"]).await;
        assert_eq!(scene.app.messages("one")[1..4], sent);
        scene.says("Thank you. Your accounts are being read.").await;
    });
}

#[test]
fn a_message_that_the_server_could_not_take_is_sent_again() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("nothing", 1)]).await;
        scene.told("show").await;
        scene.app.desk().refuses = Some(StatusCode::TOO_MANY_REQUESTS);
        let messages: Vec<Value> =
            (0..60).map(|number| json!({"step": "COMPONENT_HELP2FA_INFO", "number": number})).collect();
        scene.posts(&messages).await;
        scene.says("No connection. What you did is kept, and sent later.").await;
        scene.app.desk().refuses = None;
        let has = async || (scene.app.messages("one").len() == 50).then_some(());
        until("what is kept", has).await;
        // The first was under way. Of the others the last ones are kept.
        let kept = [slice::from_ref(&messages[0]), &messages[11..]].concat();
        assert_eq!(scene.app.messages("one"), kept);
        scene.says("Your bank has a question.").await;
    });
}

#[test]
fn a_widget_that_says_nothing_can_be_loaded_again() {
    scene(async |scene: &Scene| {
        scene
            .app
            .has("lang=\"en\"", "<flinks-reconnect endpoint=\"/sessions/one\" patience=\"0.5\"></flinks-reconnect>");
        scene.open_with(&[("nothing", 1), ("nothing", 2)]).await;
        scene.says("The bank’s page may not have loaded.").await;
        assert_eq!(scene.told("error").await, json!({"code": "silent"}));
        assert_eq!(part(&scene.user, "action").await.as_deref(), Some("Load again"));
        scene.press("action").await;
        scene.loads(&[1, 2]).await;
        scene.says("The bank’s page may not have loaded.").await;
        // It was only slow.
        scene.posts(&[json!({"step": "APP_MOUNTED"})]).await;
        scene.says("Your bank has a question.").await;
        assert_eq!(part(&scene.user, "action").await, None);
    });
}

#[test]
fn the_end_of_the_time_is_announced_before_it_comes() {
    scene(async |scene: &Scene| {
        scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 1), "leftMs": 61_500}));
        scene.open().await;
        scene.steps(&["APP_MOUNTED"]).await;
        assert_eq!(part(&scene.user, "status").await.as_deref(), Some("Your bank has a question."));
        scene.says("Less than a minute is left.").await;
        assert!(scene.told("expiring").await["leftMs"].as_u64().is_some_and(|left| left <= 60_000));
        // An answer makes the time longer, as the server says.
        scene.app.desk().states.insert("one".into(), json!({"state": "ask", "leftMs": 480_000}));
        scene.posts(&[json!({"step": "SUBMIT_MFA"})]).await;
        scene.says("Your bank has a question.").await;
        until("more time", async || part(&scene.user, "time").await.filter(|time| time.starts_with("Time left: 0")))
            .await;
        // At the end the server decides.
        scene.app.desk().states.insert("one".into(), json!({"state": "ask", "leftMs": 900}));
        scene.posts(&[json!({"step": "SUBMIT_MFA"})]).await;
        scene.told("expiring").await;
        scene.app.is("one", "failed");
        scene.told("expired").await;
        scene.says("That did not work.").await;
        assert_eq!(scene.app.desk().count("POST one/widget"), 1);
    });
}

#[test]
fn a_widget_that_cannot_go_on_is_offered_again() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("MAXIMUM_RETRY_REACHED", 1), ("APP_MOUNTED", 2)]).await;
        scene.steps(&["MAXIMUM_RETRY_REACHED"]).await;
        scene.press("action").await;
        scene.steps(&["MAXIMUM_RETRY_REACHED", "APP_MOUNTED"]).await;
    });
}

#[test]
fn a_server_that_asks_and_gives_no_url_is_asked_slowly() {
    scene(async |scene: &Scene| {
        scene.app.is("one", "ask");
        scene.app.answers("one", json!({"url": null, "againMs": 1}));
        scene.open().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let asked = scene.app.desk().asked.len();
        assert!((3..12).contains(&asked), "{asked} requests in five seconds");
        scene.gives(&[("APP_MOUNTED", 1)]);
        scene.steps(&["APP_MOUNTED"]).await;
    });
}

#[test]
fn an_end_stays_an_end_wherever_the_element_goes() {
    scene(async |scene: &Scene| {
        scene.app.has("lang=\"en\"", &format!("<div id=\"archive\"></div>{ONE}"));
        scene.app.is("one", "done");
        scene.open().await;
        scene.told("done").await;
        scene.run("archive.append(document.querySelector('flinks-reconnect'))").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let ends = scene.all_told().await.into_iter().filter(|event| event["type"] == "reconnect-done").count();
        assert_eq!((ends, scene.app.desk().count("POST one/widget")), (1, 1));
        scene.says("Your accounts are up to date.").await;
        // Another session begins.
        scene.app.gives("two", &scene.widget.url("APP_MOUNTED", 2));
        scene.run("document.querySelector('flinks-reconnect').setAttribute('endpoint', '/sessions/two')").await;
        scene.loads(&[2]).await;
    });
}

#[test]
fn nothing_of_a_session_is_left_for_the_next_one() {
    scene(async |scene: &Scene| {
        scene
            .open_with(&[("TOKEN_INVALID", 1), ("TOKEN_INVALID", 2), ("TOKEN_INVALID", 3), ("TOKEN_INVALID", 4)])
            .await;
        assert_eq!(scene.told("error").await, json!({"code": "spent"}));
        // The server of the first session takes no more of its messages.
        scene.app.desk().refuses = Some(StatusCode::SERVICE_UNAVAILABLE);
        scene.run("document.querySelector('flinks-reconnect').setAttribute('endpoint', '/sessions/none')").await;
        until("an error", async || (scene.run("return told.at(-1).detail?.code").await == "server").then_some(()))
            .await;
        scene.app.desk().refuses = None;
        for (step, number) in [("TOKEN_INVALID", 5), ("APP_MOUNTED", 6)] {
            scene.app.gives("two", &scene.widget.url(step, number));
        }
        scene.run("document.querySelector('flinks-reconnect').setAttribute('endpoint', '/sessions/two')").await;
        let has = async || (scene.app.steps("two") == ["TOKEN_INVALID", "APP_MOUNTED"]).then_some(());
        until("its second URL", has).await;
        scene.says("Your bank has a question.").await;
    });
}

#[test]
fn messages_that_cannot_be_sent_hold_up_no_other_session() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("APP_MOUNTED", 1)]).await;
        scene.steps(&["APP_MOUNTED"]).await;
        scene.app.desk().broken = Some("one".to_owned());
        scene.posts(&[json!({"step": "SUBMIT_MFA"})]).await;
        scene.says("No connection. What you did is kept, and sent later.").await;
        scene.app.gives("two", &scene.widget.url("INSTITUTION_SELECTED", 2));
        scene.run("document.querySelector('flinks-reconnect').setAttribute('endpoint', '/sessions/two')").await;
        let has = async || (scene.app.steps("two") == ["INSTITUTION_SELECTED"]).then_some(());
        until("the other session's message", has).await;
        scene.says("Your bank has a question.").await;
        scene.app.desk().broken = None;
        scene.steps(&["APP_MOUNTED", "SUBMIT_MFA"]).await;
    });
}

#[test]
fn one_url_in_two_forms_is_one_url() {
    scene(async |scene: &Scene| {
        let url = scene.widget.url("TOKEN_INVALID", 1);
        for form in [url.clone(), url.replace("http:", "HTTP:"), url.replace("http://", "http:\\\\")] {
            scene.app.answers("one", json!({ "url": form }));
        }
        scene.gives(&[("APP_MOUNTED", 2)]);
        scene.open().await;
        scene.loads(&[1, 2]).await;
    });
}

#[test]
fn an_odd_time_is_no_time() {
    scene(async |scene: &Scene| {
        for (number, (left, shown)) in (1..).zip([
            (json!("90000"), Some("Time left: 01:")),
            (json!(1e300), None),
            (json!(3_700_000), None),
            (json!(-1), None),
        ]) {
            scene.app.answers("one", json!({"url": scene.widget.url("nothing", number), "leftMs": left}));
            scene.open().await;
            scene.told("show").await;
            let time = part(&scene.user, "time").await;
            assert_eq!(time.is_some(), shown.is_some(), "{left}: {time:?}");
            assert!(time.unwrap_or_default().starts_with(shown.unwrap_or_default()), "{left}");
        }
        assert_eq!(scene.run("return logged").await, json!([]));
    });
}

#[test]
fn a_frame_of_the_server_that_is_silent_can_be_loaded_again() {
    scene(async |scene: &Scene| {
        let own = format!(
            "<flinks-reconnect endpoint=\"/sessions/one\" patience=\"0.5\"><iframe title=\"Maple Bank asks\" src=\"{}\"></iframe></flinks-reconnect>",
            scene.widget.url("nothing", 1)
        );
        scene.app.has("lang=\"en\"", &own);
        scene.open().await;
        scene.says("The bank’s page may not have loaded.").await;
        assert_eq!(scene.run("return document.querySelector('iframe').title").await, "Maple Bank asks");
    });
}

#[test]
fn a_history_has_no_entry_for_a_showing() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("TOKEN_INVALID", 1), ("TOKEN_INVALID", 2), ("APP_MOUNTED", 3)]).await;
        let before = scene.run("return history.length").await;
        scene.loads(&[1, 2, 3]).await;
        scene.steps(&["TOKEN_INVALID", "TOKEN_INVALID", "APP_MOUNTED"]).await;
        assert_eq!(scene.run("return history.length").await, before);
    });
}

#[test]
fn the_end_of_the_time_is_announced_once() {
    scene(async |scene: &Scene| {
        scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 1), "leftMs": 30_000}));
        scene.open().await;
        scene.says("Less than a minute is left.").await;
        scene.press("close").await;
        scene.says("You closed the question.").await;
        let warned = scene.all_told().await.into_iter().filter(|event| event["type"] == "reconnect-expiring").count();
        assert_eq!(warned, 1);
        // The server has more time than was thought.
        scene.app.desk().states.insert("one".into(), json!({"state": "ask", "leftMs": 480_000}));
        scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 2), "leftMs": 1_200}));
        scene.press("action").await;
        scene.told("expired").await;
        scene.says("Your bank has a question.").await;
        let more = async || part(&scene.user, "time").await.filter(|time| time.starts_with("Time left: 07:"));
        until("more time", more).await;
    });
}

/// Whether the page, and no frame in it, is connected.
async fn online(user: &Browser, is: bool) {
    user.devtools("Network.enable", json!({})).await;
    let network = json!({"offline": !is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    user.devtools("Network.emulateNetworkConditions", network).await;
}

// Everybody can use it.

#[test]
fn the_keyboard_is_enough() {
    play(async |stage: &Stage| {
        let app = App::start(&stage.server.url()).await;
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        app.has("lang=\"en\"", &format!("<button id=\"before\">Before</button>{ONE}"));
        for _ in 0..2 {
            app.gives("one", &real(stage, &app, &mut session).await);
        }
        stage.user.goto(app.origin()).await.unwrap();
        let user = &stage.user;
        until("the question", async || (app.steps("one").contains(&"COMPONENT_LOAD_MFA".to_owned())).then_some(()))
            .await;
        user.find("#before").await.focus().await.unwrap();
        let focused = "return document.activeElement.shadowRoot?.activeElement?.getAttribute('part')";
        let focused = async || user.run(focused, vec![]).await;
        user.key(Key::Tab).await;
        assert_eq!(focused().await, "close");
        user.key(Key::Enter).await;
        until("the status", async || (focused().await == "status").then_some(())).await;
        let closed = async || app.steps("one").contains(&"COMPONENT_CLOSE_SESSION".to_owned()).then_some(());
        until("the server's news of it", closed).await;
        user.key(Key::Tab).await;
        assert_eq!(focused().await, "action");
        user.key(Key::Enter).await;
        until("the frame", async || (focused().await == "frame").then_some(())).await;
        for (prompt, answer) in ALL {
            enter(user, 0).await;
            user.tab_to_and_type(&format!("[name='{prompt}']"), answer).await;
            user.leave_by_enter().await;
        }
        user.enter_default_frame().await.unwrap();
        until("the status", async || (focused().await == "status").then_some(())).await;
        assert!(!app.steps("one").contains(&"?".to_owned()));
        let redirect = app.messages("one").pop().unwrap();
        assert!(matches!(stage.come_back(&mut session, &redirect).await, Outcome::Refreshed(_)));
        app.is("one", "done");
        until("the end", async || part(user, "status").await.filter(|said| said == "Your accounts are up to date."))
            .await;
    });
}

#[test]
fn the_focus_stays_where_it_is_unless_somebody_pressed_something() {
    scene(async |scene: &Scene| {
        scene.app.has("lang=\"en\"", &format!("<label>Name <input id=\"name\" autofocus></label>{ONE}"));
        scene.open_with(&[("nothing", 1), ("nothing", 2)]).await;
        scene.told("show").await;
        let focus = "return document.activeElement.id || document.activeElement.localName";
        assert_eq!(scene.run(focus).await, "name");
        scene.app.is("one", "failed");
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.told("failed").await;
        // The test's way into the frame may have taken the focus there, so this one is by the element's own method.
        scene.run("document.querySelector('flinks-reconnect').show()").await;
        scene.loads(&[1, 2]).await;
        until("the frame", async || (scene.run(focus).await == "flinks-reconnect").then_some(())).await;
    });
}

#[test]
fn the_focus_is_not_taken_from_a_field_in_which_somebody_writes() {
    scene(async |scene: &Scene| {
        let field = format!("<button id=\"go\">Go</button><label>Name <input id=\"name\"></label>{ONE}");
        scene.app.has("lang=\"en\"", &field);
        scene.open_with(&[("nothing", 1)]).await;
        scene.told("show").await;
        let focus = "return document.activeElement.id || document.activeElement.localName";
        let element = "const element = document.querySelector('flinks-reconnect');";
        // The user wanted the question once, and then it was there.
        scene.run(&format!("go.focus(); {element} element.show(); go.focus()")).await;
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.run("document.getElementById('name').focus()").await;
        scene.app.is("one", "ask");
        scene.gives(&[("nothing", 2)]);
        scene.loads(&[1, 2]).await;
        assert_eq!(scene.run(focus).await, "name");
        // The user pressed, and went on before the question came.
        scene.app.is("one", "working");
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.run(&format!("go.focus(); {element} element.show(); document.getElementById('name').focus()")).await;
        scene.app.is("one", "ask");
        scene.gives(&[("nothing", 3)]);
        scene.loads(&[1, 2, 3]).await;
        assert_eq!(scene.run(focus).await, "name");
        // The user pressed, and waits.
        scene.posts(&[json!({"step": "REDIRECT"})]).await;
        scene.gives(&[("nothing", 4)]);
        scene.run(&format!("go.focus(); {element} element.show()")).await;
        scene.loads(&[1, 2, 3, 4]).await;
        until("the frame", async || (scene.run(focus).await == "flinks-reconnect").then_some(())).await;
    });
}

#[test]
fn each_of_its_states_looks_right() {
    for (language, end) in [("en", "done"), ("fr", "failed")] {
        scene(async |scene: &Scene| {
            let main = "<flinks-reconnect endpoint=\"/sessions/one\" closable patience=\"0.5\"></flinks-reconnect>";
            scene.app.has(&format!("lang=\"{language}\""), main);
            let look =
                async |name: &str| look_in(&scene.user, &format!("element-{name}"), language, &["light", "dark"]).await;
            scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 1), "leftMs": 480_000}));
            scene.open().await;
            scene.steps(&["APP_MOUNTED"]).await;
            look("asked").await;
            scene.press("close").await;
            scene.told("left").await;
            look("left").await;
            scene.gives(&[("nothing", 2)]);
            scene.press("action").await;
            scene.told("error").await;
            look("silent").await;
            scene.posts(&[json!({"step": "REDIRECT"})]).await;
            look("sent").await;
            scene.app.is("one", end);
            scene.told(end).await;
            look("over").await;
            scene.app.desk().refuses = Some(StatusCode::FORBIDDEN);
            scene.open().await;
            scene.told("error").await;
            look("error").await;
        });
    }
}

#[test]
fn a_page_at_twice_its_size_has_all_of_it() {
    scene(async |scene: &Scene| {
        scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 1), "leftMs": 30_000}));
        scene.open().await;
        scene.told("expiring").await;
        // A window of 1280 and one of 640, at 200 %.
        for width in [640, 320] {
            let zoomed = json!({"width": width, "height": 450, "deviceScaleFactor": 2, "mobile": false});
            scene.user.devtools("Emulation.setDeviceMetricsOverride", zoomed).await;
            let fits = "const root = document.querySelector('flinks-reconnect').shadowRoot;
                const boxes = ['status', 'time', 'close', 'frame'].map((part) => root.querySelector(`[part=${part}]`).getBoundingClientRect());
                const apart = boxes.every((one, index) => boxes.slice(index + 1).every((other) => one.right <= other.left || one.bottom <= other.top));
                return innerWidth === arguments[0] && document.documentElement.scrollWidth <= innerWidth && apart
                    && boxes.every(({ left, right, height }) => left >= 0 && right <= innerWidth && height > 0)";
            until("its room", async || (scene.user.run(fits, vec![width.into()]).await == true).then_some(())).await;
        }
    });
}

#[test]
fn names_and_words_are_in_the_language_around_it() {
    scene(async |scene: &Scene| {
        scene.app.has("lang=\"en\"", &format!("<div lang=\"fr-CA\">{ONE}</div>"));
        scene.app.answers("one", json!({"url": scene.widget.url("APP_MOUNTED", 1), "leftMs": 480_000}));
        scene.open().await;
        scene.says("Votre banque a une question.").await;
        let names =
            format!("{INSIDE}All('section, iframe').values().map((node) => node.title || node.ariaLabel).toArray()");
        assert_eq!(
            scene.run(&names).await,
            json!(["Connexion bancaire", "Connexion bancaire: La question de votre banque"])
        );
        assert_eq!(part(&scene.user, "close").await.as_deref(), Some("Fermer"));
        scene.run("document.querySelector('flinks-reconnect').lang = 'en'").await;
        scene.says("Your bank has a question.").await;
        assert_eq!(scene.run(&names).await, json!(["Bank connection", "Bank connection: Your bank’s question"]));
        // A screen reader is told each text once, although the time passes.
        let live = "const status = document.querySelector('flinks-reconnect').shadowRoot.querySelector('[role=status]');
            window.changes = []; new MutationObserver(() => changes.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true })";
        scene.run(live).await;
        let time = part(&scene.user, "time").await;
        until("less time", async || part(&scene.user, "time").await.filter(|left| Some(left) != time.as_ref())).await;
        scene
            .posts(&[json!({"step": "COMPONENT_LOAD_MFA"}), json!({"step": "SUBMIT_MFA"}), json!({"step": "REDIRECT"})])
            .await;
        scene.app.is("one", "done");
        scene.told("done").await;
        assert_eq!(
            scene.run("return changes").await,
            json!(["Thank you. Your accounts are being read.", "Your accounts are up to date."])
        );
    });
}

// No id leaves the page.

//= docs/spec/widget-events.md#in-a-session
//# **EVT-36** A client MUST NOT log a whole `loginId`, `requestId` or `url` of an event.
#[test]
fn no_id_is_logged_or_told_to_the_page() {
    play(async |stage: &Stage| {
        let app = App::start(&stage.server.url()).await;
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        let url = real(stage, &app, &mut session).await;
        let token = url.split_once("authorizeToken=").unwrap().1.split('&').next().unwrap().to_owned();
        app.has("lang=\"en\"", ONE);
        app.gives("one", &url);
        app.desk().states.insert("one".into(), json!({"state": "working", "loginId": login.as_str()}));
        let user = &stage.user;
        user.goto(app.origin()).await.unwrap();
        enter(user, 0).await;
        user.answer_all().await;
        user.enter_default_frame().await.unwrap();
        until("the redirect", async || (app.steps("one").pop()? == "REDIRECT").then_some(())).await;
        app.desk().states.insert("one".into(), json!({"state": "done", "loginId": login.as_str(), "url": url}));
        let over = "return told.some(({ type }) => type === 'reconnect-done')";
        until("the end", async || (user.run(over, vec![]).await == true).then_some(())).await;

        let redirect = app.messages("one").pop().unwrap();
        let request = session.requests()[0].as_str().to_owned();
        assert_eq!(
            (redirect["loginId"].as_str(), redirect["requestId"].as_str()),
            (Some(login.as_str()), Some(&*request))
        );
        let page = user
            .run("return JSON.stringify([told, logged, Object.entries(localStorage), document.cookie])", vec![])
            .await;
        let log = user.browser_log().await.unwrap();
        let said = format!("{page} {log:?} {}", user.run("return document.body.outerHTML", vec![]).await);
        for id in [login.as_str(), &request, &token] {
            assert!(!said.contains(id), "{id} in {said}");
        }
        assert_eq!(user.run("return logged", vec![]).await, json!([]));
    });
}

#[test]
fn an_id_in_the_place_of_a_step_is_not_told() {
    scene(async |scene: &Scene| {
        scene.open_with(&[("nothing", 1)]).await;
        let steps =
            ["0f0e8c4a-7e83-4a5e-9f3a-0d7c1b2a3c4d", "0F0E8C4A7E834A5E9F3A0D7C1B2A3C4D", "greatday", &"A".repeat(65)];
        let messages: Vec<Value> = steps.iter().map(|step| json!({ "step": step })).collect();
        scene.posts(&messages).await;
        scene.posts(&[json!({"step": "COMPONENT_HELP2FA_INFO"})]).await;
        scene.steps(&[&steps[..], &["COMPONENT_HELP2FA_INFO"]].concat()).await;
        let told = scene
            .run("return told.filter(({ type }) => type === 'reconnect-step').map(({ detail }) => detail.step)")
            .await;
        assert_eq!(told, json!([null, null, null, null, "COMPONENT_HELP2FA_INFO"]));
    });
}
