import { Unavailable } from '../../../kernel/index.ts';
import { ApiError, type RawAnswer } from '../../../protocol/api/index.ts';

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED';

const json = { 'content-type': 'application/json; charset=utf-8' };

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: RawAnswer;
  constructor(answer: RawAnswer) {
    super('refused');
    this.answer = answer;
  }
}

export function failure(
  status: number,
  code: OciCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): RawAnswer {
  return { status, headers: { ...json, ...headers }, body: `${JSON.stringify({ errors: [{ code, message }] })}\n` };
}

export function refuse(...given: Parameters<typeof failure>): never {
  throw new Refusal(failure(...given));
}

export function jsonAnswer(value: object, headers: Readonly<Record<string, string>> = {}): RawAnswer {
  return { status: 200, headers: { ...json, ...headers }, body: `${JSON.stringify(value)}\n` };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): RawAnswer {
  return { status, headers, body: '' };
}

/** What ECR's errors are here. Others are mistakes in what was sent. */
const known: Readonly<Record<string, readonly [status: number, code: OciCode]>> = {
  AccessDeniedException: [403, 'DENIED'],
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  ImageNotFoundException: [404, 'MANIFEST_UNKNOWN'],
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ReferencedImagesNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  InvalidLayerException: [400, 'DIGEST_INVALID'],
  InvalidLayerPartException: [416, 'BLOB_UPLOAD_INVALID'],
  UploadNotFoundException: [404, 'BLOB_UPLOAD_UNKNOWN'],
  LayerInaccessibleException: [404, 'BLOB_UNKNOWN'],
  LimitExceededException: [429, 'TOOMANYREQUESTS'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
};

/** @throws on what is no answer to the client */
export function failureOf(thrown: unknown): RawAnswer {
  if (thrown instanceof Refusal) return thrown.answer;
  if (thrown instanceof Unavailable) return failure(503, 'UNAVAILABLE', thrown.message);
  if (!(thrown instanceof ApiError)) throw thrown;
  const [status, code] = known[thrown.code] ?? [400, 'UNSUPPORTED'];
  return failure(status, code, thrown.message);
}
