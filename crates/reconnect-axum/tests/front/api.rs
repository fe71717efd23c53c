//! The API: what it takes, what it refuses, and its description.

use crate::site::{KEY, Site, send};
use crate::stage::{Bank, Database, Result};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_wrong_request_is_a_problem_that_names_its_field() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    for (body, names) in [
        (json!({}), "loginId"),
        (json!({"loginId": ""}), "loginId"),
        (json!({"loginId": "l", "keep": []}), "keep"),
        (json!({"loginId": "l", "keep": [""]}), "keep"),
        (json!({"loginId": "l", "keep": "x"}), "keep"),
        (json!({"loginId": "l", "keep": ["a", 7]}), "keep[1]"),
        (json!({"loginId": "l", "language": "de"}), "language"),
        (json!({"loginId": "l", "expiresInS": -1}), "expiresInS"),
        (json!({"loginId": "l", "expiresInS": "60"}), "expiresInS"),
        (json!({"loginId": "l", "expiresInS": 0}), "expiresInS"),
        (json!({"loginId": "l", "expiresInS": 100_000_000}), "expiresInS"),
        (json!({"loginId": "l", "ownerRef": "x".repeat(300)}), "ownerRef"),
        (json!({"loginId": "l", "ownerRef": "a\nb"}), "ownerRef"),
        (json!({"loginId": "l", "ownerRef": 5}), "ownerRef"),
        (json!({"loginId": "l", "ownerRef": ""}), "ownerRef"),
        (json!({"loginId": "l", "institution": "a\u{7}"}), "institution"),
        (json!({"loginId": "l", "institution": "a\u{202e}b"}), "institution"),
        (json!({"loginId": "l", "loginID": "l"}), "loginID"),
        (json!([]), "object"),
        (json!(["l", null, null, null, null, null]), "object"),
    ] {
        let got = site.api(Method::POST, "/links", Some(body.clone())).await?;
        assert_eq!((got.status, got.problem()), (422, "invalid".to_owned()), "{body}");
        assert!(got.json()["detail"].as_str().unwrap().contains(names), "{body}: {got:?}");
    }
    for (method, path, status) in [
        (Method::DELETE, "/links/f3b479e672ee964cfc6af6670cee787e", 404),
        (Method::DELETE, "/links/x", 404),
        (Method::GET, "/sessions/f3b479e672ee964cfc6af6670cee787e/accounts", 404),
        (Method::GET, "/sessions/x/accounts", 404),
        (Method::DELETE, "/sessions/x/accounts", 404),
        (Method::GET, "/sessions", 422),
        (Method::GET, "/sessions?loginId=", 422),
    ] {
        let got = site.api(method, path, None).await?;
        assert_eq!(got.status, status, "{path}");
        assert!(!got.problem().is_empty(), "{path}");
    }
    // What the router refuses by itself.
    for (method, path, status, code) in [
        (Method::GET, "/link", 404, "unknown"),
        (Method::GET, "/links", 405, "wrong-method"),
        (Method::DELETE, "/links/%ff", 404, "unknown"),
        (Method::GET, "/sessions/%ff/accounts", 404, "unknown"),
        (Method::POST, "/openapi.json", 405, "wrong-method"),
    ] {
        let got = site.api(method, path, None).await?;
        assert_eq!((got.status, &*got.problem()), (status, code), "{path}");
    }
    let got = site.api(Method::GET, "/links", None).await?;
    assert_eq!((got.header("allow"), got.json()["detail"].as_str().unwrap().contains("Allow")), (Some("POST"), true));
    let large = json!({"loginId": "l", "ownerRef": "x".repeat(300_000)});
    let got = site.api(Method::POST, "/links", Some(large)).await?;
    assert_eq!((got.status, got.problem()), (413, "too-large".to_owned()));
    assert_eq!(site.api(Method::GET, "/sessions?loginId=unknown", None).await?.json(), json!([]));
    Ok(())
}

