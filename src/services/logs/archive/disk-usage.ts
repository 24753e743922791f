import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from './stream.ts';

/** A segment file as found on disk. */
export interface FoundSegment {
  readonly path: string;
  readonly bytes: number;
}

/** A stream's directory as found on disk, its segments oldest first. */
export interface FoundStream {
  readonly groupId: string;
  readonly streamId: string;
  readonly segments: readonly FoundSegment[];
}

/** Visits every stream below the archive's directory, or only those of one group, one at a time. */
export async function* findStreams(root: string, onlyGroupId?: string): AsyncIterable<FoundStream> {
  for (const groupId of onlyGroupId === undefined ? await listDirectory(root) : [onlyGroupId]) {
    for (const streamId of await listDirectory(join(root, groupId))) {
      const directory = join(root, groupId, streamId);
      const names = (await listDirectory(directory)).filter((name) => name.endsWith('.seg')).sort();
      const segments: FoundSegment[] = [];
      for (const name of names)
        segments.push({ path: join(directory, name), bytes: await sizeOf(join(directory, name)) });
      yield { groupId, streamId, segments };
    }
  }
}

/** Bytes an unprivileged process may still write where `path` is. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** 0 for a file that is being deleted. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * Chooses segments to delete until at most `keepBytes` remain: always the oldest of the stream that then holds most, so that a
 * flood displaces itself and not the quiet streams.
 */
export function chooseVictims(streams: readonly FoundStream[], keepBytes: number): readonly Victim[] {
  const left = streams.map((stream) => ({
    stream,
    next: 0,
    bytes: stream.segments.reduce((sum, segment) => sum + segment.bytes, 0),
  }));
  let total = left.reduce((sum, { bytes }) => sum + bytes, 0);
  const victims: Victim[] = [];
  while (total > keepBytes) {
    const largest = left.reduce((most, each) => (each.bytes > most.bytes ? each : most));
    const segment = largest.stream.segments[largest.next];
    if (segment === undefined) break;
    largest.next += 1;
    largest.bytes -= segment.bytes;
    total -= segment.bytes;
    victims.push({ ...largest.stream, path: segment.path });
  }
  return victims;
}

export interface Victim {
  readonly groupId: string;
  readonly streamId: string;
  readonly path: string;
}
