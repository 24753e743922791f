import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync } from 'node:fs';
import { Internal, Unavailable, type Clock, type Ids, type Log } from '../kernel/index.ts';
import type { InstanceRoles } from '../services/ssm/index.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { openDatabase } from '../store/index.ts';
import { places } from './data-directory.ts';
import { holdingProcess } from './process-file.ts';
import { rotationSignal } from './rotation-signal.ts';
import { sealedTables, startSealedServices } from './sealed-services.ts';
import { SealingKeys } from './sealing-keys.ts';

const lookEveryMs = 100;

export interface RotationRequest {
  readonly directory: string;
  /** How long a running control plane may take. */
  readonly withinMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Gives an installation a new sealing key, and removes the old one once nothing needs it: through the control plane that runs on its data
 * directory, or here when none does. What a crash interrupts, the next start finishes.
 * @returns the id of the new key
 * @throws Unavailable when a running control plane does not finish in time
 */
export async function rotateSealingKey(request: RotationRequest): Promise<string> {
  const holder = holdingProcess(request.directory);
  return holder === undefined ? rotateHere(request) : rotateThere(request, holder.pid);
}

/** Nobody asks anything of the services while their values are sealed anew. */
const noRoles: InstanceRoles = {
  assumable: () => undefined,
  issue: ({ roleArn }) => {
    throw new Internal(`credentials of ${roleArn} were asked for while no server runs`);
  },
};

async function rotateHere({ directory, clock, ids, log }: RotationRequest): Promise<string> {
  const sealingKeys = SealingKeys.open(directory);
  mkdirSync(places.journal(directory), { recursive: true, mode: 0o700 });
  let failure: Error | undefined;
  const store = await openEmbeddedStore({
    directory: places.journal(directory),
    log,
    onFailure: (error) => {
      failure = error;
    },
  });
  try {
    const database = await openDatabase(store, sealedTables, { log, clock });
    const services = startSealedServices({ database, sealingKeys, instanceRoles: noRoles, clock, ids, log });
    try {
      await services.rotateKey();
    } finally {
      await services.stop();
      database.close();
    }
  } finally {
    await store.close();
  }
  if (failure !== undefined) throw failure;
  return sealingKeys.keyId;
}

async function rotateThere({ directory, withinMs }: RotationRequest, pid: number): Promise<string> {
  const before = SealingKeys.open(directory).keyId;
  process.kill(pid, rotationSignal);
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += lookEveryMs) {
    await sleep(lookEveryMs);
    const keys = SealingKeys.open(directory);
    if (keys.keyId !== before && keys.oldKeyIds.length === 0) return keys.keyId;
  }
  throw new Unavailable(
    `process ${pid} did not finish the rotation within ${withinMs} ms: its log says why, and its next start goes on with it`,
  );
}
