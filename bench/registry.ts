// Push and pull of an image of 200 MB against Debian's docker-registry, in turn in one run: `npx tsx bench/registry.ts`.
// One client for both, at the level of HTTP: the Docker CLI would spend its time on compressing the layers.
import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Installation } from './longshore-process.ts';
import { call } from './signed-request.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const layerBytes = 50 * 1024 ** 2;
const layers = 4;
const bare = '/usr/bin/docker-registry';
const ecr = 'AmazonEC2ContainerRegistry_V20150921';
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

interface Registry {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly location: string;
  readonly bytes: number;
}

function send({ url, headers }: Registry, method: string, path: string, body?: Uint8Array): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': body.length };
    const asked = request(new URL(path, url), { method, headers: { ...headers, ...length } }, (reply) => {
      let bytes = 0;
      reply.on('data', (chunk: Buffer) => (bytes += chunk.length));
      reply.on('error', reject);
      reply.on('end', () => {
        const status = reply.statusCode ?? 0;
        if (status >= 300) reject(new Error(`${method} ${path} answered ${status}`));
        else resolve({ status, location: reply.headers.location ?? '', bytes });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

interface Image {
  readonly blobs: readonly Buffer[];
  readonly manifest: Buffer;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** New every round, so that nobody has a layer already. */
function newImage(): Image {
  const config = randomBytes(64);
  const bytes = Array.from({ length: layers }, () => randomBytes(layerBytes));
  const described = (blob: Buffer) => ({
    mediaType: 'application/octet-stream',
    size: blob.length,
    digest: sha256(blob),
  });
  const manifest = { schemaVersion: 2, mediaType, config: described(config), layers: bytes.map(described) };
  return { blobs: [config, ...bytes], manifest: Buffer.from(JSON.stringify(manifest)) };
}

/** Layers at the same time, each in one PATCH, as Docker does. */
async function push(registry: Registry, { blobs, manifest }: Image): Promise<void> {
  await Promise.all(
    blobs.map(async (blob) => {
      const begun = await send(registry, 'POST', '/v2/app/blobs/uploads/');
      const sent = await send(registry, 'PATCH', begun.location, blob);
      const end = new URL(sent.location, registry.url);
      end.searchParams.set('digest', sha256(blob));
      await send(registry, 'PUT', `${end.pathname}${end.search}`);
    }),
  );
  await send(
    { ...registry, headers: { ...registry.headers, 'content-type': mediaType } },
    'PUT',
    '/v2/app/manifests/latest',
    manifest,
  );
}

async function pull(registry: Registry, { blobs }: Image): Promise<void> {
  await send({ ...registry, headers: { ...registry.headers, accept: mediaType } }, 'GET', '/v2/app/manifests/latest');
  await Promise.all(
    blobs.map(async (blob) => {
      const { bytes } = await send(registry, 'GET', `/v2/app/blobs/${sha256(blob)}`);
      if (bytes !== blob.length) throw new Error(`${bytes} bytes instead of ${blob.length}`);
    }),
  );
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function startBare(): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'bare-registry-'));
  const port = await freePort();
  mkdirSync(join(directory, 'data'));
  const config = `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${directory}/data\nhttp:\n  addr: 127.0.0.1:${port}\n`;
  writeFileSync(join(directory, 'config.yml'), config);
  const child = spawn(bare, ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
  const registry: Registry = {
    name: 'docker-registry',
    url: `http://127.0.0.1:${port}`,
    headers: {},
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await send(registry, 'GET', '/v2/');
      return registry;
    } catch (error) {
      if (attempt >= 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function startLongshore(): Promise<Registry> {
  const installation = new Installation();
  const server = await installation.server();
  const ask = (operation: string, input: object) => call(server, operation, input, ecr, 'ecr');
  await ask('CreateRepository', { repositoryName: 'app' });
  const { authorizationData } = (await ask('GetAuthorizationToken', {})) as {
    readonly authorizationData: readonly { readonly authorizationToken: string }[];
  };
  const authorization = `Basic ${authorizationData[0]?.authorizationToken ?? ''}`;
  return { name: 'longshore', url: server.ready, headers: { authorization }, stop: () => installation.remove() };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

if (!existsSync(bare)) {
  console.log('skipped: docker-registry is not installed (apt-get install --no-install-recommends docker-registry)');
} else {
  const registries = [await startBare(), await startLongshore()];
  const times = new Map(registries.map(({ name }) => [name, { push: [] as number[], pull: [] as number[] }]));
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const image = newImage();
      for (const registry of round % 2 === 0 ? registries : registries.toReversed()) {
        const pushMs = await timed(() => push(registry, image));
        const pullMs = await timed(() => pull(registry, image));
        if (round === 0) continue; // warm-up
        times.get(registry.name)?.push.push(pushMs);
        times.get(registry.name)?.pull.push(pullMs);
      }
    }
  } finally {
    for (const registry of registries) await registry.stop();
  }
  const [base, own] = registries.map(({ name }) => times.get(name));
  for (const what of ['push', 'pull'] as const) {
    const [bareMs, ownMs] = [median(base?.[what] ?? []), median(own?.[what] ?? [])];
    console.log(
      `${what} of ${(layers * layerBytes) / 1024 ** 2} MiB: docker-registry ${bareMs.toFixed(0)} ms, longshore ${ownMs.toFixed(0)} ms, longshore / docker-registry ${(ownMs / bareMs).toFixed(2)}`,
    );
  }
}
