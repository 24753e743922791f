import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AclEntry } from '../../../network-protocol/index.ts';
import type { InterfaceEnd, RuleOfGroup, WayOut } from '../reachability/ends.ts';
import { decideWay, type WayQuestion } from './decide-way.ts';

const allowAll: readonly AclEntry[] = [{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }];
const noHttps: readonly AclEntry[] = [
  { allow: false, protocol: 6, ports: { from: 443, to: 443 }, cidr: '0.0.0.0/0' },
  ...allowAll,
];
const noAnswers: readonly AclEntry[] = [{ allow: true, protocol: 6, ports: { from: 0, to: 1023 }, cidr: '0.0.0.0/0' }];
const internet: WayOut = { kind: 'internet', by: 'the route of rtb-1 to igw-1' };
const nat: WayOut = { kind: 'nat', by: 'the route of rtb-1 to nat-1' };
const none: WayOut = { kind: 'none', because: 'rtb-1 has no route to 0.0.0.0/0' };
const https = { protocol: 6, ports: { from: 443, to: 443 } } as const;

function rule(isEgress: boolean, cidr: string, traffic: RuleOfGroup['traffic'] = { protocol: 'all' }): RuleOfGroup {
  return { id: isEgress ? 'sgr-out' : 'sgr-in', isEgress, traffic, peer: { cidrs: [cidr], name: cidr } };
}

interface Given {
  readonly wayOut?: WayOut;
  readonly rules?: readonly RuleOfGroup[];
  readonly subnet?: string;
  readonly egress?: readonly AclEntry[];
  readonly ingress?: readonly AclEntry[];
}

function end(id: string, address: string, given: Given = {}): InterfaceEnd {
  const { wayOut = none, rules = [rule(true, '0.0.0.0/0')], subnet = 'subnet-1' } = given;
  const acl = { ingress: given.ingress ?? allowAll, egress: given.egress ?? allowAll };
  return {
    kind: 'interface',
    id,
    address,
    vpc: { id: 'vpc-1', cidrs: ['10.0.0.0/16'] },
    subnet: { id: subnet, vpcId: 'vpc-1', cidr: '10.0.0.0/24', ...acl },
    groups: [{ id: 'sg-1', name: 'one', rules }],
    wayOut,
  };
}

const host = 'api.ecr.us-east-1.amazonaws.com';
function asked(from: Given, more: Partial<WayQuestion> = {}): WayQuestion {
  const to = { kind: 'outside', name: host, cidr: '203.0.113.9/32' } as const;
  return { from: end('eni-1', '10.0.0.5', from), host, port: 443, nameServer: '10.0.0.2', to, ...more };
}
const open = end('eni-e', '10.0.0.9', { rules: [rule(false, '10.0.0.0/16', https)] });
const shut = end('eni-f', '10.0.1.9', { rules: [], subnet: 'subnet-2' });

