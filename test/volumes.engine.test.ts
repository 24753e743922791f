import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canPush, DockerCli } from './docker-cli.ts';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  startLongshore,
  type RunningCommand,
  type RunningLongshore,
} from './longshore-process.ts';
import { VolumePlugin } from './volume-plugin.ts';

const waitMs = 240_000;
const pollMs = { timeout: 200_000, interval: 500 };
const isRoot = process.getuid?.() === 0;

/** Volumes of tasks on a machine of their own, in real containers, by the unmodified AWS CLI. */
let server: RunningLongshore;
let agent: RunningCommand;
let aws: ReturnType<typeof awsCli>;
const directory = newDataDirectory();
const agentDirectory = newDataDirectory();
const machine = mkdtempSync(join(tmpdir(), 'longshore-volumes-'));
const docker = new DockerCli();
const plugin = new VolumePlugin(`longshore-test-${process.pid}`, join(machine, 'plugin'));

interface Container {
  readonly name?: string;
  readonly script: string;
  readonly [field: string]: unknown;
}

/** @param containers the first is essential, the others only when they say so @returns the task's ARN */
async function run(family: string, volumes: readonly object[], containers: readonly Container[]): Promise<string> {
  const definition = {
    family,
    networkMode: 'none',
    volumes,
    containerDefinitions: containers.map(({ script, name = 'app', ...rest }, at) => ({
      name,
      image: 'longshore/web:1',
      memory: 32,
      essential: at === 0,
      entryPoint: ['sh', '-c'],
      command: [script],
      stopTimeout: 2,
      ...rest,
    })),
  };
  await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(definition));
  return again(family);
}

async function again(family: string): Promise<string> {
  const { tasks, failures } = await aws(
    ...['ecs', 'run-task', '--cluster', 'machines', '--launch-type', 'EC2', '--task-definition', family],
  );
  expect(failures).toEqual([]);
  return tasks[0].taskArn as string;
}

async function ended(
  arn: string,
): Promise<{ readonly codes: readonly (number | undefined)[]; readonly reason: string }> {
  let last: { lastStatus?: string; stoppedReason?: string; containers?: { exitCode?: number; reason?: string }[] } = {};
  await expect
    .poll(async () => {
      last = (await aws('ecs', 'describe-tasks', '--cluster', 'machines', '--tasks', arn)).tasks[0];
      return last.lastStatus;
    }, pollMs)
    .toBe('STOPPED');
  const containers = last.containers ?? [];
  return {
    codes: containers.map(({ exitCode }) => exitCode),
    reason: [last.stoppedReason, ...containers.map(({ reason }) => reason)].join(' '),
  };
}

async function engineVolumes(): Promise<readonly string[]> {
  return (await docker.run(['volume', 'ls', '--quiet'])).split('\n').filter((name) => name !== '');
}

const at = (sourceVolume: string, containerPath: string, readOnly = false) => ({
  mountPoints: [{ sourceVolume, containerPath, readOnly }],
});
const size = (path: string): string => `$(df -k ${path} | tail -1 | tr -s ' ' | cut -d' ' -f2)`;

