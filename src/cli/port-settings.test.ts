import { expect, test } from 'vitest';
import { readSettings, type Option } from './options.ts';
import { portSettings, readPorts } from './port-settings.ts';

const options: readonly Option[] = [
  { name: 'reserved-ports', value: 'PORTS', about: '' },
  { name: 'port-range', value: 'RANGE', about: '' },
];
const read = (args: readonly string[], environment = {}) =>
  portSettings(readSettings(options, args, environment), environment);

test('[FL-4] reserved ports are ports and ranges, beside those of the variables or the defaults, of TCP and UDP', () => {
  expect(readPorts('80, 9000-9002')).toEqual([80, 9000, 9001, 9002]);
  expect(read([])).toEqual({});
  expect(read(['--reserved-ports', '80,22'])).toEqual({
    reservedTcpPorts: [22, 2375, 2376, 51678, 80],
    reservedUdpPorts: [80, 22],
  });
  expect(read(['--reserved-ports', '80'], { ECS_RESERVED_PORTS: '[1]' })).toMatchObject({ reservedTcpPorts: [1, 80] });
  expect(read(['--port-range', '40000-40999'])).toEqual({ dynamicHostPorts: { first: 40_000, last: 40_999 } });
});

test.each(['', 'x', '0', '65536', '20-10', '1-2-3', '1-60000', '80,,81'])('[FL-4] refused: %j', (text) => {
  expect(() => readPorts(text)).toThrow('--reserved-ports');
});
