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

export interface NamespaceFacts {
  readonly arn: string;
  readonly name: string;
}

/** What Cloud Map gives to ECS's Service Connect: namespaces, and services in them that ECS manages. */
export interface ConnectNamespaces {
  /** By name (an HTTP namespace before a DNS one, the older first) or ARN; undefined when there is none. */
  find(scope: Scope, nameOrArn: string): NamespaceFacts | undefined;
  /** Makes an HTTP namespace in `tx`, or finds the one of that name. @throws Conflict when there are too many */
  ensure(tx: Transaction, scope: Scope, name: string): NamespaceFacts;
  /**
   * Makes a service without DNS records in `tx`.
   * @returns its ARN @throws NotFound for the namespace, Conflict when the name is taken or the namespace is full
   */
  createService(tx: Transaction, scope: Scope, namespaceArn: string, name: string): string;
  /** Removes a service in `tx`; no error when it is gone. @returns false when it has instances still */
  removeService(tx: Transaction, scope: Scope, serviceArn: string): boolean;
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
