import { execFileSync } from 'node:child_process';
import { chownSync, rmSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCli, entry, freePort, longshore, newDataDirectory, startLongshore } from './longshore-process.ts';
import type { RunningLongshore } from './longshore-process.ts';

/** A user who may use the engine's socket and nothing else: the walk of the README. */
const user = 65_534;
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';

/** Runs a command as that user; undefined where this process cannot become one, or the user could not read the checkout. */
const asUser = ((): readonly string[] | undefined => {
  try {
    const { gid } = statSync(engine.replace('unix://', ''));
    const ids = ['--reuid', String(user), '--regid', String(user), '--groups', String(gid)];
    const wrap = ['setpriv', ...ids, '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
    const [file = '', ...rest] = wrap;
    execFileSync(file, [...rest, 'curl', '-sf', '--unix-socket', engine.replace('unix://', ''), 'http://x/_ping']);
    execFileSync(file, [...rest, process.execPath, '-e', `require('fs').accessSync('${entry}')`]);
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return wrap;
  } catch {
    return undefined;
  }
})();

describe.skipIf(asUser === undefined)(
  'without root (needs root to give up, setpriv, curl, aws, a group on the socket)',
  () => {
    const wrap = asUser ?? [];
    let directory = '';
    let server: RunningLongshore;
    let aws: ReturnType<typeof awsCli>;

    beforeAll(async () => {
      directory = newDataDirectory();
      chownSync(directory, user, user);
      server = await startLongshore({ directory, port: await freePort(), wrap });
      aws = awsCli(server.endpoint);
      await longshore(['image'], wrap);
      await aws('ecs', 'create-cluster', '--cluster-name', 'prod-cluster');
    });
    afterAll(async () => {
      await server.stop();
      await longshore(['down', '--data-dir', directory], wrap);
      rmSync(directory, { recursive: true, force: true });
    });

    async function run(
      subnet: string,
    ): Promise<{ readonly arn: string; readonly address: string; readonly mac: string }> {
      const network = `awsvpcConfiguration={subnets=[${subnet}],assignPublicIp=ENABLED}`;
      const where = ['--cluster', 'prod-cluster', '--launch-type', 'FARGATE', '--network-configuration', network];
      const { tasks } = await aws('ecs', 'run-task', ...where, '--task-definition', 'web');
      const arn = tasks[0].taskArn as string;
      await aws('ecs', 'wait', 'tasks-running', '--cluster', 'prod-cluster', '--tasks', arn);
      const task = (await aws('ecs', 'describe-tasks', '--cluster', 'prod-cluster', '--tasks', arn)).tasks[0];
      const detail = (name: string): string =>
        task.attachments[0].details.find((one: { readonly name: string }) => one.name === name).value;
      return { arn, address: detail('privateIPv4Address'), mac: detail('macAddress') };
    }

    /** A shell command in the container of a task, by the engine's own client. */
    function inside(arn: string, command: string): string {
      const docker = (...args: readonly string[]): string =>
        execFileSync('docker', ['-H', engine, ...args], { encoding: 'utf8' }).trim();
      const filters = ['--filter', `label=com.amazonaws.ecs.task-arn=${arn}`];
      return docker('exec', docker('ps', '-q', ...filters), 'sh', '-c', command);
    }

    test('doctor says that tasks run, and what is not enforced', async () => {
      const { code, stdout } = await longshore(
        ['doctor', '--data-dir', directory, '--port', String(server.port)],
        wrap,
      );
      expect(stdout).toContain('ok      task network: a Docker network per subnet, which needs no root');
      expect(stdout).toContain('security groups, network ACLs and assignPublicIp=DISABLED are not enforced');
      expect(stdout).toContain('169.254.170.2:51679');
      expect(code).toBe(0);
      expect(server.log()).toContain('security groups, network ACLs and assignPublicIp=DISABLED are not enforced');
    });

    test('a task has its own address, answers, reaches its endpoints and another task, logs, stops', async () => {
      const role = 'arn:aws:iam::123456789012:role/webAppTaskRole';
      const executionRole = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
      const options = { 'awslogs-group': '/ecs/web', 'awslogs-create-group': 'true', 'awslogs-stream-prefix': 'ecs' };
      const logConfiguration = { logDriver: 'awslogs', options: { ...options, 'awslogs-region': 'us-east-1' } };
      const containers = [{ name: 'web', image: 'longshore/web:1', essential: true, logConfiguration }];
      await aws(
        ...['ecs', 'register-task-definition', '--family', 'web', '--network-mode', 'awsvpc', '--cpu', '256'],
        ...['--memory', '512', '--requires-compatibilities', 'FARGATE', '--task-role-arn', role],
        ...['--execution-role-arn', executionRole, '--container-definitions', JSON.stringify(containers)],
      );
      const subnet = (await aws('ec2', 'describe-subnets')).Subnets[0].SubnetId as string;
      const [one, two] = [await run(subnet), await run(subnet)];
      expect((await fetch(`http://${one.address}:8080/`)).status).toBe(200);
      expect(inside(one.arn, 'ip -o link; ip -4 -o addr')).toMatch(new RegExp(`${one.mac}[^]*${one.address}/20`));
      expect(inside(one.arn, `wget -qO- http://${two.address}:8080/`)).toContain('A task of Longshore');
      expect(inside(one.arn, 'wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task')).toContain(one.arn);
      expect(inside(one.arn, 'wget -qO- $AWS_CONTAINER_CREDENTIALS_FULL_URI')).toContain(role);
      expect(inside(one.arn, 'wget -qO- $AWS_ENDPOINT_URL/health')).toContain('"status":"ok"');
      // The credentials of a task are given to nobody else.
      const theirs = inside(two.arn, 'echo $AWS_CONTAINER_CREDENTIALS_FULL_URI');
      expect(inside(one.arn, `wget -qO- ${theirs} 2>&1 || true`)).toContain('400');
      const events = async (): Promise<string> =>
        JSON.stringify(await aws('logs', 'filter-log-events', '--log-group-name', '/ecs/web'));
      await expect.poll(events, { timeout: 10_000 }).toContain('serves on port 8080');
      for (const { arn } of [one, two]) {
        await aws('ecs', 'stop-task', '--cluster', 'prod-cluster', '--task', arn, '--reason', 'enough');
        await aws('ecs', 'wait', 'tasks-stopped', '--cluster', 'prod-cluster', '--tasks', arn);
      }
      await expect(fetch(`http://${one.address}:8080/`, { signal: AbortSignal.timeout(3_000) })).rejects.toThrow();
    }, 300_000);

    test('down removes the networks', async () => {
      await server.stop();
      expect((await longshore(['down', '--data-dir', directory], wrap)).stdout).toBeDefined();
      const names = execFileSync('docker', ['-H', engine, 'network', 'ls', '--format', '{{.Name}}'], {
        encoding: 'utf8',
      });
      expect(names).not.toContain('longshore-');
    });
  },
);
