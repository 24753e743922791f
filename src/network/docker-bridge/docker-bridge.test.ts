import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { systemClock } from '../../platform/index.ts';
import { FakeRuntime } from '../../runtime/fake/index.ts';
import { describeNetworkContract, testInterface } from '../contract/network-contract.ts';
import type { TaskNetwork } from '../index.ts';
import { loadPauseImage, startPause } from './contract/pauses.ts';
import { openDockerBridgeNetwork, removeDockerBridgeNetwork, type Machine } from './docker-bridge-network.ts';
import { localNetwork, routeInTheWay, routesIn, subnetNetwork } from './names.ts';
import { choosePorts } from './ports-for-tasks.ts';

const owner = `fake-${process.pid}`;
const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
const missing = 'the agent needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN): start it as root or with sudo.';
const thisMachine: Machine = { hasAddress: () => Promise.resolve(true), routes: () => Promise.resolve(header) };

interface Options {
  readonly owner?: string;
  readonly machine?: Machine;
}
const open = (runtime: FakeRuntime, options: Options = {}): Promise<TaskNetwork> =>
  openDockerBridgeNetwork({ owner, runtime, log: silentLog, missing, machine: thisMachine, ...options });

describeNetworkContract('docker-bridge on the fake engine', async () => {
  const runtime = new FakeRuntime({ clock: systemClock });
  const image = await loadPauseImage(runtime);
  return {
    network: await open(runtime),
    reopen: (who) => open(runtime, { owner: who === 'same' ? owner : `${owner}-other` }),
    namespace: (wanted, network) => startPause({ runtime, image }, network, wanted),
    close: async () => runtime.close(),
  };
});

