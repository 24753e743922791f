import { ApiError } from '../../../protocol/api/index.ts';
import type { AcsAgent } from './acs-session.ts';

/** What the second of two agents with one identity hears. Longshore's own: at AWS both would take turns. */
export function instanceInUse({ instanceArn, sourceIp }: Pick<AcsAgent, 'instanceArn' | 'sourceIp'>): ApiError {
  return new ApiError(
    'InstanceInUseException',
    `The container instance ${instanceArn} is in use: another agent, at ${sourceIp}, is connected with the same identity. An identity belongs to one data directory: start this agent with a data directory (or --name) of its own, so that it joins as an instance of its own.`,
  );
}
