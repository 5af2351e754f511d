//! WB-11 and its neighbours: requests byte by byte, through nginx and straight at the layer.

use reqwest::Method;
use riser_forward_auth::Source;

use crate::nginx::send_raw;
use crate::site::Site;

/// Spellings of `/users/9`, which needs a fresh passkey, by which others were led astray, and of things beside it.
const CORPUS: &[&str] = &[
    "//users/9",
    "///users/9",
    "/users//9",
    "/./users/9",
    "/users/./9",
    "/x/../users/9",
    "/assets/../users/9",
    "/assets/../../users/9",
    "/assets/..;/users/9",
    "/assets/..%2fusers/9",
    "/assets/%2e%2e/users/9",
    "/assets/.%2e/users/9",
    "/assets/%2e%2e%2fusers%2f9",
    "/assets/..%5cusers%5c9",
    "/assets\\..\\users\\9",
    "/assets/%252e%252e/users/9",
    "/assets/%25%32%65%25%32%65/users/9",
    "/%75sers/9",
    "/user%73/9",
    "/users%2f9",
    "/users%2F9",
    "/users%5c9",
    "/users\\9",
    "/users;/9",
    "/users;x=y/9",
    "/users/9;x",
    "/users/9%3bx",
    "/;/users/9",
    "/users/9%00",
    "/users%00/9",
    "/users/9%0a",
    "/users/9%0d%0aX:%20y",
    "/users/9%20/..",
    "/%c0%ae%c0%ae/users/9",
    "/assets/%c0%ae%c0%ae/users/9",
    "/assets%c0%afusers/9",
    "/assets/%e0%80%ae./users/9",
    "/assets/%uff0e%uff0e/users/9",
    "/users/9%",
    "/users/9%2",
    "/users/9%zz",
    "/Users/9",
    "/USERS/9",
    "/users/9#x",
    "/users/9%23x",
    "/users/9%3fx",
    "/users/9/.",
    "/users/9/..",
    "/users/..",
    "/users/%2e",
    "/users/.%2e",
    "/users/...",
    "/assets/...//users/9",
    "/assets/a/../../users/9?x=/assets/",
    "/.riser/../users/9",
    "/.riser/..%2fusers/9",
    "/.riser/%2e%2e/users/9",
    "//.riser/../users/9",
    "/riser-check",
    "/riser-check/../users/9",
    "/answer",
    "/check",
    "/check/assets/x",
];

fn raw(target: &str, host: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: application/json\r\n{more}\r\n"
    )
    .into_bytes()
}

