/**
 * Files of an application: what lies below `/www`.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isCoded } from '../../../lib/errors.ts';
import type { Vfs, VfsStat } from '../../../vfs/vfs.ts';
import { type Answer, type Audience, type Header, refusal } from '../answer.ts';
import { evaluate, httpDate, rangeHolds } from './conditions.ts';
import { acceptedCodings, type Coding } from './encoding.ts';
import { parseRange } from './range.ts';
import { fileTarget } from './target.ts';
import { isAsset, typeOf } from './types.ts';
import type { FileRef, Variant, Variants } from './variants.ts';

/** Less than this grows when it is compressed. */
const MIN_COMPRESSED_BYTES = 256;

export interface FileRequest extends Audience {
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  /** With its question mark; empty without one. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Methods that routes at this path take. */
  readonly allow: readonly string[];
}

export interface FileSource {
  readonly owner: object;
  readonly vfs: Vfs;
  readonly variants: Variants;
  /** Folders whose files never change. */
  readonly immutable: readonly string[];
}

/** Answers a request with a file, a part of it, or why there is none. */
export async function serveFile(request: FileRequest, source: FileSource): Promise<Answer> {
  const allow = [...new Set(['GET', 'HEAD', 'OPTIONS', ...request.allow])].join(', ');
  if (request.method === 'OPTIONS') return { status: 204, headers: [['Allow', allow]], body: undefined };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const text = 'This address cannot be used with this method';
    return refusal(405, { ...request, headers: [['Allow', allow]], text });
  }
  const target = fileTarget(request.path);
  if (target.kind === 'malformed')
    return refusal(400, { ...request, headers: [], text: 'The path is malformed' });
  const found = target.kind === 'path' ? await find(source.vfs, target) : undefined;
  if (found === 'folder') return redirect(request);
  if (found !== undefined) {
    const immutable = source.immutable.some((folder) => request.path.startsWith(folder));
    return sendFile(found, {
      request,
      source,
      cache: immutable ? IMMUTABLE : REVALIDATE,
      vary: 'Accept-Encoding',
    });
  }
  return fallback(target.kind === 'path' ? target.path : undefined, request, source);
}

const IMMUTABLE = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';

interface Found {
  readonly path: string;
  readonly stat: VfsStat;
}

/** The file, or the index of a folder. `'folder'` when only the final slash is missing. */
async function find(
  vfs: Vfs,
  { path, folder }: { readonly path: string; readonly folder: boolean },
): Promise<Found | 'folder' | undefined> {
  const stat = await statOf(vfs, path);
  if (stat === undefined) return undefined;
  if (stat.kind === 'file') return folder ? undefined : { path, stat };
  const index = await statOf(vfs, `${path}/index.html`);
  if (index?.kind !== 'file') return undefined;
  return folder ? { path: `${path}/index.html`, stat: index } : 'folder';
}

/** A path that no tree has, as one with a name too long, is missing like any other. */
async function statOf(vfs: Vfs, path: string): Promise<VfsStat | undefined> {
  try {
    return await vfs.stat(path);
  } catch (error) {
    if (isCoded(error) && error.code === 'VFS_PATH') return undefined;
    throw error;
  }
}

/** To the folder, so that its relative links lead where they should. */
function redirect({ path, query }: FileRequest): Answer {
  const headers: Header[] = [
    ['Location', `${path}/${query}`],
    ['Cache-Control', REVALIDATE],
  ];
  return { status: 301, headers, body: new Uint8Array() };
}

/** Applications with one page and paths of their own: a person who comes by such a path gets the page. */
async function fallback(path: string | undefined, request: FileRequest, source: FileSource): Promise<Answer> {
  if (path !== undefined && request.navigation && !isAsset(path)) {
    const found = await find(source.vfs, { path: '/www', folder: true });
    if (found !== undefined && found !== 'folder') {
      return sendFile(found, {
        request,
        source,
        cache: REVALIDATE,
        vary: 'Accept-Encoding, Accept, Sec-Fetch-Mode',
      });
    }
  }
  return refusal(404, { ...request, headers: [], text: 'Nothing is at this address' });
}

interface SendOptions {
  readonly request: FileRequest;
  readonly source: FileSource;
  readonly cache: string;
  readonly vary: string;
}

async function sendFile(found: Found, { request, source, cache, vary }: SendOptions): Promise<Answer> {
  const { path, stat } = found;
  const file: FileRef = { owner: source.owner, vfs: source.vfs, path, stat };
  const encodings = request.headers['accept-encoding'];
  const chosen = await choose(file, encodings?.toString(), source.variants);
  if (chosen === undefined) {
    const text = 'The file cannot be had in any of the accepted encodings';
    return refusal(406, { ...request, headers: [['Vary', vary]], text });
  }
  const { variant, coding } = chosen;
  const validators = { etag: variant.etag, modified: stat.modified };
  const kept: Header[] = [
    ['ETag', variant.etag],
    ['Last-Modified', httpDate(stat.modified)],
    ['Cache-Control', cache],
    ['Vary', vary],
    ...request.isolation,
  ];
  const outcome = evaluate(request.headers, validators);
  if (outcome === 'unmodified') return { status: 304, headers: kept, body: undefined };
  if (outcome === 'failed')
    return refusal(412, { ...request, headers: [], text: 'The file has another version' });
  const headers: Header[] = [
    ['Content-Type', typeOf(path).type],
    ...(coding === 'identity' ? [] : [['Content-Encoding', coding] as const]),
    ['X-Content-Type-Options', 'nosniff'],
    ['Accept-Ranges', 'bytes'],
    ...kept,
  ];
  const { method, headers: asked } = request;
  // A range means something to GET only.
  const wanted =
    method === 'GET' && rangeHolds(asked['if-range']?.toString(), validators) ? asked.range : undefined;
  const range = parseRange(wanted, variant.size);
  if (range === 'unsatisfiable') {
    const sizes: Header = ['Content-Range', `bytes */${variant.size}`];
    return refusal(416, { ...request, headers: [sizes], text: 'The file does not have this range' });
  }
  if (range === 'whole') return { status: 200, headers, body: bodyOf(file, variant) };
  const { start, end } = range;
  headers.push(['Content-Range', `bytes ${start}-${end}/${variant.size}`]);
  return { status: 206, headers, body: bodyOf(file, variant, range) };
}

/** The best coding that can be had; `undefined` when none is accepted. */
async function choose(
  file: FileRef,
  acceptEncoding: string | undefined,
  variants: Variants,
): Promise<{ readonly variant: Variant; readonly coding: Coding } | undefined> {
  const accepted = acceptedCodings(acceptEncoding);
  const plain = accepted.includes('identity');
  for (const coding of accepted) {
    if (coding === 'identity') break;
    const worth = typeOf(file.path).text && file.stat.size >= MIN_COMPRESSED_BYTES;
    if ((plain && !worth) || !variants.compresses(file.stat.size)) continue;
    const variant = await variants.get(file, coding);
    if (!plain || variant.size < file.stat.size) return { variant, coding };
  }
  return plain ? { variant: await variants.get(file, 'identity'), coding: 'identity' } : undefined;
}

function bodyOf(
  file: FileRef,
  variant: Variant,
  part?: { readonly start: number; readonly end: number },
): Answer['body'] {
  const { start, end } = part ?? { start: 0, end: variant.size - 1 };
  if (variant.bytes !== undefined) return variant.bytes.subarray(start, end + 1);
  return { size: end - start + 1, open: () => file.vfs.open(file.path, { start, end }) };
}
