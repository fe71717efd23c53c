//! Of a link only its own pages know: no frame of another site shows them, and no request tells their address.

use crate::{
    host::Host,
    stage::{Stage, play},
};

#[test]
fn no_page_is_shown_in_a_frame_of_another_site() {
    play(async |stage: &Stage| {
        let host = Host::start().await;
        let link = stage.link("Greatday").await;
        stage.press(&link, "widget").await;
        let session = stage.user.run("return location.href", vec![]).await.as_str().unwrap().to_owned();
        let widget = stage.user.run("return document.querySelector('iframe').src", vec![]).await;
        let back = format!("{}/redirect?session={}", stage.serve.url, session.rsplit('/').next().unwrap());
        for url in [&link.url, &session, &back] {
            assert!(!is_framed(stage, &host, url).await, "{url}");
        }
        // What may be framed is, so the test sees a frame that is refused.
        assert!(is_framed(stage, &host, widget.as_str().unwrap()).await);
    });
}

/// Whether a page of another origin shows this one.
async fn is_framed(stage: &Stage, host: &Host, url: &str) -> bool {
    stage.open(&host.origin()).await;
    let script = "
        const [url, done] = arguments, frame = document.querySelector('iframe');
        frame.addEventListener('load', () => done(null), {once: true});
        frame.src = url;";
    stage.user.execute_async(script, vec![url.into()]).await.unwrap();
    stage.user.enter_frame().await;
    let shown = stage.user.count("main").await;
    stage.leave_widget().await;
    shown > 0
}

#[test]
fn the_widget_and_the_app_do_not_learn_the_address_of_the_page() {
    play(async |stage: &Stage| {
        let host = Host::start().await;
        let link = stage.link("Greatday").await;
        stage.press(&link, "widget").await;
        let token = link.url.rsplit('/').next().unwrap();
        let source = stage.user.run("return document.querySelector('iframe').src", vec![]).await;
        assert!(!source.as_str().unwrap().contains(token), "{source}");
        stage.enter_widget().await;
        assert_eq!(stage.user.run("return document.referrer", vec![]).await, "");
        stage.leave_widget().await;

        // Another site that a page leads to.
        let leave = "const link = document.createElement('a'); link.href = arguments[0];
            document.body.append(link); link.click();";
        stage.user.run(leave, vec![host.origin().into()]).await;
        stage.user.sees("Host").await;
        let visits = host.visits();
        assert!(!visits.is_empty() && visits.iter().all(|visit| visit.referer.is_none()));
    });
}
