import { parseArn } from '../../../kernel/index.ts';
import {
  neededInstance,
  neededSubnetGroup,
  presentRows,
  scopeOf,
  type RdsDeps,
  type RdsHandler,
  type Rows,
} from '../core.ts';
import { invalidValue } from '../errors.ts';
import { refuseUnknown } from '../instances/given.ts';
import { dbInstanceKey, dbInstances } from '../records/db-instance.ts';
import type { Scope, Tag } from '../records/scope.ts';
import { subnetGroupKey, subnetGroups } from '../records/subnet-group.ts';
import { addedTags, removedTags, shownTags } from '../tags.ts';

interface Named {
  readonly kind: 'db' | 'subgrp';
  readonly id: string;
}

/** Only as it is written: policies are asked about the very ARN. @throws InvalidParameterValue */
function named(scope: Scope, arnText: string): Named {
  const arn = parseArn(arnText);
  const [kind, id, ...more] = (arn?.resource ?? '').split(':');
  if (
    arn?.service !== 'rds' ||
    arn.account !== scope.account ||
    arn.region !== scope.region ||
    id === undefined ||
    id !== id.toLowerCase() ||
    more.length > 0 ||
    (kind !== 'db' && kind !== 'subgrp')
  )
    throw invalidValue(`Invalid resource name: ${arnText}`);
  return { kind, id };
}

function tagsOf(rows: Rows, scope: Scope, { kind, id }: Named): readonly Tag[] {
  return (kind === 'db' ? neededInstance(rows, scope, id) : neededSubnetGroup(rows, scope, id)).tags;
}

async function change(
  { db }: RdsDeps,
  { scope, arn }: { readonly scope: Scope; readonly arn: string },
  changed: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  const what = named(scope, arn);
  await db.transact((tx) => {
    const tags = changed(tagsOf(tx, scope, what));
    if (what.kind === 'db') {
      const row = neededInstance(tx, scope, what.id);
      tx.put(dbInstances, dbInstanceKey(scope, row.id), { ...row, tags });
    } else {
      const row = neededSubnetGroup(tx, scope, what.id);
      tx.put(subnetGroups, subnetGroupKey(scope, row.name), { ...row, tags });
    }
  });
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html */
export function addTagsToResource(deps: RdsDeps): RdsHandler<'AddTagsToResource'> {
  return async ({ ResourceName: arn, Tags }, context) => {
    await change(deps, { scope: scopeOf(context), arn }, (tags) => addedTags(tags, Tags));
    return {};
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveTagsFromResource.html */
export function removeTagsFromResource(deps: RdsDeps): RdsHandler<'RemoveTagsFromResource'> {
  return async ({ ResourceName: arn, TagKeys: keys }, context) => {
    await change(deps, { scope: scopeOf(context), arn }, (tags) => removedTags(tags, keys));
    return {};
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource({ db }: RdsDeps): RdsHandler<'ListTagsForResource'> {
  return (input, context) => {
    refuseUnknown(input, ['ResourceName']);
    const scope = scopeOf(context);
    return { TagList: shownTags(tagsOf(presentRows(db), scope, named(scope, input.ResourceName))) };
  };
}
