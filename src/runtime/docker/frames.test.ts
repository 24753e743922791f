import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogChunk } from '../index.ts';
import { FrameDecoder, StampedLineDecoder } from './frames.ts';

interface Frame {
  readonly stream: 1 | 2;
  readonly text: string;
}

function encode(frames: readonly Frame[], stamp = ''): Buffer {
  return Buffer.concat(
    frames.flatMap(({ stream, text }) => {
      const body = Buffer.from(stamp + text);
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(body.length, 4);
      return [header, body];
    }),
  );
}

function textOf(chunks: readonly LogChunk[], stream: LogChunk['stream']): string {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.bytes)).toString();
}

/** Cuts bytes at these places, wherever they fall. */
function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
}

const frames = fc.array(fc.record({ stream: fc.constantFrom(1 as const, 2 as const), text: fc.string() }));
const cuts = fc.array(fc.nat());

describe('FrameDecoder', () => {
  test('gives each stream its bytes, however the socket cuts them', () => {
    fc.assert(
      fc.property(frames, cuts, (given, places) => {
        const decoder = new FrameDecoder({ timestamps: false });
        const chunks = pieces(encode(given), places).flatMap((piece) => decoder.push(piece));
        for (const [number, name] of [
          [1, 'stdout'],
          [2, 'stderr'],
        ] as const) {
          const want = given
            .filter((frame) => frame.stream === number)
            .map((frame) => frame.text)
            .join('');
          expect(textOf(chunks, name)).toBe(want);
        }
        expect(decoder.atBoundary).toBe(true);
      }),
    );
  });

  test('takes the time off each frame', () => {
    fc.assert(
      fc.property(frames, cuts, (given, places) => {
        const decoder = new FrameDecoder({ timestamps: true });
        const bytes = encode(given, '2026-11-20T21:07:18.355733627Z ');
        const chunks = pieces(bytes, places).flatMap((piece) => decoder.push(piece));
        expect(textOf(chunks, 'stdout') + textOf(chunks, 'stderr')).toHaveLength(
          given.reduce((total, frame) => total + frame.text.length, 0),
        );
        const withText = chunks.filter((chunk) => chunk.bytes.length > 0);
        expect(withText.every((chunk) => chunk.timeMs === Date.UTC(2026, 10, 20, 21, 7, 18, 355))).toBe(true);
      }),
    );
  });

  test('neighbours of one stream come as one chunk', () => {
    const decoder = new FrameDecoder({ timestamps: false });
    const bytes = encode([
      { stream: 1, text: 'a' },
      { stream: 1, text: 'b' },
      { stream: 2, text: 'c' },
    ]);
    expect(decoder.push(bytes).map((chunk) => [chunk.stream, Buffer.from(chunk.bytes).toString()])).toEqual([
      ['stdout', 'ab'],
      ['stderr', 'c'],
    ]);
  });

  test('knows that it was cut', () => {
    const decoder = new FrameDecoder({ timestamps: false });
    decoder.push(encode([{ stream: 1, text: 'whole' }]).subarray(0, 9));
    expect(decoder.atBoundary).toBe(false);
  });
});

test('StampedLineDecoder gives lines with their times, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z ]{0,20}$/)), cuts, (lines, places) => {
      const decoder = new StampedLineDecoder();
      const bytes = Buffer.from(lines.map((line) => `2026-11-20T21:07:18.355733627Z ${line}\n`).join(''));
      const chunks = pieces(bytes, places).flatMap((piece) => decoder.push(piece));
      expect(textOf(chunks, 'stdout')).toBe(lines.map((line) => `${line}\n`).join(''));
      expect(chunks.every((chunk) => chunk.timeMs === Date.UTC(2026, 10, 20, 21, 7, 18, 355))).toBe(true);
    }),
  );
});
