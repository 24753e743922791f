import type { Authorization } from './authorization.ts';
import type { Handlers, ServiceDefinition } from './service.ts';

/** A service as its authors write it: handlers typed by the generated operations of the service. */
export interface Implementation<O> extends Omit<ServiceDefinition, 'handlers' | 'authorization'> {
  readonly handlers: Handlers<O>;
  readonly authorization?: Authorization<O>;
}

/**
 * Checks handlers against the generated types and forgets the types, for the server's list of services:
 * `implement<Operations>({ name: 'ecs', handlers: { ListClusters: (input, context) => … }, invalid })` with
 * `import type { Operations } from '../../protocol/generated/ecs.ts'`. Timestamps are epoch milliseconds both ways,
 * blobs are Uint8Array, event streams are AsyncIterable.
 */
export function implement<O>(implementation: Implementation<O>): ServiceDefinition {
  const { handlers, authorization, ...rest } = implementation;
  // Both have only functions of the right shape; the casts are needed because O is unknown here.
  return {
    ...rest,
    handlers: handlers as ServiceDefinition['handlers'],
    ...(authorization === undefined
      ? {}
      : { authorization: authorization as NonNullable<ServiceDefinition['authorization']> }),
  };
}
