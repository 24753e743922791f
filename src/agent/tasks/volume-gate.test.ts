import { expect, test } from 'vitest';
import { StartGate } from './start-gate.ts';
import { gateOf } from './volume-gate.ts';

const gates = { gate: new StartGate(2), driverGate: new StartGate(2) };
const docker = (dockerVolumeConfiguration: object) => ({
  name: 'v',
  type: 'docker' as const,
  dockerVolumeConfiguration,
});

test.each([
  ['no volume', [], 'gate'],
  ['a path of the machine', [{ name: 'v', type: 'host' as const, host: { sourcePath: '/x' } }], 'gate'],
  ['the local driver', [docker({}), docker({ driver: 'local' })], 'gate'],
  ['an EBS volume', [{ name: 'v', type: 'attachment' as const }], 'gate'],
  ['a plugin', [docker({}), docker({ driver: 'rexray/ebs' })], 'driverGate'],
  ['a server over the network', [docker({ driverOpts: { type: 'nfs', device: ':/x' } })], 'driverGate'],
] as const)('[VOL-7] tasks with %s', (_name, volumes, want) => {
  expect(gateOf(gates, { volumes })).toBe(gates[want]);
});
