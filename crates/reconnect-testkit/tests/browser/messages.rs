//! What the widget says, to whom, and where it leads: <https://docs.flinks.com/guides/connect/flinks-connect/widget>.

use crate::{
    browser::until,
    host::Host,
    stage::{Stage, play},
    user::{ALL, CITY, COUNTRY},
};
use reconnect_core::{Event, Outcome, connect::ConnectNews};
use serde_json::{Value, json};

#[test]
fn closing_says_so_and_does_nothing_else() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        let url = stage.ask(&mut session).await.with("closeEnable", "true");
        stage.show(&url).await;
        stage.event("COMPONENT_LOAD_MFA").await;
        let before = stage.steps();
        stage.user.find("button[aria-label=Close]").await.click().await.unwrap();
        let closed = stage.event("COMPONENT_CLOSE_SESSION").await;
        assert_eq!(closed, json!({"step": "COMPONENT_CLOSE_SESSION", "institution": "FlinksCapital"}));
        assert_eq!(stage.steps()[..before.len()], before);
        assert_eq!(stage.steps().len(), before.len() + 1);
        assert!(stage.user.named(CITY.0).await.is_some(), "the question still stands");

        // The host hides the widget, and shows it again some time later, with a URL of its own.
        let closed = ConnectNews::read(&closed.to_string()).unwrap();
        session.tell(stage.now(), Event::Returned(closed)).unwrap();
        let url = stage.ask(&mut session).await;
        stage.show(&url).await;
        stage.user.answer_all().await;
        let redirect = stage.event("REDIRECT").await;
        assert!(matches!(stage.come_back(&mut session, &redirect).await, Outcome::Refreshed(_)));
    });
}

#[test]
fn a_host_of_another_origin_hears_nothing() {
    play(async |stage: &Stage| {
        let stranger = Host::start().await;
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await;
        stage.user.goto(stranger.origin()).await.unwrap();
        stage.reload(&url).await;
        stage.user.answer(CITY).await;
        stage.user.sees(COUNTRY.0).await;
        assert!(stranger.heard().is_empty(), "{:?}", stranger.heard());

        // The same widget on the host that it was meant for.
        let url = stage.ask(&mut stage.refresh(&login, &[])).await;
        stage.show(&url).await;
        stage.event("COMPONENT_LOAD_MFA").await;
    });
}

#[test]
fn a_forged_event_is_not_believed() {
    play(async |stage: &Stage| {
        let stranger = Host::start().await;
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await;
        stage.show(&url).await;
        stage.event("COMPONENT_LOAD_MFA").await;
        let believed = stage.steps();

        // From the widget's origin it would have to come, and from the widget's own window: here neither, then one.
        let forged = json!({"step": "REDIRECT", "loginId": login.as_str(), "requestId": "forged"});
        stage.user.enter_default_frame().await.unwrap();
        stage.user.run("postMessage(arguments[0], '*')", vec![forged.clone()]).await;
        let heard = stage.host.heard().len();
        stage.user.run("document.querySelector('iframe').src = arguments[0]", vec![stranger.origin().into()]).await;
        stage.user.enter_frame().await;
        stage.user.sees("Host").await;
        stage.user.run("parent.postMessage(arguments[0], '*')", vec![forged.clone()]).await;
        let arrived = async || stage.host.heard().into_iter().filter(|heard| heard["data"] == forged).nth(1);
        let last = until("both forged events", arrived).await;
        assert!(heard > 0 && last["ours"] == true && last["origin"] == stranger.origin().as_str());
        assert_eq!(stage.steps(), believed);
    });
}

#[test]
fn a_url_is_good_for_one_showing() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let mut session = stage.refresh(&login, &[]);
        let url = stage.ask(&mut session).await;
        stage.show(&url).await;
        stage.user.sees(CITY.0).await;
        stage.reload(&url).await;
        stage.event("TOKEN_INVALID").await;
        stage.user.sees("already used").await;
        assert_eq!(stage.user.count("form input").await, 0);

        let fresh = stage.ask(&mut session).await;
        assert!(fresh.expose() != url.expose());
        stage.reload(&fresh).await;
        stage.user.sees(CITY.0).await;
    });
}

#[test]
fn events_are_text_for_who_wants_text() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await.with("stringify", "true");
        stage.show(&url).await;
        stage.user.answer_all().await;
        let said = async || {
            let texts = stage.events().into_iter().map(|event| event.as_str().map(str::to_owned));
            let texts: Vec<String> = texts.collect::<Option<_>>().expect("each event is text");
            texts.into_iter().find(|text| text.contains("REDIRECT"))
        };
        let redirect = until("the last event", said).await;
        let news = ConnectNews::read(&redirect).unwrap();
        assert_eq!(news.login, Some(login.clone()));
    });
}

