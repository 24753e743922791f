import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './parameter.ts';

/**
 * What lets machines register as managed nodes with a role. The code is shown once, to who made the activation; kept is its digest.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Activation.html
 */
export interface ActivationRecord extends Scope {
  /** UUID. */
  readonly id: string;
  /** SHA-256 of the activation code, hexadecimal. */
  readonly codeDigest: string;
  /** Name of the role that its machines get, with its path, as it was given. */
  readonly iamRole: string;
  readonly description?: string;
  readonly defaultInstanceName?: string;
  /** Machines that may register with it, and those that did. */
  readonly registrationLimit: number;
  readonly registrationsCount: number;
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  readonly tags: readonly Tag[];
}

export function activationKey(scope: Scope, id: string): string {
  return `/ssm/activation/${scopeText(scope)}/${id}`;
}

export const activations: TableSpec<ActivationRecord, 'scope' | 'id'> = {
  prefix: '/ssm/activation/',
  // Who registers says the id alone: account and region follow from it.
  indexes: { scope: scopeText, id: (row) => row.id },
};
