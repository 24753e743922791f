import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../state/write-file.ts';

/** Who this machine is to Systems Manager; kept in `managed-instance.json` of the agent's data directory, for its owner only. */
export interface ManagedInstanceIdentity {
  /** Made here before the first registration, so that one whose answer was lost is found again. */
  readonly secret: string;
  /** Of the machine that registered: a copy of the directory on another one is nobody. */
  readonly machineId?: string;
  /** Known once registered. */
  readonly instanceId?: string;
  readonly region?: string;
}

const pathIn = (dataDir: string): string => join(dataDir, 'managed-instance.json');

/** Undefined when the directory has none. @throws when it is damaged */
export async function readManagedInstance(dataDir: string): Promise<ManagedInstanceIdentity | undefined> {
  let text: string;
  try {
    text = await readFile(pathIn(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as ManagedInstanceIdentity;
  } catch {
    throw new Error(`'${pathIn(dataDir)}' is damaged; remove it and register with a new activation`);
  }
}

export async function writeManagedInstance(dataDir: string, identity: ManagedInstanceIdentity): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomically(pathIn(dataDir), `${JSON.stringify(identity, null, 2)}\n`);
}
