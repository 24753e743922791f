import { keptVersionMs, keptVersions, maxVersionsRemovedAtOnce } from './limits.ts';
import type { VersionRecord } from './records/secret.ts';

export const current = 'AWSCURRENT';
export const previous = 'AWSPREVIOUS';
export const pending = 'AWSPENDING';

export function versionWith(versions: readonly VersionRecord[], stage: string): VersionRecord | undefined {
  return versions.find(({ stages }) => stages.includes(stage));
}

/**
 * Moves a staging label, of which a secret has one each, to a version; undefined: to none.
 * AWSPREVIOUS follows AWSCURRENT: it goes to the version that was current.
 */
export function movedStage(
  versions: readonly VersionRecord[],
  stage: string,
  to: string | undefined,
): readonly VersionRecord[] {
  const from = versionWith(versions, stage)?.id;
  if (from === to) return versions;
  const moved = versions.map((version) => {
    const without = version.stages.filter((one) => one !== stage);
    if (version.id === to) return { ...version, stages: [...without, stage] };
    return without.length === version.stages.length ? version : { ...version, stages: without };
  });
  return stage === current && from !== undefined ? movedStage(moved, previous, from) : moved;
}

/** The versions with one more, and the staging labels it takes. */
export function addedVersion(
  versions: readonly VersionRecord[],
  version: { readonly id: string; readonly createdAtMs: number },
  stages: readonly string[],
): readonly VersionRecord[] {
  const added: readonly VersionRecord[] = [...versions, { ...version, stages: [] }];
  return stages.reduce((soFar, stage) => movedStage(soFar, stage, version.id), added);
}

/** The versions that go when another is written: without a label, a day old, and more than AWS keeps. */
export function outlivedVersions(versions: readonly VersionRecord[], nowMs: number): readonly string[] {
  return versions
    .filter(({ stages, createdAtMs }) => stages.length === 0 && createdAtMs + keptVersionMs <= nowMs)
    .slice(0, Math.min(Math.max(versions.length - keptVersions, 0), maxVersionsRemovedAtOnce))
    .map(({ id }) => id);
}

/** As DescribeSecret shows them: versions without a label are left out. */
export function stagesById(versions: readonly VersionRecord[]): Record<string, readonly string[]> {
  return Object.fromEntries(versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]));
}
