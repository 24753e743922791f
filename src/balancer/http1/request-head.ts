import { limits } from '../limits.ts';
import { NameTable, fieldValue, hasForbiddenCharacters, isToken, parseLength } from './tokens.ts';

/** Why a request is not passed on: the status that an Application Load Balancer answers, and the reason for the log. */
export interface HeadProblem {
  readonly status: number;
  readonly reason: string;
}

/** The head of a request, read strictly: nothing in it can be understood in two ways by parsers behind us. */
export interface RequestHead {
  readonly method: string;
  /** Origin form: path and query. */
  readonly target: string;
  readonly http11: boolean;
  /** Of an absolute target, else the header's; empty where an HTTP/1.0 client names none. */
  readonly host: string;
  /** The header's, as it was sent. */
  readonly hostHeader: string;
  readonly framing: 'none' | 'length' | 'chunked';
  /** Body bytes, for framing `length`. */
  readonly length: number;
  /** The client wants the connection to stay. */
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
  /** What the client wants to upgrade to; empty: nothing. */
  readonly upgrade: string;
  readonly forwardedFor: string;
  readonly traceId: string;
  readonly cookie: string;
  /** Header lines to pass on, each with its line end; not among them: those above, and those of one connection only. */
  readonly kept: string;
  /** The whole head, for `headerValues`. */
  readonly text: string;
}

const kinds = {
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  expect: 5,
  upgrade: 6,
  forwardedFor: 7,
  traceId: 8,
  cookie: 9,
  dropped: 10,
} as const;
type Known = (typeof kinds)[keyof typeof kinds];

const known = new NameTable<Known>({
  host: kinds.host,
  connection: kinds.connection,
  'content-length': kinds.contentLength,
  'transfer-encoding': kinds.transferEncoding,
  expect: kinds.expect,
  upgrade: kinds.upgrade,
  'x-forwarded-for': kinds.forwardedFor,
  'x-amzn-trace-id': kinds.traceId,
  cookie: kinds.cookie,
  'keep-alive': kinds.dropped,
  'proxy-connection': kinds.dropped,
  te: kinds.dropped,
  'http2-settings': kinds.dropped,
  'x-forwarded-proto': kinds.dropped,
  'x-forwarded-port': kinds.dropped,
});

export interface HeadRules {
  /** Headers whose name has other characters than letters, digits and hyphens are left out. */
  readonly dropInvalidHeaderFields: boolean;
  /** Also refuses what is not compliant but harmless. */
  readonly strictest: boolean;
}

/** Reads a head without the empty line that ends it. */
export function parseRequestHead(text: string, rules: HeadRules): RequestHead | HeadProblem {
  if (hasForbiddenCharacters(text)) return bad('control characters or bare line ends in the head');
  return new HeadReader(text, rules).read();
}

export function isProblem(head: RequestHead | HeadProblem): head is HeadProblem {
  return 'reason' in head;
}

function bad(reason: string): HeadProblem {
  return { status: 400, reason };
}

