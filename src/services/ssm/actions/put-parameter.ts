import { InvalidArgument, toBytes } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { findParameter, scopeOf, sealedText, type Input, type SsmDeps, type SsmHandler } from '../core.ts';
import { notImplemented, validationException } from '../errors.ts';
import {
  maxAdvancedBytes,
  maxAdvancedParameters,
  maxStandardBytes,
  maxStandardParameters,
  maxVersions,
} from '../limits.ts';
import { checkName } from '../names.ts';
import { readPolicies } from '../policies.ts';
import type { PatternReader } from '../ports.ts';
import {
  parameterKey,
  parameters,
  parameterVersions,
  scopeText,
  versionContext,
  versionKey,
  type ExpirationPolicy,
  type ParameterRecord,
  type ParameterTier,
  type ParameterType,
  type Scope,
} from '../records/parameter.ts';
import { addedTags } from '../tags.ts';

type Put = Input<'PutParameter'>;

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export function putParameter(deps: SsmDeps): SsmHandler<'PutParameter'> {
  const { db, clock } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    checkInput(scope, input, deps.patterns);
    const expiration = readPolicies(input.Policies);
    const nowMs = clock.nowMs();
    const { result } = await db.transact((tx) => {
      const present = findParameter(tx, scope, { id: input.Name, nowMs });
      const row = nextParameter(deps, input, { scope, present, expiration, nowMs, by: context });
      // What is past its expiration and not removed yet makes room.
      writeVersion(tx, deps, row, input);
      if (present !== undefined && row.oldest > present.oldest)
        tx.delete(parameterVersions, versionKey(scope, row.name, present.oldest));
      tx.put(parameters, parameterKey(scope, row.name), row);
      return row;
    });
    return { Version: result.latest, Tier: result.tier };
  };
}

function checkInput(scope: Scope, input: Put, patterns: PatternReader): void {
  checkName(scope, input.Name);
  if (input.Value === '') throw validationException("Value can't be empty.");
  const { KeyId: keyId, DataType: dataType } = input;
  if (keyId !== undefined && input.Type !== undefined && input.Type !== 'SecureString')
    throw validationException('KeyId is required for SecureString type parameter only.');
  if (keyId !== undefined && keyId !== 'alias/aws/ssm')
    throw new ApiError(
      'InvalidKeyId',
      `KeyId '${keyId}' is not implemented by Longshore: values are sealed with the installation's key, alias/aws/ssm`,
    );
  if (dataType !== undefined && dataType !== 'text') throw notImplemented(`DataType '${dataType}'`);
  if (input.Overwrite === true && (input.Tags ?? []).length > 0)
    throw validationException(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  checkPattern(input, patterns);
}

function checkPattern({ AllowedPattern: pattern, Value: value }: Put, patterns: PatternReader): void {
  if (pattern === undefined || pattern === '') return;
  let fits: (value: string) => boolean;
  try {
    fits = patterns.read(pattern);
  } catch (error) {
    if (!(error instanceof InvalidArgument)) throw error;
    throw new ApiError('InvalidAllowedPatternException', `The allowed pattern is not valid: ${error.message}`);
  }
  if (!fits(value))
    throw new ApiError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
}

/** The parameter with one more version. @throws what stands in the way */
function nextParameter(
  { db }: SsmDeps,
  input: Put,
  given: {
    readonly scope: Scope;
    readonly present: ParameterRecord | undefined;
    readonly expiration: ExpirationPolicy | undefined;
    readonly nowMs: number;
    readonly by: RequestContext;
  },
): ParameterRecord {
  const { scope, present, nowMs, by } = given;
  const tier = tierOf(input, present, given.expiration !== undefined);
  const expiration = input.Policies === undefined ? present?.expiration : given.expiration;
  const description = input.Description ?? present?.description;
  const allowedPattern = input.AllowedPattern ?? present?.allowedPattern;
  if (present === undefined || present.tier !== tier) {
    const most = tier === 'Standard' ? maxStandardParameters : maxAdvancedParameters;
    if (db.table(parameters).count('tier', `${scopeText(scope)} ${tier}`) >= most)
      throw new ApiError(
        'ParameterLimitExceeded',
        `An account can have at most ${most} ${tier} parameters in a Region`,
      );
  }
  return {
    ...scope,
    name: input.Name,
    type: typeOf(input, present),
    tier,
    oldest: oldestKept(present),
    latest: (present?.latest ?? 0) + 1,
    labels: present?.labels ?? {},
    tags: present?.tags ?? addedTags([], input.Tags),
    ...(description === undefined ? {} : { description }),
    ...(allowedPattern === undefined || allowedPattern === '' ? {} : { allowedPattern }),
    ...(expiration === undefined ? {} : { expiration }),
    modifiedAtMs: nowMs,
    modifiedBy: by.caller.arn,
  };
}

function typeOf(input: Put, present: ParameterRecord | undefined): ParameterType {
  if (present === undefined) {
    if (input.Type === undefined)
      throw validationException('A parameter type is required when you create a parameter.');
    return input.Type;
  }
  if (input.Overwrite !== true)
    throw new ApiError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  if (input.Type !== undefined && input.Type !== present.type)
    throw new ApiError(
      'HierarchyTypeMismatchException',
      `The parameter has the type ${present.type}, which can't be changed to ${input.Type}. Create a new, unique parameter.`,
    );
  return present.type;
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
function tierOf(input: Put, present: ParameterRecord | undefined, hasPolicies: boolean): ParameterTier {
  const bytes = toBytes(input.Value).length;
  const asked = input.Tier ?? present?.tier ?? 'Standard';
  const needsAdvanced = bytes > maxStandardBytes || hasPolicies;
  const tier =
    asked === 'Intelligent-Tiering' ? (needsAdvanced || present?.tier === 'Advanced' ? 'Advanced' : 'Standard') : asked;
  if (tier === 'Standard') {
    if (present?.tier === 'Advanced')
      throw validationException(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
      );
    if (bytes > maxStandardBytes)
      throw validationException(
        `Standard tier parameters support a maximum parameter value of ${maxStandardBytes} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
      );
    if (hasPolicies)
      throw validationException(
        'Parameter policies can be assigned to parameters that use the advanced-parameter tier only. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
      );
  }
  if (bytes > maxAdvancedBytes)
    throw validationException(
      `Advanced tier parameters support a maximum parameter value of ${maxAdvancedBytes} characters.`,
    );
  return tier;
}

/** The oldest version once another is written: of a hundred, the oldest goes, unless a label holds it. */
function oldestKept(present: ParameterRecord | undefined): number {
  if (present === undefined) return 1;
  const { oldest, latest, labels, name } = present;
  if (latest - oldest + 1 < maxVersions) return oldest;
  if (Object.values(labels).includes(oldest))
    throw new ApiError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  return oldest + 1;
}

function writeVersion(tx: Transaction, { sealer }: SsmDeps, row: ParameterRecord, input: Put): void {
  const sealed = row.type === 'SecureString';
  const context = versionContext(row, row.latest);
  tx.put(parameterVersions, versionKey(row, row.name, row.latest), {
    version: row.latest,
    value: sealed ? sealedText(sealer, input.Value, context) : input.Value,
    sealed,
    context,
    tier: row.tier,
    ...(row.description === undefined ? {} : { description: row.description }),
    ...(row.allowedPattern === undefined ? {} : { allowedPattern: row.allowedPattern }),
    modifiedAtMs: row.modifiedAtMs,
    modifiedBy: row.modifiedBy,
  });
}
