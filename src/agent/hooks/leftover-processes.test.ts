import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftoverProcesses } from './leftover-processes.ts';

const id = 'c'.repeat(64);

test('of the processes in a container, those that wait to become its program are told from those that did', async () => {
  const proc = mkdtempSync(join(tmpdir(), 'ls-proc-'));
  const processes = [
    { pid: '7', cgroup: `9:memory:/ecs/task/${id}\n0::/\n`, cmdline: 'runc\0init\0' },
    { pid: '8', cgroup: `0::/system.slice/docker-${id}.scope\n`, cmdline: 'sh\0-c\0runc init\0' },
    { pid: '9', cgroup: `0::/system.slice/docker-${'d'.repeat(64)}.scope\n`, cmdline: 'runc\0init\0' },
    { pid: 'self', cgroup: `0::/${id}\n`, cmdline: 'node\0' },
  ];
  for (const { pid, cgroup, cmdline } of processes) {
    mkdirSync(join(proc, pid));
    writeFileSync(join(proc, pid, 'cgroup'), cgroup);
    writeFileSync(join(proc, pid, 'cmdline'), cmdline);
  }
  mkdirSync(join(proc, '10')); // just ended
  expect(await leftoverProcesses(id, proc)).toEqual([
    { pid: 7, unborn: true },
    { pid: 8, unborn: false },
  ]);
  expect(await leftoverProcesses(id, join(proc, 'none'))).toEqual([]);
  rmSync(proc, { recursive: true });
});
