import { expect, test } from 'vitest';
import { Unavailable } from '../../kernel/index.ts';
import { describeLogArchiveContract } from './contract/archive-contract.ts';
import { MemoryArchive } from './index.ts';

describeLogArchiveContract('memory', async () => {
  const archive = new MemoryArchive();
  return { archive, dispose: () => archive.close() };
});

test('refuses what does not fit', async () => {
  const archive = new MemoryArchive({ maxBytes: 100 });
  const stream = { groupId: 'g', streamId: 's' };
  const put = (length: number) =>
    archive.append(stream, { ingestionMs: 1, events: [{ timestampMs: 1, message: 'x'.repeat(length) }] });
  await put(40);
  await expect(put(40)).rejects.toThrow(Unavailable);
  await put(8);
});
