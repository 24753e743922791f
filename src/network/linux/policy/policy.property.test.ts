import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applied, checkPolicy, emptyPicture, forgotten, guarded, wholeOf, type Picture } from '../../index.ts';
import { addressOf, step, type Step } from './contract/histories.ts';
import { NftModel } from './contract/nft-model.ts';
import type { Key } from './objects.ts';
import { changeCommands, freshCommands, touchedBy, type PolicyTable } from './script.ts';

const numberIn = (id: string): number => Number(id.at(-2));
const wired = (id: string) => ({ id, address: addressOf(numberIn(id)) });

/** The picture after a step and the keys that it touches; undefined for those of a whole change. */
function stepped(before: Picture, one: Step): { readonly after: Picture; readonly keys: readonly Key[] | undefined } {
  if ('forget' in one) return { after: forgotten(before, [one.forget]), keys: [`interface/${one.forget}`] };
  if ('guard' in one) {
    const displaced = before.holders.get(wired(one.guard).address);
    const keys = [one.guard, displaced ?? one.guard].map((id): Key => `interface/${id}`);
    return { after: guarded(before, [wired(one.guard)]), keys };
  }
  checkPolicy(one.change);
  const after = applied(before, one.change, [...before.interfaces.keys()].map(wired));
  return { after, keys: one.change.complete ? undefined : touchedBy(one.change, { before, after }) };
}

test.each<[string, PolicyTable]>([
  ['tasks', { name: 'a' }],
  ['load balancers', { name: 'a', onMachine: { aliases: (id) => [`127.80.0.${numberIn(id) + 1}`] } }],
])('a table that was changed step by step is the one that is made at once, of %s', (_name, table) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const model = new NftModel();
      let picture = emptyPicture;
      model.run(freshCommands(table, picture));
      for (const one of steps) {
        const { after, keys } = stepped(picture, one);
        model.run(
          keys === undefined ? freshCommands(table, after) : changeCommands(table, { before: picture, after }, keys),
        );
        picture = after;
      }
      const fresh = new NftModel();
      fresh.run(freshCommands(table, picture));
      expect(model.state).toEqual(fresh.state);
    }),
    { numRuns: 400 },
  );
});

test('whatever happened, each address that is held is judged, and by its own interface', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const picture = steps.reduce((before, one) => stepped(before, one).after, emptyPicture);
      const model = new NftModel();
      model.run(freshCommands({ name: 'a' }, picture));
      for (const direction of ['to', 'from']) {
        const judged = [...(model.sets.get(direction) ?? [])];
        expect(judged.map(([address]) => address).toSorted()).toEqual([...picture.holders.keys()].toSorted());
        for (const [address, verdict] of judged) {
          expect(verdict).toBe(`goto ${direction}_${picture.holders.get(address)}`);
          expect(model.chain(verdict.slice('goto '.length)).at(-1)).toBe('drop');
        }
      }
    }),
  );
});

test('a whole change brings the same picture, but for what is closed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      const picture = steps.reduce((before, one) => stepped(before, one).after, emptyPicture);
      const again = applied(emptyPicture, wholeOf(picture));
      const apart = { interfaces: 0, holders: 0, publicHolders: 0 };
      expect({ ...again, ...apart }).toEqual({ ...picture, ...apart });
      expect([...again.interfaces.values()]).toEqual(
        [...picture.interfaces.values()].filter(({ closed }) => closed !== true),
      );
    }),
  );
});
