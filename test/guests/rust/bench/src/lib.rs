// Realistic HTTP + cron guest: router, serde_json, sha256, kv-store counters, logging.
#[path = "../../canon.rs"]
mod canon;
use canon::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

#[derive(Serialize)]
struct Echo<'a> {
    method: &'a str,
    path: &'a str,
    body_length: usize,
    headers: &'a [(String, Vec<String>)],
}
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Item {
    id: u64,
    name: String,
    tags: Vec<String>,
    price: f64,
    #[serde(default)]
    meta: HashMap<String, serde_json::Value>,
}
#[derive(Serialize)]
struct Stats {
    count: usize,
    total: f64,
    by_tag: std::collections::BTreeMap<String, usize>,
    top: Option<Item>,
}

fn hex(b: &[u8]) -> String {
    b.iter().map(|x| format!("{x:02x}")).collect()
}
fn json<T: Serialize>(code: u16, v: &T) -> *mut Resp {
    respond(
        code,
        &[("content-type", "application/json")],
        serde_json::to_vec(v).unwrap(),
    )
}
fn err(code: u16, m: &str) -> *mut Resp {
    json(code, &serde_json::json!({ "error": m }))
}

#[export_name = "hermes:init/event#init"]
extern "C" fn init() -> i32 {
    log(2, "init", "bench guest ready", None);
    1
}

#[export_name = "hermes:http-gateway/event#reply"]
unsafe extern "C" fn reply(
    b: *mut u8,
    bl: usize,
    h: *mut Header,
    hl: usize,
    p: *mut u8,
    pl: usize,
    m: *mut u8,
    ml: usize,
) -> *mut Resp {
    let (body, hs, path, method) = (bytes(b, bl), headers(h, hl), string(p, pl), string(m, ml));
    let (route, query) = path.split_once('?').unwrap_or((&path, ""));
    match (method.as_str(), route) {
        (_, "/api/echo") => {
            log(2, "reply", &format!("{method} {path}"), None);
            json(
                200,
                &Echo {
                    method: &method,
                    path: &path,
                    body_length: body.len(),
                    headers: &hs,
                },
            )
        }
        ("GET", "/api/ping") => respond(200, &[("content-type", "text/plain")], b"pong".to_vec()),
        ("GET", "/api/count") => {
            let n = kv_incr("count");
            json(200, &serde_json::json!({ "count": n }))
        }
        ("POST", "/api/hash") => json(
            200,
            &serde_json::json!({ "sha256": hex(&Sha256::digest(&body)), "len": body.len() }),
        ),
        ("POST", "/api/stats") => match serde_json::from_slice::<Vec<Item>>(&body) {
            Err(e) => err(400, &e.to_string()),
            Ok(mut v) => {
                let mut by_tag = std::collections::BTreeMap::new();
                for i in &v {
                    for t in &i.tags {
                        *by_tag.entry(t.clone()).or_insert(0) += 1;
                    }
                }
                v.sort_by(|a, b| b.price.partial_cmp(&a.price).unwrap());
                json(
                    200,
                    &Stats {
                        count: v.len(),
                        total: v.iter().map(|i| i.price).sum(),
                        by_tag,
                        top: v.first().cloned(),
                    },
                )
            }
        },
        ("GET", "/api/fib") => {
            let n: u32 = query
                .strip_prefix("n=")
                .and_then(|s| s.parse().ok())
                .unwrap_or(20);
            fn fib(n: u32) -> u64 {
                if n < 2 {
                    n as u64
                } else {
                    fib(n - 1) + fib(n - 2)
                }
            }
            json(200, &serde_json::json!({ "fib": fib(n.min(35)) }))
        }
        #[cfg(feature = "rx")]
        ("POST", "/api/match") => {
            let re = regex::Regex::new(r"(?i-u)\b([\w.]+)@([\w.]+\.\w{2,})\b").unwrap();
            let s = String::from_utf8_lossy(&body);
            json(
                200,
                &re.captures_iter(&s)
                    .map(|c| format!("{}@{}", &c[1], &c[2]))
                    .collect::<Vec<_>>(),
            )
        }
        _ => err(404, "not found"),
    }
}
#[export_name = "hermes:cron/event#on-cron"]
unsafe extern "C" fn on_cron(w: *mut u8, wl: usize, t: *mut u8, tl: usize, last: i32) -> i32 {
    let (when, tag) = (string(w, wl), string(t, tl));
    let n = kv_incr("ticks");
    log(
        2,
        "on-cron",
        &format!("tick {n} tag={tag} when={when}"),
        Some(&serde_json::json!({ "n": n }).to_string()),
    );
    (last == 0) as i32
}
