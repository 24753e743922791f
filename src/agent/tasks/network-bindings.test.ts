import { expect, test } from 'vitest';
import { networkBindings } from './network-bindings.ts';

const tcp = { protocol: 'tcp', hostIp: '0.0.0.0' } as const;
const range = [
  { ...tcp, containerPort: 8000, hostPort: 40_000 },
  { ...tcp, containerPort: 8001, hostPort: 40_001 },
  { ...tcp, containerPort: 8002, hostPort: 40_002 },
];

test.each([
  {
    name: 'a single port as it is bound, IPv6 left out',
    mode: 'bridge',
    mappings: [{ containerPort: 80, protocol: 'tcp' }],
    bound: [
      { ...tcp, containerPort: 80, hostPort: 32_768 },
      { ...tcp, containerPort: 80, hostPort: 32_768, hostIp: '::' },
    ],
    want: [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 32_768, protocol: 'tcp' }],
  },
  {
    name: '[AG-11] a range is one binding beside the single ones',
    mode: 'bridge',
    mappings: [
      { containerPortRange: '8000-8002', protocol: 'tcp' },
      { containerPort: 80, protocol: 'tcp' },
    ],
    bound: [...range, { ...tcp, containerPort: 80, hostPort: 32_768 }],
    want: [
      { bindIP: '0.0.0.0', containerPort: 80, hostPort: 32_768, protocol: 'tcp' },
      { bindIP: '0.0.0.0', containerPortRange: '8000-8002', hostPortRange: '40000-40002', protocol: 'tcp' },
    ],
  },
  {
    name: 'the same ports over UDP are no part of a range of TCP',
    mode: 'bridge',
    mappings: [{ containerPortRange: '8000-8002', protocol: 'tcp' }],
    bound: [...range, { containerPort: 8001, hostPort: 33_000, protocol: 'udp', hostIp: '0.0.0.0' }],
    want: [
      { bindIP: '0.0.0.0', containerPort: 8001, hostPort: 33_000, protocol: 'udp' },
      { bindIP: '0.0.0.0', containerPortRange: '8000-8002', hostPortRange: '40000-40002', protocol: 'tcp' },
    ],
  },
  {
    name: 'host mode: the ports themselves',
    mode: 'host',
    mappings: [{ containerPort: 80, protocol: 'tcp' }],
    bound: [],
    want: [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 80, protocol: 'tcp' }],
  },
  {
    name: '[AG-11] awsvpc: none, the ports are open at its own address',
    mode: 'awsvpc',
    mappings: [{ containerPortRange: '8000-8002', protocol: 'tcp' }],
    bound: [],
    want: [],
  },
] as const)('$name', ({ mode, mappings, bound, want }) => {
  expect(networkBindings(mode, mappings, bound)).toEqual(want);
});
