import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { Agent as HttpsAgent, get, type RequestOptions } from 'node:https';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECS } from '@aws-sdk/client-ecs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAgent, type Agent } from '../agent/index.ts';
import { NodeAddresses, NodeDataPlane, startBalancer } from '../balancer/index.ts';
import { silentLog, type ServerTrust } from '../kernel/index.ts';
import { FakeNetwork } from '../network/fake/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { FakeRuntime } from '../runtime/fake/index.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { places } from './data-directory.ts';
import { openInstallation, type KeyPair } from './installation.ts';
import { latestHolder } from './process-file.ts';
import { startTestServer } from './contract/test-server.ts';
import type { RunningServer, ServerOptions } from './server.ts';

// A control plane that listens off loopback, over real sockets: the SDK's clients, an agent and a balancer speak TLS to it and verify it.

const parent = mkdtempSync(join(tmpdir(), 'longshore-tls-'));
const directory = join(parent, 'data');
const around = { clock: systemClock, ids: randomIds, log: silentLog };

function start(dataDirectory: string, more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  return startTestServer(dataDirectory, { host: '0.0.0.0', ...more });
}

let server: RunningServer;
let root: KeyPair;
let ca = '';
beforeAll(async () => {
  // As a user might have made it: others may look into it, and find nothing that they can read.
  mkdirSync(directory, { mode: 0o755 });
  server = await start(directory);
  root = openInstallation(directory).root;
  ca = readFileSync(places.apiAuthority(directory), 'utf8');
});
afterAll(async () => {
  await server.stop();
  rmSync(parent, { recursive: true });
});

const portOf = ({ url }: RunningServer): number => Number(new URL(url).port);
const reached = (): string => `https://127.0.0.1:${portOf(server)}`;
const client = (credentials: KeyPair, trusted: string | undefined = ca) => ({
  endpoint: reached(),
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
  requestHandler: { httpsAgent: new HttpsAgent(trusted === undefined ? {} : { ca: trusted }) },
});

/** The answer to GET /health, or the code of the error. */
function health(options: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', path: '/health', agent: false, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('clients', () => {
  test('[TLS-5] the SDK speaks to it with the authority that Longshore made, and to nobody without', async () => {
    const { clusters } = await new ECS(client(root)).listClusters({}).then(async () => {
      await new ECS(client(root)).createCluster({ clusterName: 'prod' });
      return new ECS(client(root)).describeClusters({ clusters: ['prod'] });
    });
    expect(clusters?.[0]).toMatchObject({ clusterName: 'prod', status: 'ACTIVE' });
    await expect(new ECS(client(root, '')).listClusters({})).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  test('[TLS-6] off loopback only keys of the installation sign: test / test and account numbers do not', async () => {
    for (const accessKeyId of ['test', '111122223333'])
      await expect(new ECS(client({ accessKeyId, secretAccessKey: 'test' })).listClusters({})).rejects.toMatchObject({
        name: 'UnrecognizedClientException',
      });
  });

  test('[TLS-5] plain HTTP is not answered, and names that the certificate does not have are not trusted', async () => {
    const plain = await new Promise((resolve) => {
      getPlain(`http://127.0.0.1:${portOf(server)}/health`, () => resolve('answered')).on('error', () =>
        resolve('refused'),
      );
    });
    expect(plain).toBe('refused');
    expect(await health({ port: portOf(server), ca })).toContain('"status":"ok"');
    expect(await health({ port: portOf(server), ca, servername: 'www.example.com' })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(server.caFile).toBe(places.apiAuthority(directory));
    expect(latestHolder(directory)?.url).toBe(`https://0.0.0.0:${portOf(server)}`);
  });

  test('[TLS-5] policies see that the transport is secure', async () => {
    const iam = new IAMClient(client(root));
    await iam.send(new CreateUserCommand({ UserName: 'careful' }));
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    const statement = { Effect: 'Allow', Action: 'ecs:ListClusters', Resource: '*', Condition };
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'careful',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'careful' }));
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    expect((await new ECS(client(keys)).listClusters({})).clusterArns).toHaveLength(1);
  });
});

