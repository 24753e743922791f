import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf, Unavailable, type ServerTrust } from '../../kernel/index.ts';
import type { RegistryAuth } from '../../runtime/index.ts';
import { limits } from '../limits.ts';
import { EcrRefusal } from './failures.ts';
import type { EcrReference } from './reference.ts';

interface Reply {
  readonly status: number;
  readonly digest: string;
  readonly body: string;
}

/** Of a manifest: the configuration of an image, the images of an index. */
interface Named {
  readonly config?: { readonly digest?: string };
  readonly manifests?: readonly { readonly digest?: string }[];
}

/** The control plane, which is the registry. */
export interface RegistryPlace {
  readonly endpoint: URL;
  readonly trust: ServerTrust | undefined;
}

/**
 * Asks the registry for an image as the engine would, with the same password: what it is, and whether its layers may be had. So a copy in
 * the engine's cache lets nobody run what the role may not pull, and a refusal is known in the registry's own words.
 * @returns the digest of the reference
 * @throws EcrRefusal, Unavailable
 */
export async function lookUp(place: RegistryPlace, reference: EcrReference, auth: RegistryAuth): Promise<string> {
  const { path, version } = reference;
  const manifest = await get(place, `/v2/${path}/manifests/${version}`, auth);
  const first = firstNamed(manifest.body);
  if (first.image !== undefined) {
    const image = await get(place, `/v2/${path}/manifests/${first.image}`, auth);
    first.blob = firstNamed(image.body).blob;
  }
  if (first.blob !== undefined) await get(place, `/v2/${path}/blobs/${first.blob}`, auth, { range: 'bytes=0-0' });
  return manifest.digest;
}

function firstNamed(body: string): { blob?: string | undefined; readonly image?: string | undefined } {
  const { config, manifests } = JSON.parse(body) as Named;
  return { blob: config?.digest, image: manifests?.[0]?.digest };
}

async function get(
  { endpoint, trust }: RegistryPlace,
  path: string,
  auth: RegistryAuth,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const basic = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  const reply = await send(new URL(path, endpoint), { ...headers, authorization: `Basic ${basic}` }, trust);
  if (reply.status < 300) return reply;
  throw refusalOf(path, reply);
}

function refusalOf(path: string, { status, body }: Reply): Error {
  let code = '';
  let message = body.slice(0, 500);
  try {
    const [first] = (JSON.parse(body) as { errors?: readonly { code?: string; message?: string }[] }).errors ?? [];
    code = first?.code ?? '';
    message = first?.message ?? message;
  } catch {
    // not the registry's own answer: shown as it is
  }
  if (code === 'NAME_UNKNOWN') return new EcrRefusal('noRepository', status, message);
  if (code === 'DENIED' || code === 'UNAUTHORIZED') return new EcrRefusal('denied', status, message);
  if (status >= 400 && status < 500) return new EcrRefusal('noImage', status, message);
  return new Unavailable(`the registry answered ${status} for ${path}: ${message}`);
}

function send(url: URL, headers: Readonly<Record<string, string>>, trust: ServerTrust | undefined): Promise<Reply> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(new Unavailable(`the registry at ${url.origin} does not answer: ${messageOf(error)}`));
    const request = start(url, { headers, timeout: limits.registryTimeoutMs, ...trust }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.manifestBytes)
          request.destroy(new Error(`more than ${limits.manifestBytes} bytes of a manifest`));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          digest: String(response.headers['docker-content-digest'] ?? ''),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer for ${limits.registryTimeoutMs} ms`)));
    request.on('error', fail);
    request.end();
  });
}
