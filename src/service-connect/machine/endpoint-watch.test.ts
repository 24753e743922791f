import { expect, test } from 'vitest';
import type { ConnectReport, ProxyUpdate } from '../../connect-protocol/index.ts';
import { EndpointWatch } from './endpoint-watch.ts';

const endpoint = (id: string, ...hosts: readonly string[]) => ({
  id,
  protocol: 'http' as const,
  idleTimeoutMs: 1,
  requestTimeoutMs: 1,
  hosts: hosts.map((host) => ({ id: host, address: '10.0.0.1', port: 80 })),
});

function opened() {
  const reports: ConnectReport[] = [];
  const updates: { readonly task: string; readonly update: ProxyUpdate; readonly settle: () => void }[] = [];
  const watch = new EndpointWatch({
    clock: { nowMs: () => 5, after: () => () => undefined } as never,
    send: (report) => reports.push(report),
    update: (task, update) => new Promise((resolve) => updates.push({ task, update, settle: resolve })),
  });
  return { watch, reports, updates };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('[CN-13] an endpoint is asked for with its first caller, and not any more after its last', () => {
  const { watch, reports } = opened();
  watch.add('t1', ['a', 'b']);
  watch.add('t2', ['b']);
  watch.remove('t1');
  watch.remove('t2');
  expect(reports).toEqual([
    { type: 'watch', add: ['a', 'b'], remove: [] },
    { type: 'watch', add: [], remove: ['a'] },
    { type: 'watch', add: [], remove: ['b'] },
  ]);
});

test('[CN-28] a message is settled when every proxy that it concerns has drained', async () => {
  const { watch, reports, updates } = opened();
  watch.add('t1', ['a', 'b']);
  watch.add('t2', ['b']);
  watch.add('t3', ['c']);
  watch.heard(
    { type: 'endpoints', sequence: 9, endpoints: [endpoint('a', 'x'), endpoint('b')], removed: [] },
    (report) => reports.push(report),
  );
  expect(updates.map(({ task, update }) => [task, update.endpoints.map(({ id }) => id)])).toEqual([
    ['t1', ['a', 'b']],
    ['t2', ['b']],
  ]);
  updates[0]?.settle();
  await turn();
  expect(reports.filter(({ type }) => type === 'settled')).toEqual([]);
  updates[1]?.settle();
  await turn();
  expect(reports.at(-1)).toEqual({ type: 'settled', sequence: 9 });
});

test('[CN-14] what is known stays while there is no connection; all is asked for on the next one', async () => {
  const { watch, reports } = opened();
  watch.add('t1', ['a', 'b']);
  expect(await Promise.race([watch.heardOf(['a', 'b'], 1), turn().then(() => 'waits')])).toBe('waits');
  watch.heard({ type: 'endpoints', sequence: 1, endpoints: [endpoint('a', 'x')], removed: ['b'] }, () => undefined);
  expect(await watch.heardOf(['a', 'b'], 1)).toBe(true);
  const first = watch.wholeFor('t1');
  expect(first).toMatchObject({ endpoints: [{ id: 'a' }], removed: ['b'] });
  watch.opened();
  expect(reports.at(-1)).toEqual({ type: 'watch', add: ['a', 'b'], remove: [] });
  expect(watch.wholeFor('t1')).toMatchObject({ endpoints: [{ id: 'a' }], removed: ['b'] });
  expect(watch.wholeFor('t1').sequence).toBeGreaterThan(first.sequence);
});
