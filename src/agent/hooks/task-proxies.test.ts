import { expect, test } from 'vitest';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import { hostsText } from './interfaces.ts';
import { adoptTaskProxies, startTaskProxy, stopTaskProxy, type ProxiedTask, type TaskProxies } from './task-proxies.ts';

const listener = (dnsName: string, port: number, address: string) => ({ endpoint: 'e', dnsName, port, address });
const connect = {
  listeners: [
    listener('backend', 80, '127.255.0.1'),
    listener('backend', 81, '127.255.0.1'),
    listener('db.shop', 5432, '127.255.0.2'),
  ],
  ingress: [],
};
const payload = { longshore: { serviceConnect: connect } } as unknown as PayloadTask;

class FakeProxies implements TaskProxies {
  readonly said: unknown[] = [];
  problem: string | undefined;

  start(task: ProxiedTask): Promise<void> {
    this.said.push(['start', task]);
    return this.problem === undefined ? Promise.resolve() : Promise.reject(new Error(this.problem));
  }
  adopt(tasks: readonly ProxiedTask[]): Promise<void> {
    this.said.push(['adopt', tasks.map(({ arn }) => arn)]);
    return Promise.resolve();
  }
  stop(arn: string): Promise<void> {
    this.said.push(['stop', arn]);
    return Promise.resolve();
  }
}

function runner(proxies: TaskProxies | { readonly missing: string } | undefined, patch: object = {}): TaskRunner {
  return {
    arn: 'a',
    payload,
    record: { pause: { id: 'p', pid: 7 } },
    state: { known: 'RUNNING', network: 'ready' },
    parts: { proxies },
    ...patch,
  } as unknown as TaskRunner;
}

test('[CN-20] the containers of a task find each name once', () => {
  expect(hostsText(payload)).toBe('127.0.0.1 localhost\n127.255.0.1 backend\n127.255.0.2 db.shop\n');
});

test('a task with Service Connect has a proxy from its network to its end; others have none', async () => {
  const proxies = new FakeProxies();
  await startTaskProxy(runner(proxies));
  await stopTaskProxy(runner(proxies));
  const plain = { payload: {} };
  await startTaskProxy(runner(proxies, plain));
  await stopTaskProxy(runner(proxies, plain));
  expect(proxies.said).toEqual([
    ['start', { arn: 'a', pid: 7, connect }],
    ['stop', 'a'],
  ]);
  await startTaskProxy(runner(undefined, plain));
});

test('after a restart those of tasks whose network is there go on', async () => {
  const proxies = new FakeProxies();
  const wired = runner(proxies);
  const ended = runner(proxies, { state: { known: 'STOPPED', network: 'ready' } });
  const unwired = runner(proxies, { state: { known: 'NONE', network: 'attaching' } });
  await adoptTaskProxies(proxies, [wired, ended, unwired]);
  expect(proxies.said).toEqual([['adopt', ['a']]]);
});

test('[CN-31] where there can be no proxies the task fails, and says why', async () => {
  await expect(startTaskProxy(runner({ missing: 'this agent is not root.' }))).rejects.toThrow(
    'Service Connect is not there: this agent is not root.',
  );
  await expect(startTaskProxy(runner(undefined))).rejects.toThrow('Service Connect is not there');
  const proxies = new FakeProxies();
  proxies.problem = 'nft refused';
  await expect(startTaskProxy(runner(proxies))).rejects.toThrow('proxy could not be started: nft refused');
});
