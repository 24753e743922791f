import { describe, expect, test } from 'vitest';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { forward, listener, loadBalancerAt } from '../contract/world.ts';
import { TargetSources } from './target-sources.ts';

const node = (zone: string, privateIpv4Address: string) => ({
  zone,
  networkInterfaceId: `eni-${zone}`,
  subnetId: `subnet-${zone}`,
  privateIpv4Address,
});
const target = (more: Partial<TargetConfig>): TargetConfig => ({
  id: '172.31.0.9',
  address: '172.31.0.9',
  port: 80,
  zone: 'a',
  state: 'registered',
  lastHealth: 'healthy',
  ...more,
});

describe('[BL-73] from where targets are called', () => {
  const loadBalancer = {
    ...loadBalancerAt('127.80.0.1'),
    nodes: [node('a', '172.31.0.5'), node('b', '172.31.16.5'), node('c', '172.31.32.5')],
    listeners: [listener([forward('A', 'B')])],
  };
  const sources = new TargetSources((address) => address !== '172.31.32.5');
  sources.take([loadBalancer]);

  test.each<[string, string, Partial<TargetConfig>, string | undefined]>([
    ['the node of its zone', 'A', {}, '172.31.0.5'],
    ['the same for every group of its listeners', 'B', { zone: 'b' }, '172.31.16.5'],
    ['another node where its zone has none', 'A', { zone: 'z' }, '172.31.0.5'],
    ['another node where the machine has not that address', 'A', { zone: 'c' }, '172.31.0.5'],
    ['anywhere, for an instance', 'A', { id: 'i-0123' }, undefined],
    ['anywhere, for an address outside of the VPC', 'A', { zone: undefined as unknown as string }, undefined],
    ['anywhere, for a group of no load balancer', 'C', {}, undefined],
  ])('%s', (_name, group, more, from) => {
    expect(sources.of(group, target(more))).toBe(from);
  });
});
