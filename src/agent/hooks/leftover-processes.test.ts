import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftoverProcesses } from './leftover-processes.ts';

const id = 'c'.repeat(64);

test('of the processes in a container, those that wait to become its program are told from those that did', async () => {
  const proc = mkdtempSync(join(tmpdir(), 'ls-proc-'));
  const processes = [
    { pid: '5', cgroup: `0::/docker/${id}\n`, cmdline: '', comm: 'runc:[2:INIT]\n' },
    { pid: '6', cgroup: `0::/docker/${id}\n`, cmdline: '', comm: 'sh\n' },
    { pid: '7', cgroup: `9:memory:/ecs/task/${id}\n0::/\n`, cmdline: 'runc\0init\0', comm: 'runc:[2:INIT]\n' },
    { pid: '8', cgroup: `0::/system.slice/docker-${id}.scope\n`, cmdline: 'sh\0-c\0runc init\0', comm: 'sh\n' },
    { pid: '9', cgroup: `0::/docker/${'d'.repeat(64)}\n`, cmdline: 'runc\0init\0', comm: 'runc:[2:INIT]\n' },
    { pid: 'self', cgroup: `0::/${id}\n`, cmdline: 'node\0', comm: 'node\n' },
  ];
  for (const { pid, ...files } of processes) {
    mkdirSync(join(proc, pid));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(proc, pid, name), text);
  }
  mkdirSync(join(proc, '10')); // just gone
  expect(await leftoverProcesses(id, proc)).toEqual([
    { pid: 5, command: 'runc:[2:INIT]', unborn: true },
    { pid: 6, command: 'sh', unborn: false },
    { pid: 7, command: 'runc init', unborn: true },
    { pid: 8, command: 'sh -c runc init', unborn: false },
  ]);
  expect(await leftoverProcesses(id, join(proc, 'none'))).toEqual([]);
  rmSync(proc, { recursive: true });
});