describe('a network of the engine per subnet', () => {
  let runtime: FakeRuntime;
  let image = '';
  beforeEach(async () => {
    runtime = new FakeRuntime({ clock: systemClock });
    image = await loadPauseImage(runtime);
  });
  const names = async (): Promise<readonly string[]> =>
    (await runtime.listNetworks({})).map(({ name }) => name).toSorted();

  test('[NB-1] one network per subnet, named after its prefix, made once and removed when nobody is in it', async () => {
    const network = await open(runtime);
    const other = testInterface(3, { address: '10.213.16.3', prefixLength: 20, gateway: '10.213.16.1' });
    for (const one of [testInterface(2), testInterface(4), other]) await startPause({ runtime, image }, network, one);
    expect(await names()).toEqual(['longshore-10.213.0.0-24', 'longshore-10.213.16.0-20', 'longshore-local']);
    await network.destroy();
    expect(await names()).toEqual([]);
  });

  test('[NB-1] an agent that leaves while another lives takes no network along', async () => {
    const [first, second] = [await open(runtime), await open(runtime, { owner: `${owner}-b` })];
    await first.prepare();
    await second.pauseFor(testInterface(2));
    await first.destroy();
    expect(await names()).toEqual(['longshore-10.213.0.0-24', 'longshore-local']);
    await second.destroy();
    expect(await names()).toEqual([]);
  });

  test('[NB-2] the pause is asked for with the address and the MAC of its interface', async () => {
    const network = await open(runtime);
    const wanted = testInterface(2);
    expect(await network.pauseFor(wanted)).toMatchObject({
      networkMode: 'longshore-10.213.0.0-24',
      config: {
        MacAddress: wanted.macAddress,
        NetworkingConfig: {
          EndpointsConfig: { 'longshore-10.213.0.0-24': { IPAMConfig: { IPv4Address: '10.213.0.2' } } },
        },
      },
    });
    await network.destroy();
  });

  test('[NB-2] a pause that was not made for the interface is refused', async () => {
    const network = await open(runtime);
    const holder = await startPause({ runtime, image }, network, testInterface(2));
    await expect(network.attach(testInterface(3), holder)).rejects.toThrow(
      '10.213.0.3 0a:58:0a:d5:00:03, but eni-0c0ffee0000000a02 10.213.0.2',
    );
    await expect(network.attach(testInterface(2, { macAddress: '0a:58:00:00:00:01' }), holder)).rejects.toThrow(
      'it needs, eni-0c0ffee0000000a02 10.213.0.2 0a:58:00:00:00:01, but',
    );
    await expect(network.attach(testInterface(2), { id: 'nobody', pid: 1 })).rejects.toThrow('it is gone');
    await network.destroy();
  });

  test('[NB-3] what the agent of a killed process left is removed by another', async () => {
    const network = await open(runtime);
    await startPause({ runtime, image }, network, testInterface(2));
    await network.destroy();
    await open(runtime);
    expect(await names()).toEqual(['longshore-local']);
    await removeDockerBridgeNetwork({ owner, runtime, log: silentLog });
    expect(await names()).toEqual([]);
  });

  test('[NB-4] says in a line what is not enforced, and why', async () => {
    const { capabilities } = await open(runtime);
    expect(capabilities.awsvpc).toBe(true);
    expect(capabilities.limitations).toEqual([
      'Tasks with network mode awsvpc get a Docker network per subnet: security groups, network ACLs and assignPublicIp=DISABLED are not enforced, ' +
        'tasks reach each other within a subnet of one machine only, public addresses lead nowhere, and traffic to unused addresses of the VPC may leave this machine. ' +
        'The routed network, which is better, is not possible: the agent needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN): start it as root or with sudo.',
    ]);
  });

  test('[NB-5] an engine whose networks are elsewhere is refused with both reasons', async () => {
    const network = await open(runtime, { machine: { ...thisMachine, hasAddress: () => Promise.resolve(false) } });
    expect(network.capabilities.awsvpc).toBe(false);
    expect(network.capabilities.limitations.join()).toMatch(/needs root.*networks are not on this machine/);
    await expect(network.pauseFor(testInterface(2))).rejects.toMatchObject({ name: 'Unsupported' });
  });

  test('[NB-6] a subnet that the machine or the engine has otherwise is refused', async () => {
    const routes = `${header}eth7\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n`;
    const routed = await open(runtime, { machine: { ...thisMachine, routes: () => Promise.resolve(routes) } });
    await expect(routed.pauseFor(testInterface(2))).rejects.toThrow('it already routes 10.213.0.0/16 through eth7');
    const taken = { ...subnetNetwork(testInterface(2)), name: 'compose_default', labels: {} };
    await runtime.createNetwork(taken);
    const network = await open(runtime);
    await expect(network.pauseFor(testInterface(2))).rejects.toThrow(/Pool overlaps.*docker network ls/);
    await network.destroy();
  });

  test('an engine that is down when the agent starts is waited for', async () => {
    runtime.goDown();
    const network = await open(runtime);
    expect(network.capabilities.awsvpc).toBe(true);
    await expect(network.prepare()).rejects.toMatchObject({ name: 'Unavailable' });
    runtime.comeBack();
    await network.prepare();
    expect(await names()).toEqual([localNetwork.name]);
    await network.destroy();
  });
});

test('routes are read as the kernel writes them', () => {
  const text = `${header}eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\nlsb-ac1f1000\t00101FAC\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n`;
  const routes = routesIn(text);
  expect(routes).toEqual([{ device: 'lsb-ac1f1000', destination: '172.31.16.0', length: 20 }]);
  const subnet = subnetNetwork(testInterface(2, { address: '172.31.16.10', prefixLength: 20 }));
  expect(subnet).toMatchObject({ subnet: '172.31.16.0/20', device: 'lsb-ac1f1000' });
  expect(routeInTheWay(routes, subnet)).toBeUndefined();
  expect(routeInTheWay([{ device: 'tun0', destination: '172.31.20.0', length: 24 }], subnet)?.device).toBe('tun0');
  expect(routeInTheWay([{ device: 'tun0', destination: '172.31.32.0', length: 20 }], subnet)).toBeUndefined();
});

test.each([
  { name: '[NB-7] root has the ports of AWS', lowest: 0, api: 80, want: { metadata: 80, api: 80 } },
  { name: '[NB-7] a machine that lets everybody', lowest: 80, api: 4_566, want: { metadata: 80, api: 4_566 } },
  { name: '[NB-7] others get ports of their own', lowest: 1_024, api: 4_566, want: { metadata: 51_679, api: 4_566 } },
  { name: '[NB-7] the API on a low port', lowest: 1_024, api: 443, want: { metadata: 51_679, api: 51_680 } },
])('$name', ({ lowest, api, want }) => {
  expect(choosePorts(api, lowest)).toEqual(want);
});
