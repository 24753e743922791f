import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canPush } from './docker-cli.ts';
import { answers, hasAws } from './has-aws.ts';
import { hasPostgres, whyNoPostgres } from './has-postgres.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';

// examples/ecommerce, the backend of the fourth document, from its script to the end.

const example = join(import.meta.dirname, '../examples/ecommerce');
const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const canRun = hasAws && canPush && hasPostgres && answers('npm', '--version');
/** Some hundred calls of the CLI, each a process that takes seconds on a busy machine. */
const walkMs = 1_800_000;
const pollMs = { timeout: 120_000, interval: 1_000 };
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let balancer = '';
let address = '';

/** Runs a script of the example as its reader does. @returns what it printed to stdout; throws with all that it said */
function script(name: string): Promise<string> {
  const environment = {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    DOCKER_HOST: engine,
    DOCKER_CONFIG: join(directory, 'docker'),
    NODE_IMAGE: 'longshore/node:local',
  };
  return new Promise((resolve, reject) => {
    const child = spawn(join(example, name), { env: { ...process.env, ...environment } });
    let printed = '';
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`${name} ended with ${code}:\n${said}`));
    });
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly body: any;
}

/** A call through the load balancer, under its name. */
function call(path: string, given: { readonly method?: string; readonly body?: object } = {}): Promise<Answer> {
  const { method = 'GET', body } = given;
  return new Promise((resolve, reject) => {
    const headers = { host: balancer, 'content-type': 'application/json' };
    const asked = request({ host: address, path, method, headers, agent: false, timeout: 10_000 }, (response) => {
      json(response).then(
        (read) => resolve({ status: response.statusCode, body: read }),
        () => resolve({ status: response.statusCode, body: undefined }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe.runIf(canRun)(`examples/ecommerce (${whyNoPostgres})`, () => {
  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    for (const kind of ['--node', '--postgres']) {
      const { code, stderr } = await longshore(['image', kind]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    const printed = await script('run.sh');
    balancer = /http:\/\/([^/]+)\/api\/products/.exec(printed)?.[1] ?? '';
    address = (await longshore(['resolve', '--name', balancer])).stdout.trim();
  }, walkMs);

  afterAll(async () => {
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, walkMs);

  test('three api tasks and two admin tasks run', async () => {
    const { services } = await aws(
      ...['ecs', 'describe-services', '--cluster', 'production', '--services', 'api', 'admin'],
    );
    expect(services).toMatchObject([
      { serviceName: 'api', runningCount: 3, desiredCount: 3 },
      { serviceName: 'admin', runningCount: 2, desiredCount: 2 },
    ]);
  });

  test('the api writes to PostgreSQL and reads from it, through the load balancer', async () => {
    expect(await call('/api/products')).toEqual({ status: 200, body: [] });
    const kettle = { id: 1, name: 'kettle', cents: 2_499 };
    expect(await call('/api/products', { method: 'POST', body: { name: 'kettle', cents: 2_499 } })).toEqual({
      status: 201,
      body: kettle,
    });
    // Every task of the three is asked: none keeps anything for itself.
    for (let turn = 0; turn < 6; turn++) expect((await call('/api/products')).body).toEqual([kettle]);
    expect((await call('/api/products', { method: 'POST', body: { name: '' } })).status).toBe(400);
    expect((await call('/nothing')).status).toBe(404);
  });

  test('the admin asks the api; the database lets it in no more than it lets anybody else', async () => {
    expect(await call('/admin/')).toEqual({ status: 200, body: { products: 1 } });
    expect(await call('/admin/database')).toEqual({ status: 200, body: { reachable: false } });
  });

  test('logs of both arrive, and the password is in none', async () => {
    const lines = async (group: string): Promise<string> => {
      const { events } = await aws('logs', 'filter-log-events', '--log-group-name', group);
      return (events as { message: string }[]).map(({ message }) => message).join('\n');
    };
    await expect.poll(() => lines('/ecs/api'), pollMs).toContain('POST /api/products 201');
    await expect.poll(() => lines('/ecs/admin'), pollMs).toContain('GET /admin/ 200');
    const secret = await aws('secretsmanager', 'get-secret-value', '--secret-id', 'prod/db-password');
    expect(`${await lines('/ecs/api')}${await lines('/ecs/admin')}`).not.toContain(secret.SecretString);
  }, 240_000);

  test(
    'down.sh takes everything away',
    async () => {
      await script('down.sh');
      const left = {
        vpcs: (await aws('ec2', 'describe-vpcs')).Vpcs.map(({ IsDefault }: { IsDefault: boolean }) => IsDefault),
        addresses: (await aws('ec2', 'describe-addresses')).Addresses,
        databases: (await aws('--endpoint-url', server.endpoint, 'rds', 'describe-db-instances')).DBInstances,
        balancers: (await aws('elbv2', 'describe-load-balancers')).LoadBalancers,
        targets: (await aws('elbv2', 'describe-target-groups')).TargetGroups,
        secrets: (await aws('secretsmanager', 'list-secrets')).SecretList,
        repositories: (await aws('ecr', 'describe-repositories')).repositories,
        logs: (await aws('logs', 'describe-log-groups')).logGroups,
        roles: (await aws('iam', 'list-roles')).Roles.filter(({ RoleName }: { RoleName: string }) =>
          RoleName.startsWith('shop'),
        ),
        clusters: (await aws('ecs', 'list-clusters')).clusterArns,
      };
      expect(left).toEqual({
        vpcs: [true],
        addresses: [],
        databases: [],
        balancers: [],
        targets: [],
        secrets: [],
        repositories: [],
        logs: [],
        roles: [],
        clusters: [],
      });
    },
    walkMs,
  );
});