#[test]
fn what_becomes_of_the_window_is_told() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await;
        stage.show(&url).await;
        stage.event("COMPONENT_LOAD_MFA").await;
        for (state, step) in [("offline", "APP_OFFLINE"), ("online", "APP_ONLINE")] {
            stage.user.run(&format!("window.dispatchEvent(new Event('{state}'))"), Vec::new()).await;
            assert_eq!(stage.event(step).await, json!({"step": step}));
        }
        stage.user.resize(500, 700).await;
        assert_eq!(stage.event("APP_RESIZE").await, json!({"step": "APP_RESIZE"}));
    });
}

#[test]
fn a_native_web_view_hears_events_on_its_own_channel() {
    // As React Native and iOS put it there before the page: https://docs.flinks.com/guides/connect/mobile-integration
    let tell = "text => sessionStorage.told = (sessionStorage.told ?? '') + text + '\\n'";
    let channels = [
        format!("window.ReactNativeWebView = {{postMessage: {tell}}}"),
        format!("window.webkit = {{messageHandlers: {{flinksEvent: {{postMessage: {tell}}}}}}}"),
    ];
    for channel in channels {
        play(async |stage: &Stage| {
            let script = json!({"source": channel});
            stage.user.devtools("Page.addScriptToEvaluateOnNewDocument", script).await;
            let login = stage.stored("Greatday");
            let url =
                stage.ask(&mut stage.refresh(&login, &[])).await.with("webview", "true").with("jsRedirect", "true");
            stage.user.goto(url.expose()).await.unwrap();
            stage.user.answer_all().await;
            let told = async || {
                let told = stage.user.run("return sessionStorage.told ?? ''", vec![]).await;
                let told: Vec<Value> = told.as_str()?.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                told.last().is_some_and(|event| event["step"] == "REDIRECT").then_some(told)
            };
            let told = until("the last event", told).await;
            assert_eq!(told[0]["step"], "APP_MOUNTED");
            assert_eq!(told.iter().filter(|event| event["step"] == "SUBMIT_MFA").count(), ALL.len());
        });
    }
}

#[test]
fn the_whole_window_is_led_back_and_tells_nobody_where_it_was() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let url = stage.ask_with(&mut stage.refresh(&login, &[]), "/back?own=1&next=%2Fa%3Db").await;
        stage.show(&url.with("tag", "a b").with("demo", "true")).await;
        stage.user.answer_all().await;
        stage.user.enter_default_frame().await.unwrap();
        stage.user.sees("Welcome back").await;
        assert_eq!(stage.user.count("iframe").await, 0);

        let visit = stage.host.visits().pop().unwrap();
        let expected = format!(
            "/back?own=1&next=%2Fa%3Db&tag=a%20b&demo=true&loginId={}&institution=FlinksCapital",
            login.as_str()
        );
        assert_eq!(visit.target, expected);
        assert_eq!(visit.referer, None);
        assert_eq!(stage.user.run("return document.referrer", vec![]).await, "");
    });
}

#[test]
fn an_inner_redirect_stays_in_the_frame() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await.with("innerRedirect", "true");
        stage.show(&url).await;
        stage.user.answer_all().await;
        stage.user.sees("Welcome back").await;
        assert_eq!(stage.host.visits().pop().unwrap().referer, None);
        stage.user.enter_default_frame().await.unwrap();
        assert_eq!(stage.user.count("iframe").await, 1, "the host's page is still there");
    });
}

#[test]
fn an_inner_redirect_to_nowhere_ends_on_the_widgets_own_page() {
    play(async |stage: &Stage| {
        let url = stage.connect_url().await.with("innerRedirect", "true").with("consentEnable", "false");
        stage.show(&url).await;
        stage.user.sign_in("Greatday").await;
        stage.user.answer_all().await;
        let redirect = stage.event("REDIRECT").await;
        assert_eq!(redirect.get("url"), None);
        let address = async || {
            let address = stage.user.run("return location.href", vec![]).await;
            address.as_str().filter(|address| address.contains("/v2/Result/FlinksCapital?")).map(str::to_owned)
        };
        let address = until("the result's page", address).await;
        assert!(address.contains(&format!("loginId={}", redirect["loginId"].as_str().unwrap())), "{address}");
        assert!(address.ends_with("institution=FlinksCapital"), "{address}");
    });
}

#[test]
fn a_redirect_by_event_leads_nowhere() {
    play(async |stage: &Stage| {
        let login = stage.stored("Greatday");
        let url = stage.ask(&mut stage.refresh(&login, &[])).await.with("jsRedirect", "true");
        stage.show(&url).await;
        stage.user.answer_all().await;
        let redirect = stage.event("REDIRECT").await;
        assert!(redirect["url"].as_str().unwrap().starts_with(&stage.host.origin()));
        assert_eq!(stage.user.count("main a").await, 0, "no link leads on");
        assert!(stage.host.visits().iter().all(|visit| !visit.target.starts_with("/back")));
    });
}
