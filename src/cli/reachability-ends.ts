import { InvalidArgument } from '../kernel/index.ts';
import type { AwsClient } from './aws-client.ts';

interface DescribedTasks {
  readonly tasks?: readonly {
    readonly lastStatus?: string;
    readonly attachments?: readonly {
      readonly details?: readonly { readonly name?: string; readonly value?: string }[];
    }[];
  }[];
}

const taskId = /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const taskArn = /^arn:[^:]+:ecs:[^:]*:[^:]*:task\/([^/]+)\/[^/]+$/;
const loadBalancerArn = /:loadbalancer\/(?:app|net)\/([^/]+)\//;

/**
 * What the control plane calls an end: `internet`, an address, a host's name, or the interfaces of a task or load balancer.
 * @throws InvalidArgument when there are none
 */
export async function endsOf(
  client: Pick<AwsClient, 'json' | 'query'>,
  text: string,
  cluster: string,
): Promise<readonly string[]> {
  if (text === 'internet' || text.startsWith('eni-') || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text)) return [text];
  const ofTask = taskArn.exec(text);
  if (ofTask !== null || taskId.test(text)) return interfacesOfTask(client, text, ofTask?.[1] ?? cluster);
  return interfacesOfLoadBalancer(client, loadBalancerArn.exec(text)?.[1] ?? text);
}

async function interfacesOfTask(
  client: Pick<AwsClient, 'json'>,
  task: string,
  cluster: string,
): Promise<readonly string[]> {
  const { tasks = [] } = await client.json<DescribedTasks>('ecs', 'DescribeTasks', { cluster, tasks: [task] });
  if (tasks.length === 0)
    throw new InvalidArgument(`there is no task ${task} in the cluster ${cluster}; see --cluster`);
  const stopped = tasks.find(({ lastStatus }) => lastStatus === 'STOPPED');
  if (stopped !== undefined)
    throw new InvalidArgument(
      `the task ${task} has stopped, its network interface is gone with it: name one that runs, see aws ecs list-tasks --cluster ${cluster}`,
    );
  const ids = tasks.flatMap(({ attachments = [] }) =>
    attachments.flatMap(({ details = [] }) =>
      details.flatMap(({ name, value }) => (name === 'networkInterfaceId' && value !== undefined ? [value] : [])),
    ),
  );
  if (ids.length > 0) return ids;
  throw new InvalidArgument(`the task ${task} has no network interface of its own: its network mode is not awsvpc`);
}

async function interfacesOfLoadBalancer(client: Pick<AwsClient, 'query'>, name: string): Promise<readonly string[]> {
  if (!/^[A-Za-z0-9-]{1,32}$/.test(name)) {
    throw new InvalidArgument(
      `'${name}' is not a task, a network interface (eni-…), an IPv4 address, a host's name, a load balancer's name or 'internet'`,
    );
  }
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const xml = await client.query('ec2', 'DescribeNetworkInterfaces', {
      'Filter.1.Name': 'description',
      'Filter.1.Value.1': `ELB app/${name}/*`,
      'Filter.1.Value.2': `ELB net/${name}/*`,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    ids.push(...[...xml.matchAll(/<networkInterfaceId>([^<]*)<\/networkInterfaceId>/g)].map(([, id = '']) => id));
    token = /<nextToken>([^<]*)<\/nextToken>/.exec(xml)?.[1];
  } while (token !== undefined && token !== '');
  if (ids.length === 0) throw new InvalidArgument(`there is no load balancer ${name} with network interfaces`);
  return ids;
}

/** An answer of the control plane. */
export interface ReachabilityAnswer {
  readonly from: string;
  readonly to: string;
  readonly reachable: boolean;
  readonly steps: readonly { readonly passes: boolean; readonly text: string }[];
}

/** An answer for people: what was decided, then what was met on the way. */
export function reachabilityLines(
  { from, to, reachable, steps }: ReachabilityAnswer,
  packet: string,
): readonly string[] {
  return [
    `${packet} from ${from} ${reachable ? 'reaches' : 'does not reach'} ${to}`,
    ...steps.map(({ passes, text }) => `  ${passes ? 'yes' : 'NO '} ${text}`),
  ];
}
