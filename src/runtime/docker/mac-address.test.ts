import { expect, test } from 'vitest';
import { macWhereExpected } from './containers.ts';

const config = {
  Image: 'i',
  MacAddress: '0a:58:00:00:00:01',
  HostConfig: { NetworkMode: 'n' },
  NetworkingConfig: { EndpointsConfig: { n: { IPAMConfig: { IPv4Address: '10.0.0.2' } } } },
};
const { MacAddress, ...rest } = config;
const moved = {
  ...rest,
  NetworkingConfig: { EndpointsConfig: { n: { IPAMConfig: { IPv4Address: '10.0.0.2' }, MacAddress } } },
};

/** https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes */
test.each([
  { name: 'up to API 1.43 the container has the MAC address', version: '1.43', given: config, want: config },
  { name: 'from API 1.44 its endpoint has it', version: '1.44', given: config, want: moved },
  { name: 'without one nothing changes', version: '1.44', given: rest, want: rest },
])('$name', ({ version, given, want }) => {
  expect(macWhereExpected(given, version)).toEqual(want);
});
