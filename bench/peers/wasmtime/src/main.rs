//! One peer of the benchmark: `hermes-peer-wasmtime component.wasm arguments.json`.
//!
//! Compiles the component once for each allocator, then reads lines `ondemand 40` or `pooling 40` from its input:
//! so many calls of `hermes:http-gateway/event#reply`, each in an instance of its own
//! (`InstancePre::instantiate`, typed call, drop). Answers each with the nanoseconds that the block took. The first
//! line it prints says how the instances are made; the body of the first answer of each follows, so that the
//! caller can see that the work was done.

use std::io::{BufRead, Write};
use std::time::Instant;

use serde::Deserialize;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentType, InstancePre, Lift, Linker, Lower,
};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store, StoreContextMut,
};

type Headers = Vec<(String, Vec<String>)>;
type Arguments = (Vec<u8>, Headers, String, String);

/// What the guest is asked, as the JavaScript side writes it down.
#[derive(Deserialize)]
struct Question {
    body: Vec<u8>,
    headers: Headers,
    path: String,
    method: String,
}

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct HttpResponse {
    #[component(name = "code")]
    code: u16,
    #[component(name = "headers")]
    headers: Headers,
    #[component(name = "body")]
    body: Vec<u8>,
}

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum Response {
    #[component(name = "http")]
    Http(HttpResponse),
    #[component(name = "internal-redirect")]
    InternalRedirect(String),
}

#[derive(ComponentType, Lift, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "made by the guest, by number")]
enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "trace")]
    Trace,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

type LogLine = (
    Level,
    Option<String>,
    Option<String>,
    Option<u32>,
    Option<u32>,
    Option<String>,
    String,
    Option<String>,
);

/// What one instance's host functions share: as much as the JavaScript side's.
#[derive(Default)]
struct Host {
    lines: u64,
}

const EVENT: &str = "hermes:http-gateway/event";

/// Pages of a linear memory that stay mapped and are zeroed by hand when a slot is given back: enough for what the
/// guests of the benchmark touch.
const KEEP_RESIDENT: usize = 512 * 1024;

struct Peer {
    engine: Engine,
    pre: InstancePre<Host>,
    reply: ComponentExportIndex,
}

impl Peer {
    fn new(config: &Config, bytes: &[u8]) -> Result<Self> {
        let engine = Engine::new(config)?;
        let component = Component::new(&engine, bytes)?;
        let mut linker = Linker::<Host>::new(&engine);
        linker.instance("hermes:logging/api")?.func_wrap(
            "log",
            |mut store: StoreContextMut<'_, Host>, _line: LogLine| {
                store.data_mut().lines += 1;
                Ok(())
            },
        )?;
        linker.define_unknown_imports_as_traps(&component)?;
        let event = component.get_export_index(None, EVENT).expect("the guest exports the event");
        let reply = component.get_export_index(Some(&event), "reply").expect("with its function");
        let pre = linker.instantiate_pre(&component)?;
        Ok(Self { engine, pre, reply })
    }

    fn call(&self, arguments: &Arguments) -> Result<Option<Response>> {
        let mut store = Store::new(&self.engine, Host::default());
        let instance = self.pre.instantiate(&mut store)?;
        let reply = instance.get_typed_func::<(&[u8], &[(String, Vec<String>)], &str, &str), (Option<Response>,)>(
            &mut store, &self.reply,
        )?;
        let (body, headers, path, method) = arguments;
        let (answer,) = reply.call(&mut store, (body, headers, path, method))?;
        Ok(answer)
    }
}

fn pooling() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(32)
        .total_core_instances(512)
        .total_memories(128)
        .total_tables(512)
        .max_core_instances_per_component(32)
        .max_memories_per_component(8)
        .max_tables_per_component(32)
        .table_elements(65_536)
        .max_memory_size(256 << 20)
        .max_unused_warm_slots(32)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(component), Some(question)) = (arguments.next(), arguments.next()) else {
        eprintln!("Usage: hermes-peer-wasmtime component.wasm arguments.json");
        std::process::exit(2);
    };
    let bytes = std::fs::read(component)?;
    let question: Question = serde_json::from_slice(&std::fs::read(question)?)
        .map_err(|error| wasmtime::format_err!("Cannot read the arguments: {error}"))?;
    let arguments = (question.body, question.headers, question.path, question.method);
    // Copy-on-write images of the initial memory are on by default, in both.
    let peers = [("ondemand", Peer::new(&Config::new(), &bytes)?), ("pooling", Peer::new(&pooling(), &bytes)?)];
    let mut out = std::io::stdout().lock();
    for (_, peer) in &peers {
        match peer.call(&arguments)? {
            Some(Response::Http(HttpResponse { code: 200, body, .. })) => {
                writeln!(out, "{}", String::from_utf8_lossy(&body).replace('\n', " "))?;
            }
            _ => wasmtime::bail!("The guest did not answer with code 200"),
        }
    }
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, times) = line.split_once(' ').unwrap_or((&line, ""));
        let peer = peers.iter().find(|(known, _)| *known == name).map(|(_, peer)| peer);
        let (Some(peer), Ok(times)) = (peer, times.parse::<u32>()) else {
            wasmtime::bail!("Cannot run \"{line}\": wanted \"ondemand\" or \"pooling\" and a number");
        };
        let start = Instant::now();
        for _ in 0..times {
            peer.call(&arguments)?;
        }
        writeln!(out, "{}", start.elapsed().as_nanos())?;
        out.flush()?;
    }
    Ok(())
}
