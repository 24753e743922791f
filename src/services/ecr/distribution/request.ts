import type { RawRequest, RequestContext } from '../../../protocol/api/index.ts';
import { questionAbout } from '../authorization.ts';
import { neededRepository, openedRegistry, presentRows, type EcrCore } from '../core.ts';
import type { RepositoryRecord, Scope } from '../records/repository.ts';

/** A request of somebody who logged in, to one repository. */
export interface DistributionRequest {
  readonly core: EcrCore;
  readonly raw: RawRequest;
  readonly context: RequestContext;
  readonly scope: Scope;
  readonly name: string;
  /** How the client names the repository in paths. */
  readonly pathName: string;
  /** What was found in its body, for the record of it. */
  readonly seen: { manifest?: string; mediaType?: string };
}

/**
 * The repository, when the caller may do this to it: whoever may not is not told whether it exists.
 * @throws AccessDeniedException, RepositoryNotFoundException
 */
export function allowed(request: DistributionRequest, action: string, name = request.name): RepositoryRecord {
  const { core, context, scope } = request;
  openedRegistry(core, context, { action, scope, name });
  context.authorize(questionAbout(core.db, action, { ...scope, name }));
  return neededRepository(presentRows(core.db), scope, name);
}
