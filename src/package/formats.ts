/**
 * The formats that draft 7 of JSON Schema names, as assertions. Each takes time linear in the text. Formats of
 * other names are annotations and hold for any text.
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { compilePattern } from '../lib/pattern.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:z|([+-])(\d{2}):(\d{2}))$/i;
const HOST =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/i;
const URI_TEXT = /^(?:[a-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*$/i;
const IRI_TEXT = /^(?:[a-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9a-f]{2}|[\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}])*$/iu;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/u;
const RELATIVE_POINTER = /^(?:0|[1-9][0-9]*)(#|(?:\/(?:[^~/]|~[01])*)*)$/u;

/**
 * Every format of draft 7 by its name.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { date, uri } = createFormats();
 * assert.equal(date?.('2024-02-29'), true);
 * assert.equal(date?.('2023-02-29'), false);
 * assert.equal(uri?.('https://example.org/a?b#c'), true);
 * ```
 */
export function createFormats(): Readonly<Record<string, (text: string) => boolean>> {
  return {
    date: isDate,
    time: isTime,
    'date-time': (text) =>
      /^[t ]$/i.test(text[10] ?? '') && isDate(text.slice(0, 10)) && isTime(text.slice(11)),
    email: (text) => isEmail(text, isHost),
    'idn-email': (text) => isEmail(text, isInternationalHost),
    hostname: isHost,
    'idn-hostname': isInternationalHost,
    ipv4: (text) => isIPv4(text),
    ipv6: (text) => isIPv6(text) && !text.includes('%'),
    uri: (text) => SCHEME.test(text) && URI_TEXT.test(text),
    'uri-reference': (text) => URI_TEXT.test(text),
    iri: (text) => SCHEME.test(text) && IRI_TEXT.test(text),
    'iri-reference': (text) => IRI_TEXT.test(text),
    'uri-template': isTemplate,
    'json-pointer': (text) => POINTER.test(text),
    'relative-json-pointer': (text) => RELATIVE_POINTER.test(text),
    regex: isPattern,
  };
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  if (month < 1 || month > 12) return false;
  return day >= 1 && day <= Temporal.PlainYearMonth.from(text.slice(0, 7)).daysInMonth;
}

function isTime(text: string): boolean {
  const found = TIME.exec(text);
  if (found === null) return false;
  const [hour, minute, second, , offsetHour, offsetMinute] = found.slice(1).map((part) => Number(part ?? 0));
  const within = (value: number | undefined, end: number): boolean => value !== undefined && value < end;
  if (!within(hour, 24) || !within(minute, 60) || !within(offsetHour, 24) || !within(offsetMinute, 60))
    return false;
  // A leap second is written, whether or not that day had one.
  return within(second, 60) || second === 60;
}

function isHost(text: string): boolean {
  return HOST.test(text);
}

function isInternationalHost(text: string): boolean {
  return text.length <= 253 && !/[\s/:@?#[\]\\%]/.test(text) && isHost(domainToASCII(text));
}

function isEmail(text: string, host: (text: string) => boolean): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const plain = host === isHost ? LOCAL_PART.test(local) : local !== '' && !/[\s@]/.test(local);
  return (
    plain &&
    !local.startsWith('.') &&
    !local.endsWith('.') &&
    !local.includes('..') &&
    host(text.slice(at + 1))
  );
}

function isTemplate(text: string): boolean {
  if (/[\s<>\\^`|"']/.test(text)) return false;
  const outside = text.replaceAll(/\{[^{}]+\}/g, '');
  return !/[{}]/.test(outside);
}

function isPattern(text: string): boolean {
  try {
    compilePattern(text, { dialect: 'ecmascript' });
    return true;
  } catch {
    // The answer is the fault: a format only says yes or no.
    return false;
  }
}
