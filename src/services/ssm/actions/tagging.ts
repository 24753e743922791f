import { ApiError } from '../../../protocol/api/index.ts';
import { findParameter, presentRows, scopeOf, type Rows, type SsmDeps, type SsmHandler } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { parameterKey, parameters, type ParameterRecord, type Scope } from '../records/parameter.ts';
import { addedTags } from '../tags.ts';

function tagged(
  rows: Rows,
  scope: Scope,
  input: { readonly ResourceType: string; readonly ResourceId: string; readonly nowMs: number },
): ParameterRecord {
  if (input.ResourceType !== 'Parameter') throw notImplemented(`ResourceType '${input.ResourceType}'`);
  const row = findParameter(rows, scope, { id: input.ResourceId, nowMs: input.nowMs });
  if (row === undefined)
    throw new ApiError('InvalidResourceId', `The resource ID '${input.ResourceId}' is not a parameter's.`);
  return row;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
export function addTagsToResource({ db, clock }: SsmDeps): SsmHandler<'AddTagsToResource'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const row = tagged(tx, scopeOf(context), { ...input, nowMs: clock.nowMs() });
      tx.put(parameters, parameterKey(row, row.name), { ...row, tags: addedTags(row.tags, input.Tags) });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html */
export function removeTagsFromResource({ db, clock }: SsmDeps): SsmHandler<'RemoveTagsFromResource'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const row = tagged(tx, scopeOf(context), { ...input, nowMs: clock.nowMs() });
      const tags = row.tags.filter(({ key }) => !input.TagKeys.includes(key));
      tx.put(parameters, parameterKey(row, row.name), { ...row, tags });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource({ db, clock }: SsmDeps): SsmHandler<'ListTagsForResource'> {
  return (input, context) => {
    const row = tagged(presentRows(db), scopeOf(context), { ...input, nowMs: clock.nowMs() });
    return { TagList: row.tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  };
}
