import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLog, Turns } from '../../../kernel/index.ts';
import {
  ApiError,
  type Authorizer,
  type Caller,
  type CallRecorder,
  type RequestContext,
} from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecr.ts';
import { createServer } from '../../../protocol/index.ts';
import { MemoryStore, openDatabase, type Store } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { openBlobStore } from '../blobs/index.ts';
import type { EcrCore } from '../core.ts';
import type { TokenHolder } from '../ports.ts';
import { ecrService, ecrTables, type EcrDeps } from '../index.ts';

export const account = '123456789012';
export const root: Caller = { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` };
export const day = 24 * 60 * 60_000;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** ECR over a memory store and files of its own. */
export async function openEcr(
  more: Partial<Pick<EcrDeps, 'foreignAccess'>> & { readonly authorizer?: Authorizer; readonly store?: Store } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'ls-ecr-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const clock = new SimClock(settle);
  const db = await openDatabase(more.store ?? new MemoryStore(), ecrTables, { log: silentLog, freezeRows: true });
  const holders = new Map<string, TokenHolder>();
  const deps: EcrDeps = {
    db,
    clock,
    ids: new SimIds(1),
    log: silentLog,
    blobs: await openBlobStore({ directory, clock, reserveBytes: 0 }),
    policyProblem: (text) => (text.includes('"Statement"') ? undefined : 'Invalid repository policy provided'),
    tokens: {
      seal(holder) {
        const password = randomBytes(12).toString('hex');
        holders.set(password, holder);
        return password;
      },
      open: (password) => holders.get(password),
      basic: (password) => Buffer.from(`AWS:${password}`).toString('base64'),
    },
    ...(more.foreignAccess === undefined ? {} : { foreignAccess: more.foreignAccess }),
  };
  const service = ecrService(deps);
  onTestFinished(() => service.close());
  /** The same data, for what runs in the background. */
  const core: EcrCore = { ...deps, turns: new Turns(), unusedSinceMs: new Map() };
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { readonly caller?: Caller; readonly region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const { caller = root, region = 'us-east-1' } = as;
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    const context = { caller, account: caller.account, region, endpoint: 'http://127.0.0.1:4566', authorize() {} };
    return (await handler(input, context as unknown as RequestContext)) as never;
  };
  return { call, clock, core, db, directory, deps, service, authorizer: more.authorizer };
}

export type OpenedEcr = Awaited<ReturnType<typeof openEcr>>;

export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'fine';
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** A layer of some bytes in a repository. */
export async function pushLayer({ call }: OpenedEcr, repositoryName: string, bytes: Uint8Array): Promise<string> {
  const { layers = [] } = await call('BatchCheckLayerAvailability', { repositoryName, layerDigests: [sha256(bytes)] });
  if (layers[0]?.layerAvailability === 'AVAILABLE') return sha256(bytes);
  const { uploadId = '' } = await call('InitiateLayerUpload', { repositoryName });
  await call('UploadLayerPart', {
    repositoryName,
    uploadId,
    partFirstByte: 0,
    partLastByte: bytes.length - 1,
    layerPartBlob: bytes,
  });
  await call('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [sha256(bytes)] });
  return sha256(bytes);
}

export function manifestOf(config: Uint8Array, layers: readonly Uint8Array[]): string {
  const described = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    size: bytes.length,
    digest: sha256(bytes),
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: described('application/vnd.docker.container.image.v1+json', config),
    layers: layers.map((layer) => described('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)),
  });
}

/** An image of one layer whose bytes are its name. @returns its digest */
export async function pushImage(
  ecr: OpenedEcr,
  repositoryName: string,
  name: string,
  imageTag?: string,
): Promise<string> {
  const config = Buffer.from(`{"name":"${name}"}`);
  const layer = Buffer.from(`layer ${name}`);
  for (const bytes of [config, layer]) await pushLayer(ecr, repositoryName, bytes);
  const imageManifest = manifestOf(config, [layer]);
  await ecr.call('PutImage', { repositoryName, imageManifest, ...(imageTag === undefined ? {} : { imageTag }) });
  return sha256(imageManifest);
}

/** The service behind real HTTP. */
export async function serve(
  ecr: OpenedEcr,
  recorder?: CallRecorder,
): Promise<{ readonly url: string; readonly host: string; password(caller?: Caller): string }> {
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    services: [ecr.service],
    credentials: { find: () => undefined },
    clock: { nowMs: () => ecr.clock.nowMs(), after: (ms, run) => realAfter(ms, run) },
    ids: {
      hex: (length) => randomBytes(length).toString('hex').slice(0, length),
      uuid: () => crypto.randomUUID(),
      fraction: () => 0.5,
    },
    log: silentLog,
    health: () => ({ status: 'ok' }),
    limits: { stopTimeoutMs: 200 },
    ...(ecr.authorizer === undefined ? {} : { authorizer: ecr.authorizer }),
    ...(recorder === undefined ? {} : { recorder }),
  });
  const { port } = await server.start();
  onTestFinished(() => server.stop());
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    password: (caller = root) =>
      ecr.deps.tokens.seal({
        purpose: 'login',
        caller,
        region: 'us-east-1',
        expirationMs: ecr.clock.nowMs() + day / 2,
      }),
  };
}

function realAfter(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
