// What a program does with its files, by `std::fs` alone; the answer says how each step went. See README.md.
#[path = "../rust/canon.rs"]
#[allow(dead_code)]
mod canon;
use canon::*;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

fn said<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(error) => format!("errno {}", error.raw_os_error().unwrap_or(-1)),
    }
}

fn text(result: io::Result<String>) -> String {
    result.unwrap_or_else(|error| format!("errno {}", error.raw_os_error().unwrap_or(-1)))
}

fn part(path: &str) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(6))?;
    let mut bytes = [0; 3];
    file.read_exact(&mut bytes)?;
    file.seek(SeekFrom::End(-2))?;
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    Ok(format!("{}{}", String::from_utf8_lossy(&bytes), rest.trim_end()))
}

fn change(path: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(b"J")?;
    file.seek(SeekFrom::Current(3))?;
    file.write_all(b"y")?;
    file.sync_all()
}

fn names(path: &str) -> io::Result<String> {
    let mut names: Vec<String> = fs::read_dir(path)?
        .map(|entry| {
            let entry = entry?;
            let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
            Ok(format!("{}{slash}", entry.file_name().to_string_lossy()))
        })
        .collect::<io::Result<_>>()?;
    names.sort();
    Ok(names.join(" "))
}

fn about(path: &str) -> io::Result<String> {
    let data = fs::metadata(path)?;
    let kind = if data.is_dir() { "directory" } else { "file" };
    Ok(format!("{kind} {} {}", if data.is_dir() { 0 } else { data.len() }, data.modified().is_ok()))
}

// Pieces of 1 KiB until there is no room.
fn fill(path: &str) -> io::Result<String> {
    let mut file = File::create(path)?;
    let mut pieces = 0;
    loop {
        if let Err(error) = file.write_all(&[b'x'; 1024]) {
            return Ok(format!("{pieces} then errno {}", error.raw_os_error().unwrap_or(-1)));
        }
        pieces += 1;
    }
}

fn files() -> String {
    let mut out = vec![
        format!("mkdir {}", said(fs::create_dir("/var/notes"))),
        format!("mkdir again {}", said(fs::create_dir("/var/notes"))),
        format!("write {}", said(fs::write("/var/notes/a", "hello\n"))),
        format!("append {}", said(OpenOptions::new().append(true).open("/var/notes/a").and_then(|mut file| file.write_all(b"world\n")))),
        format!("exclusive {}", said(OpenOptions::new().write(true).create_new(true).open("/var/notes/a"))),
        format!("read {}", text(fs::read_to_string("/var/notes/a")).replace('\n', "|")),
        format!("seek {}", text(part("/var/notes/a"))),
        format!("change {}", said(change("/var/notes/a"))),
        format!("read {}", text(fs::read_to_string("/var/notes/a")).replace('\n', "|")),
        format!("write {}", said(fs::write("/var/notes/b", "other"))),
        format!("mkdir {}", said(fs::create_dir("/var/notes/sub"))),
        format!("list {}", text(names("/var/notes"))),
        format!("rename {}", said(fs::rename("/var/notes/a", "/var/notes/b"))),
        format!("list {}", text(names("/var/notes"))),
        format!("truncate {}", said(OpenOptions::new().write(true).open("/var/notes/b").and_then(|file| file.set_len(4)))),
        format!("read {}", text(fs::read_to_string("/var/notes/b"))),
        format!("stat {}", text(about("/var/notes/b"))),
        format!("stat {}", text(about("/var/notes"))),
        format!("rmdir {}", said(fs::remove_dir("/var/notes"))),
        format!("read-only {}", said(fs::write("/www/new", "x"))),
        format!("read-only {}", said(fs::remove_file("/www/page"))),
        format!("outside {}", text(fs::read_to_string("/../secret"))),
        format!("outside {}", text(fs::read_to_string("/var/../../other/var/secret"))),
        format!("fill {}", text(fill("/tmp/full"))),
        format!("unlink {}", said(fs::remove_file("/tmp/full"))),
        format!("unlink {}", said(fs::remove_file("/var/notes/b"))),
        format!("unlink again {}", said(fs::remove_file("/var/notes/b"))),
        format!("rmdir {}", said(fs::remove_dir("/var/notes/sub"))),
        format!("rmdir {}", said(fs::remove_dir("/var/notes"))),
    ];
    out.push(format!("list {}", text(names("/var"))));
    out.join("\n")
}

#[export_name = "hermes:http-gateway/event#reply"]
unsafe extern "C" fn reply(b: *mut u8, bl: usize, h: *mut Header, hl: usize, p: *mut u8, pl: usize, m: *mut u8, ml: usize) -> *mut Resp {
    let (_, _, path, _) = (bytes(b, bl), headers(h, hl), string(p, pl), string(m, ml));
    match path.as_str() {
        "/files" => respond(200, &[], files().into_bytes()),
        "/environment" => {
            let variables: Vec<String> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
            let arguments: Vec<String> = std::env::args().collect();
            respond(200, &[], format!("{} {}", variables.join(" "), arguments.join(" ")).into_bytes())
        }
        "/exit" => std::process::exit(7),
        "/panic" => panic!("on purpose"),
        _ => respond(404, &[], Vec::new()),
    }
}
