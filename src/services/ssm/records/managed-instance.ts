import { formatArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './parameter.ts';

/** A machine that registered with an activation. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformation.html */
export interface ManagedInstanceRecord extends Scope {
  /** `mi-` and 17 hexadecimal digits. */
  readonly id: string;
  readonly activationId: string;
  /** Name of its role, with its path, as the activation has it. */
  readonly iamRole: string;
  readonly name?: string;
  /** SHA-256, hexadecimal, of the secret by which the machine asks for credentials of its role. */
  readonly secretDigest: string;
  readonly registeredAtMs: number;
  /** When it last asked for credentials. */
  readonly lastPingMs: number;
  readonly agentVersion: string;
  readonly computerName: string;
  readonly platformName: string;
  readonly platformVersion: string;
  readonly ipAddress: string;
  readonly tags: readonly Tag[];
}

export function managedInstanceKey(scope: Scope, id: string): string {
  return `/ssm/managed-instance/${scopeText(scope)}/${id}`;
}

export function managedInstanceArn({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn('ssm', region, account, `managed-instance/${id}`);
}

export const managedInstances: TableSpec<ManagedInstanceRecord, 'scope' | 'id' | 'secret'> = {
  prefix: '/ssm/managed-instance/',
  indexes: { scope: scopeText, id: (row) => row.id, secret: (row) => row.secretDigest },
};
