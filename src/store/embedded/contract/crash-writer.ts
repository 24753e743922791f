import { openSync, writeSync } from 'node:fs';
import { silentLog, toBytes, toText } from '../../../kernel/index.ts';
import type { Revision, Store } from '../../store.ts';
import { openEmbeddedStore } from '../index.ts';
import { keyOfPart, odd, parts } from './three-keys.ts';

/** How many clients write at once; each has three keys that must always agree. */
const clients = 64;

/** Writes 1, 2, 3 … to the client's keys for ever, and says in a file which number was acknowledged; what a process wrote to a file outlives it. */
async function writeForEver(store: Store, client: number, acknowledged: number): Promise<never> {
  const found = await store.get(keyOfPart(client, 'a'));
  let modRevision: Revision = found?.modRevision ?? 0;
  for (let number = Number(found === undefined ? 0 : toText(found.value).trim()) + 1; ; number += 1) {
    // Now and then large enough to go over several pages of the log.
    const value = toBytes(`${number}`.padEnd(number % 50 === 0 ? 20_000 : 300));
    const result = await store.transact(
      parts.map((part) => ({ key: keyOfPart(client, part), modRevision })),
      [
        ...parts.map((part) => ({ put: keyOfPart(client, part), value })),
        number % 2 === 1 ? { put: keyOfPart(client, odd), value: toBytes('') } : { delete: keyOfPart(client, odd) },
      ],
    );
    if (!result.ok) throw new Error(`client ${client} was refused at ${result.revision}, though it writes alone`);
    modRevision = result.revision;
    writeSync(acknowledged, `${client} ${number}\n`);
  }
}

const [, , directory = '', acknowledgedPath = ''] = process.argv;
const acknowledged = openSync(acknowledgedPath, 'w');
const store = await openEmbeddedStore({ directory, log: silentLog });
writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: clients }, (_, client) => writeForEver(store, client, acknowledged)));
