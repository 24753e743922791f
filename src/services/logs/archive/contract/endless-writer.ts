// Appends to three streams without end and prints `stream count` for each acknowledged event; the crash test kills it.
import { writeSync } from 'node:fs';
import { silentLog } from '../../../../kernel/index.ts';
import { openLogArchive } from '../index.ts';

const [directory = '', counts = ''] = process.argv.slice(2);
const archive = await openLogArchive({ directory, log: silentLog });

async function write(index: number, from: number): Promise<never> {
  for (let number = from; ; number += 1) {
    const message = `${number} ${'y'.repeat(number % 300)}`;
    await archive.append(
      { groupId: 'g1', streamId: `s${index}` },
      { ingestionMs: 1, events: [{ timestampMs: number, message }] },
    );
    writeSync(1, `${index} ${number + 1}\n`);
  }
}

await Promise.all(counts.split(',').map((count, index) => write(index, Number(count))));
