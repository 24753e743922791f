import { readFile } from 'node:fs/promises';

/** How many devices beside `lo` the network namespace of a process has. @throws when the process is gone */
export async function interfaceCount(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/net/dev`, 'utf8');
  return text
    .split('\n')
    .slice(2)
    .filter((line) => line.includes(':') && !line.trimStart().startsWith('lo:')).length;
}
