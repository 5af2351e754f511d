//! Where answers go: OA-05, OA-06, OA-07.

use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::flow::{authorize_path, text};
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

const REGISTERED: [&str; 6] = [
    "https://a.example/cb",
    "https://a.example/cb?tenant=1",
    "https://a.example:8443/cb",
    "https://xn--bcher-kva.example/cb/",
    "http://127.0.0.1/cb",
    "http://localhost:9000/cb",
];

async fn start() -> TestServer {
    let mut many = client("many", TokenEndpointAuthMethod::None);
    many.client.redirect_uris = REGISTERED.iter().map(ToString::to_string).collect();
    many.client.post_logout_redirect_uris = many.client.redirect_uris.clone();
    // Where the testkit redeems codes.
    many.client.redirect_uris.push("https://many.example/callback".to_owned());
    TestServer::start_with(Setup { clients: vec![many], ..Setup::default() }).await
}

/// What can be done to an address to make it look like itself.
fn tricks(uri: &str) -> Vec<String> {
    let (scheme, rest) = uri.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let name = host.split(':').next().unwrap();
    let mut tricks: Vec<String> = [
        "/",
        "//",
        "/..",
        "/../",
        "/../cb",
        "/.",
        "/..;/",
        "/%2e%2e",
        "/%2e%2e/evil",
        "%2f",
        "%2F..",
        "%00",
        "%20",
        "%0d%0aLocation:%20x",
        "#",
        "#/",
        "#evil",
        "?",
        "?x=1",
        "&x=1",
        ";x",
        ";",
        "@evil.example",
        "\\",
        "\\..\\",
        "%5c",
        ".evil",
        "/evil",
        "\u{0}",
        "\t",
        "\n",
        "\r",
        " ",
        "%",
        "\u{ff0f}",
        "%E2%80%AE",
    ]
    .iter()
    .map(|end| format!("{uri}{end}"))
    .collect();
    for changed in [
        format!("{scheme}://{host}.evil.example/{path}"),
        format!("{scheme}://evil.example/{path}"),
        format!("{scheme}://evil.example/{host}/{path}"),
        format!("{scheme}://evil.example#{host}/{path}"),
        format!("{scheme}://evil.example?{host}/{path}"),
        format!("{scheme}://evil.example\\@{host}/{path}"),
        format!("{scheme}://{host}@evil.example/{path}"),
        format!("{scheme}://{host}@@evil.example/{path}"),
        format!("{scheme}://{host}:x@evil.example/{path}"),
        format!("{scheme}://user@{host}/{path}"),
        format!("{scheme}://user:pw@{host}/{path}"),
        format!("{scheme}://evil{host}/{path}"),
        format!("{scheme}://evil.{host}/{path}"),
        format!("{scheme}://{}/{path}", host.to_uppercase()),
        format!("{scheme}://{name}./{path}"),
        format!("{scheme}://{name}:443/{path}"),
        format!("{scheme}://{name}:80/{path}"),
        format!("{scheme}://{name}:/{path}"),
        format!("{scheme}://{name}:8080/{path}"),
        format!("{scheme}:///{host}/{path}"),
        format!("{scheme}:/{host}/{path}"),
        format!("{scheme}:{host}/{path}"),
        format!("//{host}/{path}"),
        format!("{}://{host}/{path}", scheme.to_uppercase()),
        format!("javascript://{host}/{path}"),
        format!("data://{host}/{path}"),
        format!("ftp://{host}/{path}"),
        format!("{scheme}://{host}//{path}"),
        format!("{scheme}://{host}/./{path}"),
        format!("{scheme}://{host}/x/../{path}"),
        format!("{scheme}://{host}/{}", path.to_uppercase()),
        format!("{scheme}://{host}/%63%62"),
        format!("{scheme}://{host}/"),
        format!("{scheme}://{host}"),
        format!(" {uri}"),
        format!("\u{feff}{uri}"),
        format!("\"{uri}\""),
        format!("{uri} {uri}"),
        format!("{uri},{uri}"),
    ] {
        tricks.push(changed);
    }
    tricks.push(uri.replace("http://", "https://"));
    tricks.push(uri.replace("https://", "http://"));
    tricks.push(uri.replace("127.0.0.1", "localhost"));
    tricks.push(uri.replace("127.0.0.1", "[::1]"));
    tricks.push(uri.replace("127.0.0.1", "127.1"));
    tricks.push(uri.replace("127.0.0.1", "0x7f000001"));
    tricks.push(uri.replace("localhost", "localhost.evil.test"));
    tricks.push(uri.replace("xn--bcher-kva", "b\u{fc}cher"));
    tricks.push(uri.replace("tenant=1", "tenant=2"));
    tricks.push(uri.replace("?tenant=1", ""));
    tricks.retain(|trick| !REGISTERED.contains(&trick.as_str()));
    tricks
}

