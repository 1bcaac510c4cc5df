// The echo in AssemblyScript. Its values stay inside; the boundary is raw pointers in canonical layout.
// Names of core exports cannot be chosen in the language: the build renames by these lines.
// wit-export reply hermes:http-gateway/event#reply
// wit-export replyPost cabi_post_hermes:http-gateway/event#reply

@external("hermes:logging/api", "log") declare function hermesLog(args: usize): void;

export function cabi_realloc(old: usize, oldSize: usize, align: usize, newSize: usize): usize {
  return old ? heap.realloc(old, newSize) : newSize ? heap.alloc(newSize) : align;
}

/** Stores a new string as pointer and length. */
function putString(at: usize, s: string): void {
  const size = String.UTF8.byteLength(s);
  const p = size ? heap.alloc(size) : 1;
  String.UTF8.encodeUnsafe(changetype<usize>(s), s.length, p);
  store<u32>(at, <u32>p);
  store<u32>(at, size, 4);
}

/** Reads a string that the host handed over, and frees it. */
function takeString(p: usize, size: usize): string {
  const s = String.UTF8.decodeUnsafe(p, size);
  if (size) heap.free(p);
  return s;
}

function log(level: u8, msg: string): void {
  const args = memory.data(76, 4);
  memory.fill(args, 0, 76);
  store<u8>(args, level);
  putString(args + 56, msg);
  hermesLog(args);
  heap.free(load<u32>(args, 56));
}

function json(s: string): string {
  let out = '"';
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c == 34 || c == 92) out += '\\' + String.fromCharCode(c);
    else if (c < 32) out += '\\u00' + (c < 16 ? '0' : '') + c.toString(16);
    else out += String.fromCharCode(c);
  }
  return out + '"';
}

/** list<string> as JSON; frees it. */
function jsonStrings(p: usize, size: u32): string {
  let out = '[';
  for (let i: u32 = 0; i < size; i++) {
    out += (i ? ',' : '') + json(takeString(load<u32>(p + i * 8), load<u32>(p + i * 8, 4)));
  }
  if (size) heap.free(p);
  return out + ']';
}

const RET = memory.data(28, 4);

export function reply(
  body: usize, bodySize: usize, headers: usize, headersSize: usize,
  pathAt: usize, pathSize: usize, methodAt: usize, methodSize: usize,
): usize {
  const path = takeString(pathAt, pathSize);
  const method = takeString(methodAt, methodSize);
  log(2, method + ' ' + path);
  let out = '{"method":' + json(method) + ',"path":' + json(path) + ',"bodyLength":' + bodySize.toString();
  out += ',"headers":[';
  for (let i: usize = 0; i < headersSize; i++) {
    const header = headers + i * 16;
    const name = takeString(load<u32>(header), load<u32>(header, 4));
    out += (i ? ',[' : '[') + json(name) + ',' + jsonStrings(load<u32>(header, 8), load<u32>(header, 12)) + ']';
  }
  out += ']}';
  if (bodySize) heap.free(body);
  if (headersSize) heap.free(headers);

  const header = heap.alloc(24); // one header of 16 bytes, then its one value
  putString(header, 'content-type');
  store<u32>(header, <u32>(header + 16), 8);
  store<u32>(header, 1, 12);
  putString(header + 16, 'application/json');
  memory.fill(RET, 0, 28);
  store<u8>(RET, 1);
  store<u16>(RET, 200, 8);
  store<u32>(RET, <u32>header, 12);
  store<u32>(RET, 1, 16);
  putString(RET + 20, out);
  return RET;
}

export function replyPost(ret: usize): void {
  const header = load<u32>(ret, 12);
  heap.free(load<u32>(header));
  heap.free(load<u32>(header + 16));
  heap.free(header);
  if (load<u32>(ret, 24)) heap.free(load<u32>(ret, 20));
  __collect(); // the minimal runtime collects when told to; nothing is on the stack here
}
