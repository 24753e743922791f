import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spreadOverProviders } from './launch-plan.ts';

const item = (capacityProvider: string, weight: number, base = 0) => ({ capacityProvider, weight, base });
const tally = (chosen: readonly (string | undefined)[]) => ({
  FARGATE: chosen.filter((one) => one === 'FARGATE').length,
  FARGATE_SPOT: chosen.filter((one) => one === 'FARGATE_SPOT').length,
});

describe('capacity provider strategies', () => {
  test.each([
    ['weights', [item('FARGATE', 1), item('FARGATE_SPOT', 4)], 10, { FARGATE: 2, FARGATE_SPOT: 8 }],
    ['base first', [item('FARGATE', 0, 3), item('FARGATE_SPOT', 1)], 5, { FARGATE: 3, FARGATE_SPOT: 2 }],
    [
      'a base larger than the request',
      [item('FARGATE', 1, 100), item('FARGATE_SPOT', 1)],
      4,
      { FARGATE: 4, FARGATE_SPOT: 0 },
    ],
    ['the only one, of weight 0', [item('FARGATE_SPOT', 0)], 3, { FARGATE: 0, FARGATE_SPOT: 3 }],
  ])('[TK-17] %s', (_name, strategy, count, expected) => {
    expect(tally(spreadOverProviders(strategy, count))).toEqual(expected);
  });

  test('[TK-17] without a strategy tasks have no provider', () => {
    expect(spreadOverProviders([], 2)).toEqual([undefined, undefined]);
  });

  test('[TK-17] each task gets a provider, the base is kept, and the rest follows the weights to within one', () => {
    const weight = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(
        weight,
        weight,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 10 }),
        (a, b, base, count) => {
          fc.pre(a + b > 0);
          const chosen = spreadOverProviders([item('FARGATE', a, base), item('FARGATE_SPOT', b)], count);
          expect(chosen).toHaveLength(count);
          const based = Math.min(base, count);
          expect(chosen.slice(0, based).every((one) => one === 'FARGATE')).toBe(true);
          const rest = tally(chosen.slice(based));
          const share = ((count - based) * a) / (a + b);
          expect(Math.abs(rest.FARGATE - share)).toBeLessThanOrEqual(1);
          if (a === 0) expect(rest.FARGATE).toBe(0);
          if (b === 0) expect(rest.FARGATE_SPOT).toBe(0);
        },
      ),
    );
  });
});