const plainName = /^[-A-Za-z0-9]+$/;
const targetCharacters = /^[\x21-\x7e\x80-\xff]+$/;
const nonAscii = /[\x80-\xff]/;
/** Behind an upgrade to HTTP/2 no rule would be asked any more. */
const http2Token = /(^|[\s,])h2c?\s*(,|$)/i;
const authority = /^[^\s/?#@\\,<>"]*$/;

class HeadReader {
  readonly #text: string;
  readonly #rules: HeadRules;
  #method = '';
  #target = '';
  #http11 = true;
  #uriHost: string | undefined;
  #host: string | undefined;
  #connection = '';
  #length: string | undefined;
  #encoding: string | undefined;
  #expect = '';
  #upgrade = '';
  #forwardedFor = '';
  #traceId = '';
  #cookie = '';
  #kept = '';

  constructor(text: string, rules: HeadRules) {
    this.#text = text;
    this.#rules = rules;
  }

  read(): RequestHead | HeadProblem {
    const lineEnd = this.#text.indexOf('\r\n');
    const problem = this.#readLine(lineEnd < 0 ? this.#text : this.#text.slice(0, lineEnd));
    if (problem !== undefined) return problem;
    return this.#readHeaders(lineEnd < 0 ? this.#text.length : lineEnd + 2) ?? this.#finish();
  }

  #readLine(line: string): HeadProblem | undefined {
    if (line.length > limits.requestLineBytes) return { status: 414, reason: 'request line too long' };
    const methodEnd = line.indexOf(' ');
    const targetEnd = line.indexOf(' ', methodEnd + 1);
    if (!isToken(line, 0, methodEnd) || targetEnd < 0) return bad('malformed request line');
    this.#method = line.slice(0, methodEnd);
    if (methodEnd > limits.methodCharacters) return { status: 405, reason: 'method too long' };
    const version = line.slice(targetEnd + 1);
    if (version === 'HTTP/1.0') this.#http11 = false;
    else if (version !== 'HTTP/1.1')
      return /^HTTP\/\d\.\d$/.test(version)
        ? { status: 505, reason: `version ${version}` }
        : bad('malformed request line');
    if (this.#method === 'TRACE' || this.#method === 'CONNECT')
      return { status: 405, reason: `method ${this.#method}` };
    return this.#readTarget(line.slice(methodEnd + 1, targetEnd));
  }

  #readTarget(target: string): HeadProblem | undefined {
    if (!targetCharacters.test(target)) return bad('malformed request target');
    if (this.#rules.strictest && nonAscii.test(target)) return bad('request target that is not ASCII');
    if (target.charCodeAt(0) === 47 || (target === '*' && this.#method === 'OPTIONS')) {
      this.#target = target;
      return undefined;
    }
    const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(target);
    if (absolute === null) return bad('malformed request target');
    this.#uriHost = absolute[1] ?? '';
    const rest = absolute[2] ?? '';
    this.#target = rest.startsWith('/') ? rest : `/${rest}`;
    return undefined;
  }

  #readHeaders(start: number): HeadProblem | undefined {
    const text = this.#text;
    let position = start;
    // Lines that stay are taken over in runs: from here on nothing was left out yet.
    let run = start;
    while (position < text.length) {
      let end = text.indexOf('\r\n', position);
      if (end < 0) end = text.length;
      const colon = text.indexOf(':', position);
      if (colon < 0 || colon > end || !isToken(text, position, colon)) return bad('malformed header');
      if (end - position > limits.headerBytes) return bad('header too long');
      const kind = known.find(text, position, colon);
      if (kind !== 0 || this.#isInvalid(position, colon)) {
        if (kind !== 0) {
          const problem = this.#take(kind, fieldValue(text, colon + 1, end));
          if (problem !== undefined) return problem;
        }
        if (kind !== kinds.contentLength && kind !== kinds.transferEncoding && kind !== kinds.cookie) {
          if (run < position) this.#kept += text.slice(run, position);
          run = end + 2;
        }
      }
      position = end + 2;
    }
    if (run < text.length) this.#kept += `${text.slice(run)}\r\n`;
    return undefined;
  }

  #isInvalid(start: number, end: number): boolean {
    return this.#rules.dropInvalidHeaderFields && !plainName.test(this.#text.slice(start, end));
  }

  #take(kind: Known, value: string): HeadProblem | undefined {
    switch (kind) {
      case kinds.host:
        if (this.#host !== undefined) return bad('two Host headers');
        this.#host = value;
        return undefined;
      case kinds.contentLength:
        if (this.#length !== undefined) return bad('two Content-Length headers');
        this.#length = value;
        return undefined;
      case kinds.transferEncoding:
        if (this.#encoding !== undefined) return bad('two Transfer-Encoding headers');
        this.#encoding = value;
        return undefined;
      case kinds.connection:
        this.#connection = joined(this.#connection, value.toLowerCase());
        return undefined;
      case kinds.expect:
        this.#expect = joined(this.#expect, value.toLowerCase());
        return undefined;
      case kinds.upgrade:
        this.#upgrade = joined(this.#upgrade, value);
        return undefined;
      case kinds.forwardedFor:
        this.#forwardedFor = joined(this.#forwardedFor, value);
        return undefined;
      case kinds.traceId:
        this.#traceId = value;
        return undefined;
      case kinds.cookie:
        this.#cookie = this.#cookie === '' ? value : `${this.#cookie}; ${value}`;
        return undefined;
      case kinds.dropped:
        return undefined;
    }
  }

  #finish(): RequestHead | HeadProblem {
    const problem = this.#checkHost() ?? this.#checkFraming();
    if (problem !== undefined) return problem;
    const length = Number(this.#length ?? 0);
    const chunked = this.#encoding !== undefined;
    const tokens = this.#connection === '' ? [] : this.#connection.split(',').map((token) => token.trim());
    const framing = chunked ? 'chunked' : length > 0 ? 'length' : 'none';
    return {
      method: this.#method,
      target: this.#target,
      http11: this.#http11,
      host: this.#uriHost ?? this.#host ?? '',
      hostHeader: this.#host ?? this.#uriHost ?? '',
      framing,
      length,
      keepAlive: this.#http11 ? !tokens.includes('close') : tokens.includes('keep-alive'),
      expectsContinue: this.#http11 && this.#expect === '100-continue' && framing !== 'none',
      upgrade:
        this.#http11 && framing === 'none' && tokens.includes('upgrade') && !http2Token.test(this.#upgrade)
          ? this.#upgrade
          : '',
      forwardedFor: this.#forwardedFor,
      traceId: this.#traceId,
      cookie: this.#cookie,
      kept: tokens.length === 0 ? this.#kept : withoutNamed(this.#kept, tokens),
      text: this.#text,
    };
  }

  #checkHost(): HeadProblem | undefined {
    if (this.#host === undefined) return this.#http11 ? bad('no Host header') : undefined;
    if (!authority.test(this.#host) || (this.#http11 && this.#host === '')) return bad('malformed Host header');
    if (this.#uriHost !== undefined && !authority.test(this.#uriHost)) return bad('malformed request target');
    if (this.#forwardedFor !== '' && this.#forwardedFor.split(',').length > limits.forwardedAddresses)
      return { status: 463, reason: 'too many addresses in X-Forwarded-For' };
    return undefined;
  }

  #checkFraming(): HeadProblem | undefined {
    if (this.#encoding !== undefined) {
      if (this.#length !== undefined) return bad('Content-Length and Transfer-Encoding');
      if (!this.#http11) return bad('Transfer-Encoding in HTTP/1.0');
      if (this.#encoding.toLowerCase() !== 'chunked')
        return { status: 501, reason: 'Transfer-Encoding that is not chunked' };
      return undefined;
    }
    if (this.#length === undefined) return undefined;
    if (parseLength(this.#length) === undefined) return bad('malformed Content-Length');
    const isRead = this.#method === 'GET' || this.#method === 'HEAD';
    if (this.#rules.strictest && isRead && Number(this.#length) === 0) return bad('empty body of a GET');
    return undefined;
  }
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

const connectionOptions: ReadonlySet<string> = new Set(['close', 'keep-alive', 'upgrade', 'te', '']);
const neverDropped: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'cookie', 'authorization']);

/** Without the headers that Connection declares to be for one connection only. */
function withoutNamed(lines: string, tokens: readonly string[]): string {
  const named = new Set(tokens.filter((token) => !connectionOptions.has(token) && !neverDropped.has(token)));
  if (named.size === 0) return lines;
  return lines
    .split('\r\n')
    .filter((line) => line !== '' && !named.has(line.slice(0, line.indexOf(':')).toLowerCase()))
    .map((line) => `${line}\r\n`)
    .join('');
}

/** The values of a header in a head, in order; the name in lower case. */
export function headerValues(text: string, name: string): readonly string[] {
  const found: string[] = [];
  for (let line = text.indexOf('\r\n'); line >= 0;) {
    const start = line + 2;
    line = text.indexOf('\r\n', start);
    const end = line < 0 ? text.length : line;
    const colon = start + name.length;
    if (text.charCodeAt(colon) === 58 && text.slice(start, colon).toLowerCase() === name)
      found.push(fieldValue(text, colon + 1, end));
  }
  return found;
}
