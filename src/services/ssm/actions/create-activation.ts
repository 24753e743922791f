import { scopeOf, type Input, type SsmDeps, type SsmHandler } from '../core.ts';
import { notImplemented, validationException } from '../errors.ts';
import { maxActivations } from '../limits.ts';
import { activationKey, activations } from '../records/activation.ts';
import { scopeText } from '../records/parameter.ts';
import { addedTags } from '../tags.ts';

const dayMs = 24 * 60 * 60_000;
const longestDays = 30;
const codeLength = 20;

/**
 * The activation code is told in this answer and nowhere else.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html
 */
export function createActivation({ db, ids, clock, roles, digests }: SsmDeps): SsmHandler<'CreateActivation'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const nowMs = clock.nowMs();
    if ((input.RegistrationMetadata ?? []).length > 0) throw notImplemented('RegistrationMetadata');
    const expiresAtMs = expiration(input, nowMs);
    if (roles.assumable(scope.account, input.IamRole) === undefined)
      throw validationException(
        `Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::${scope.account}:role/${input.IamRole}`,
      );
    const tags = addedTags([], input.Tags);
    const [id, code] = [ids.uuid(), ids.hex(codeLength)];
    await db.transact((tx) => {
      if (db.table(activations).count('scope', scopeText(scope)) >= maxActivations)
        throw validationException(
          `At most ${maxActivations} activations can exist in a region: delete some with DeleteActivation`,
        );
      tx.create(activations, activationKey(scope, id), {
        ...scope,
        id,
        codeDigest: digests.sha256(code),
        iamRole: input.IamRole,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.DefaultInstanceName === undefined ? {} : { defaultInstanceName: input.DefaultInstanceName }),
        registrationLimit: input.RegistrationLimit ?? 1,
        registrationsCount: 0,
        expiresAtMs,
        createdAtMs: nowMs,
        tags,
      });
    });
    return { ActivationId: id, ActivationCode: code };
  };
}

function expiration({ ExpirationDate: given }: Input<'CreateActivation'>, nowMs: number): number {
  if (given === undefined) return nowMs + dayMs;
  if (given <= nowMs) throw validationException('ExpirationDate must be in the future.');
  if (given > nowMs + longestDays * dayMs)
    throw validationException(`ExpirationDate must be at most ${longestDays} days in the future.`);
  return given;
}
