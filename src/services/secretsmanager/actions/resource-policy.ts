import { MalformedPolicy, parsePolicy, type PolicyDocument } from '../../../policy/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { livingSecret, presentRows, scopeOf, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { secretArn, secrets } from '../records/secret.ts';

function read(text: string): PolicyDocument | string {
  try {
    return parsePolicy(text, { kind: 'resource' });
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    return `${error.message}: ${error.detail}`;
  }
}

/** Whether a statement without conditions allows anybody. */
function isPublic({ statements }: PolicyDocument): boolean {
  return statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' &&
      conditions.length === 0 &&
      principals !== undefined &&
      (principals.everyone || principals.negated),
  );
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html */
export function putResourcePolicy({ db }: SecretsManagerDeps): SecretsHandler<'PutResourcePolicy'> {
  return async (input, context) => {
    const document = read(input.ResourcePolicy);
    if (typeof document === 'string') throw new ApiError('MalformedPolicyDocumentException', document);
    if (input.BlockPublicPolicy === true && isPublic(document))
      throw new ApiError(
        'PublicPolicyException',
        'The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret.',
      );
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      tx.put(secrets, key, { ...row, policy: input.ResourcePolicy });
      return row;
    });
    return { ARN: secretArn(result), Name: result.name };
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html */
export function getResourcePolicy({ db }: SecretsManagerDeps): SecretsHandler<'GetResourcePolicy'> {
  return (input, context) => {
    const { row } = livingSecret(presentRows(db), scopeOf(context), input.SecretId);
    return {
      ARN: secretArn(row),
      Name: row.name,
      ...(row.policy === undefined ? {} : { ResourcePolicy: row.policy }),
    };
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html */
export function deleteResourcePolicy({ db }: SecretsManagerDeps): SecretsHandler<'DeleteResourcePolicy'> {
  return async (input, context) => {
    const { result } = await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      const { policy: _gone, ...rest } = row;
      tx.put(secrets, key, rest);
      return row;
    });
    return { ARN: secretArn(result), Name: result.name };
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html */
export function validateResourcePolicy({ db }: SecretsManagerDeps): SecretsHandler<'ValidateResourcePolicy'> {
  return (input, context) => {
    if (input.SecretId !== undefined) livingSecret(presentRows(db), scopeOf(context), input.SecretId);
    const document = read(input.ResourcePolicy);
    const errors =
      typeof document === 'string'
        ? [{ CheckName: 'PolicySyntax', ErrorMessage: document }]
        : isPublic(document)
          ? [{ CheckName: 'PublicAccess', ErrorMessage: 'The policy allows anybody' }]
          : [];
    return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors };
  };
}
