import { afterAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { DockerRuntime } from '../../runtime/docker/index.ts';
import { buildLocalImage, findEngine } from './index.ts';

const address = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';

test('the engine of these tests is found', async () => {
  const { found } = await findEngine({ env: { LONGSHORE_ENGINE: address } });
  expect(found?.address).toBe(address);
});

describe.each(['busybox', 'node'] as const)('the local image made from %s', (from) => {
  const runtime = new DockerRuntime({ address, log: silentLog });
  const name = `longshore-local-image-${process.pid}-${from}`;
  afterAll(async () => {
    await runtime.remove(name);
    runtime.close();
  });

  test('serves a page on port 8080, logs, stops at once', async () => {
    const image = await buildLocalImage({ busybox: from === 'busybox' });
    expect(image.madeFrom).toBe(from);
    await runtime.loadImage(image.tar);
    await runtime.create({ name, config: { Image: image.reference } });
    const stream = await runtime.attach(name);
    await runtime.start(name);
    const [ip] = (await runtime.inspect(name))?.addresses ?? [];
    let log = '';
    const reading = (async () => {
      for await (const chunk of stream.chunks) log += new TextDecoder().decode(chunk.bytes);
    })();
    while (!log.includes('serves on port 8080')) await new Promise((resolve) => setTimeout(resolve, 20));
    const response = await fetchWhenUp(`http://${ip}:8080/`);
    expect(await response.text()).toContain('A task of Longshore');
    const before = Date.now();
    await runtime.stop(name, 10);
    expect(Date.now() - before).toBeLessThan(5_000);
    await reading;
    expect(log).toContain('web: stopping');
    expect(log.split('\n').length).toBeGreaterThan(3);
    expect((await runtime.inspect(name))?.exitCode).toBe(0);
  });
});

async function fetchWhenUp(url: string): Promise<Response> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response !== undefined) return response;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
