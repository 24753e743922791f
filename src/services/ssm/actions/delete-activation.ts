import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type SsmDeps, type SsmHandler } from '../core.ts';
import { activationKey, activations } from '../records/activation.ts';

/** Machines that registered with it stay. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteActivation.html */
export function deleteActivation({ db }: SsmDeps): SsmHandler<'DeleteActivation'> {
  return async (input, context) => {
    const key = activationKey(scopeOf(context), input.ActivationId);
    await db.transact((tx) => {
      if (tx.get(activations, key) === undefined)
        throw new ApiError(
          'InvalidActivationId',
          `The activation ID '${input.ActivationId}' is not valid: there is no such activation.`,
        );
      tx.delete(activations, key);
    });
    return {};
  };
}
