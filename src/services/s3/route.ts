import {
  ApiError,
  type RawAnswer,
  type RawRequest,
  type RawRoute,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { ObjectStore, StoredObject } from './ports.ts';
import { readRequest, type Wanted } from './read-request.ts';
import { errorXml, locationXml } from './xml.ts';

/** Objects are read whole; what is larger is refused. */
export const maxObjectBytes = 4 * 1024 * 1024;

/** GetObject, HeadObject and GetBucketLocation over a store that is only read. @param store undefined: there is none */
export function s3Route(store: ObjectStore | undefined): RawRoute {
  return {
    signingName: 's3',
    handle: async (raw) => {
      try {
        return await handle(store, raw);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return errorAnswer(raw.method, error);
      }
    },
  };
}

const noStore =
  'there is no S3 here. Environment files come from a directory of this machine: start longshore up or longshore server with --s3-directory DIR, and put them in DIR/bucket/key';

async function handle(store: ObjectStore | undefined, raw: RawRequest): Promise<RawAnswer> {
  // What has a body cannot be verified here, and is nothing that there is.
  if (raw.method !== 'GET' && raw.method !== 'HEAD') throw notImplemented(raw);
  const context = raw.signedContext('s3');
  if (store === undefined) throw new ApiError('NotImplemented', noStore, { status: 501 });
  const wanted = readRequest(raw);
  if (wanted === undefined) throw notImplemented(raw);
  const { bucket } = wanted;
  if (!(await store.hasBucket(bucket)))
    throw new ApiError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
  return wanted.kind === 'object' ? object(store, wanted, context) : location(bucket, context);
}

function notImplemented({ method, path }: RawRequest): ApiError {
  const text = `${method} ${path.slice(0, 200)} is not implemented by Longshore: of S3 there are GetObject, HeadObject and GetBucketLocation`;
  return new ApiError('NotImplemented', text, { status: 501 });
}

function ask(context: RequestContext, action: string, resource: string): void {
  context.authorize({ action: `s3:${action}`, resource: `arn:aws:s3:::${resource}`, resourceAccount: context.account });
}

/** A directory is in every Region. */
function location(bucket: string, context: RequestContext): RawAnswer {
  ask(context, 'GetBucketLocation', bucket);
  return { status: 200, headers: xml, body: locationXml(context.region) };
}

async function object(
  store: ObjectStore,
  wanted: Extract<Wanted, { kind: 'object' }>,
  context: RequestContext,
): Promise<RawAnswer> {
  const { bucket, key, isHead } = wanted;
  ask(context, 'GetObject', `${bucket}/${key}`);
  const found = await store.read({ bucket, key }, maxObjectBytes);
  if (found === undefined) {
    // Whoever may not list a bucket is not told what is not in it.
    ask(context, 'ListBucket', bucket);
    throw new ApiError('NoSuchKey', 'The specified key does not exist.', { status: 404 });
  }
  if (typeof found === 'number')
    throw new ApiError(
      'EntityTooLarge',
      `the object has ${found} bytes; Longshore serves objects of at most ${maxObjectBytes}`,
      { status: 400 },
    );
  return { status: 200, headers: objectHeaders(found), body: isHead ? '' : found.bytes };
}

function objectHeaders({ sizeBytes, lastModified, etag }: StoredObject): Record<string, string> {
  return {
    'content-type': 'binary/octet-stream',
    'content-length': String(sizeBytes),
    'last-modified': lastModified,
    etag: `"${etag}"`,
  };
}

const xml = { 'content-type': 'application/xml' };

/** Codes that S3 spells in its own way. */
const s3Codes: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  InvalidClientTokenId: 'InvalidAccessKeyId',
};

function errorAnswer(method: string, { code, message, status }: ApiError): RawAnswer {
  const body = method === 'HEAD' ? '' : errorXml(s3Codes[code] ?? code, message);
  return { status, headers: xml, body };
}