describe('agents and balancers', () => {
  const agents: Agent[] = [];
  afterAll(async () => {
    for (const agent of agents) await agent.stop();
  });
  async function join_(name: string, trust: ServerTrust, apiPort: number, runtime = new FakeRuntime(around)) {
    const agent = await startAgent({
      endpoint: reached(),
      trust,
      region: 'us-east-1',
      cluster: 'prod',
      credentials: () => root,
      dataDir: join(parent, name),
      runtime,
      network: new FakeNetwork({ owner: name }),
      ...around,
      launchKind: 'EC2',
      pausePoolSize: 0,
      cgroupRoot: join(parent, 'none'),
      metadata: { address: '127.0.0.1', port: await freePort(), runDir: join(parent, `${name}-run`), apiPort },
    });
    agents.push(agent);
    return agent;
  }

  test('[TLS-7] an agent joins over TLS, runs a task, and brings its tasks to the API', async () => {
    const apiPort = await freePort();
    const runtime = new FakeRuntime(around);
    runtime.addImage('app:1', { exitAfterMs: 50, exitCode: 3 });
    await (
      await join_('first', { ca }, apiPort, runtime)
    ).ready;
    const ecs = new ECS(client(root));
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app:1', memory: 64 }],
    });
    const { tasks } = await ecs.runTask({
      cluster: 'prod',
      taskDefinition: taskDefinition?.taskDefinitionArn ?? '',
    });
    const arn = tasks?.[0]?.taskArn ?? '';
    const found = async () => (await ecs.describeTasks({ cluster: 'prod', tasks: [arn] })).tasks?.[0];
    await expect.poll(async () => (await found())?.lastStatus, { timeout: 10_000 }).toBe('STOPPED');
    expect((await found())?.containers?.[0]?.exitCode).toBe(3);
    const answer = await fetch(`http://127.0.0.1:${apiPort}/health`);
    expect(await answer.json()).toMatchObject({ status: 'ok' });
  }, 20_000);

  test('[TLS-7] an agent that trusts another authority does not join, and gives its tasks no API', async () => {
    const other = certificateAuthority(join(parent, 'other.json'), 'Somebody');
    const { chain } = await other.issue({ names: ['x.example.com'], keyAlgorithm: 'EC_prime256v1', nowMs: Date.now() });
    const agent = await join_('second', { ca: chain }, await freePort());
    const outcome = await Promise.race([
      agent.ready.then(
        () => 'ready',
        (error: Error) => error.message,
      ),
      new Promise((resolve) => setTimeout(resolve, 1_500, 'waits')),
    ]);
    expect(outcome).not.toBe('ready');
    const { containerInstanceArns } = await new ECS(client(root)).listContainerInstances({ cluster: 'prod' });
    expect(containerInstanceArns).toHaveLength(1);
  });

  test('[TLS-7] a balancer gets its configuration over TLS, by the name the parts have', async () => {
    const { trust, endpoint } = server.parts;
    expect(endpoint).toBe(reached());
    const balancer = await startBalancer({
      endpoint,
      trust: { ca: readFileSync(trust?.caFile ?? '', 'utf8'), servername: trust?.serverName ?? '' },
      region: 'us-east-1',
      credentials: () => openInstallation(directory).pool,
      portOffset: 0,
      addresses: new NodeAddresses({ file: join(parent, 'addresses.json'), allowed: false, log: silentLog }),
      makeDataPlane: (wiring) =>
        Promise.resolve(new NodeDataPlane({ ...wiring, ...around, cookieSecret: Buffer.alloc(32) })),
      ...around,
    });
    await balancer.ready;
    await balancer.stop();
  });
});

test('[TLS-4] with a certificate of the user’s, others get that and the parts of the installation its own', async () => {
  const authority = certificateAuthority(join(parent, 'user.json'), 'User');
  const made = await authority.issue({ names: ['ls.example.com'], keyAlgorithm: 'RSA_2048', nowMs: Date.now() });
  const choice = { certFile: join(parent, 'user-cert.pem'), keyFile: join(parent, 'user-key.pem') };
  writeFileSync(choice.certFile, made.certificate);
  writeFileSync(choice.keyFile, made.privateKey);
  const data = join(parent, 'given');
  const given = await start(data, { host: '127.0.0.1', transport: choice });
  const port = portOf(given);
  expect(given.url).toBe(`https://127.0.0.1:${port}`);
  expect(await health({ port, ca: made.chain, servername: 'ls.example.com' })).toContain('"status":"ok"');
  expect(await health({ port, ca: made.chain })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  const { trust } = given.parts;
  const own = readFileSync(trust?.caFile ?? '', 'utf8');
  expect(await health({ port, ca: own, servername: trust?.serverName ?? '' })).toContain('"status":"ok"');
  expect(latestHolder(data)?.transport).toEqual(choice);
  await given.stop();
});

test('[TLS-5] a client that never ends its handshake does not keep the server from stopping', async () => {
  const other = await start(join(parent, 'stopping'));
  const idle = connect(portOf(other), '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  const closed = new Promise((resolve) => idle.once('close', resolve));
  idle.on('error', () => undefined);
  const began = Date.now();
  await other.stop();
  await closed;
  expect(Date.now() - began).toBeLessThan(5_000);
});

test('[TLS-9] what lies in the data directory is the owner’s alone, also where others may look into it', async () => {
  const logs = new CloudWatchLogs(client(root));
  await logs.createLogGroup({ logGroupName: 'g' });
  await logs.createLogStream({ logGroupName: 'g', logStreamName: 's' });
  await logs.putLogEvents({
    logGroupName: 'g',
    logStreamName: 's',
    logEvents: [{ timestamp: Date.now(), message: 'm' }],
  });
  const open = readdirSync(directory, { withFileTypes: true })
    .map(({ name }) => [name, (statSync(join(directory, name)).mode & 0o077).toString(8)] as const)
    .filter(([, others]) => others !== '0');
  expect(open).toEqual([]);
  expect(readdirSync(directory)).toEqual(
    expect.arrayContaining(['events', 'images', 'installation.json', 'journal', 'logs', 'sealing-keys.json', 'tls']),
  );
  expect(statSync(directory).mode & 0o777).toBe(0o755);
  const fresh = join(parent, 'fresh', 'deep');
  openInstallation(fresh);
  for (const path of [join(parent, 'fresh'), fresh]) expect(statSync(path).mode & 0o777).toBe(0o700);
});