/// The header of somebody who is signed in and whose requests are still to come.
async fn signed_in(site: &Site) -> String {
    let (mut browser, _) = site.ada().await;
    site.sign_in(&mut browser, "ada").await;
    site.application.take();
    format!("Cookie: riser_guard={}\r\n", browser.cookies["riser_guard"])
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_wb_11_no_other_spelling_of_a_path_reaches_the_application_under_a_weaker_rule() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let cookie = signed_in(&site).await;
        let (host, port) = (site.public_url.trim_start_matches("http://"), port_of(&site.public_url));
        // The plain spelling asks for the step-up, and a page for anybody is there: the corpus is about the rest.
        assert_eq!(send_raw(port, &raw("/users/9", host, &cookie)).0, 401);
        assert_eq!(send_raw(port, &raw("/assets/a.css", host, "")).0, 200);
        assert_eq!(send_raw(port, &raw("/tenants", host, &cookie)).0, 200);
        assert_eq!(site.application.take().len(), 2);
        for target in CORPUS {
            for with in ["", cookie.as_str()] {
                let (status, answer) = send_raw(port, &raw(target, host, with));
                // The layer's own paths exist for a proxy only: to the layer they are pages that need a sign-in.
                let plain = ["/answer", "/check", "/check/assets/x", "/riser-check"].contains(target);
                if plain && !with.is_empty() && status == 200 {
                    assert_eq!(site.application.take().len(), 1, "{target}");
                    continue;
                }
                assert!(matches!(status, 400 | 401 | 403 | 404), "{target}: {status} {answer}");
                assert_eq!(site.application.take(), vec![], "{target} reached the application");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_wb_11_odd_requests_and_bytes_reach_nobody() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (host, port) = (site.public_url.trim_start_matches("http://"), port_of(&site.public_url));
        for line in [
            "GET http://127.0.0.1/assets/../users/9 HTTP/1.1",
            "GET http://other.example/users/9 HTTP/1.1",
            "CONNECT 127.0.0.1:80 HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "TRACE /assets/a HTTP/1.1",
            "get /assets/a HTTP/1.1",
            "GETT /assets/a HTTP/1.1",
            "GET /users/9\t HTTP/1.1",
            "GET /us ers/9 HTTP/1.1",
            "GET /users/\u{e9} HTTP/1.1",
            "GET users/9 HTTP/1.1",
            "GET ?/assets/ HTTP/1.1",
        ] {
            let request = format!("{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let (status, answer) = send_raw(port, request.as_bytes());
            assert_ne!(status, 200, "{line}: {answer}");
            assert_eq!(site.application.take(), vec![], "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_wb_11_headers_that_speak_of_another_request_are_refused() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let cookie = signed_in(&site).await;
        let (host, port) = (site.public_url.trim_start_matches("http://"), port_of(&site.public_url));
        for header in [
            "X-Original-URI: /assets/a",
            "X-Original-Method: GET",
            "X-Forwarded-Uri: /assets/a",
            "X-Forwarded-Method: GET",
            "X-Original-URL: /users/9",
            "X-Rewrite-URL: /users/9",
            "X-HTTP-Method-Override: DELETE",
            "X-HTTP-Method: DELETE",
            "X-Method-Override: DELETE",
        ] {
            // On what needs more, none of them makes it less; on what is permitted, none makes it something else.
            for target in ["/users/9", "/assets/a"] {
                let (status, answer) = send_raw(port, &raw(target, host, &format!("{cookie}{header}\r\n")));
                let overwritten =
                    site.nginx.is_some() && header.starts_with("X-Original-") && !header.contains("URL");
                if overwritten && target == "/assets/a" {
                    // nginx sets these itself, so that a client's never arrive.
                    assert_eq!(status, 200, "{header}: {answer}");
                    assert_eq!(site.application.take()[0].target, "/assets/a");
                    continue;
                }
                assert!(matches!(status, 401 | 403), "{header} on {target}: {status} {answer}");
                assert_eq!(site.application.take(), vec![], "{header} on {target}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_rs_07_nothing_that_a_client_says_of_itself_makes_it_somebody_or_safer() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let cookie = signed_in(&site).await;
        let (host, port) = (site.public_url.trim_start_matches("http://"), port_of(&site.public_url));
        for header in [
            "Remote-User: root",
            "Remote_User: root",
            "X-Riser-Subject: root",
            "X-Riser-Acr: phrh",
            "X-Riser-Auth-Time: 9999999999",
            "remote-user:",
            "X-Riser-Risk: none",
            "X-Risk: low",
            "User-Agent: known-device",
            "X-Forwarded-For: 10.0.0.1",
            "X-Device-Id: trusted",
        ] {
            let (status, _) = send_raw(port, &raw("/users/9", host, &format!("{cookie}{header}\r\n")));
            assert!(matches!(status, 401 | 403), "{header}: {status}");
            assert_eq!(site.application.take(), vec![], "{header}");
            let (status, _) = send_raw(port, &raw("/tenants", host, &format!("{cookie}{header}\r\n")));
            for seen in site.application.take() {
                assert_eq!((status, &*seen.remote_user), (200, &["ada".to_owned()][..]), "{header}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_su_43_a_stranger_learns_nothing_of_what_is_required_or_exists() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let mut answers = Vec::new();
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/users/9"),
            ("POST", "/users/9"),
            ("POST", "/tenants/7/delete"),
            ("POST", "/nowhere"),
            ("DELETE", "/users/9"),
            ("GET", "/Users/9"),
        ] {
            for token in ["", "Bearer not-a-token"] {
                let mut stranger = site.provider.browser();
                let mut headers = vec![("accept", "application/json")];
                if !token.is_empty() {
                    headers.push(("authorization", token));
                }
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let mut answer = site.call(&mut stranger, method, path, &headers).await;
                answer.headers.remove("date");
                assert_eq!(answer.status, 401, "{path}: {answer:?}");
                answers.push((token, answer.status, answer.headers, answer.body));
            }
        }
        answers.sort();
        answers.dedup();
        assert_eq!(answers.len(), 2, "one answer without a token, one to a bad one: {answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_su_42_no_other_site_sends_a_person_to_a_prompt_and_none_comes_back_without_end() {
    let site = Site::behind_nginx().await;
    let (mut browser, _) = site.ada().await;
    site.sign_in(&mut browser, "ada").await;
    for offer in ["", "offer=", "offer=AAAA", "acr_values=phr", "offer=x&acr_values=phr"] {
        let answer = site.visit(&mut browser, &format!("/.riser/step-up?{offer}")).await;
        assert_eq!(answer.status, 400, "{offer}");
    }
    let page = site.submit(&mut browser, "/tenants/7/delete").await;
    let offer = page.body.split("/.riser/step-up?").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // An offer is for the browser that it was made for.
    let mut other = site.provider.browser();
    site.provider.add_user("grace").await;
    site.sign_in(&mut other, "grace").await;
    assert_eq!(site.visit(&mut other, &format!("/.riser/step-up?{offer}")).await.status, 400);
    assert_eq!(site.visit(&mut browser, &format!("/.riser/step-up?{offer}")).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn atk_wb_01_another_site_does_nothing_with_the_cookie_of_a_gate() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (mut browser, key) = site.ada().await;
        site.sign_in(&mut browser, "ada").await;
        let sent = site.visit(&mut browser, "/users/9").await;
        site.prove(&mut browser, sent.location(), &key).await;
        site.application.take();
        for headers in [
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site"), ("origin", site.public_url.as_str())],
            vec![("sec-fetch-site", "none")],
        ] {
            let answer = site.call(&mut browser, Method::POST, "/users/9", &headers).await;
            assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
        }
        assert_eq!(site.application.take(), vec![]);
        let own = [("origin", site.public_url.as_str()), ("sec-fetch-site", "same-origin")];
        assert_eq!(site.call(&mut browser, Method::POST, "/users/9", &own).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_is_for_the_browser_that_was_sent_and_once() {
    let site = Site::behind_nginx().await;
    let (mut browser, _) = site.ada().await;
    let sent = site.visit(&mut browser, "/").await;
    let visit = browser.send(Method::GET, sent.location(), &[], None).await.location().to_owned();
    let done = browser.sign_in(&visit, "ada", riser_testkit::server::PASSWORD).await;
    let next = done.json()["next"].as_str().unwrap().to_owned();
    // Login CSRF (RFC 9700 §4.7): another browser, with a cookie of its own and without.
    let mut other = site.provider.browser();
    assert_eq!(site.back(&mut other, &next).await.status, 400);
    site.visit(&mut other, "/").await;
    assert_eq!(site.back(&mut other, &next).await.status, 400);
    // RFC 9207: an answer that names another provider, or none.
    let without = next.split("&iss=").next().unwrap().to_owned();
    assert_eq!(site.back(&mut browser, &without).await.status, 400);
    assert_eq!(site.back(&mut browser, &next).await.status, 303);
    assert_eq!(site.back(&mut browser, &next).await.status, 400, "the code was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn traefik_caddy_and_envoy_are_answered_whole() {
    for source in [Source::Traefik, Source::Caddy, Source::Envoy] {
        let site = Site::asked_by(source).await;
        let host = site.public_url.trim_start_matches("http://").to_owned();
        let ask = |method: &'static str, target: &'static str, more: &str| {
            let (line, own) = match source {
                Source::Envoy => (format!("{method} /check{target}"), String::new()),
                _ => (
                    "GET /check".to_owned(),
                    format!(
                        "X-Forwarded-Host: {host}\r\nX-Forwarded-Uri: {target}\r\nX-Forwarded-Method: {method}\r\n"
                    ),
                ),
            };
            let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{own}{more}\r\n");
            send_raw(site.gate_port, request.as_bytes())
        };
        assert_eq!(ask("GET", "/assets/a", "").0, 200, "{source:?}");
        assert_eq!(ask("POST", "/assets/a", "").0, 401, "{source:?}");
        let (status, answer) = ask("GET", "/users/9", "Accept: text/html\r\n");
        assert!(status == 303 && answer.contains("/authorize?"), "{source:?}: {answer}");
        for target in ["/assets/../users/9", "/assets//a", "/assets/%2e%2e/users/9"] {
            assert_eq!(ask("GET", target, "").0, 403, "{source:?} {target}");
        }
        assert_eq!(ask("GET", "/assets/a", "X-Original-URI: /assets/a\r\n").0, 403, "{source:?}");
    }
}

fn port_of(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}