#[tokio::test]
async fn nothing_is_answered_without_the_key() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let routes = [
        (Method::POST, "/links"),
        (Method::DELETE, "/links/x"),
        (Method::GET, "/sessions?loginId=l"),
        (Method::GET, "/sessions/x/accounts"),
        (Method::DELETE, "/sessions/x/accounts"),
        (Method::DELETE, "/logins/l"),
    ];
    for (method, path) in routes {
        let plain = || site.request(method.clone(), path);
        let wrong = [
            plain(),
            plain().bearer_auth("another-key"),
            plain().bearer_auth(""),
            plain().bearer_auth(&KEY[1..]),
            plain().basic_auth(KEY, Some(KEY)),
            plain().header("authorization", KEY),
            site.request(method.clone(), &format!("{path}{}key={KEY}", if path.contains('?') { "&" } else { "?" })),
        ];
        for request in wrong {
            let got = send(request).await?;
            assert_eq!((got.status, got.problem()), (401, "unauthorized".to_owned()), "{method} {path}");
            assert_eq!(got.header("www-authenticate"), Some("Bearer"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn each_route_is_described() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let document = site.get("/openapi.json").await?.json();
    let described = |path: &str, method: &str| !document["paths"][path][method].is_null();
    for (path, methods) in [
        ("/links", &["post"][..]),
        ("/links/{id}", &["delete"]),
        ("/sessions", &["get"]),
        ("/sessions/{id}/accounts", &["get", "delete"]),
        ("/logins/{loginId}", &["delete"]),
    ] {
        assert!(methods.iter().all(|method| described(path, method)), "{path}");
    }
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    let Value::Object(schemas) = &document["components"]["schemas"] else { panic!("there are schemas") };
    assert!(
        ["NewLink", "MadeLink", "Session", "Problem"].iter().all(|name| schemas.contains_key(*name)),
        "{schemas:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_counts_name_nobody_and_the_server_says_that_it_is_well() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    site.press(&site.link(&bank.login("Greatday")).await?).await?;
    let counts = site.get("/metrics").await?;
    assert!(
        counts.text.contains("reconnect_links_total 1")
            && counts.text.contains("reconnect_presses_total{what=\"began\"} 1")
    );
    assert_eq!((site.get("/healthz").await?.status), 200);
    site.front.driver().sessions().close().await;
    assert_eq!((site.get("/healthz").await?.status), 503);
    Ok(())
}

#[tokio::test]
async fn what_no_handler_sees_is_a_problem_or_a_page_too() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let link = site.link(&bank.login("Greatday")).await?;
    let large = "x".repeat(100_000);
    for (method, path, body, status, code) in [
        (Method::GET, "/webhook".to_owned(), "", 405, "wrong-method"),
        (Method::POST, "/healthz".to_owned(), "", 405, "wrong-method"),
        (Method::POST, format!("{link}/news"), &large, 413, "too-large"),
        (Method::POST, format!("{link}/news?session=zz"), "{}", 422, "invalid"),
        (Method::POST, "/redirect".to_owned(), "", 405, "wrong-method"),
        (Method::GET, "/redirect?session=a&session=b".to_owned(), "", 422, "invalid"),
        (Method::GET, "/connect/%ff".to_owned(), "", 404, "unknown"),
        (Method::OPTIONS, link.clone(), "", 405, "wrong-method"),
        (Method::POST, "/connect/style.css".to_owned(), "", 405, "wrong-method"),
    ] {
        let got = send(site.request(method, &path).body(body.to_owned())).await?;
        assert_eq!((got.status, &*got.problem()), (status, code), "{path}: {got:?}");
        let is_page = got.text.starts_with("<!DOCTYPE html>");
        let is_for_people = path.contains("/connect") || path.contains("/redirect");
        assert_eq!(is_page, is_for_people && !path.contains("/news") && !path.contains("style"), "{path}");
    }
    Ok(())
}
