import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealingKeyOf, silentLog, toBytes, toText } from '../kernel/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { MemoryStore, openDatabase, type SealedRows } from '../store/index.ts';
import { places } from './data-directory.ts';
import { checkKeys, finishRotation } from './reseal.ts';
import { rotateSealingKey } from './rotate-sealing-key.ts';
import { sealedTables, startSealedServices } from './sealed-services.ts';
import { SealingKeys } from './sealing-keys.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ls-keys-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const seal = (keys: SealingKeys, text: string, context = 'a'): string => keys.seal(toBytes(text), context);
const open = (keys: SealingKeys, sealed: string, context = 'a'): string => toText(keys.open(sealed, context));

/** Values in memory, as a service would keep them. */
function memoryValues(keys: SealingKeys, sealed: Map<string, string>): SealedRows & { fail: number } {
  return {
    fail: -1,
    keyIds: () => new Set([...sealed.values()].map(sealingKeyOf)),
    reseal(keyId) {
      const next = [...sealed].find(([, value]) => sealingKeyOf(value) === keyId);
      if (next === undefined) return Promise.resolve(0);
      if (this.fail === 0) return Promise.reject(new Error('killed'));
      this.fail -= 1;
      sealed.set(next[0], keys.seal(keys.open(next[1], next[0]), next[0]));
      return Promise.resolve(1);
    },
  };
}

describe('sealing', () => {
  test('[SEC-1] the key file is the owner’s alone, made once, and opens what it sealed after a restart', () => {
    const first = SealingKeys.open(directory);
    const sealed = seal(first, 'plain-value');
    expect(statSync(places.sealingKeys(directory)).mode & 0o777).toBe(0o600);
    expect(sealed).not.toContain('plain-value');
    expect(Buffer.from(sealed.split(':')[2] ?? '', 'base64').includes('plain-value')).toBe(false);
    expect(open(SealingKeys.open(directory), sealed)).toBe('plain-value');
    expect(seal(first, 'plain-value')).not.toBe(sealed);
    expect(open(first, seal(first, ''))).toBe('');
  });

  test('[SEC-2] a value opens with its own context, unchanged, and with the key it names', () => {
    const keys = SealingKeys.open(directory);
    const sealed = seal(keys, 'x');
    expect(() => open(keys, sealed, 'b')).toThrow("the sealed value of 'b' was changed, or belongs to something else");
    const bytes = Buffer.from(sealed.split(':')[2] ?? '', 'base64');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open(keys, `sealed:${keys.keyId}:${changed.toString('base64')}`)).toThrow('was changed');
    }
    expect(() => open(keys, `sealed:${keys.keyId}:AAAA`)).toThrow('cut short');
    expect(() => open(keys, sealed.replace(keys.keyId, 'k-000000000000'))).toThrow("the sealing key 'k-000000000000'");
    expect(() => open(keys, 'plain')).toThrow("the sealing key ''");
  });

  test.each(['', '{', '{}', '{"current":"a","keys":{}}', '{"current":"a","keys":{"a":"AAAA"}}'])(
    '[SEC-1] a file that is none is never replaced: %j',
    (text) => {
      writeFileSync(places.sealingKeys(directory), text);
      expect(() => SealingKeys.open(directory)).toThrow('put back');
      expect(readFileSync(places.sealingKeys(directory), 'utf8')).toBe(text);
    },
  );
});

