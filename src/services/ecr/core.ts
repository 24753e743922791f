import type { Clock, Ids, Log, Turns } from '../../kernel/index.ts';
import { InvalidArgument } from '../../kernel/index.ts';
import type { Authorizer, Handler, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ecr.ts';
import { type Database, type Page, type PageRequest, presentRows, type Rows } from '../../store/index.ts';
import { accessDenied, invalidParameter, repositoryNotFound } from './errors.ts';
import { defaultPageSize } from './limits.ts';
import type { BlobStore, RegistryTokens } from './ports.ts';
import { repositories, repositoryArn, repositoryKey, type RepositoryRecord, type Scope } from './records/repository.ts';

export { presentRows, type Rows } from '../../store/index.ts';

export interface EcrDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly tokens: RegistryTokens;
  /** What is wrong with a repository policy's text, as IAM says it; undefined: nothing. */
  policyProblem(text: string): string | undefined;
  /** Decides about registries of other accounts; absent: nobody may use one. */
  readonly foreignAccess?: Pick<Authorizer, 'refusal'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** What actions and the distribution API share. */
export interface EcrCore extends EcrDeps {
  readonly turns: Turns;
  /** Since when nobody asked for a layer that no image has, by its key. */
  readonly unusedSinceMs: Map<string, number>;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type EcrHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

export function registryOf(context: RequestContext, registryId: string | undefined): Scope {
  return { account: registryId ?? context.account, region: context.region };
}

/** @throws RepositoryNotFoundException */
export function neededRepository(rows: Rows, scope: Scope, name: string): RepositoryRecord {
  const row = rows.get(repositories, repositoryKey(scope, name));
  if (row === undefined) throw repositoryNotFound({ account: scope.account, name });
  return row;
}

/**
 * The registry and repository that an action means, which may be another account's when its policy says so.
 * @throws AccessDeniedException before anything about another account's registry is told
 */
export function openedRegistry(
  core: EcrCore,
  context: RequestContext,
  wanted: { readonly action: string; readonly scope: Scope; readonly name: string },
): Scope {
  const { action, scope, name } = wanted;
  if (scope.account === context.caller.account) return scope;
  const resource = repositoryArn({ ...scope, name });
  const policy = core.db.get(repositories, repositoryKey(scope, name))?.row.policy;
  const question = {
    action,
    resource,
    resourceAccount: scope.account,
    ...(policy === undefined ? {} : { resourcePolicy: policy }),
  };
  const refusal =
    core.foreignAccess === undefined || policy === undefined
      ? `User: ${context.caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`
      : core.foreignAccess.refusal(question, context);
  if (refusal !== undefined) throw accessDenied(refusal);
  return scope;
}

/** The repository that the input of an action names. */
export function actedOn(
  core: EcrCore,
  context: RequestContext,
  action: string,
  input: { readonly repositoryName: string; readonly registryId?: string | undefined },
): RepositoryRecord {
  const { repositoryName: name, registryId } = input;
  const scope = openedRegistry(core, context, { action, scope: registryOf(context, registryId), name });
  return neededRepository(presentRows(core.db), scope, name);
}

/** @throws InvalidParameterException for a token that is none */
export function pageOf<Row>(
  read: (request: PageRequest) => Page<Row>,
  { maxResults, nextToken }: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): Page<Row> {
  try {
    return read({ limit: maxResults ?? defaultPageSize, ...(nextToken === undefined ? {} : { after: nextToken }) });
  } catch (error) {
    if (error instanceof InvalidArgument)
      throw invalidParameter(
        "Invalid parameter at 'nextToken' failed to satisfy constraint: 'must be a token of an earlier answer'",
      );
    throw error;
  }
}
