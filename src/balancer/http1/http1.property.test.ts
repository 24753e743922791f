import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkedScanner } from './chunked-scanner.ts';
import { isProblem, parseRequestHead } from './request-head.ts';
import { parseResponseHead } from './response-head.ts';

const rules = { dropInvalidHeaderFields: false, strictest: false };
const token = fc.stringMatching(/^[A-Za-z][-A-Za-z0-9]{0,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
/** Names that mean something to the parser are another test's. */
const plain = fc.tuple(
  token.map((name) => `X${name}`),
  value,
);

function chunked(pieces: readonly Uint8Array[], trailer: string): Buffer {
  const parts = pieces
    .filter((piece) => piece.length > 0)
    .flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

/** Cuts bytes at some places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((x, y) => x - y);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

describe('heads', () => {
  test('[BL-24] what a valid head says is read, and every other header passed on in its place', () => {
    fc.assert(
      fc.property(token, fc.array(plain, { maxLength: 8 }), fc.nat(8), (path, headers, at) => {
        const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`);
        lines.splice(Math.min(at, lines.length), 0, 'Host: example.com\r\n');
        const head = parseRequestHead(`GET /${path} HTTP/1.1\r\n${lines.join('').slice(0, -2)}`, rules);
        if (isProblem(head)) throw new Error(head.reason);
        expect([head.method, head.target, head.host, head.framing]).toEqual(['GET', `/${path}`, 'example.com', 'none']);
        expect(head.kept).toBe(headers.map(([name, text]) => `${name}: ${text}\r\n`).join(''));
      }),
    );
  });

  test('[BL-24] arbitrary bytes are read or refused, never thrown at', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .uint8Array({ maxLength: 200 })
        .map((rest) => Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n'), rest])),
      fc.uint8Array({ maxLength: 200 }).map((rest) => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), rest])),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const text = Buffer.from(input).toString('latin1');
        const head = parseRequestHead(text, rules);
        if (!isProblem(head)) {
          expect(head.kept).not.toMatch(/[\0\x7f]|\r(?!\n)|(?<!\r)\n/); // oxlint-disable-line no-control-regex
          expect(head.kept === '' || head.kept.endsWith('\r\n')).toBe(true);
        }
        parseResponseHead(text, 'GET');
      }),
      { numRuns: 2_000 },
    );
  });

  test('[BL-24] a length or coding hidden in any spelling is either read or refused', () => {
    const hidden = fc.constantFrom(
      'Content-Length',
      'content-length',
      'CONTENT-LENGTH',
      'Transfer-Encoding',
      'transfer-encoding',
    );
    const junk = fc.constantFrom('', ' ', '\t', '\r', '\n', '\0', '\x0b', ';', ',');
    fc.assert(
      fc.property(hidden, junk, junk, junk, (name, before, after, end) => {
        const value = name.toLowerCase().startsWith('c') ? '5' : 'chunked';
        const head = parseRequestHead(`POST / HTTP/1.1\r\nHost: x\r\n${before}${name}${after}:${value}${end}`, rules);
        if (!isProblem(head)) expect(head.framing).toBe(value === '5' ? 'length' : 'chunked');
      }),
    );
  });
});

describe('chunked bodies', () => {
  test('[BL-24] the end and the content are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.constantFrom('', 'X-Sum: 1\r\n', 'X-A: b\r\nX-C: d\r\n'),
        fc.array(fc.nat(), { maxLength: 12 }),
        (pieces, trailer, places) => {
          const body = chunked(pieces, trailer);
          const scanner = new ChunkedScanner();
          const content: Buffer[] = [];
          let consumed = 0;
          for (const part of cut(Buffer.concat([body, Buffer.from('next')]), places)) {
            if (scanner.done) break;
            consumed += scanner.scan(part, 0, (piece) => content.push(piece));
          }
          expect([scanner.done, scanner.failed, consumed]).toEqual([true, false, body.length]);
          expect(Buffer.concat(content)).toEqual(Buffer.concat(pieces));
        },
      ),
    );
  });

  test('[BL-24] arbitrary bytes are followed or refused alike, however they are cut', () => {
    const alphabet = fc.constantFrom(...'0123abF;=x \t\r\n'.split(''), '\r\n', '0\r\n\r\n', '5\r\nhello\r\n');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 6 }), (letters, places) => {
        const bytes = Buffer.from(letters.join(''), 'latin1');
        const follow = (parts: readonly Buffer[]): readonly [boolean, boolean, number] => {
          const scanner = new ChunkedScanner();
          let consumed = 0;
          for (const part of parts) if (!scanner.done && !scanner.failed) consumed += scanner.scan(part, 0);
          return [scanner.done, scanner.failed, consumed];
        };
        expect(follow(cut(bytes, places))).toEqual(follow([bytes]));
      }),
      { numRuns: 2_000 },
    );
  });
});
