import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findHaproxy,
  HaproxyDataPlane,
  NodeDataPlane,
  type DataPlane,
  type NodeDataPlaneOptions,
} from '../balancer/index.ts';
import type { Log } from '../kernel/index.ts';
import { privateDirectory } from '../platform/index.ts';

export const dataPlaneKinds = ['node', 'haproxy', 'auto'] as const;
export type DataPlaneKind = (typeof dataPlaneKinds)[number];

/** A socket's path may have about 100 characters; this leaves room for its name. */
const longestDirectory = 60;

/**
 * What makes the data plane that was asked for; `auto` is HAProxy where it is installed.
 *
 * @throws Error when HAProxy was asked for and there is none that can be used
 */
export async function chooseDataPlane(
  kind: DataPlaneKind,
  where: { readonly searchPath: string; readonly directory: string; readonly log: Log },
): Promise<(options: NodeDataPlaneOptions) => Promise<DataPlane>> {
  const embedded = (options: NodeDataPlaneOptions): Promise<DataPlane> => Promise.resolve(new NodeDataPlane(options));
  if (kind === 'node') return embedded;
  const found = await findHaproxy(where.searchPath);
  if (typeof found === 'string') {
    if (kind === 'haproxy')
      throw new Error(`--data-plane haproxy: ${found}; install HAProxy, or use --data-plane node`);
    where.log.info('load balancers are carried by the embedded data plane', { reason: found });
    return embedded;
  }
  where.log.info('load balancers are carried by HAProxy', { program: found.program, version: found.version });
  const own = join(where.directory, 'haproxy');
  const directory =
    own.length > longestDirectory ? mkdtempSync(join(tmpdir(), 'longshore-haproxy-')) : privateDirectory(own);
  return (options) => Promise.resolve(new HaproxyDataPlane({ ...options, program: found.program, directory }));
}
