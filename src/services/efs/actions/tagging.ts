import {
  idOf,
  neededAccessPoint,
  neededFileSystem,
  presentRows,
  scopeOf,
  type EfsDeps,
  type EfsHandler,
  type Rows,
} from '../core.ts';
import { badRequest } from '../errors.ts';
import { maxTags } from '../limits.ts';
import { accessPointKey, accessPoints } from '../records/access-point.ts';
import { fileSystemKey, fileSystems } from '../records/file-system.ts';
import type { Scope, Tag } from '../records/scope.ts';
import { addedTags, removedTags, shownTags } from '../tags.ts';

/** Of the file system or access point that an id or ARN means. @throws FileSystemNotFound, AccessPointNotFound, BadRequest */
function tagsOf(rows: Rows, scope: Scope, resource: string): readonly Tag[] {
  const id = idOf(resource);
  if (id.startsWith('fsap-')) return neededAccessPoint(rows, scope, resource).tags;
  if (id.startsWith('fs-')) return neededFileSystem(rows, scope, resource).tags;
  throw badRequest(`'${resource}' is the ID of neither a file system nor an access point.`);
}

async function change(
  { db }: EfsDeps,
  { scope, resource }: { readonly scope: Scope; readonly resource: string },
  changed: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  await db.transact((tx) => {
    const tags = changed(tagsOf(tx, scope, resource));
    const id = idOf(resource);
    if (id.startsWith('fsap-'))
      tx.put(accessPoints, accessPointKey(scope, id), { ...neededAccessPoint(tx, scope, id), tags });
    else tx.put(fileSystems, fileSystemKey(scope, id), { ...neededFileSystem(tx, scope, id), tags });
  });
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_TagResource.html */
export function tagResource(deps: EfsDeps): EfsHandler<'TagResource'> {
  return async ({ ResourceId: resource, Tags }, context) => {
    await change(deps, { scope: scopeOf(context), resource }, (tags) => addedTags(tags, Tags));
    return {};
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_UntagResource.html */
export function untagResource(deps: EfsDeps): EfsHandler<'UntagResource'> {
  return async ({ ResourceId: resource, TagKeys: keys }, context) => {
    await change(deps, { scope: scopeOf(context), resource }, (tags) => removedTags(tags, keys));
    return {};
  };
}

/** The token of a page is how many tags came before it. https://docs.aws.amazon.com/efs/latest/ug/API_ListTagsForResource.html */
export function listTagsForResource({ db }: EfsDeps): EfsHandler<'ListTagsForResource'> {
  return ({ ResourceId: resource, MaxResults: size = maxTags, NextToken: token = '0' }, context) => {
    const tags = tagsOf(presentRows(db), scopeOf(context), resource);
    const start = Number(token);
    if (!/^\d{1,3}$/.test(token) || start > tags.length) throw badRequest(`The marker '${token}' is not valid.`);
    const end = start + size;
    return {
      Tags: shownTags(tags.slice(start, end)),
      ...(end < tags.length ? { NextToken: String(end) } : {}),
    };
  };
}
