import { Unsupported } from '../../kernel/index.ts';
import type { EngineConnection } from './connection.ts';
import { callTimeoutMs } from './limits.ts';

/** The newest API version whose shapes this client was written for, and the oldest that has all it needs (Docker 20.10). */
const newest = '1.48';
const oldest = '1.41';

export interface EngineVersion {
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  readonly apiVersion: string;
}

interface VersionReply {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[] | null;
}

/**
 * Asks the engine what it speaks.
 * @throws Unsupported when it is too old or too new for this client
 */
export async function negotiate(connection: EngineConnection): Promise<EngineVersion> {
  const reply = await connection.call({ method: 'GET', path: '/version', timeoutMs: callTimeoutMs.version });
  const { Version, ApiVersion, MinAPIVersion, Components } = JSON.parse(reply.body) as VersionReply;
  const podman = (Components ?? []).find((component) => component.Name === 'Podman Engine');
  return {
    kind: podman === undefined ? 'docker' : 'podman',
    version: podman?.Version ?? Version,
    apiVersion: chooseVersion(ApiVersion, MinAPIVersion ?? oldest),
  };
}

/** The newest version both sides speak, given the engine's newest and oldest. */
export function chooseVersion(engineNewest: string, engineOldest: string): string {
  if (compareVersions(engineNewest, oldest) < 0) {
    throw new Unsupported(
      `the container engine speaks API ${engineNewest}, Longshore needs ${oldest} or newer: update the engine (Docker 20.10 is enough)`,
    );
  }
  if (compareVersions(engineOldest, newest) > 0) {
    throw new Unsupported(
      `the container engine needs API ${engineOldest}, Longshore speaks up to ${newest}: update Longshore`,
    );
  }
  return compareVersions(engineNewest, newest) < 0 ? engineNewest : newest;
}

/** Negative, zero or positive as `a` is older than, the same as, or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  return (left?.[0] ?? 0) - (right?.[0] ?? 0) || (left?.[1] ?? 0) - (right?.[1] ?? 0);
}
