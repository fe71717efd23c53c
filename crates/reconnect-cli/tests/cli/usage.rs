use crate::support::{ended, reconnect, run};

const THERE: [&str; 4] = ["--instance", "toolbox", "--customer-id", "c"];

#[test]
fn what_cannot_be_meant_is_refused_with_2() {
    let api = ["--api-url", "https://a.example", "--widget-url", "https://w.example/"];
    let wrong: [&[&str]; 14] = [
        &[],
        &["nosuch"],
        &["refresh"],
        &["refresh", "L"],
        &["refresh", "L", "--customer-id", "c"],
        &["refresh", "L", "--instance", "toolbox"],
        &["refresh", "L", "--customer-id", "c", "--api-url", "https://a.example"],
        &["refresh", "L", "--customer-id", "c", "--api-url", "http://a.example", "--widget-url", "https://w.example/"],
        &[
            "refresh",
            "L",
            "--customer-id",
            "c",
            "--api-url",
            "https://a.example/v3",
            "--widget-url",
            "https://w.example/",
        ],
        &["accounts", "--keep", "a,,b"],
        &["webhook", "verify"],
        &["call", "Institutions"],
        &["demo", "--transport", "pigeon"],
        &["resume"],
    ];
    let there = |args: &[&'static str]| [args, &THERE].concat();
    let more = [
        [&there(&["refresh", "L"])[..], &api].concat(),
        there(&["refresh", "L", "--keep", ""]),
        there(&["refresh", "L", "--keep="]),
        there(&["refresh", ""]),
        there(&["refresh", "a\nb"]),
        there(&["resume", ""]),
        there(&["resume", "R", "--login-id", ""]),
        there(&["resume", "R", "--last-sent", "yesterday"]),
        there(&["refresh", "L", "--poll-every", "0"]),
    ];
    for args in wrong.iter().map(|args| args.to_vec()).chain(more) {
        let ran = run(&args).exits(2);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn no_whole_id_comes_back_on_stderr() {
    // `run` looks for GUIDs on stderr, whatever is run.
    let id = "5e115eac-1209-4f19-641c-08d6d484e2fe";
    for args in [vec!["refresh", "L", id], vec!["accounts", id], vec![id], vec!["resume", "R", "--last-sent", id]] {
        let ran = run(&args).exits(2);
        assert!(ran.stderr.contains("5e115eac…"), "{ran:?}");
    }
}

#[test]
fn help_teaches() {
    let all = run(&["--help"]).exits(0).stdout;
    for word in [
        "demo", "sandbox", "refresh", "resume", "continue", "redirect", "accounts", "drive", "call", "check", "link",
        "webhook",
    ] {
        assert!(all.contains(&format!("\n  {word} ")), "{word}");
        let own = match word {
            "webhook" => run(&[word, "verify", "--help"]).exits(0).stdout,
            _ => run(&[word, "--help"]).exits(0).stdout,
        };
        for part in ["Example:", "Exit codes:", "NO_COLOR", "--json"] {
            assert!(own.contains(part), "{word}: {part}");
        }
        // The two that bring their own service, and the one that asks another server, read no key of Flinks, and end with
        // none of a session's codes.
        for part in ["  14  act at the bank", "FLINKS_SECRET_KEY"] {
            assert_eq!(own.contains(part), !["demo", "sandbox", "link"].contains(&word), "{word}: {part}");
        }
    }
    assert!(run(&["--version"]).exits(0).stdout.starts_with("reconnect "));
}

#[test]
fn a_proxy_comes_from_its_option_and_never_from_the_environment() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let api = format!("https://{nobody}");
    let there = ["call", "Institutions", "--customer-id", "c", "--api-url", &api, "--widget-url", "https://w.example/"];
    for transport in ["async", "blocking"] {
        let call = |more: &[&str]| {
            let mut command = reconnect();
            for name in ["https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
                command.env_remove(name);
            }
            command.env("HTTPS_PROXY", "http://CANARY-USER:CANARY-PASSWORD@127.0.0.1:1").args(there);
            let ran = ended(command.args(["--transport", transport]).args(more), "");
            assert!(!format!("{ran:?}").contains("CANARY"), "{ran:?}");
            ran
        };
        // The variable is named once, and the service is called without a proxy.
        let ran = call(&[]).exits(1);
        assert_eq!(ran.stderr.matches("HTTPS_PROXY is set and not used: give --proxy URL").count(), 1, "{ran:?}");
        assert!(ran.stderr.contains("the connection was refused"), "{ran:?}");
        let through = format!("http://CANARY-USER:CANARY-PASSWORD@{nobody}");
        let ran = call(&["--proxy", &through]).exits(1);
        assert!(!ran.stderr.contains("HTTPS_PROXY"), "{ran:?}");
        for wrong in ["socks5://CANARY-USER@h", "CANARY-HOST:3128", "http://u:CANARY-PASSWORD@h/path"] {
            let ran = call(&["--proxy", wrong]).exits(2);
            assert!(ran.stderr.contains("--proxy: a proxy is written as http://HOST:PORT"), "{ran:?}");
        }
    }
}