describe.runIf(hasAws && isRoot && canPush)('volumes', () => {
  beforeAll(async () => {
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await plugin.start();
    // The engine lists a plugin once it was used.
    await docker.run(['volume', 'create', '--driver', plugin.name, 'first']);
    await docker.run(['volume', 'rm', 'first']);
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    await aws('ecs', 'create-cluster', '--cluster-name', 'machines');
    agent = await startCommand({
      directory: agentDirectory,
      logName: 'agent',
      args: [
        ...['agent', '--endpoint', server.endpoint, '--cluster', 'machines', '--data-dir', agentDirectory],
        ...['--introspection-port', 'off'],
      ],
      readyLine: 'longshore agent ready',
      wrap: ['env', 'ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1s'],
    });
  }, waitMs);

  afterAll(async () => {
    plugin.stop();
    await agent?.stop();
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    await longshore(['down', '--data-dir', agentDirectory]);
    docker.remove();
    for (const made of [directory, agentDirectory, machine]) rmSync(made, { recursive: true, force: true });
  }, waitMs);

  test(
    '[VOL-1] a bind mount is a path of the machine, to read only where that is said',
    async () => {
      const path = join(machine, 'bind');
      mkdirSync(path);
      writeFileSync(join(path, 'in'), 'from the machine\n');
      const volumes = [{ name: 'data', host: { sourcePath: path } }];
      const writes = 'cat /data/in > /data/out';
      expect((await ended(await run('bind', volumes, [{ script: writes, ...at('data', '/data') }]))).codes).toEqual([
        0,
      ]);
      expect(readFileSync(join(path, 'out'), 'utf8')).toBe('from the machine\n');
      const reads = 'cat /data/in && ! touch /data/never 2>/dev/null';
      const task = await run('bind-ro', volumes, [{ script: reads, ...at('data', '/data', true) }]);
      expect((await ended(task)).codes).toEqual([0]);
      expect(existsSync(join(path, 'never'))).toBe(false);
    },
    waitMs,
  );

  test(
    '[VOL-2] a volume without a path is the containers’ of its task, and goes with it',
    async () => {
      const before = await engineVolumes();
      const waits = (file: string): string => `for i in $(seq 300); do [ -f ${file} ] && break; sleep 0.1; done; `;
      const task = await run(
        'scratch',
        [{ name: 'work' }],
        [
          { script: `${waits('/work/done')} [ "$(cat /work/done)" = hello ]`, ...at('work', '/work') },
          { name: 'other', script: 'echo hello > /w/.part && mv /w/.part /w/done; sleep 5', ...at('work', '/w') },
        ],
      );
      expect((await ended(task)).codes[0]).toBe(0);
      await expect.poll(engineVolumes, pollMs).toEqual(before);
      expect(
        (
          await ended(
            await run('scratch-2', [{ name: 'work' }], [{ script: '[ ! -e /work/done ]', ...at('work', '/work') }]),
          )
        ).codes,
      ).toEqual([0]);
    },
    waitMs,
  );

  test(
    '[VOL-3] a Docker volume of a task: driver, options and labels are the engine’s, and it goes with the task',
    async () => {
      const before = await engineVolumes();
      const labels = { owner: 'shop' };
      const driverOpts = { type: 'tmpfs', device: 'tmpfs', o: 'size=3m' };
      const volumes = [
        { name: 'small', dockerVolumeConfiguration: { scope: 'task', driver: 'local', driverOpts, labels } },
        {
          name: 'plugged',
          dockerVolumeConfiguration: { scope: 'task', driver: plugin.name, driverOpts: { tier: 'gold' } },
        },
      ];
      const script = `[ "${size('/small')}" = 3072 ] && echo hello > /plugged/word && sleep 4`;
      const mountPoints = [...at('small', '/small').mountPoints, ...at('plugged', '/plugged').mountPoints];
      const task = await run('docker', volumes, [{ script, mountPoints }]);
      await expect.poll(() => [...plugin.volumes.keys()], pollMs).toHaveLength(1);
      const [name = ''] = plugin.volumes.keys();
      expect(plugin.volumes.get(name)).toEqual({ tier: 'gold' });
      const labelled = async () => (await docker.run(['volume', 'ls', '-q', '--filter', 'label=owner=shop'])).trim();
      await expect.poll(labelled, pollMs).toContain('ecs-docker-1-small-');
      expect((await ended(task)).codes).toEqual([0]);
      expect(readFileSync(join(machine, 'plugin', name, 'word'), 'utf8')).toBe('hello\n');
      await expect.poll(engineVolumes, pollMs).toEqual(before);
      expect(plugin.volumes.size).toBe(0);
    },
    waitMs,
  );

  test(
    '[VOL-4] a shared Docker volume outlives tasks; it is made only where autoprovision says so',
    async () => {
      const name = `longshore-shared-${process.pid}`;
      const shared = (autoprovision: boolean) => [
        { name, dockerVolumeConfiguration: { scope: 'shared', autoprovision, driver: 'local' } },
      ];
      const missing = await ended(await run('unmade', shared(false), [{ script: 'true', ...at(name, '/s') }]));
      expect(missing.reason).toContain("VolumeError: Agent could not create task's volume resources");
      expect(missing.reason).toContain(`'${name}' does not exist`);
      try {
        const count = 'echo x >> /s/count; exit $(wc -l < /s/count)';
        expect((await ended(await run('made', shared(true), [{ script: count, ...at(name, '/s') }]))).codes).toEqual([
          1,
        ]);
        expect((await ended(await again('made'))).codes).toEqual([2]);
        expect((await ended(await run('found', shared(false), [{ script: count, ...at(name, '/s') }]))).codes).toEqual([
          3,
        ]);
      } finally {
        await expect.poll(() => docker.run(['volume', 'rm', name]).then(() => 'gone', String), pollMs).toBe('gone');
      }
    },
    waitMs,
  );

  test(
    '[VOL-5] volumesFrom gives a container what another mounts, to read only where that is said',
    async () => {
      const path = join(machine, 'from');
      mkdirSync(path);
      const task = await run(
        'from',
        [{ name: 'data', host: { sourcePath: path } }],
        [
          {
            script: 'cat /data/word && touch /data/writer',
            volumesFrom: [{ sourceContainer: 'owner' }],
            dependsOn: [
              { containerName: 'owner', condition: 'SUCCESS' },
              { containerName: 'reader', condition: 'SUCCESS' },
            ],
          },
          { name: 'owner', script: 'echo hello > /data/word', ...at('data', '/data') },
          {
            name: 'reader',
            script: 'cat /data/word && ! touch /data/reader 2>/dev/null',
            volumesFrom: [{ sourceContainer: 'owner', readOnly: true }],
            dependsOn: [{ containerName: 'owner', condition: 'SUCCESS' }],
          },
        ],
      );
      expect((await ended(task)).codes).toEqual([0, 0, 0]);
      expect([existsSync(join(path, 'writer')), existsSync(join(path, 'reader'))]).toEqual([true, false]);
    },
    waitMs,
  );

  test(
    '[VOL-6] read-only roots, tmpfs with its size and options, shared memory and devices',
    async () => {
      const script = [
        '! touch /never 2>/dev/null',
        'touch /scratch/yes',
        `[ "${size('/scratch')}" = 5120 ]`,
        "grep ' /scratch tmpfs ' /proc/mounts | grep -q noexec",
        `[ "${size('/dev/shm')}" = 9216 ]`,
        '[ -c /dev/mine ]',
        '( : < /dev/mine )',
        '! ( : > /dev/mine ) 2>/dev/null',
      ].join(' && ');
      const task = await run(
        'linux',
        [],
        [
          {
            script,
            readonlyRootFilesystem: true,
            linuxParameters: {
              tmpfs: [{ containerPath: '/scratch', size: 5, mountOptions: ['noexec', 'rw'] }],
              sharedMemorySize: 9,
              // None of those that every container has.
              devices: [{ hostPath: '/dev/loop-control', containerPath: '/dev/mine', permissions: ['read'] }],
            },
          },
        ],
      );
      expect((await ended(task)).codes).toEqual([0]);
      const plain = '[ ! -e /dev/mine ] && touch /yes && [ ! -e /scratch ]';
      expect((await ended(await run('plain', [], [{ script: plain }]))).codes).toEqual([0]);
    },
    waitMs,
  );

  test(
    '[VOL-7] a volume driver that hangs fails its tasks after a while, and holds up no other',
    async () => {
      const hanging = (hang: string) => [
        { name: 'stuck', dockerVolumeConfiguration: { scope: 'task', driver: plugin.name, driverOpts: { hang } } },
      ];
      const first = await run('hanging', hanging('Mount'), [{ script: 'true', ...at('stuck', '/stuck') }]);
      // More than the engine calls that an agent makes at once.
      const others = await Promise.all(Array.from({ length: 5 }, () => again('hanging')));
      const unmade = await run('unmade-2', hanging('Create'), [{ script: 'true', ...at('stuck', '/stuck') }]);
      await expect
        .poll(() => plugin.hanging.filter((call) => call.endsWith('Mount')).length, pollMs)
        .toBeGreaterThan(3);
      const startedMs = Date.now();
      expect(
        (await ended(await run('quick', [{ name: 'work' }], [{ script: 'true', ...at('work', '/w') }]))).codes,
      ).toEqual([0]);
      expect(Date.now() - startedMs).toBeLessThan(30_000);
      expect((await ended(first)).reason).toContain(
        "CannotStartContainerError: Error response from daemon: error while mounting volume '': ",
      );
      expect((await ended(unmade)).reason).toContain("VolumeError: Agent could not create task's volume resources");
      for (const task of others) await aws('ecs', 'stop-task', '--cluster', 'machines', '--task', task);
    },
    2 * waitMs,
  );
});
