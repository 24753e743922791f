import { expect, test } from 'vitest';
import { endsOf, reachabilityLines } from './reachability-ends.ts';

const id = '0f3c4e5d6a7b48c9a0b1c2d3e4f50617';

function client(tasks: readonly object[] = []) {
  const asked: string[] = [];
  return {
    asked,
    json<Answer>(_service: string, operation: string, input: object): Promise<Answer> {
      asked.push(`${operation} ${JSON.stringify(input)}`);
      return Promise.resolve({ tasks } as Answer);
    },
    query(_service: string, action: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> {
      asked.push(`${action} ${parameters['Filter.1.Value.1']} ${parameters['NextToken'] ?? ''}`);
      const item = (eni: string): string => `<item><networkInterfaceId>${eni}</networkInterfaceId></item>`;
      if (parameters['Filter.1.Value.1'] !== 'ELB app/web/*') return Promise.resolve('<none/>');
      return Promise.resolve(
        parameters['NextToken'] === undefined ? `${item('eni-1')}<nextToken>t</nextToken>` : item('eni-2'),
      );
    },
  };
}

test('[SG-46] ends are tasks, load balancers, interfaces, addresses and the Internet', async () => {
  const task = {
    attachments: [
      {
        details: [
          { name: 'subnetId', value: 's' },
          { name: 'networkInterfaceId', value: 'eni-9' },
        ],
      },
    ],
  };
  const arn = `arn:aws:ecs:us-east-1:123456789012:task/blue/${id}`;
  for (const text of ['internet', 'eni-1', '10.0.0.1', 'api.ecr.us-east-1.amazonaws.com'])
    expect(await endsOf(client(), text, 'default')).toEqual([text]);
  const asking = client([task]);
  expect(await endsOf(asking, id, 'default')).toEqual(['eni-9']);
  expect(await endsOf(asking, arn, 'default')).toEqual(['eni-9']);
  expect(asking.asked).toEqual([
    `DescribeTasks {"cluster":"default","tasks":["${id}"]}`,
    `DescribeTasks {"cluster":"blue","tasks":["${arn}"]}`,
  ]);
  const balancer = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/0123456789abcdef';
  expect(await endsOf(client(), 'web', 'default')).toEqual(['eni-1', 'eni-2']);
  expect(await endsOf(client(), balancer, 'default')).toEqual(['eni-1', 'eni-2']);
});

test.each([
  [id, [], `there is no task ${id} in the cluster default; see --cluster`],
  [id, [{ attachments: [] }], `the task ${id} has no network interface of its own: its network mode is not awsvpc`],
  [
    id,
    [{ lastStatus: 'STOPPED', attachments: [{ details: [{ name: 'networkInterfaceId', value: 'eni-9' }] }] }],
    `the task ${id} has stopped, its network interface is gone with it: name one that runs, see aws ecs list-tasks --cluster default`,
  ],
  ['api', [], 'there is no load balancer api with network interfaces'],
  [
    'a b',
    [],
    "'a b' is not a task, a network interface (eni-…), an IPv4 address, a host's name, a load balancer's name or 'internet'",
  ],
])('[SG-46] %s is no end: %j', async (text, tasks, message) => {
  await expect(endsOf(client(tasks), text, 'default')).rejects.toThrow(message);
});

test('[SG-46] an answer for people', () => {
  const steps = [
    { passes: true, text: 'one' },
    { passes: false, text: 'two' },
  ];
  expect(reachabilityLines({ from: 'a', to: 'b', reachable: false, steps }, 'TCP port 80')).toEqual([
    'TCP port 80 from a does not reach b',
    '  yes one',
    '  NO  two',
  ]);
});
