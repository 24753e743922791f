import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';
import { hasPostgres, whyNoPostgres } from './has-postgres.ts';

// RDS by the unmodified AWS CLI: a real PostgreSQL in a container, asked over the wire from other containers.

const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const waitMs = 600_000;
const pollMs = { timeout: 120_000, interval: 1_000 };
const image = 'longshore/postgres:local';
const id = ['--db-instance-identifier', 'shop'] as const;
const first = 'First-secret-1';
const second = 'Second-secret-2';
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let subnets: string[] = [];
const groups = { client: '', stranger: '', db: '' };
let host = '';

const docker = (...args: readonly string[]): string =>
  execFileSync('docker', ['-H', engine, ...args], { encoding: 'utf8' });

/** The CLI's version 1 ignores AWS_ENDPOINT_URL for this service. */
const rds = (...args: readonly string[]) => aws('--endpoint-url', server.endpoint, 'rds', ...args);

async function group(name: string): Promise<string> {
  const { Vpcs: vpcs } = await aws('ec2', 'describe-vpcs');
  const made = await aws(
    ...['ec2', 'create-security-group', '--group-name', name, '--description', name, '--vpc-id', vpcs[0].VpcId],
  );
  return made.GroupId as string;
}

/** A task with psql in it, that waits. @returns how to run psql there: its output, or `failed: …` */
async function client(groupId: string) {
  const { tasks } = await aws(
    ...['ecs', 'run-task', '--task-definition', 'client', '--launch-type', 'FARGATE', '--network-configuration'],
    `awsvpcConfiguration={subnets=[${subnets[1]}],securityGroups=[${groupId}]}`,
  );
  const arn = tasks[0].taskArn as string;
  await aws('ecs', 'wait', 'tasks-running', '--tasks', arn);
  const { tasks: found } = await aws('ecs', 'describe-tasks', '--tasks', arn);
  const container = found[0].containers[0].runtimeId as string;
  return (sql: string, password: string): Promise<string> =>
    new Promise((resolve) => {
      const psql = ['psql', '-X', '-A', '-t', '-h', host, '-U', 'shop', '-d', 'orders', '-c', sql];
      const variables = ['-e', `PGPASSWORD=${password}`, '-e', 'PGCONNECT_TIMEOUT=4'];
      execFile('docker', ['-H', engine, 'exec', ...variables, container, ...psql], (error, stdout, stderr) =>
        resolve(error === null ? stdout.trim() : `failed: ${stderr.trim()}`),
      );
    });
}

/** The database's own container. */
const database = (): string =>
  docker('ps', '--filter', 'name=-rds-db-', '--filter', 'status=running', '--format', '{{.ID}}').trim();

async function status(): Promise<string> {
  return (await rds('describe-db-instances', ...id)).DBInstances[0].DBInstanceStatus as string;
}

const available = (): Promise<unknown> => rds('wait', 'db-instance-available', ...id);

