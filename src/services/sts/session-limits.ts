import { MalformedPolicy, parsePolicy, policySizes } from '../../policy/index.ts';
import { ApiError, type CallerSession } from '../../protocol/api/index.ts';
import type { Credentials } from '../../protocol/generated/sts.ts';
import { validationError } from './errors.ts';
import { maxPolicyArns, maxSessionTags } from './limits.ts';
import type { IssuedSession, Roles } from './ports.ts';

interface GivenPolicies {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

/** The session policies of a request. @throws MalformedPolicyDocument, ValidationError, PackedPolicyTooLarge */
export function readSessionPolicies(
  { Policy: text, PolicyArns }: GivenPolicies,
  account: string,
  roles: Roles,
): Pick<CallerSession, 'policies' | 'policyArns'> {
  const policyArns = (PolicyArns ?? []).flatMap(({ arn }) => arn ?? []);
  if (policyArns.length > maxPolicyArns) {
    throw validationError(
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${maxPolicyArns}`,
    );
  }
  for (const arn of policyArns) {
    if (!roles.hasPolicy(account, arn)) throw validationError(`The policy ${arn} does not exist in account ${account}`);
  }
  if (text !== undefined) readSessionPolicy(text);
  return {
    ...(text === undefined ? {} : { policies: [text] }),
    ...(policyArns.length === 0 ? {} : { policyArns }),
  };
}

function readSessionPolicy(text: string): void {
  if (text.length > policySizes.session) throw tooLarge(Math.ceil((text.length / policySizes.session) * 100));
  try {
    parsePolicy(text, { kind: 'session' });
  } catch (error) {
    if (error instanceof MalformedPolicy) throw new ApiError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
}

function tooLarge(percent: number): ApiError {
  return new ApiError(
    'PackedPolicyTooLargeException',
    `Packed size of session policies and session tags consumes ${percent}% of allotted space.`,
  );
}

interface GivenTag {
  readonly Key: string;
  readonly Value: string;
}

/** Session tags of a request; those that came with the caller's own session go on and cannot be given anew. @throws ValidationError */
export function readSessionTags(
  given: readonly GivenTag[] | undefined,
  transitive: readonly string[] | undefined,
  caller: CallerSession | undefined,
): Required<Pick<CallerSession, 'tags' | 'transitiveTagKeys'>> {
  const inherited = (caller?.tags ?? []).filter(({ key }) => caller?.transitiveTagKeys?.includes(key) === true);
  const own = (given ?? []).map(({ Key: key, Value: value }) => ({ key, value }));
  const seen = new Set(inherited.map(({ key }) => key.toLowerCase()));
  for (const { key } of own) {
    if (key.toLowerCase().startsWith('aws:')) throw validationError(`The tag key '${key}' is reserved`);
    if (seen.has(key.toLowerCase())) {
      throw validationError(
        'Duplicate tag keys found. Please note that Tag keys are case insensitive, and that transitive tags of the calling session cannot be overridden.',
      );
    }
    seen.add(key.toLowerCase());
  }
  if (seen.size > maxSessionTags) throw validationError(`A session can have ${maxSessionTags} tags at most`);
  for (const key of transitive ?? []) {
    if (!seen.has(key.toLowerCase()))
      throw validationError(`The transitive tag key '${key}' is not among the session tags`);
  }
  const wanted = new Set((transitive ?? []).map((key) => key.toLowerCase()));
  return {
    tags: [...inherited, ...own],
    transitiveTagKeys: [
      ...inherited.map(({ key }) => key),
      ...own.map(({ key }) => key).filter((key) => wanted.has(key.toLowerCase())),
    ],
  };
}

/** Credentials as they are shown. @throws PackedPolicyTooLarge */
export function shownCredentials(issued: IssuedSession, expirationMs: number): Credentials {
  if (issued.packedPercent > 100) throw tooLarge(issued.packedPercent);
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: expirationMs,
  };
}
