import type { NameService, NameZone } from '../../names-protocol/index.ts';
import type { Scope } from './records/scope.ts';

/** What Cloud Map needs of EC2: the networks that private namespaces belong to. Implemented by services/ec2, wired in main. */
export interface Vpcs {
  /** The address ranges of a VPC; undefined when there is no such VPC. */
  cidrs(scope: Scope, vpcId: string): readonly string[] | undefined;
  /** Keys of those that users made or changed. */
  keys(): Iterable<string>;
  vpc(key: string): NamedVpc | undefined;
  /** Calls back with the key of each that comes, changes or goes. @returns how to stop */
  onChange(listener: (key: string) => void): () => void;
}

export interface NamedVpc {
  readonly id: string;
  readonly region: string;
  readonly cidrs: readonly string[];
  /** Its DNS support. */
  readonly answers: boolean;
}

/** Names of other services, which name servers are told along with Cloud Map's. The keys are their records'. */
export interface PublishedNames {
  zoneKeys(): Iterable<string>;
  serviceKeys(): Iterable<string>;
  /** Undefined: nothing of ours has that key. */
  zone(key: string): NameZone | undefined;
  service(key: string): NameService | undefined;
  /** @returns how to stop */
  onChange(listener: (change: { readonly kind: 'zone' | 'service'; readonly key: string }) => void): () => void;
}
