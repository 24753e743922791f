import { expect, test } from 'vitest';
import type { CalledService, CallWay } from '../../agent-protocol/index.ts';
import { SimClock } from '../../testkit/index.ts';
import { keptLog } from '../contract/real-time.ts';
import { limits } from '../limits.ts';
import { CallWays } from './call-ways.ts';
import { WayKeeper } from './way-keeper.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const settle = async (): Promise<void> => {
  await turn();
  await turn();
};
const to: CalledService = { service: 'ecs', region: 'us-east-1' };
const from = '10.0.0.7';

function opened() {
  const clock = new SimClock(settle);
  const log = keptLog();
  const state: { way: CallWay | undefined; away: boolean; asked: number } = { way: {}, away: false, asked: 0 };
  const source = {
    ask: async (): Promise<CallWay | undefined> => {
      state.asked += 1;
      await turn();
      if (state.away) throw new Error('the control plane is away');
      return state.way;
    },
  };
  const ways = new CallWays(source, { clock, log });
  return { clock, log, state, ways, keeper: new WayKeeper(ways, clock) };
}

test('[WAY-17] many calls of a second ask once, and a change is known after a second', async () => {
  const { clock, state, ways } = opened();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ways.way(from, to)));
  expect(answers.every(({ closed }) => closed === undefined)).toBe(true);
  expect(state.asked).toBe(1);
  await ways.way(from, { ...to, region: 'eu-west-1' });
  await ways.way('10.0.0.8', to);
  expect(state.asked).toBe(3);
  state.way = { closed: 'no route' };
  await clock.advance(limits.callWayMs - 1);
  expect(await ways.way(from, to)).toEqual({});
  await clock.advance(1);
  expect(await ways.way(from, to)).toEqual({ closed: 'no route' });
  expect(state.asked).toBe(4);
});

test('[WAY-17] a control plane that is away closes no way: what was known last holds, and what is not known is open', async () => {
  const { clock, state, ways } = opened();
  state.away = true;
  expect(await ways.way(from, to)).toEqual({});
  state.away = false;
  state.way = { closed: 'no route' };
  await clock.advance(limits.callWayMs);
  expect(await ways.way(from, to)).toEqual({ closed: 'no route' });
  state.away = true;
  await clock.advance(10 * limits.callWayMs);
  expect(await ways.way(from, to)).toEqual({ closed: 'no route' });
  state.away = false;
  state.way = undefined;
  await clock.advance(limits.callWayMs);
  expect(await ways.way(from, to)).toEqual({});
});

test('what is remembered is bounded, and a way that closes is said once', async () => {
  const { clock, state, ways, log } = opened();
  for (let n = 0; n <= limits.callWays; n += 1) void ways.way(`10.1.${n >> 8}.${n & 255}`, to);
  expect(state.asked).toBe(limits.callWays + 1);
  await ways.way('10.1.0.0', to);
  expect(state.asked).toBe(limits.callWays + 2);
  state.way = { closed: 'no route' };
  for (let second = 0; second < 3; second += 1) {
    await clock.advance(limits.callWayMs);
    await ways.way('10.1.0.0', to);
  }
  const said = log.lines.filter((line) => line.includes('do not get through'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('no route');
});

test('[WAY-15] a call that is held goes through when its way opens, else it ends after a minute', async () => {
  const { clock, state, keeper } = opened();
  state.way = { closed: 'no route' };
  const results: string[] = [];
  const hold = (gone = () => false): Promise<void> =>
    keeper.openWay({ from, to, gone }).then((way) => void results.push(way === undefined ? 'reset' : 'through'));
  void hold();
  await clock.advance(limits.heldCallMs - 2 * limits.callWayMs);
  expect(results).toEqual([]);
  void hold();
  await clock.advance(3 * limits.callWayMs);
  expect(results).toEqual(['reset']);
  state.way = {};
  await clock.advance(2 * limits.callWayMs);
  expect(results).toEqual(['reset', 'through']);
  state.way = { closed: 'no route' };
  await clock.advance(limits.callWayMs);
  void hold(() => true);
  await clock.advance(2 * limits.callWayMs);
  expect(results).toEqual(['reset', 'through', 'reset']);
});

test('a bounded number of calls is held, of one task and in all', async () => {
  const { clock, state, keeper } = opened();
  state.way = { closed: 'no route' };
  const held: string[] = [];
  const hold = (at: string): void => {
    void keeper.openWay({ from: at, to, gone: () => false }).then(() => held.push(at));
  };
  for (let n = 0; n <= limits.heldCallsOfTask; n += 1) hold(from);
  await clock.advance(10);
  expect(held).toEqual([from]);
  for (let n = limits.heldCallsOfTask; n <= limits.heldCalls; n += 1) hold(`10.2.${n >> 8}.${n & 255}`);
  await clock.advance(10);
  expect(held).toHaveLength(2);
  await clock.advance(limits.heldCallMs + 2 * limits.callWayMs);
  expect(held).toHaveLength(limits.heldCalls + 2);
  hold(from);
  await clock.advance(10);
  expect(held).toHaveLength(limits.heldCalls + 2);
});