describe('what decides', () => {
  test.each<[string, WayQuestion, boolean, string, string]>([
    ['[WAY-1] nothing leads out', asked({}), false, 'dial tcp 203.0.113.9:443: i/o timeout', 'no route to 0.0.0.0/0'],
    ['[WAY-2] an internet gateway and a public address', asked({ wayOut: internet }), true, '', ''],
    [
      '[WAY-2] a group without HTTPS outbound',
      asked({ wayOut: internet, rules: [rule(true, '0.0.0.0/0', { protocol: 6, ports: { from: 80, to: 80 } })] }),
      false,
      'dial tcp 203.0.113.9:443: i/o timeout',
      'no outbound rule of sg-1 "one" lets pass TCP to port 443',
    ],
    [
      '[WAY-2] a group with HTTPS alone',
      asked({ wayOut: internet, rules: [rule(true, '0.0.0.0/0', https)] }),
      true,
      '',
      '',
    ],
    [
      '[WAY-2] a group that lets out to the VPC only',
      asked({ wayOut: nat, rules: [rule(true, '10.0.0.0/16')] }),
      false,
      'dial tcp 203.0.113.9:443: i/o timeout',
      'no outbound rule',
    ],
    ['[WAY-3] a NAT gateway', asked({ wayOut: nat }), true, '', ''],
    [
      '[WAY-3] a network ACL that refuses HTTPS',
      asked({ wayOut: nat, egress: noHttps }),
      false,
      'dial tcp 203.0.113.9:443: i/o timeout',
      'the network ACL of subnet-1 does not let TCP to port 443 out',
    ],
    [
      '[WAY-3] a network ACL that refuses the answers',
      asked({ wayOut: nat, ingress: noAnswers }),
      false,
      'dial tcp 203.0.113.9:443: i/o timeout',
      'the network ACL of subnet-1 does not let the answers in',
    ],
    ['[WAY-4] an endpoint', asked({}, { endpoint: { id: 'vpce-1', ends: [open] } }), true, '', ''],
    [
      '[WAY-4] an endpoint whose group refuses, beside a NAT gateway',
      asked({ wayOut: nat }, { endpoint: { id: 'vpce-1', ends: [shut] } }),
      false,
      'dial tcp 10.0.1.9:443: i/o timeout',
      'no inbound rule of sg-1 "one" lets pass TCP to port 443 from eni-1',
    ],
    [
      '[WAY-4] the second address of an endpoint',
      asked({}, { endpoint: { id: 'vpce-1', ends: [shut, open] } }),
      true,
      '',
      '',
    ],
    [
      '[WAY-4] an endpoint without interfaces',
      asked({ wayOut: nat }, { endpoint: { id: 'vpce-1', ends: [] } }),
      false,
      `dial tcp: lookup ${host} on 10.0.0.2:53: no such host`,
      'vpce-1, which has no interface in any subnet',
    ],
    [
      '[WAY-5] a gateway endpoint',
      asked({}, { gateway: { route: 'the route of rtb-1 to vpce-2', endpointId: 'vpce-2' } }),
      true,
      '',
      '',
    ],
    [
      '[WAY-5] a gateway endpoint and a group that lets nothing out',
      asked({ rules: [] }, { gateway: { route: 'the route of rtb-1 to vpce-2', endpointId: 'vpce-2' } }),
      false,
      'dial tcp 203.0.113.9:443: i/o timeout',
      'no outbound rule',
    ],
    [
      '[WAY-6] no DNS support',
      { ...asked({ wayOut: internet }), nameServer: undefined } as unknown as WayQuestion,
      false,
      `dial tcp: lookup ${host}: i/o timeout`,
      'DNS support of vpc-1 is off',
    ],
    [
      '[WAY-6] an address needs no DNS',
      { ...asked({ wayOut: internet }, { host: '198.51.100.7' }), nameServer: undefined } as unknown as WayQuestion,
      true,
      '',
      '',
    ],
  ])('%s', (_name, question, reachable, dial, because) => {
    const way = decideWay(question);
    expect({ reachable: way.reachable, ...(reachable ? {} : { dial: way.dial }) }).toEqual({
      reachable,
      ...(reachable ? {} : { dial }),
    });
    expect(way.steps.at(-1)?.text).toContain(because);
    expect(way.steps.slice(0, -1).every(({ passes }) => passes)).toBe(true);
  });
});

const anyWayOut = fc.constantFrom(internet, nat, none);
const anyRules = fc.subarray([rule(true, '0.0.0.0/0', https), rule(true, '10.0.0.0/16'), rule(false, '0.0.0.0/0')]);
const anyAcl = fc.constantFrom(allowAll, noHttps, noAnswers);

test('[WAY-7] more rules never close a way, and without an outbound rule none is open', () => {
  const given = fc.record({ wayOut: anyWayOut, rules: anyRules, egress: anyAcl, ingress: anyAcl });
  const endpoint = fc.constantFrom({}, { endpoint: { id: 'vpce-1', ends: [open] } }, { gatewayRoute: 'a route' });
  fc.assert(
    fc.property(given, endpoint, (from, more) => {
      const all = [rule(true, '0.0.0.0/0'), ...from.rules];
      if (decideWay(asked(from, more)).reachable)
        expect(decideWay(asked({ ...from, rules: all }, more)).reachable).toBe(true);
      const inbound = from.rules.filter(({ isEgress }) => !isEgress);
      expect(decideWay(asked({ ...from, rules: inbound }, more)).reachable).toBe(false);
    }),
  );
});
