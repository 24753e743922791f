import { NameTable, fieldValue, hasForbiddenCharacters, isToken, parseLength } from './tokens.ts';

/** The head of a target's answer. */
export interface ResponseHead {
  readonly status: number;
  /** `close`: the body lasts until the target closes. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  readonly length: number;
  /** The target keeps the connection. */
  readonly keepAlive: boolean;
  /** The head may go to an HTTP/1.1 client byte for byte. */
  readonly untouched: boolean;
  /** Status line and headers to pass on, each with its line end, without those of one connection only. */
  readonly kept: string;
  /** Values of Set-Cookie. */
  readonly cookies: readonly string[];
  /** What a 101 upgrades to. */
  readonly upgrade: string;
}

const kinds = {
  connection: 1,
  contentLength: 2,
  transferEncoding: 3,
  dropped: 4,
  setCookie: 5,
  upgrade: 6,
} as const;
type Known = (typeof kinds)[keyof typeof kinds];

const known = new NameTable<Known>({
  connection: kinds.connection,
  'content-length': kinds.contentLength,
  'transfer-encoding': kinds.transferEncoding,
  'keep-alive': kinds.dropped,
  'proxy-connection': kinds.dropped,
  'set-cookie': kinds.setCookie,
  upgrade: kinds.upgrade,
});

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?$/;

/**
 * Reads the head of an answer, without the empty line that ends it.
 * @returns undefined when it is malformed, which a client sees as 502
 */
export function parseResponseHead(text: string, method: string): ResponseHead | undefined {
  if (hasForbiddenCharacters(text)) return undefined;
  let end = text.indexOf('\r\n');
  if (end < 0) end = text.length;
  const line = statusLine.exec(end === text.length ? text : text.slice(0, end));
  if (line === null) return undefined;
  const http11 = line[1] === '1';
  const status = Number(line[2]);
  if (status < 100) return undefined;
  return new ResponseReader(text, { http11, status, method }).read(end + 2);
}

class ResponseReader {
  readonly #text: string;
  readonly #first: { readonly http11: boolean; readonly status: number; readonly method: string };
  #kept = '';
  #connection = '';
  #length: number | undefined;
  #chunked = false;
  #upgrade = '';
  #untouched = true;
  #broken = false;
  readonly #cookies: string[] = [];

  constructor(text: string, first: { readonly http11: boolean; readonly status: number; readonly method: string }) {
    this.#text = text;
    this.#first = first;
  }

  read(start: number): ResponseHead | undefined {
    const text = this.#text;
    let run = 0;
    let position = start;
    while (position < text.length) {
      let end = text.indexOf('\r\n', position);
      if (end < 0) end = text.length;
      const colon = text.indexOf(':', position);
      if (colon < 0 || colon > end || !isToken(text, position, colon)) return undefined;
      const kind = known.find(text, position, colon);
      if (kind !== 0 && !this.#take(kind, fieldValue(text, colon + 1, end))) {
        if (run < position) this.#kept += text.slice(run, position);
        run = end + 2;
      }
      position = end + 2;
    }
    if (run < text.length) this.#kept += `${text.slice(run)}\r\n`;
    return this.#broken ? undefined : this.#finish();
  }

  /** @returns false when the header is not passed on */
  #take(kind: Known, value: string): boolean {
    switch (kind) {
      case kinds.connection:
        this.#connection = this.#connection === '' ? value.toLowerCase() : `${this.#connection},${value.toLowerCase()}`;
        if (this.#connection !== 'keep-alive') this.#untouched = false;
        return false;
      case kinds.contentLength: {
        const length = parseLength(value);
        if (length === undefined || this.#chunked || (this.#length !== undefined && this.#length !== length))
          this.#broken = true;
        const first = this.#length === undefined;
        if (!first) this.#untouched = false;
        this.#length = length;
        return first;
      }
      case kinds.transferEncoding:
        if (value.toLowerCase() !== 'chunked' || this.#chunked || this.#length !== undefined) this.#broken = true;
        this.#chunked = true;
        return true;
      case kinds.dropped:
        this.#untouched = false;
        return false;
      case kinds.upgrade:
        this.#untouched = false;
        this.#upgrade = value;
        return false;
      case kinds.setCookie:
        this.#cookies.push(value);
        return true;
    }
  }

  #finish(): ResponseHead {
    const { http11, status, method } = this.#first;
    const closes = this.#connection.includes('close');
    const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    const framing = bodiless
      ? 'none'
      : this.#chunked
        ? 'chunked'
        : this.#length === undefined
          ? 'close'
          : this.#length === 0
            ? 'none'
            : 'length';
    return {
      status,
      framing,
      length: this.#length ?? 0,
      keepAlive: framing !== 'close' && (http11 ? !closes : this.#connection.includes('keep-alive')),
      untouched: this.#untouched && http11,
      kept: http11 ? this.#kept : `HTTP/1.1${this.#kept.slice(8)}`,
      cookies: this.#cookies,
      upgrade: status === 101 ? this.#upgrade : '',
    };
  }
}
