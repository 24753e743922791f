/** What a request to S3 asks for, as far as there is an answer for it. */
export type Wanted =
  | { readonly kind: 'bucketLocation'; readonly bucket: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly isHead: boolean };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const maxKeyBytes = 1_024;

/**
 * Takes a GET or HEAD in path style apart: `/bucket?location`, `/bucket/key`.
 * @returns undefined for everything else, and for names that no bucket or object has
 */
export function readRequest(request: {
  readonly method: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}): Wanted | undefined {
  const { method, path, query } = request;
  const slash = path.indexOf('/', 1);
  const bucket = path.slice(1, slash === -1 ? undefined : slash);
  const key = slash === -1 ? '' : decoded(path.slice(slash + 1));
  if (!bucketName.test(bucket) || key === undefined) return undefined;
  if (key === '') return method === 'GET' && query.has('location') ? { kind: 'bucketLocation', bucket } : undefined;
  // Sub-resources (`?acl`, `?tagging` …) are operations of their own; SDKs say which one they call with `x-id`.
  if ([...query.keys()].some((name) => name !== 'x-id') || !isKey(key)) return undefined;
  return { kind: 'object', bucket, key, isHead: method === 'HEAD' };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // no percent-encoding: no key
  }
}

/** S3 has keys with empty and dot segments; files have not, and they must not lead elsewhere. */
function isKey(key: string): boolean {
  if (key.length > maxKeyBytes || key.includes('\0') || key.includes('\\')) return false;
  return key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
