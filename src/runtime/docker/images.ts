import { InvalidArgument } from '../../kernel/index.ts';
import { EngineRefused } from '../index.ts';
import type { ContainerRuntime, ImageInfo, ImageSummary, RegistryAuth } from '../index.ts';
import type { EngineApi } from './engine-api.ts';
import { timedOut, unavailable } from './failures.ts';
import { callTimeoutMs, pullProgressEveryMs } from './limits.ts';
import { jsonLines } from './streams.ts';
import type { ImageListEntry, ImageReply } from './wire-types.ts';

interface ProgressLine {
  readonly id?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string; readonly code?: number };
}

/** Where Podman says an image comes from that was loaded or built here: no registry. */
const thisMachine = 'localhost/';

export async function inspectImage(api: EngineApi, reference: string): Promise<ImageInfo | undefined> {
  const call = {
    method: 'GET',
    path: `/images/${imagePath(reference)}/json`,
    timeoutMs: callTimeoutMs.inspect,
  } as const;
  const reply = await api.find<ImageReply>(call);
  if (reply === undefined) return undefined;
  return {
    id: reply.Id,
    repoDigests: (reply.RepoDigests ?? []).filter((digest) => !digest.startsWith(thisMachine)),
    repoTags: reply.RepoTags ?? [],
    sizeBytes: reply.Size,
    volumes: Object.keys(reply.Config?.Volumes ?? {}),
    exposedPorts: Object.keys(reply.Config?.ExposedPorts ?? {}),
    environment: reply.Config?.Env ?? [],
  };
}

export async function pullImage(
  api: EngineApi,
  reference: string,
  options: Parameters<ContainerRuntime['pullImage']>[1],
): Promise<void> {
  const call = {
    method: 'POST',
    path: '/images/create',
    query: pullQuery(reference),
    headers: authHeader(options.auth),
    timeoutMs: Math.min(options.timeoutMs, options.inactivityTimeoutMs),
  } as const;
  const { readable } = await api.open(call);
  const what = `the pull of ${reference}`;
  const stop = (limitMs: number) => (): void => void readable.destroy(timedOut(what, limitMs));
  const total = setTimeout(stop(options.timeoutMs), options.timeoutMs);
  const inactivity = setTimeout(stop(options.inactivityTimeoutMs), options.inactivityTimeoutMs);
  const report = progressReporter(options.onProgress);
  try {
    for await (const line of jsonLines(api, readable)) {
      inactivity.refresh();
      const progress = line as ProgressLine;
      throwIfFailed(progress);
      report(progress);
    }
  } finally {
    clearTimeout(total);
    clearTimeout(inactivity);
    readable.destroy();
  }
}

export async function resolveDigest(api: EngineApi, reference: string, auth?: RegistryAuth): Promise<string> {
  const path = `/distribution/${imagePath(reference)}/json`;
  const headers = authHeader(auth);
  const reply = await api.call({ method: 'GET', path, headers, timeoutMs: callTimeoutMs.distribution });
  const digest = (JSON.parse(reply.body) as { Descriptor?: { digest?: string } }).Descriptor?.digest;
  if (digest === undefined)
    throw unavailable(api.connection.address, new Error(`no digest in the reply for ${reference}`));
  return digest;
}

export async function tagImage(api: EngineApi, reference: string, name: string): Promise<void> {
  const { fromImage: repo, tag } = pullQuery(name);
  const query = { repo, ...(tag === undefined ? {} : { tag }) };
  await api.call({
    method: 'POST',
    path: `/images/${imagePath(reference)}/tag`,
    query,
    timeoutMs: callTimeoutMs.inspect,
  });
}

export async function loadImage(api: EngineApi, tar: Uint8Array): Promise<void> {
  const call = { method: 'POST', path: '/images/load', query: { quiet: '1' }, body: tar } as const;
  const reply = await api.call({ ...call, timeoutMs: callTimeoutMs.load });
  for (const line of reply.body.split('\n')) {
    if (line.trim().startsWith('{')) throwIfFailed(JSON.parse(line) as ProgressLine);
  }
}

export async function removeImage(api: EngineApi, reference: string): Promise<void> {
  await api.call({ method: 'DELETE', path: `/images/${imagePath(reference)}`, timeoutMs: callTimeoutMs.remove }, [404]);
}

export async function listImages(api: EngineApi): Promise<readonly ImageSummary[]> {
  const reply = await api.call({ method: 'GET', path: '/images/json', timeoutMs: callTimeoutMs.list });
  return (JSON.parse(reply.body) as readonly ImageListEntry[]).flatMap(({ Id, RepoTags, RepoDigests, Created }) => {
    // What lost its name to a newer image is listed as `<none>`.
    const references = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => !name.startsWith('<none>'));
    return references.length === 0 ? [] : [{ id: Id, references, createdAtMs: Created * 1000 }];
  });
}

/** Splits `name:tag`; without tag or digest `latest` is meant, not every tag there is. */
export function pullQuery(reference: string): { readonly fromImage: string; readonly tag?: string } {
  if (reference.includes('@')) return { fromImage: reference };
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  if (colon === -1) return { fromImage: reference, tag: 'latest' };
  return { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** Image names have slashes, which stay; anything that would end the path is refused. */
function imagePath(reference: string): string {
  if (!/^[\w][\w.:/@+-]*$/.test(reference) || reference.includes('..')) {
    throw new InvalidArgument(`"${reference}" is not an image reference`);
  }
  return reference;
}

function authHeader(auth: RegistryAuth | undefined): Readonly<Record<string, string>> {
  if (auth === undefined) return {};
  const { username, password, serverAddress } = auth;
  const json = JSON.stringify({ username, password, serveraddress: serverAddress });
  // Docker wants base64url, with its padding.
  const text = Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return { 'X-Registry-Auth': text };
}

/** A pull or load that fails says so inside its stream, under HTTP 200. */
function throwIfFailed(line: ProgressLine): void {
  const message = line.errorDetail?.message ?? line.error;
  if (message !== undefined) throw new EngineRefused(line.errorDetail?.code ?? 500, message);
}

/** Passes on what is new, and of running progress bars a line now and then. */
function progressReporter(onProgress: ((line: string) => void) | undefined): (line: ProgressLine) => void {
  const seen = new Map<string, string>();
  let lastMs = 0;
  return (line) => {
    if (onProgress === undefined || line.status === undefined) return;
    const id = line.id ?? '';
    const moved = seen.get(id) !== line.status;
    if (!moved && Date.now() - lastMs < pullProgressEveryMs) return;
    seen.set(id, line.status);
    lastMs = Date.now();
    onProgress([id === '' ? '' : `${id}:`, line.status, line.progress ?? ''].filter((part) => part !== '').join(' '));
  };
}
