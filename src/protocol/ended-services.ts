import { ApiError } from './api/index.ts';

/** Services that AWS had, by the name that their requests are signed for, with what stands in their place. */
const ended: ReadonlyMap<string, string> = new Map([
  [
    'appmesh',
    'AWS App Mesh has ended on September 30, 2026, and Longshore does not have it: use Amazon ECS Service Connect instead, the serviceConnectConfiguration of CreateService and UpdateService',
  ],
]);

/** What a request to a service that is no more is answered with; undefined for any other. */
export function endedService(signingName: string | undefined): ApiError | undefined {
  const instead = ended.get(signingName ?? '');
  return instead === undefined ? undefined : new ApiError('EndOfServiceException', instead, { status: 410 });
}
