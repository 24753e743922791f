import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { buildLocalImage } from '../../platform/engine-setup/index.ts';
import { DockerRuntime } from '../../runtime/docker/index.ts';
import { describeNetworkContract, testInterface } from '../contract/network-contract.ts';
import type { TaskInterface, TaskNetwork } from '../index.ts';
import { loadPauseImage, removePauses, startPause, testLabel } from './contract/pauses.ts';
import { openDockerBridgeNetwork } from './docker-bridge-network.ts';
import { localAddress } from './names.ts';

const address = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const owner = `bridge-${process.pid}`;
const runtime = new DockerRuntime({ address, log: silentLog });
const images = { pause: '', web: '' };
const open = (name: string): Promise<TaskNetwork> =>
  openDockerBridgeNetwork({ owner: name, runtime, log: silentLog, missing: 'this is a test.' });

beforeAll(async () => {
  const web = await buildLocalImage();
  await runtime.loadImage(web.tar);
  Object.assign(images, { pause: await loadPauseImage(runtime), web: web.reference });
});
afterAll(() => runtime.close());

describeNetworkContract('docker-bridge', async () => ({
  network: await open(owner),
  reopen: (who) => open(who === 'same' ? owner : `${owner}-other`),
  namespace: (wanted, network) => startPause({ runtime, image: images.pause }, network, wanted),
  close: () => removePauses(runtime),
}));

describe('tasks on a network of the engine', () => {
  const state: { network?: TaskNetwork } = {};
  const network = (): TaskNetwork => state.network as TaskNetwork;

  beforeEach(async () => {
    state.network = await open(owner);
    await network().prepare();
  });
  afterEach(async () => {
    await removeAll();
    await network().destroy();
  });

  /** A pause with its interface, and a web server in its namespace. @returns runs a shell command in it */
  async function task(wanted: TaskInterface): Promise<(command: string) => Promise<string>> {
    const pause = await startPause({ runtime, image: images.pause }, network(), wanted);
    await network().attach(wanted, pause);
    return started(`container:${pause.id}`);
  }

  async function started(networkMode: string, ...command: string[]): Promise<(command: string) => Promise<string>> {
    const id = await runtime.create({
      name: `longshore-test-${Date.now()}-${Math.floor(Math.random() * 1e6)}`,
      config: {
        Image: images.web,
        ...(command.length === 0 ? {} : { Cmd: command }),
        Labels: { [testLabel]: 'app' },
        HostConfig: { NetworkMode: networkMode },
      },
    });
    await runtime.start(id);
    return async (command) => {
      const { exitCode, output } = await runtime.exec(id, ['sh', '-c', command], { timeoutMs: 20_000 });
      return exitCode === 0 ? output.trim() : `${output} exit ${exitCode}`.trim();
    };
  }

  async function removeAll(): Promise<void> {
    for (const { id } of await runtime.list({ [testLabel]: 'app' })) await runtime.remove(id);
    await removePauses(runtime);
  }

  test('[NB-2] a task has the address and the MAC of its interface, and its containers share localhost', async () => {
    const sh = await task(testInterface(2));
    const shown = await sh('ip -4 -o addr; ip link; ip route');
    expect(shown).toContain('10.213.0.2/24');
    expect(shown).toContain(testInterface(2).macAddress);
    expect(shown).toContain('default via 10.213.0.1');
    const [pause] = await runtime.list({ [testLabel]: 'pause' });
    const second = await started(`container:${pause?.id}`, 'sleep', '60');
    expect(await second('wget -qO- http://127.0.0.1:8080/ >/dev/null && echo same')).toBe('same');
    const page = await fetch('http://10.213.0.2:8080/');
    expect(page.status).toBe(200);
  });

  test('[NB-8] tasks of a subnet reach each other by their addresses', async () => {
    const sh = await task(testInterface(2));
    await task(testInterface(3));
    expect(await sh('timeout 5 wget -qO- http://10.213.0.3:8080/ >/dev/null && echo there')).toBe('there');
  });

  /** The engine separates its networks: should one stop doing so, the limitation would be untrue. */
  test('[NB-8] tasks of different subnets do not, which the limitation says', async () => {
    const sh = await task(testInterface(2));
    await task(testInterface(3, { address: '10.213.16.3', prefixLength: 20, gateway: '10.213.16.1' }));
    expect(await sh('timeout 3 wget -qO- http://10.213.16.3:8080/ >/dev/null 2>&1 && echo there')).toBe('exit 143'); // SIGTERM
    expect((await fetch('http://10.213.16.3:8080/')).status).toBe(200);
    expect(network().capabilities.limitations.join()).toContain(
      'tasks reach each other within a subnet of one machine only',
    );
  });

  test('[NB-9] 169.254.170.2 is this machine, for awsvpc, bridge and host tasks, seen from the address of the task', async () => {
    const server = createServer((request, response) => response.end(request.socket.remoteAddress));
    await new Promise<void>((resolve) => server.listen(0, localAddress, resolve));
    const { port } = server.address() as { readonly port: number };
    const ask = `timeout 5 wget -qO- http://${localAddress}:${port}/`;
    try {
      expect(await (await task(testInterface(2)))(ask)).toBe('10.213.0.2');
      expect(await (await started('bridge'))(ask)).toMatch(/^172\.17\./);
      expect(await (await started('host', 'sleep', '60'))(ask)).toBe(localAddress);
    } finally {
      server.close();
    }
  });

  test('[NB-1] the networks are labelled, and gone with the last agent', async () => {
    await task(testInterface(2));
    const shown = (): string => execFileSync('cat', ['/proc/net/route'], { encoding: 'utf8' });
    expect(shown()).toContain('lsb-0ad50000');
    const labelled = async (): Promise<readonly string[]> =>
      (await Promise.all(['subnet', 'local'].map((kind) => runtime.listNetworks({ 'longshore.network': kind }))))
        .flat()
        .map(({ name }) => name);
    expect(await labelled()).toEqual(['longshore-10.213.0.0-24', 'longshore-local']);
    await removeAll();
    await network().destroy();
    expect(await labelled()).toEqual([]);
    expect(shown()).not.toContain('lsb-');
  });
});
