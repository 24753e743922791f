import type { Packet, RecordType } from 'dns-packet';
import { expect, test } from 'vitest';
import type { NamesMessage, NameVpc } from '../../names-protocol/index.ts';
import { codeOf, decide } from '../answer.ts';
import { firstOf } from '../names.ts';
import { KnownZones } from './known-zones.ts';
import { vpcNames } from './vpc-names.ts';

const vpc = (id: string, cidr: string, more: Partial<NameVpc> = {}): NameVpc => ({
  ...{ id, region: 'us-east-1', cidrs: [cidr], answers: true },
  ...more,
});
const silent = vpc('vpc-3', '10.3.0.0/16', { answers: false });
const vpcs = [vpc('vpc-1', '10.1.0.0/16'), vpc('vpc-2', '10.2.0.0/16', { region: 'eu-west-1' }), silent];
const message = (more: Partial<NamesMessage>): NamesMessage => ({
  ...{ type: 'names', zones: [], removedZones: [], services: [], removedServices: [] },
  ...more,
});

function answered(
  known: KnownZones,
  name: string,
  {
    type = 'A',
    address = '10.1.0.9',
    kind = 'task',
  }: { type?: RecordType; address?: string; kind?: 'task' | 'host' } = {},
): unknown {
  const packet: Packet = { type: 'query', id: 1, questions: [{ name, type }] };
  const decision = decide(packet, firstOf([vpcNames(known)]), { kind, address });
  if ('forward' in decision) return 'forward';
  const [first] = decision.answer.answers ?? [];
  return first !== undefined && 'data' in first ? first.data : codeOf(decision.answer);
}

const ptr = { type: 'PTR' } as const;

test('[DNS-9] private names of the VPCs that users made, and of default VPCs', () => {
  const known = new KnownZones();
  known.take(message({ whole: 'last', vpcs }));
  expect(answered(known, 'ip-10-1-0-5.ec2.internal')).toBe('10.1.0.5');
  expect(answered(known, 'ip-10-2-0-5.eu-west-1.compute.internal')).toBe('10.2.0.5');
  expect(answered(known, 'ip-172-31-0-5.ec2.internal')).toBe('172.31.0.5');
  expect(answered(known, 'ip-10-9-0-5.ec2.internal')).toBe('NXDOMAIN');
  expect(answered(known, '5.0.1.10.in-addr.arpa', ptr)).toBe('ip-10-1-0-5.ec2.internal');
  expect(answered(known, '5.0.2.10.in-addr.arpa', ptr)).toBe('ip-10-2-0-5.eu-west-1.compute.internal');
  expect(answered(known, '5.0.9.10.in-addr.arpa', ptr)).toBe('forward');
  known.take(message({ removedVpcs: ['vpc-1'] }));
  expect(answered(known, 'ip-10-1-0-5.ec2.internal')).toBe('NXDOMAIN');
  const later = new KnownZones();
  later.take(known.whole());
  expect(answered(later, 'ip-10-2-0-5.ec2.internal')).toBe('10.2.0.5');
});

test('[DNS-10] in a VPC without DNS support nothing is answered, unless another VPC has the same addresses', () => {
  const known = new KnownZones();
  known.take(message({ whole: 'last', vpcs }));
  const inside = { address: '10.3.0.9' };
  expect(answered(known, 'example.test', inside)).toBe('REFUSED');
  expect(answered(known, 'ip-10-1-0-5.ec2.internal', inside)).toBe('REFUSED');
  expect(answered(known, 'ip-10-3-0-9.ec2.internal')).toBe('NXDOMAIN');
  expect(answered(known, 'example.test')).toBe('forward');
  expect(answered(known, 'example.test', { ...inside, kind: 'host' })).toBe('forward');
  expect(answered(known, 'example.test', { address: '192.168.0.1' })).toBe('forward');
  known.take(message({ vpcs: [vpc('vpc-4', '10.3.0.0/16'), vpc('vpc-5', '172.31.0.0/16', { answers: false })] }));
  expect(answered(known, 'example.test', inside)).toBe('forward');
  expect(answered(known, 'example.test', { address: '172.31.0.9' })).toBe('forward');
});