describe('rotation', () => {
  test('[SEC-3] new values have the new key, old ones stay readable, and the old key goes when nothing needs it', async () => {
    const keys = SealingKeys.open(directory);
    const old = keys.keyId;
    const sealed = new Map([['a', seal(keys, 'x', 'a')]]);
    keys.begin();
    expect(keys.oldKeyIds).toEqual([old]);
    expect(sealingKeyOf(seal(keys, 'y'))).toBe(keys.keyId);
    expect(open(keys, sealed.get('a') ?? '', 'a')).toBe('x');
    expect(() => keys.forget(keys.keyId)).toThrow('is in use');
    const values = memoryValues(keys, sealed);
    expect(await finishRotation(keys, [values], { log: silentLog, isStopped: () => false })).toBe(1);
    expect(SealingKeys.open(directory).oldKeyIds).toEqual([]);
    expect(open(SealingKeys.open(directory), sealed.get('a') ?? '', 'a')).toBe('x');
  });

  test('[SEC-5] killed after any step, the next start finishes it, and no value is ever unreadable', async () => {
    for (let step = 0; step <= 5; step += 1) {
      rmSync(places.sealingKeys(directory), { force: true });
      const keys = SealingKeys.open(directory);
      const sealed = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, seal(keys, `v${name}`, name)]));
      keys.begin();
      const values = memoryValues(keys, sealed);
      values.fail = step;
      const result = finishRotation(keys, [values], { log: silentLog, isStopped: () => false });
      // With five values the sixth attempt finds none left.
      if (step < 5) await expect(result).rejects.toThrow('killed');
      else await result;
      const again = SealingKeys.open(directory);
      for (const [name, value] of sealed) expect(open(again, value, name)).toBe(`v${name}`);
      checkKeys(again, [memoryValues(again, sealed)]);
      await finishRotation(again, [memoryValues(again, sealed)], { log: silentLog, isStopped: () => false });
      expect(again.oldKeyIds).toEqual([]);
      for (const [name, value] of sealed) expect(open(SealingKeys.open(directory), value, name)).toBe(`v${name}`);
    }
  });

  test('[SEC-5] the services finish at their start what an earlier run began', async () => {
    const database = await openDatabase(new MemoryStore(), sealedTables, { log: silentLog });
    const parts = { database, clock: systemClock, ids: randomIds, log: silentLog };
    const keys = SealingKeys.open(directory);
    const first = startSealedServices({ instanceRoles: {} as never, ...parts, sealingKeys: keys });
    const call = (services: typeof first, name: string, input: object): Promise<any> =>
      (services.definitions[0]!.handlers[name] as any)(input, { account: '123456789012', region: 'us-east-1' });
    await call(first, 'CreateSecret', { Name: 'a', SecretString: 'x' });
    keys.begin();
    await first.stop();
    const reopened = SealingKeys.open(directory);
    expect(reopened.oldKeyIds).toHaveLength(1);
    const second = startSealedServices({ instanceRoles: {} as never, ...parts, sealingKeys: reopened });
    await expect.poll(() => reopened.oldKeyIds).toEqual([]);
    expect((await call(second, 'GetSecretValue', { SecretId: 'a' })).SecretString).toBe('x');
    expect(await second.rotateKey()).toBe(1);
    expect((await call(second, 'GetSecretValue', { SecretId: 'a' })).SecretString).toBe('x');
    await second.stop();
  });

  test('[AC-8] a start seals what an older version left in clear', async () => {
    const keys = SealingKeys.open(directory);
    const clear = new Set(['a', 'b', 'c']);
    const values: SealedRows = {
      keyIds: () => (clear.size === 0 ? [keys.keyId] : ['', keys.keyId]),
      reseal: (keyId) => Promise.resolve(keyId === '' && clear.delete([...clear][0] ?? '') ? 1 : 0),
    };
    checkKeys(keys, [values]);
    expect(await finishRotation(keys, [values], { log: silentLog, isStopped: () => false })).toBe(3);
    expect(clear.size).toBe(0);
  });

  test('[SEC-6] a start without the key that values need is refused, and seals nothing with another', async () => {
    const database = await openDatabase(new MemoryStore(), sealedTables, { log: silentLog });
    const parts = { database, clock: systemClock, ids: randomIds, log: silentLog };
    const first = startSealedServices({
      instanceRoles: {} as never,
      ...parts,
      sealingKeys: SealingKeys.open(directory),
    });
    const create = first.definitions[0]?.handlers['CreateSecret'] as any;
    await create({ Name: 'a', SecretString: 'x' }, { account: '123456789012', region: 'us-east-1' });
    await first.stop();
    rmSync(places.sealingKeys(directory));
    expect(() =>
      startSealedServices({ instanceRoles: {} as never, ...parts, sealingKeys: SealingKeys.open(directory) }),
    ).toThrow(
      /secret values are sealed with the key k-[0-9a-f]{12}, which sealing-keys.json in the data directory does not have/,
    );
  });

  test('[SEC-7] without a running control plane the command rotates by itself', async () => {
    const before = SealingKeys.open(directory).keyId;
    const request = { directory, withinMs: 1_000, clock: systemClock, ids: randomIds, log: silentLog };
    const keyId = await rotateSealingKey(request);
    expect(keyId).not.toBe(before);
    expect(SealingKeys.open(directory)).toMatchObject({ keyId, oldKeyIds: [] });
  });
});