#[tokio::test]
async fn atk_oa_05_only_the_exact_registered_uri_is_ever_answered() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for uri in REGISTERED {
        let answer = ada.authorize("many", &[("redirect_uri", uri)]).await;
        let joint = if uri.contains('?') { '&' } else { '?' };
        assert!(answer.location().starts_with(&format!("{uri}{joint}code=")), "{answer:?}");
    }
    let mut tried = 0;
    for trick in REGISTERED.iter().flat_map(|uri| tricks(uri)) {
        let answer = ada.authorize("many", &[("redirect_uri", &trick)]).await;
        assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{trick:?}: {answer:?}");
        assert_eq!(answer.problem(), "invalid_request", "{trick:?}");
        tried += 1;
    }
    assert!(tried >= 200, "{tried}");
}

#[tokio::test]
async fn atk_oa_07_no_error_is_ever_sent_to_an_address_that_is_not_registered() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let broken = [
        ("response_type", "token"),
        ("response_type", ""),
        ("prompt", "none login"),
        ("max_age", "x"),
        ("claims", "{"),
        ("code_challenge", ""),
        ("request", "x"),
        ("request_uri", "x"),
        ("id_token_hint", "x"),
        ("authorization_details", "x"),
        ("resource", "x"),
        ("response_mode", "fragment"),
        ("acr_values", "phr"),
        ("state", ""),
    ];
    for uri in [
        "https://evil.example/",
        "https://a.example/cb/",
        "//evil.example",
        "/interaction/x",
        "javascript:alert(1)",
    ] {
        for change in broken {
            for who in ["many", "nobody", "app"] {
                let changes = [("redirect_uri", uri), change, ("prompt", "none")];
                let answer = ada.authorize(who, &changes).await;
                assert_eq!(answer.headers.get("location"), None, "{who} {uri} {change:?}: {answer:?}");
                assert_eq!(answer.status, 400, "{who} {uri} {change:?}");
            }
        }
    }
    // A page of such an error has no link out either.
    let path = authorize_path("many", &[("redirect_uri", "https://evil.example/")]);
    let page = ada.send(reqwest::Method::GET, &path, &[("accept", "text/html")], None).await;
    assert!(!page.body.contains("evil.example"), "{}", page.body);
}

#[tokio::test]
async fn atk_oa_07_return_addresses_of_other_products_lead_nowhere() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for path in [
        "/logout?post_logout_redirect_uri=https://evil.example/",
        "/account?return_to=https://evil.example/",
        "/?next=https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/grant/https:%2f%2fevil.example",
        "/interaction/..%2f..%2fevil.example",
        "/interaction/x?next=https://evil.example/&problem=x",
    ] {
        let answer = ada.get(path).await;
        let location = answer.headers.get("location").cloned().unwrap_or_default();
        assert!(!location.contains("evil.example"), "{path}: {location}");
    }
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let query = "?next=https://evil.example/&redirect_uri=https://evil.example/";
    let cancelled = ada.post(&format!("{visit}/cancel{query}"), &serde_json::json!({})).await;
    assert!(cancelled.json()["next"].as_str().unwrap().starts_with("https://app.example/callback?"));
}

#[tokio::test]
async fn atk_oa_05_oa_07_a_sign_out_leads_to_no_address_that_is_not_registered() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let hint = text(&ada.tokens("many", &[]).await, "id_token").to_owned();
    let evil = ["https://evil.example/", "//evil.example", "/account", "javascript:alert(1)"];
    let tricks = REGISTERED.iter().flat_map(|uri| tricks(uri)).chain(evil.map(str::to_owned));
    for trick in tricks {
        let by_client = [("client_id", "many"), ("post_logout_redirect_uri", trick.as_str()), ("state", "s")];
        let by_hint = [("id_token_hint", hint.as_str()), by_client[1], by_client[2]];
        for pairs in [&by_client[..], &by_hint[..], &by_client[1..]] {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let path = format!("/logout?{}", query.extend_pairs(pairs).finish());
            let page = ada.send(reqwest::Method::GET, &path, &[("accept", "text/html")], None).await;
            assert_eq!((page.status, page.headers.get("location")), (400, None), "{trick:?}: {page:?}");
            assert!(!page.body.contains("evil.example"), "{}", page.body);
            let posted = ada.form("/logout", &[], pairs).await;
            assert_eq!((posted.status, posted.headers.get("location")), (400, None), "{trick:?}");
        }
        let confirmed = json!({ "client_id": "many", "post_logout_redirect_uri": trick });
        assert_eq!(ada.post("/logout/confirm", &confirmed).await.status, 400, "{trick:?}");
    }
    assert_ne!(ada.held().await, Value::Null, "and none of it signs anybody out");
}
