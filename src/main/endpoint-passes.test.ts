import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECS } from '@aws-sdk/client-ecs';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from './contract/test-server.ts';
import { EndpointPassKeeper, type EndpointFacts } from './endpoint-passes.ts';

const region = 'us-east-1';

const scope = { account: '123456789012', region };
const vpcId = 'vpc-1';

/** Two endpoints, of logs and of S3. */
function opened() {
  const clock = { now: 1_000, nowMs: () => clock.now, after: () => () => undefined };
  const policies = new Map([
    ['vpce-logs', 'all'],
    ['vpce-s3', 'all'],
  ]);
  const facts: EndpointFacts = {
    ways: (_scope, _id, destinations) =>
      destinations.map((to) => {
        const way = { reachable: true, dial: '', because: '' };
        const id = 'service' in to ? `vpce-${to.service}` : '';
        return policies.has(id) ? { ...way, through: { id, vpcId } } : way;
      }),
    policy: ({ account }, id) => (account === scope.account ? policies.get(id) : undefined),
  };
  const keeper = (key = 'a'.repeat(32)) => new EndpointPassKeeper(Buffer.from(key), facts, clock);
  const ask = (service: 'logs' | 's3' | 'ssm') =>
    keeper().waysWithPasses()(scope, 'eni-1', [{ service, region }])[0]?.pass ?? '';
  return { clock, policies, keeper, ask };
}

test('[WAY-20] a way through an endpoint comes with what proves it', () => {
  const { clock, policies, keeper, ask } = opened();
  expect(ask('ssm')).toBe('');
  const pass = ask('logs');
  expect(keeper().open(pass)).toEqual({ id: 'vpce-logs', vpcId, policy: 'all' });
  expect(keeper().open(ask('s3'))).toEqual({ id: 'vpce-s3', vpcId, policy: 'all' });
  policies.set('vpce-logs', 'little');
  expect(keeper().open(pass)?.policy).toBe('little');

  const [text = '', signature = ''] = pass.split('.');
  const said = JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...said, id: 'vpce-s3' })).toString('base64url');
  for (const forged of ['', '.', text, `${changed}.${signature}`, `${text}.${'A'.repeat(43)}`])
    expect(keeper().open(forged)).toBeUndefined();
  expect(keeper('b'.repeat(32)).open(pass)).toBeUndefined();
  policies.delete('vpce-logs');
  expect(keeper().open(pass)).toEqual({ id: 'vpce-logs', vpcId, policy: undefined });
  clock.now += 2 * 60 * 60_000;
  expect(keeper().open(pass)).toBeUndefined();
});

test('[WAY-20] a request with a pass that proves nothing may nothing, not even the root’s', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ls-passes-'));
  const server = await startTestServer(directory);
  const ecs = new ECS({ endpoint: server.url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  onTestFinished(async () => {
    ecs.destroy();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  expect((await ecs.listClusters({})).clusterArns).toEqual([]);
  ecs.middlewareStack.add(
    (next) => (given) => {
      (given.request as { headers: Record<string, string> }).headers['x-longshore-endpoint-pass'] = 'made.up';
      return next(given);
    },
    { step: 'finalizeRequest' },
  );
  await expect(ecs.listClusters({})).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message:
      'User: arn:aws:iam::123456789012:root is not authorized to perform: ecs:ListClusters on resource: * because no VPC endpoint policy allows the ecs:ListClusters action',
  });
});
