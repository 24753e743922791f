import { expect, test } from 'vitest';
import { ApiError, type ServiceDefinition } from '../api/index.ts';
import { signedHeaders } from '../contract/signed.ts';
import { startTestServer } from '../contract/test-server.ts';
import { testEcs } from '../contract/test-services.ts';

const service: ServiceDefinition = {
  ...testEcs,
  ownRoutes: [
    {
      path: '/longshore/own',
      signingName: 'ecs',
      answer(query, { caller }) {
        if (query.get('a') === 'refused') throw new ApiError('Refused', 'not that');
        if (query.get('a') === 'bug') throw new TypeError('a secret');
        return { a: query.get('a'), account: caller.account };
      },
    },
  ],
};

async function get(port: number, path: string, headers: Record<string, string>): Promise<readonly [number, unknown]> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return [answer.status, await answer.json()];
}

test('[SG-45] a request of Longshore’s own is verified as others are, and answered with JSON', async () => {
  const { port } = await startTestServer([service]);
  const signed = (path: string) =>
    get(port, path, signedHeaders({ port, method: 'GET', path }) as Record<string, string>);
  expect(await signed('/longshore/own?a=b%20c')).toEqual([
    200,
    { a: 'b c', account: expect.stringMatching(/^\d{12}$/) },
  ]);
  expect(await signed('/longshore/own?a=refused')).toEqual([400, { __type: 'Refused', message: 'not that' }]);
  const [status, failure] = await signed('/longshore/own?a=bug');
  expect([status, JSON.stringify(failure).includes('secret')]).toEqual([500, false]);
  expect((await get(port, '/longshore/own', {}))[0]).toBeGreaterThanOrEqual(400);
  expect((await signed('/longshore/other'))[0]).toBe(404);
});
