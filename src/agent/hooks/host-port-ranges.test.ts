import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { realIds } from '../contract/real-time.ts';
import { HostPortRanges, findRun, readPortRange } from './host-port-ranges.ts';

test.each([
  { text: '8000-8010', want: { first: 8000, last: 8010 } },
  { text: '80-80', want: { first: 80, last: 80 } },
  { text: '90-80', want: undefined },
  { text: '0-80', want: undefined },
  { text: '80-65536', want: undefined },
  { text: '80', want: undefined },
  { text: '', want: undefined },
])('$text is read as a range of ports', ({ text, want }) => {
  expect(readPortRange(text)).toEqual(want);
});

test('[AG-12] a run is free, of the right length, and found when there is one', () => {
  fc.assert(
    fc.property(
      fc.record({
        length: fc.integer({ min: 1, max: 6 }),
        taken: fc.uniqueArray(fc.integer({ min: 1, max: 30 })),
        from: fc.integer({ min: -5, max: 40 }),
      }),
      ({ length, taken, from }) => {
        const isTaken = (port: number): boolean => taken.includes(port);
        const free = (first: number): boolean =>
          first + length - 1 <= 30 && Array.from({ length }, (_, at) => first + at).every((port) => !isTaken(port));
        const exists = Array.from({ length: 30 }, (_, at) => at + 1).some(free);
        const run = findRun(length, { first: 1, last: 30 }, { from, isTaken });
        expect(run !== undefined).toBe(exists);
        if (run !== undefined)
          expect([run.first >= 1, run.last - run.first + 1, free(run.first)]).toEqual([true, length, true]);
      },
    ),
  );
});

test('[AG-12] two tasks never have the same host ports, until the first is gone', async () => {
  const within = { first: 42_300, last: 42_305 };
  const ports = new HostPortRanges({ within, ids: { ...realIds, fraction: () => 0 } });
  const [a, b] = await Promise.all([ports.take('a', 3, 'tcp'), ports.take('b', 3, 'tcp')]);
  expect(new Set([a.first, b.first])).toEqual(new Set([42_300, 42_303]));
  await expect(ports.take('c', 3, 'tcp')).rejects.toThrow('ECS_DYNAMIC_HOST_PORT_RANGE');
  expect((await ports.take('c', 6, 'udp')).first).toBe(42_300);
  ports.free('a');
  expect(await ports.take('c', 3, 'tcp')).toEqual(a);
});

test('[AG-12] a port that somebody else has is stepped over', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 42_312, host: '0.0.0.0' }, resolve));
  try {
    const ports = new HostPortRanges({ within: { first: 42_310, last: 42_316 }, ids: realIds });
    expect(await ports.take('a', 3, 'tcp')).toSatisfy(({ first }: { first: number }) => first > 42_312);
  } finally {
    server.close();
  }
});