describe.runIf(hasAws && hasPostgres)(`RDS (${whyNoPostgres})`, () => {
  let ask: Awaited<ReturnType<typeof client>>;

  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    const { code, stderr } = await longshore(['image', '--postgres']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    subnets = (await aws('ec2', 'describe-subnets')).Subnets.map(({ SubnetId }: { SubnetId: string }) => SubnetId);
    for (const name of ['client', 'stranger', 'db'] as const) groups[name] = await group(`the-${name}`);
    await aws(
      ...['ec2', 'authorize-security-group-ingress', '--group-id', groups.db, '--protocol', 'tcp', '--port', '5432'],
      ...['--source-group', groups.client],
    );
    await aws('ecs', 'create-cluster');
    const container = { name: 'psql', image, entryPoint: ['sleep'], command: ['3600'] };
    await aws(
      ...['ecs', 'register-task-definition', '--family', 'client', '--network-mode', 'awsvpc', '--cpu', '256'],
      ...['--memory', '512', '--requires-compatibilities', 'FARGATE'],
      ...['--container-definitions', JSON.stringify([container])],
    );
    await rds(
      ...['create-db-subnet-group', '--db-subnet-group-name', 'private', '--db-subnet-group-description', 'd'],
      ...['--subnet-ids', subnets[0] ?? '', subnets[1] ?? ''],
    );
    await rds(
      ...['create-db-instance', ...id, '--db-instance-class', 'db.t3.micro', '--engine', 'postgres'],
      ...['--allocated-storage', '20', '--db-name', 'orders', '--master-username', 'shop'],
      ...['--master-user-password', first, '--db-subnet-group-name', 'private', '--vpc-security-group-ids', groups.db],
    );
    await available();
    host = (await rds('describe-db-instances', ...id)).DBInstances[0].Endpoint.Address;
    ask = await client(groups.client);
  }, waitMs);

  afterAll(async () => {
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  test(
    '[RDS-16] it is found by its name and asked from the group that may, and by nobody else',
    async () => {
      expect(await ask('create table t (a int); insert into t values (7)', first)).toBe('CREATE TABLE\nINSERT 0 1');
      expect(await ask('select a from t', first)).toBe('7');
      expect(await ask('select 1', 'wrong')).toContain('password authentication failed for user "shop"');
      const stranger = await client(groups.stranger);
      expect(await stranger('select 1', first)).toMatch(/^failed: .*timeout expired/);
      const found = await longshore(['resolve', '--name', host]);
      const { NetworkInterfaces: interfaces } = await aws(
        ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=RDSNetworkInterface'],
      );
      expect(interfaces).toMatchObject([{ PrivateIpAddress: found.stdout.trim(), RequesterManaged: true }]);
      await rds('modify-db-instance', ...id, '--vpc-security-group-ids', groups.db, groups.stranger);
      await aws(
        ...['ec2', 'authorize-security-group-ingress', '--group-id', groups.stranger, '--protocol', 'tcp'],
        ...['--port', '5432', '--source-group', groups.stranger],
      );
      await expect.poll(() => stranger('select a from t', first), pollMs).toBe('7');
    },
    waitMs,
  );

  test(
    '[RDS-17] data outlives a reboot, a stop, and a container that was killed',
    async () => {
      const before = database();
      await rds('reboot-db-instance', ...id);
      await available();
      expect(database()).not.toBe(before);
      expect(await ask('insert into t values (8) returning a', first)).toMatch(/^8\n/);

      await rds('stop-db-instance', ...id);
      await expect.poll(status, pollMs).toBe('stopped');
      expect(database()).toBe('');
      expect(await ask('select 1', first)).toContain('failed: ');
      await rds('start-db-instance', ...id);
      await available();
      expect(await ask('select count(*) from t', first)).toBe('2');

      const victim = database();
      docker('kill', victim);
      await expect.poll(() => ask('select count(*) from t', first), pollMs).toBe('2');
      expect(database()).not.toBe(victim);
      await expect.poll(status, pollMs).toBe('available');
    },
    waitMs,
  );

  test(
    '[RDS-8] a new password takes effect while it runs; the engine never sees it',
    async () => {
      const running = database();
      await rds('modify-db-instance', ...id, '--master-user-password', second);
      await expect.poll(() => ask('select count(*) from t', second), pollMs).toBe('2');
      expect(await ask('select 1', first)).toContain('password authentication failed');
      await expect.poll(status, pollMs).toBe('available');
      expect(database()).toBe(running);
      await rds('modify-db-instance', ...id, '--manage-master-user-password');
      await expect.poll(status, pollMs).toBe('available');
      const { MasterUserSecret: managed } = (await rds('describe-db-instances', ...id)).DBInstances[0];
      const { SecretString: text } = await aws('secretsmanager', 'get-secret-value', '--secret-id', managed.SecretArn);
      const { username, password } = JSON.parse(text as string) as { username: string; password: string };
      expect([username, await ask('select count(*) from t', password)]).toEqual(['shop', '2']);
      const refused = await aws.raw('secretsmanager', 'delete-secret', '--secret-id', managed.SecretArn);
      expect(refused.stderr).toContain('InvalidRequestException');
      const seen = docker('inspect', database());
      for (const secret of [first, second, password]) expect(seen).not.toContain(secret);
    },
    waitMs,
  );

  test(
    '[RDS-18] the server ends and starts again: the database runs on',
    async () => {
      const running = database();
      await server.kill();
      server = await startLongshore({ directory, port: server.port });
      expect(database()).toBe(running);
      expect(await status()).toBe('available');
    },
    waitMs,
  );

  test(
    '[RDS-12] deletion takes the container, the data, the interface and the secret',
    async () => {
      const [resource = ''] = readdirSync(join(directory, 'rds', '123456789012'));
      await rds('delete-db-instance', ...id, '--skip-final-snapshot');
      await rds('wait', 'db-instance-deleted', ...id);
      expect(database()).toBe('');
      expect(existsSync(join(directory, 'rds', '123456789012', resource))).toBe(false);
      const { NetworkInterfaces: interfaces } = await aws(
        ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=RDSNetworkInterface'],
      );
      expect(interfaces).toEqual([]);
      expect((await aws('secretsmanager', 'list-secrets')).SecretList).toEqual([]);
      await rds('delete-db-subnet-group', '--db-subnet-group-name', 'private');
      expect((await longshore(['resolve', '--name', host])).code).not.toBe(0);
    },
    waitMs,
  );
});
