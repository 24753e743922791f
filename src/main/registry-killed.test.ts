import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { expect, test } from 'vitest';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const program = fileURLToPath(new URL('./contract/registry-process.ts', import.meta.url));
const rounds = 3;
const pushers = 3;
const layerBytes = 3_000_000;

interface Running {
  readonly url: string;
  readonly kill: () => Promise<void>;
}

async function started(directory: string): Promise<Running> {
  const child = spawn(process.execPath, ['--import', tsx, program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('close', (code) => reject(new Error(`ended with ${code}`)));
  });
  return {
    url,
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

interface Pushed {
  readonly tag: string;
  readonly digest: string;
  readonly layers: readonly string[];
}

type Send = (method: string, path: string, body?: Uint8Array | string) => Promise<Response>;

async function ok(answer: Promise<Response>): Promise<Response> {
  const { status } = await answer;
  if (status >= 300) throw new Error(`answered ${status}: ${await (await answer).text()}`);
  return answer;
}

/** Pushes an image of two layers. `begun` hears of every layer before it is sent. */
async function push(send: Send, tag: string, begun: (digest: string) => void): Promise<Pushed> {
  const layers = [randomBytes(layerBytes), Buffer.from(`{"tag":"${tag}"}`)];
  for (const layer of layers) {
    begun(sha256(layer));
    const location = (await ok(send('POST', '/v2/app/blobs/uploads/'))).headers.get('location') ?? '';
    await ok(send('PATCH', location, layer));
    await ok(send('PUT', `${location}?digest=${sha256(layer)}`));
  }
  const [layer, config] = layers.map((bytes) => ({ mediaType: 'x', size: bytes.length, digest: sha256(bytes) }));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] });
  begun(sha256(manifest));
  await ok(send('PUT', `/v2/app/manifests/${tag}`, manifest));
  return { tag, digest: sha256(manifest), layers: layers.map((bytes) => sha256(bytes)) };
}

test(
  '[ECR-19] killed in the middle of pushes: what was acknowledged is whole, the rest is not there',
  { timeout: 180_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'longshore-registry-'));
    const acknowledged: Pushed[] = [];
    const begun = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const { url, kill } = await started(directory);
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const ecr = new ECRClient({ endpoint: url, region: 'us-east-1', credentials });
      if (round === 0) await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
      const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
      const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
      const send: Send = (method, path, body) =>
        fetch(new URL(path, url), { method, headers: { authorization }, ...(body === undefined ? {} : { body }) });
      for (const { tag, digest, layers } of acknowledged) {
        expect(sha256(await (await ok(send('GET', `/v2/app/manifests/${tag}`))).text())).toBe(digest);
        for (const layer of layers) {
          const bytes = new Uint8Array(await (await ok(send('GET', `/v2/app/blobs/${layer}`))).arrayBuffer());
          expect(sha256(bytes)).toBe(layer);
        }
      }
      for (const digest of begun) {
        const answer = await send('GET', `/v2/app/blobs/${digest}`);
        if (answer.status === 200) expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
        else await answer.arrayBuffer();
      }
      const { tags } = (await (await ok(send('GET', '/v2/app/tags/list'))).json()) as { tags: readonly string[] };
      for (const tag of tags) {
        const { layers } = (await (await ok(send('GET', `/v2/app/manifests/${tag}`))).json()) as {
          layers: readonly { digest: string }[];
        };
        for (const { digest } of layers) await (await ok(send('GET', `/v2/app/blobs/${digest}`))).arrayBuffer();
      }
      let acknowledge: () => void = () => undefined;
      const oneIsAcknowledged = new Promise<void>((resolve) => {
        acknowledge = resolve;
      });
      const pushing = Array.from({ length: pushers }, async (_, pusher) => {
        for (let index = 0; ; index += 1) {
          acknowledged.push(await push(send, `r${round}-${pusher}-${index}`, (digest) => begun.add(digest)));
          acknowledge();
        }
      });
      const ends = Promise.allSettled(pushing);
      // However busy the machine is, something was acknowledged in every round.
      await Promise.race([oneIsAcknowledged, ends]);
      await new Promise((resolve) => setTimeout(resolve, 900 * Math.random()));
      await kill();
      await ends;
      ecr.destroy();
    }
    expect(acknowledged.length).toBeGreaterThan(0);
    // Whatever a kill left half done is a file of an upload, never a blob.
    for (const first of readdirSync(join(directory, 'images', 'sha256')))
      for (const hex of readdirSync(join(directory, 'images', 'sha256', first)))
        expect(begun.has(`sha256:${hex}`)).toBe(true);
    rmSync(directory, { recursive: true, force: true });
  },
);
