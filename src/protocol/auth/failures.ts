import { ApiError } from '../api/index.ts';
import type { Family } from '../wire/protocol.ts';

export type FailureKind =
  | 'missing'
  | 'incomplete'
  | 'unknownKey'
  | 'mismatch'
  | 'expiredToken'
  /** The date is outside the window, or a presigned URL is too old. */
  | 'expired';

/** Code and HTTP status, by the kind of protocol. */
const codes: Readonly<Record<Family, Readonly<Record<FailureKind, readonly [code: string, status: number]>>>> = {
  json: {
    missing: ['MissingAuthenticationTokenException', 400],
    incomplete: ['IncompleteSignatureException', 400],
    unknownKey: ['UnrecognizedClientException', 400],
    mismatch: ['InvalidSignatureException', 400],
    expiredToken: ['ExpiredTokenException', 400],
    expired: ['InvalidSignatureException', 400],
  },
  rest: {
    missing: ['MissingAuthenticationTokenException', 403],
    incomplete: ['IncompleteSignatureException', 403],
    unknownKey: ['UnrecognizedClientException', 403],
    mismatch: ['InvalidSignatureException', 403],
    expiredToken: ['ExpiredTokenException', 403],
    expired: ['InvalidSignatureException', 403],
  },
  query: {
    missing: ['MissingAuthenticationToken', 403],
    incomplete: ['IncompleteSignature', 400],
    unknownKey: ['InvalidClientTokenId', 403],
    mismatch: ['SignatureDoesNotMatch', 403],
    expiredToken: ['ExpiredToken', 403],
    expired: ['SignatureDoesNotMatch', 403],
  },
  ec2: {
    missing: ['MissingParameter', 400],
    incomplete: ['IncompleteSignature', 400],
    unknownKey: ['AuthFailure', 401],
    mismatch: ['AuthFailure', 401],
    expiredToken: ['RequestExpired', 400],
    expired: ['RequestExpired', 400],
  },
};

const sentences: Readonly<Record<FailureKind, string>> = {
  missing: 'Missing Authentication Token',
  incomplete: 'The request signature does not conform to AWS standards.',
  unknownKey: 'The security token included in the request is invalid.',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
    'and signing method. Consult the service documentation for details.',
  expiredToken: 'The security token included in the request is expired',
  expired: 'Signature expired',
};

const ec2Sentences: Readonly<Partial<Record<FailureKind, string>>> = {
  missing: 'The request must contain the parameter AWSAccessKeyId',
  unknownKey: 'AWS was not able to validate the provided access credentials',
  mismatch: 'AWS was not able to validate the provided access credentials',
  expiredToken: 'Request has expired.',
  expired: 'Request has expired.',
};

/** Failed authentication as AWS words it. EC2 keeps its sentences whatever the detail. */
export function authFailure(family: Family, kind: FailureKind, detail?: string): ApiError {
  const [code, status] = codes[family][kind];
  const special =
    family === 'ec2'
      ? ec2Sentences[kind]
      : family === 'query' && kind === 'missing'
        ? 'Request is missing Authentication Token'
        : undefined;
  return new ApiError(code, special ?? detail ?? sentences[kind], { status });
}
