import { notImplemented } from '../errors.ts';
import type { EcsHandler } from '../tasks/deps.ts';

/** Of instances (trunk interfaces, EBS): Longshore hands out no such attachment. Those of tasks come in SubmitTaskStateChange. */
export function submitAttachmentStateChanges(): EcsHandler<'SubmitAttachmentStateChanges'> {
  return () => {
    throw notImplemented('An attachment of a container instance');
  };
}
