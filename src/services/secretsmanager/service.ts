import type { Log } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/secretsmanager.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import { sealedRows, type SealedRows } from '../../store/index.ts';
import { batchGetSecretValue } from './actions/batch-get-secret-value.ts';
import { createSecret } from './actions/create-secret.ts';
import { deleteSecret, restoreSecret } from './actions/delete-secret.ts';
import { describeSecret, listSecrets, listSecretVersionIds } from './actions/describe-secret.ts';
import { getRandomPassword } from './actions/get-random-password.ts';
import { getSecretValue } from './actions/get-secret-value.ts';
import { putSecretValue, updateSecret } from './actions/put-secret-value.ts';
import {
  deleteResourcePolicy,
  getResourcePolicy,
  putResourcePolicy,
  validateResourcePolicy,
} from './actions/resource-policy.ts';
import { cancelRotateSecret, rotateSecret } from './actions/rotate-secret.ts';
import { tagResource, untagResource } from './actions/tagging.ts';
import { updateSecretVersionStage } from './actions/update-secret-version-stage.ts';
import { secretsManagerAuthorization } from './authorization.ts';
import type { SecretsManagerDeps } from './core.ts';
import { secretDeletion } from './deletion-controller.ts';
import { invalidInput } from './errors.ts';
import { secretsManagerLimits } from './limits.ts';
import { secrets, secretValues } from './records/secret.ts';

/** The tables the database must hold for this service. */
export const secretsManagerTables = [secrets, secretValues] as const;

export interface SecretsManagerService {
  readonly definition: ServiceDefinition;
  /** For a change of the sealing key. */
  readonly sealed: SealedRows;
  start(): void;
  stop(): void;
}

/** AWS Secrets Manager. */
export function secretsManagerService(deps: SecretsManagerDeps & { readonly log: Log }): SecretsManagerService {
  const loop = new ReconcileLoop([secretDeletion(deps)], deps);
  return {
    definition: implement<Operations>({
      name: 'secretsmanager',
      invalid: invalidInput,
      limits: secretsManagerLimits,
      authorization: secretsManagerAuthorization(deps),
      handlers: {
        BatchGetSecretValue: batchGetSecretValue(deps),
        CancelRotateSecret: cancelRotateSecret(deps),
        CreateSecret: createSecret(deps),
        DeleteResourcePolicy: deleteResourcePolicy(deps),
        DeleteSecret: deleteSecret(deps),
        DescribeSecret: describeSecret(deps),
        GetRandomPassword: getRandomPassword(deps),
        GetResourcePolicy: getResourcePolicy(deps),
        GetSecretValue: getSecretValue(deps),
        ListSecretVersionIds: listSecretVersionIds(deps),
        ListSecrets: listSecrets(deps),
        PutResourcePolicy: putResourcePolicy(deps),
        PutSecretValue: putSecretValue(deps),
        RestoreSecret: restoreSecret(deps),
        RotateSecret: rotateSecret(deps),
        TagResource: tagResource(deps),
        UntagResource: untagResource(deps),
        UpdateSecret: updateSecret(deps),
        UpdateSecretVersionStage: updateSecretVersionStage(deps),
        ValidateResourcePolicy: validateResourcePolicy(deps),
      },
    }),
    sealed: sealedRows(deps.db, deps.sealer, {
      spec: secretValues,
      atOnce: 8, // a value may have nearly 90 KB
      read: (row) => row,
      write: (row, sealed) => ({ ...row, sealed }),
    }),
    start: () => loop.start(),
    stop: () => loop.stop(),
  };
}
