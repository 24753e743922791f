import { ipJson, run } from '../commands.ts';
import { remoteProtocol } from '../names.ts';
import { liveOwners } from '../owners.ts';
import { metricOf, routeCommands, routesOf } from './remote-routes.ts';
import type { ListedRoute } from './remote-routes.ts';
import { cleanVxlan } from './vxlan.ts';

/** Takes away what a process that was killed left. Under the machine's lock. */
export async function removeRemoteRoutes(owner: string): Promise<void> {
  await removeRoutes(metricOf(owner));
  await cleanVxlan();
}

/** Takes away what is nobody's: no process of this machine keeps routes to others. Under the machine's lock. */
export async function removeAbandonedRoutes(): Promise<void> {
  if ((await liveOwners('remote')).length > 0) return;
  await run('ip', ['route', 'flush', 'proto', remoteProtocol]);
  await cleanVxlan();
}

/** Takes the routes of one owner away. */
export async function removeRoutes(metric: number): Promise<void> {
  await batch(routeCommands(metric, routesOf(await listRoutes(), metric), new Map()));
}

export function listRoutes(): Promise<readonly ListedRoute[]> {
  return ipJson<ListedRoute>(['-d', '-4', 'route', 'show', 'proto', remoteProtocol]);
}

/** All of them, also after one that failed. @throws NetworkFailed when one did */
export async function batch(commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await run('ip', ['-force', '-batch', '-'], commands.map((command) => `${command}\n`).join(''));
}
