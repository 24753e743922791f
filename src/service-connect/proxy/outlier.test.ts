import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { HostPool, type Host } from './host-pool.ts';
import { afterError, afterSuccess, blameless, isEjected } from './outlier.ts';

const hosts = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `t${at}`, address: `10.0.0.${at}`, port: 80 }));

function errors(count: number, others: { readonly hosts: number; readonly ejected: number }, nowMs = 1_000) {
  let record = blameless;
  for (let at = 0; at < count; at += 1) record = afterError(record, others, nowMs);
  return record;
}

test.each([
  ['four errors are not enough', errors(4, { hosts: 2, ejected: 0 }), false],
  ['five are', errors(5, { hosts: 2, ejected: 0 }), true],
  ['half of the hosts are left out already', errors(9, { hosts: 4, ejected: 2 }), false],
  ['of three, one may be', errors(5, { hosts: 3, ejected: 0 }), true],
  ['and no second', errors(5, { hosts: 3, ejected: 1 }), false],
  ['the only host is, to be called all the same', errors(5, { hosts: 1, ejected: 0 }), true],
])('[CN-23] %s', (_name, record, ejected) => {
  expect(isEjected(record, 1_000)).toBe(ejected);
});

test('[CN-23] each time for longer, five minutes at most; a success forgets the errors', () => {
  let record = blameless;
  const lengths: number[] = [];
  for (let nowMs = 0, at = 0; at < 12; at += 1) {
    for (let error = 0; error < limits.ejectAfterErrors; error += 1)
      record = afterError(record, { hosts: 9, ejected: 0 }, nowMs);
    lengths.push(record.ejectedUntilMs - nowMs);
    nowMs = record.ejectedUntilMs;
  }
  expect(lengths.slice(0, 3)).toEqual([30_000, 60_000, 90_000]);
  expect(Math.max(...lengths)).toBe(300_000);
  expect(errors(4, { hosts: 2, ejected: 0 }).errors).toBe(4);
  expect(afterSuccess(errors(4, { hosts: 2, ejected: 0 })).errors).toBe(0);
});

test('[CN-21] hosts are called in turn, also while others come and go', () => {
  const pool = new HostPool(
    () => 0,
    () => undefined,
  );
  pool.replace(hosts(3));
  const none = new Set<Host>();
  const called = Array.from({ length: 6 }, () => pool.choose(none)?.id);
  expect(called).toEqual(['t0', 't1', 't2', 't0', 't1', 't2']);
  expect(pool.replace(hosts(2)).map(({ id }) => id)).toEqual(['t2']);
  expect(new Set([pool.choose(none)?.id, pool.choose(none)?.id])).toEqual(new Set(['t0', 't1']));
});

test('[CN-23] whatever happens, half of the hosts at least are called, and as long as a host was not tried there is one to try', () => {
  const history = fc.array(fc.record({ host: fc.nat(7), ok: fc.boolean(), waitMs: fc.nat(40_000) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), history, (count, events) => {
      let nowMs = 0;
      const pool = new HostPool(
        () => nowMs,
        () => undefined,
      );
      pool.replace(hosts(count));
      for (const { host, ok, waitMs } of events) {
        nowMs += waitMs;
        const one = pool.hosts[host % count] as Host;
        if (ok) pool.succeeded(one);
        else pool.failed(one);
        const ejected = pool.hosts.filter(({ blame }) => isEjected(blame, nowMs)).length;
        expect(ejected).toBeLessThanOrEqual(Math.max(1, Math.floor(count / 2)));
        const tried = new Set<Host>();
        for (let at = 0; at < count; at += 1) {
          const chosen = pool.choose(tried) as Host;
          // Who is left out comes last.
          if (at < count - ejected) expect(isEjected(chosen.blame, nowMs)).toBe(false);
          tried.add(chosen);
        }
        expect(tried.size).toBe(count);
        expect(pool.hosts).toContain(pool.choose(tried));
      }
    }),
  );
});
