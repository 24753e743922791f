import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../kernel/index.ts';
import { engineVersion, networkReport, portOf } from '../../main/index.ts';
import { findProgram, type EngineSearch } from '../../platform/index.ts';
import { installedAws } from '../aws-version.ts';
import { whoAnswers, type Answering } from '../who-answers.ts';
import { runningHere } from '../reached-at.ts';
import { awsFinding, diskFinding, networkFindings, nodeFinding, portFinding, type Finding } from './finding.ts';

const mebibyte = 1024 * 1024;

export interface DoctorQuestion {
  readonly directory: string;
  readonly port: number;
  readonly engine: EngineSearch;
}

/** Looks at everything a Longshore on this machine stands on. */
export async function checkMachine({ directory, port, engine }: DoctorQuestion): Promise<readonly Finding[]> {
  return [
    nodeFinding(process.versions.node),
    await engineFinding(engine),
    ...(await taskNetworkFindings(engine, port)),
    portFinding(port, await whoListens(directory, port)),
    ...(await directoryFindings(directory)),
    await programFinding('busybox', {
      detail: 'the demo image is then made from Node and has no shell',
      run: 'apt-get install busybox-static',
    }),
    awsFinding(await findProgram('aws'), await installedAws()),
  ];
}

/** A Longshore of this data directory says itself where it listens, also when it speaks TLS. */
function whoListens(directory: string, port: number): Promise<Answering> {
  const holder = runningHere(directory);
  if (holder !== undefined && portOf(new URL(holder.url)) === port) return Promise.resolve('longshore');
  return whoAnswers(`http://127.0.0.1:${port}`);
}

async function engineFinding({ found, reasons }: EngineSearch): Promise<Finding> {
  const common = { what: 'container engine', needed: true } as const;
  if (found === undefined) {
    return { ...common, state: 'missing', detail: reasons.join('; '), run: 'longshore doctor --fix' };
  }
  try {
    const detail = `${await engineVersion(found.address)} at ${found.address} (${found.from})`;
    return { ...common, state: 'ok', detail };
  } catch (error) {
    return { ...common, state: 'missing', detail: `${found.address} answers, but ${messageOf(error)}` };
  }
}

/** Without an engine there is nothing to try, and its own line says so. */
async function taskNetworkFindings({ found }: EngineSearch, port: number): Promise<readonly Finding[]> {
  if (found === undefined) return [];
  try {
    return networkFindings(await networkReport(found.address, port));
  } catch (error) {
    return [{ what: 'task network', state: 'missing', detail: messageOf(error), needed: true }];
  }
}

async function directoryFindings(directory: string): Promise<readonly Finding[]> {
  const common = { what: 'data directory', needed: true } as const;
  const existing = firstExisting(directory);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    const run = `longshore up --data-dir DIR with one of yours, or sudo`;
    return [{ ...common, state: 'missing', detail: `this user may not write to ${existing}`, run }];
  }
  const detail = existing === directory ? directory : `${directory} (will be made)`;
  const { bavail, bsize } = await statfs(existing);
  return [{ ...common, state: 'ok', detail }, diskFinding(directory, Math.floor((bavail * bsize) / mebibyte))];
}

/** The directory, or the nearest one above that is there. */
function firstExisting(directory: string): string {
  let path = directory;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

async function programFinding(
  name: string,
  without: { readonly detail: string; readonly run: string },
): Promise<Finding> {
  const path = await findProgram(name);
  const common = { what: name, needed: false } as const;
  return path === undefined ? { ...common, state: 'missing', ...without } : { ...common, state: 'ok', detail: path };
}
