import { toText } from '../../../kernel/index.ts';
import type { RawAnswer } from '../../../protocol/api/index.ts';
import { imageNotFound } from '../errors.ts';
import { findImage, recordPull } from '../images/find-image.ts';
import { mediaTypes } from '../images/read-manifest.ts';
import { putImage } from '../images/put-image.ts';
import { digestPattern, maxManifestBytes, tagPattern } from '../limits.ts';
import { tags, tagKey } from '../records/image.ts';
import { empty, jsonAnswer, refuse } from './answers.ts';
import { allowed, type DistributionRequest } from './request.ts';

const digest = new RegExp(`^${digestPattern}$`);
const tag = new RegExp(`^${tagPattern}$`);
const mostTagsListed = 1_000;

/** As an image is named by what is no valid reference, too. */
export function digestOrTag(reference: string): { readonly imageDigest?: string; readonly imageTag?: string } {
  return digest.test(reference) ? { imageDigest: reference } : { imageTag: reference };
}

function imageId(reference: string): { readonly imageDigest?: string; readonly imageTag?: string } {
  const id = digestOrTag(reference);
  if (id.imageDigest !== undefined) return id;
  if (reference.includes(':'))
    refuse(400, 'DIGEST_INVALID', `'${reference.slice(0, 100)}' is not sha256:… of 64 hexadecimal digits`);
  if (!tag.test(reference))
    refuse(
      400,
      'TAG_INVALID',
      `Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '${tagPattern}''`,
    );
  return id;
}

/** GET and HEAD. Which media types the client takes is not asked: it says what it gets, and nothing is converted. */
export async function getManifest(request: DistributionRequest, reference: string): Promise<RawAnswer> {
  const { core } = request;
  const repository = allowed(request, 'ecr:BatchGetImage');
  const image = findImage(core.db, repository, imageId(reference));
  if (typeof image === 'string') return refuse(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  const headers = {
    'content-type': image.mediaType,
    'docker-content-digest': image.digest,
    'content-length': String(image.manifestBytes),
  };
  if (request.raw.method === 'HEAD') return empty(200, headers);
  const bytes = await core.blobs.read(image.digest);
  if (bytes === undefined) throw imageNotFound(repository, { imageDigest: image.digest });
  recordPull(core, image);
  return { status: 200, headers, body: bytes };
}

export async function putManifest(request: DistributionRequest, reference: string): Promise<RawAnswer> {
  const { core, raw, pathName } = request;
  const repository = allowed(request, 'ecr:PutImage');
  const id = imageId(reference);
  const manifest = await wholeBody(raw.body);
  const declared = raw.headers.get('content-type')?.split(';')[0]?.trim();
  request.seen.manifest = toText(manifest);
  const isKnown = Object.values(mediaTypes).some((type) => type === declared);
  const { image } = await putImage(core, repository, {
    manifest,
    mediaType: isKnown ? declared : undefined,
    tag: id.imageTag,
    digest: id.imageDigest,
  });
  request.seen.mediaType = image.mediaType;
  return empty(201, {
    location: `/v2/${pathName}/manifests/${image.digest}`,
    'docker-content-digest': image.digest,
    ...(image.subject === undefined ? {} : { 'oci-subject': image.subject }),
  });
}

async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxManifestBytes) refuse(413, 'MANIFEST_INVALID', `A manifest has at most ${maxManifestBytes} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Sorted, as the distribution API wants; `n` and `last` for pages. */
export function listTags(request: DistributionRequest): RawAnswer {
  const { core, raw, name, pathName } = request;
  const repository = allowed(request, 'ecr:ListImages');
  const asked = Number(raw.query.get('n') ?? mostTagsListed);
  if (!Number.isSafeInteger(asked) || asked < 0)
    refuse(400, 'UNSUPPORTED', `n must be a number, but is '${raw.query.get('n')}'`);
  const most = Math.min(asked, mostTagsListed);
  const last = raw.query.get('last');
  const prefix = tagKey(repository.id, '').length;
  const all = Array.from(core.db.table(tags).keys('repository', repository.id), (key) => key.slice(prefix)).sort();
  const left = last === undefined ? all : all.filter((each) => each > last);
  const page = left.slice(0, most);
  const next =
    page.length > 0 && left.length > most
      ? { link: `</v2/${pathName}/tags/list?n=${most}&last=${page.at(-1)}>; rel="next"` }
      : {};
  return jsonAnswer({ name, tags: page }, next);
}
