import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import type { EngineInfo } from '../../runtime/index.ts';

/** Parent of all tasks' groups. */
const parent = 'ecs';
const cpuPeriodUs = 100_000;
const mebibyte = 1_048_576;

export interface TaskCgroups {
  /** Limits of whole tasks are enforced. */
  readonly enforced: boolean;
  /** Makes the group of a task that has limits. @returns the engine's CgroupParent, undefined when the task needs none */
  make(task: PayloadTask): Promise<string | undefined>;
  /** Must come after the task's containers are gone; no error when the group is gone or still in use. */
  remove(task: PayloadTask): Promise<void>;
}

/** The engine's cgroups as this machine has them; without rights to them, limits of whole tasks are not enforced, and the log says so. */
export async function openTaskCgroups(engine: EngineInfo, root: string, log: Log): Promise<TaskCgroups> {
  if (engine.cgroupDriver === 'none') return none(log, 'the engine uses no cgroups');
  const cgroups =
    engine.cgroupDriver === 'systemd'
      ? new SystemdSlices()
      : engine.cgroupVersion === 1
        ? new CgroupsV1(root)
        : new CgroupsV2(root);
  try {
    await cgroups.prepare();
  } catch (error) {
    return none(log, messageOf(error));
  }
  return cgroups;
}

function none(log: Log, reason: string): TaskCgroups {
  log.warn('cpu and memory limits of whole tasks are not enforced here; limits of containers are', { reason });
  return { enforced: false, make: () => Promise.resolve(undefined), remove: () => Promise.resolve() };
}

function idOf(task: PayloadTask): string {
  return task.arn.slice(task.arn.lastIndexOf('/') + 1);
}

function hasLimits(task: PayloadTask): boolean {
  return (task.cpu ?? 0) > 0 || (task.memory ?? 0) > 0;
}

class CgroupsV1 implements TaskCgroups {
  readonly enforced = true;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async prepare(): Promise<void> {
    for (const controller of ['cpu', 'memory']) {
      const path = join(this.#root, controller, parent);
      await mkdir(path, { recursive: true });
      await access(path, constants.W_OK);
    }
  }

  async make(task: PayloadTask): Promise<string | undefined> {
    if (!hasLimits(task)) return undefined;
    const group = `${parent}/${idOf(task)}`;
    const cpu = join(this.#root, 'cpu', group);
    const memory = join(this.#root, 'memory', group);
    await Promise.all([mkdir(cpu, { recursive: true }), mkdir(memory, { recursive: true })]);
    if ((task.cpu ?? 0) > 0) {
      await writeFile(join(cpu, 'cpu.cfs_period_us'), String(cpuPeriodUs));
      await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(Math.round((task.cpu ?? 0) * cpuPeriodUs)));
    }
    if ((task.memory ?? 0) > 0) {
      await writeFile(join(memory, 'memory.use_hierarchy'), '1').catch(() => undefined); // always on in newer kernels, and then read-only
      await writeFile(join(memory, 'memory.limit_in_bytes'), String((task.memory ?? 0) * mebibyte));
    }
    return `/${group}`;
  }

  async remove(task: PayloadTask): Promise<void> {
    if (!hasLimits(task)) return;
    const mounted = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
    const controllers = new Set(['cpu', 'memory']);
    for (const match of mounted.matchAll(new RegExp(` ${this.#root}/([\\w,]+) `, 'g')))
      if (match[1] !== undefined) controllers.add(match[1]);
    await Promise.all(
      [...controllers].map((controller) => removeGroup(join(this.#root, controller, parent, idOf(task)))),
    );
  }
}

class CgroupsV2 implements TaskCgroups {
  readonly enforced = true;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async prepare(): Promise<void> {
    const path = join(this.#root, parent);
    await mkdir(path, { recursive: true });
    await delegate(this.#root);
    await delegate(path);
  }

  async make(task: PayloadTask): Promise<string | undefined> {
    if (!hasLimits(task)) return undefined;
    const path = join(this.#root, parent, idOf(task));
    await mkdir(path, { recursive: true });
    if ((task.cpu ?? 0) > 0)
      await writeFile(join(path, 'cpu.max'), `${Math.round((task.cpu ?? 0) * cpuPeriodUs)} ${cpuPeriodUs}`);
    if ((task.memory ?? 0) > 0) {
      await writeFile(join(path, 'memory.max'), String((task.memory ?? 0) * mebibyte));
      await writeFile(join(path, 'memory.swap.max'), '0').catch(() => undefined); // absent where the kernel has no swap accounting
    }
    return `/${parent}/${idOf(task)}`;
  }

  async remove(task: PayloadTask): Promise<void> {
    if (hasLimits(task)) await removeGroup(join(this.#root, parent, idOf(task)));
  }
}

/** Engines with the systemd driver take a slice as parent; systemd makes it with the first container, and its limits are systemd's to keep. */
class SystemdSlices implements TaskCgroups {
  readonly enforced = true;

  /** @throws when systemd is not running or does not answer */
  async prepare(): Promise<void> {
    await systemctl('show', '--property=Version');
  }

  async make(task: PayloadTask): Promise<string | undefined> {
    if (!hasLimits(task)) return undefined;
    const slice = sliceOf(task);
    const limits = [
      ...((task.cpu ?? 0) > 0 ? [`CPUQuota=${Math.round((task.cpu ?? 0) * 100)}%`] : []),
      ...((task.memory ?? 0) > 0 ? [`MemoryMax=${(task.memory ?? 0) * mebibyte}`, 'MemorySwapMax=0'] : []),
    ];
    await systemctl('set-property', '--runtime', slice, ...limits);
    return slice;
  }

  async remove(task: PayloadTask): Promise<void> {
    if (!hasLimits(task)) return;
    await systemctl('stop', sliceOf(task));
    await systemctl('revert', sliceOf(task));
  }
}

/** The name Amazon's agent uses; the part before the dash is the parent slice of all tasks. */
function sliceOf(task: PayloadTask): string {
  return `ecstasks-${idOf(task)}.slice`;
}

const systemctlTimeoutMs = 10_000;

async function systemctl(...words: readonly string[]): Promise<void> {
  await promisify(execFile)('systemctl', words, { timeout: systemctlTimeoutMs });
}

/** Lets the children of a group be limited; the engine enables what else it needs. */
async function delegate(path: string): Promise<void> {
  await writeFile(join(path, 'cgroup.subtree_control'), '+cpu +memory +pids');
}

async function removeGroup(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EBUSY' && code !== 'ENOTEMPTY' && code !== 'EPERM') throw error;
  });
}
