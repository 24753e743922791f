import type { Transaction } from '../../store/index.ts';
import type { CustomHealth } from './records/instance.ts';
import type { Scope } from './records/scope.ts';
import type { RecordType } from './records/service.ts';

/** What other services may know of a Cloud Map service. */
export interface RegistryFacts {
  /** Empty: found by DiscoverInstances only. */
  readonly recordTypes: readonly RecordType[];
  /** Whoever registers says how the instances are. */
  readonly customHealth: boolean;
}

/** What Cloud Map gives to services that register what they run, such as ECS. */
export interface InstanceRegistrar {
  /** Undefined when the account and region have no service of that ARN. */
  registry(scope: Scope, serviceArn: string): RegistryFacts | undefined;
  /** Registers in `tx`, or replaces what the id stood for. @throws NotFound, InvalidArgument, Conflict when the service is full */
  register(
    tx: Transaction,
    scope: Scope,
    serviceArn: string,
    instance: { readonly id: string; readonly attributes: Readonly<Record<string, string>> },
  ): void;
  /** Takes the instance out in `tx`. Unknown ones are no error. */
  deregister(tx: Transaction, scope: Scope, serviceArn: string, id: string): void;
  /** Undefined: it is not registered, or its service has no custom check. */
  health(scope: Scope, serviceArn: string, id: string): CustomHealth | undefined;
  /** Says how an instance is, in `tx`; one that is gone stays gone. */
  setHealth(
    tx: Transaction,
    scope: Scope,
    serviceArn: string,
    told: { readonly id: string; readonly health: CustomHealth },
  ): void;
}
