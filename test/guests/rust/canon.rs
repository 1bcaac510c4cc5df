// Hand-written canonical ABI for the hermes worlds (what wit-bindgen would generate).
use std::alloc::{alloc, dealloc, realloc, Layout};
#[export_name = "cabi_realloc"]
unsafe extern "C" fn cabi_realloc(old: *mut u8, olds: usize, align: usize, news: usize) -> *mut u8 {
    if olds == 0 {
        if news == 0 {
            return align as *mut u8;
        }
        let p = alloc(Layout::from_size_align_unchecked(news, align));
        if p.is_null() {
            core::arch::wasm32::unreachable()
        }
        p
    } else {
        realloc(old, Layout::from_size_align_unchecked(olds, align), news)
    }
}
pub unsafe fn string(p: *mut u8, n: usize) -> String {
    String::from_utf8_unchecked(bytes(p, n))
}
pub unsafe fn bytes(p: *mut u8, n: usize) -> Vec<u8> {
    if n == 0 {
        Vec::new()
    } else {
        Vec::from_raw_parts(p, n, n)
    }
}
pub unsafe fn free(p: *mut u8, n: usize, a: usize) {
    if n > 0 {
        dealloc(p, Layout::from_size_align_unchecked(n, a))
    }
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *mut u8,
    pub len: usize,
}
impl Str {
    pub fn leak(s: impl Into<Vec<u8>>) -> Str {
        let b = s.into().into_boxed_slice();
        let len = b.len();
        Str {
            ptr: Box::into_raw(b) as *mut u8,
            len,
        }
    }
    pub fn of(s: &str) -> Str {
        Str {
            ptr: s.as_ptr() as *mut u8,
            len: s.len(),
        }
    }
    pub unsafe fn drop(&self) {
        free(self.ptr, self.len, 1)
    }
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Header {
    pub name: Str,
    pub vptr: *mut Str,
    pub vlen: usize,
}
pub unsafe fn headers(p: *mut Header, n: usize) -> Vec<(String, Vec<String>)> {
    let v = std::slice::from_raw_parts(p, n)
        .iter()
        .map(|h| {
            let vals = std::slice::from_raw_parts(h.vptr, h.vlen)
                .iter()
                .map(|s| string(s.ptr, s.len))
                .collect();
            free(h.vptr as *mut u8, h.vlen * 8, 4);
            (string(h.name.ptr, h.name.len), vals)
        })
        .collect();
    free(p as *mut u8, n * 16, 4);
    v
}
#[repr(C)]
pub struct OptStr {
    pub some: u8,
    pub v: Str,
}
#[repr(C)]
pub struct OptU32 {
    pub some: u8,
    pub v: u32,
}
#[repr(C)]
pub struct LogArgs {
    pub level: u8,
    pub file: OptStr,
    pub function: OptStr,
    pub line: OptU32,
    pub col: OptU32,
    pub ctx: OptStr,
    pub msg: Str,
    pub data: OptStr,
}
#[repr(C)]
pub struct Kv {
    pub some: u8,
    pub _p: [u8; 7],
    pub tag: u8,
    pub _q: [u8; 7],
    pub u: u64,
}
#[repr(C)]
pub struct Resp {
    pub some: u8,
    pub tag: u8x4,
    pub code: u16,
    pub hptr: *mut Header,
    pub hlen: usize,
    pub body: Str,
}
#[repr(C, align(4))]
#[allow(non_camel_case_types)]
pub struct u8x4(pub u8);
#[link(wasm_import_module = "hermes:logging/api")]
extern "C" {
    #[link_name = "log"]
    fn log_raw(a: *const LogArgs);
}
#[link(wasm_import_module = "hermes:kv-store/api")]
extern "C" {
    #[link_name = "kv-get"]
    fn kv_get_raw(k: *const u8, kl: usize, ret: *mut Kv);
    #[link_name = "kv-set"]
    fn kv_set_raw(k: *const u8, kl: usize, some: i32, tag: i32, a: i64, b: i32);
}
pub fn log(level: u8, func: &str, msg: &str, data: Option<&str>) {
    let none = || OptStr {
        some: 0,
        v: Str {
            ptr: 0 as *mut u8,
            len: 0,
        },
    };
    let a = LogArgs {
        level,
        file: OptStr {
            some: 1,
            v: Str::of(file!()),
        },
        function: OptStr {
            some: 1,
            v: Str::of(func),
        },
        line: OptU32 { some: 0, v: 0 },
        col: OptU32 { some: 0, v: 0 },
        ctx: none(),
        msg: Str::of(msg),
        data: data.map_or(none(), |d| OptStr {
            some: 1,
            v: Str::of(d),
        }),
    };
    unsafe { log_raw(&a) }
}
#[allow(dead_code)]
pub fn kv_incr(key: &str) -> u64 {
    unsafe {
        let mut k = std::mem::zeroed::<Kv>();
        kv_get_raw(key.as_ptr(), key.len(), &mut k);
        let n = if k.some == 1 && k.tag == 2 {
            k.u + 1
        } else {
            1
        };
        kv_set_raw(key.as_ptr(), key.len(), 1, 2, n as i64, 0);
        n
    }
}
pub fn respond(code: u16, hs: &[(&str, &str)], body: Vec<u8>) -> *mut Resp {
    let h: Vec<Header> = hs
        .iter()
        .map(|(n, v)| Header {
            name: Str::leak(*n),
            vptr: Box::into_raw(Box::new(Str::leak(*v))),
            vlen: 1,
        })
        .collect();
    let h = h.into_boxed_slice();
    let hlen = h.len();
    Box::into_raw(Box::new(Resp {
        some: 1,
        tag: u8x4(0),
        code,
        hptr: Box::into_raw(h) as *mut Header,
        hlen,
        body: Str::leak(body),
    }))
}
#[export_name = "cabi_post_hermes:http-gateway/event#reply"]
unsafe extern "C" fn reply_post(r: *mut Resp) {
    let r = Box::from_raw(r);
    for h in std::slice::from_raw_parts(r.hptr, r.hlen) {
        for v in std::slice::from_raw_parts(h.vptr, h.vlen) {
            v.drop()
        }
        free(h.vptr as *mut u8, h.vlen * 8, 4);
        h.name.drop()
    }
    free(r.hptr as *mut u8, r.hlen * 16, 4);
    r.body.drop();
}
