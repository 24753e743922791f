import type { Transaction } from '../../../store/index.ts';
import { presentRows, scopeOf, type Rows, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { resourceNotFound } from '../errors.ts';
import { namespaceKey, namespaces } from '../records/namespace.ts';
import type { Scope, Tag } from '../records/scope.ts';
import { parseResourceArn, serviceKey, services } from '../records/service.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_TagResource.html */
export function tagResource({ db }: ServiceDiscoveryDeps): SdHandler<'TagResource'> {
  return async (input, context) => {
    await db.transact((tx) =>
      changeTags(tx, scopeOf(context), input.ResourceARN, (tags) => addedTags(tags, input.Tags)),
    );
    return {};
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UntagResource.html */
export function untagResource({ db }: ServiceDiscoveryDeps): SdHandler<'UntagResource'> {
  return async (input, context) => {
    await db.transact((tx) =>
      changeTags(tx, scopeOf(context), input.ResourceARN, (tags) =>
        tags.filter(({ key }) => !input.TagKeys.includes(key)),
      ),
    );
    return {};
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_ListTagsForResource.html */
export function listTagsForResource({ db }: ServiceDiscoveryDeps): SdHandler<'ListTagsForResource'> {
  return (input, context) => {
    const tags = tagsOf(presentRows(db), scopeOf(context), input.ResourceARN);
    if (tags === undefined) throw resourceNotFound(input.ResourceARN);
    return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  };
}

/** The tags of a namespace or service of this account and region; undefined: there is none of that ARN. */
export function tagsOf(rows: Rows, scope: Scope, arn: string): readonly Tag[] | undefined {
  const named = parseResourceArn(arn);
  if (named?.scope.account !== scope.account || named.scope.region !== scope.region) return undefined;
  return named.kind === 'namespace'
    ? rows.get(namespaces, namespaceKey(scope, named.id))?.tags
    : rows.get(services, serviceKey(scope, named.id))?.tags;
}

function changeTags(
  tx: Transaction,
  scope: Scope,
  arn: string,
  change: (tags: readonly Tag[]) => readonly Tag[],
): void {
  const tags = tagsOf(tx, scope, arn);
  const named = parseResourceArn(arn);
  if (tags === undefined || named === undefined) throw resourceNotFound(arn);
  if (named.kind === 'namespace') {
    const key = namespaceKey(scope, named.id);
    const row = tx.get(namespaces, key);
    if (row !== undefined) tx.put(namespaces, key, { ...row, tags: change(tags) });
    return;
  }
  const key = serviceKey(scope, named.id);
  const row = tx.get(services, key);
  if (row !== undefined) tx.put(services, key, { ...row, tags: change(tags) });
}
