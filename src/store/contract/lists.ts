import { expect, test } from 'vitest';
import { toText } from '../../kernel/index.ts';
import type { Entry, Store } from '../store.ts';
import { committed, listed, put } from './operations.ts';

export function describeLists(store: () => Store): void {
  test('an empty listing has one page that tells the revision', async () => {
    const revision = await committed(store(), put('/a'));
    const pages = [];
    for await (const page of store().list('/none/')) pages.push(page);
    expect(pages).toEqual([{ revision, entries: [] }]);
  });

  test('all pages show one revision while writers go on', async () => {
    const count = 3000;
    for (let from = 0; from < count; from += 100) {
      await committed(store(), ...Array.from({ length: 100 }, (_, at) => put(key(from + at), 'before'.repeat(100))));
    }
    const { revision } = store();
    const seen: Entry[] = [];
    let pages = 0;
    for await (const page of store().list('/list/')) {
      pages += 1;
      expect(page.revision).toBe(revision);
      seen.push(...page.entries);
      // Changes, deletes and adds in front of and behind what was listed.
      await committed(store(), put(key(1), 'after'), { delete: key(2) }, put(`/list/0/${pages}`));
      await committed(store(), put(key(count - 1), 'after'), { delete: key(count - 2) }, put(`/list/z/${pages}`));
    }
    expect(pages).toBeGreaterThan(1);
    expect(seen.map((entry) => entry.key)).toEqual(Array.from({ length: count }, (_, at) => key(at)));
    expect(seen.every((entry) => toText(entry.value) === 'before'.repeat(100) && entry.modRevision <= revision)).toBe(
      true,
    );
    expect((await listed(store(), '/list/')).length).toBe(count - 2 + 2 * pages);

    function key(at: number): string {
      return `/list/k${String(at).padStart(6, '0')}`;
    }
  });

  test('a listing may be left early, again and again', async () => {
    for (let from = 0; from < 1200; from += 100) {
      await committed(store(), ...Array.from({ length: 100 }, (_, at) => put(`/k${from + at}`)));
    }
    for (let round = 0; round < 50; round += 1) {
      for await (const page of store().list('')) {
        expect(page.entries.length).toBeGreaterThan(0);
        break;
      }
    }
    expect((await listed(store(), '')).length).toBe(1200);
  });
}
