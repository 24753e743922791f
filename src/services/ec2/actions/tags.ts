import { ApiError } from '../../../protocol/api/index.ts';
import type { TagDescription } from '../../../protocol/generated/ec2.ts';
import {
  changeIn,
  describing,
  refuseOthers,
  type Change,
  type ChangeDeps,
  type Ec2Deps,
  type Ec2Handler,
} from '../core.ts';
import { chooseFew } from '../describe.ts';
import { dryRun, invalidParameterValue } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { kindOf, kinds, type Kind } from '../kinds.ts';
import { maxTaggedThings } from '../limits.ts';
import { Networks } from '../networks.ts';
import type { Scope, Tagged } from '../records/scope.ts';
import { checkKey, mergedTags, readTags } from '../tags.ts';

type Tags = Tagged['tags'];

/** Things changed in one transaction, whose size the store bounds. */
const batch = 25;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html */
export function createTags(deps: ChangeDeps): Ec2Handler<'CreateTags'> {
  return async (input, { account, region }) => {
    refuseOthers(input, ['Resources', 'Tags']);
    const added = readTags(input.Tags);
    await changeTags(deps, { account, region }, input, (tags) => mergedTags(tags, added));
    return {};
  };
}

/** Deletes tags by key, or by key and value; without any, all that users gave. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html */
export function deleteTags(deps: ChangeDeps): Ec2Handler<'DeleteTags'> {
  return async (input, { account, region }) => {
    refuseOthers(input, ['Resources', 'Tags']);
    const { Tags = [] } = input;
    for (const { Key = '' } of Tags) checkKey(Key);
    const isDeleted = (key: string, value: string): boolean =>
      Tags.length === 0 || Tags.some((tag) => tag.Key === key && (tag.Value ?? value) === value);
    await changeTags(deps, { account, region }, input, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isDeleted(key, value))),
    );
    return {};
  };
}

/** All things must be there before the tags of any change. */
async function changeTags(
  deps: ChangeDeps,
  scope: Scope,
  input: { readonly Resources: readonly string[]; readonly DryRun?: boolean | undefined },
  change: (tags: Tags) => Tags,
): Promise<void> {
  const things = [...new Set(input.Resources)].map((id) => ({ id, kind: taggedKind(id) }));
  if (things.length > maxTaggedThings)
    throw invalidParameterValue(`No more than ${maxTaggedThings} resources can be given in a request`);
  const apply = (step: Change, some: readonly { readonly id: string; readonly kind: Kind }[]): void => {
    for (const { id, kind } of some) kind.setTags(step.writer, step.networks, { scope, id, change });
  };
  const networks = new Networks(deps.database);
  for (const { id, kind } of things) {
    const known = kind.find(networks, scope, id);
    if (known === undefined) throw kind.missing(id);
    change(known.tags);
  }
  if (input.DryRun === true) throw dryRun();
  for (let start = 0; start < things.length; start += batch)
    await deps.database.transact((tx) => apply(changeIn(deps, scope, tx), things.slice(start, start + batch)));
}

function taggedKind(id: string): Kind {
  const kind = kindOf(id);
  if (kind === undefined) throw new ApiError('InvalidID', `The ID '${id}' is not valid`);
  return kind;
}

interface TagOfThing {
  readonly type: Kind['type'];
  readonly id: string;
  readonly key: string;
  readonly value: string;
  /** The same again, for filters by `tag:` and a key. */
  readonly tags: Tags;
}

const fields: FilterFields<TagOfThing> = {
  key: ({ key }) => [key],
  'resource-id': ({ id }) => [id],
  'resource-type': ({ type }) => [type],
  value: ({ value }) => [value],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html */
export function describeTags({ database }: Ec2Deps): Ec2Handler<'DescribeTags'> {
  const networks = new Networks(database);
  return describing<'DescribeTags'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: kinds.flatMap((kind) => tagsOfKind(kind, networks, scope)),
      kind: 'vpc',
      ids: undefined,
      idOf: ({ id, key }) => `${id}/${key}`,
      fields,
    });
    return { Tags: items.map(shape), ...next };
  });
}

function tagsOfKind(kind: Kind, networks: Networks, scope: Scope): TagOfThing[] {
  return kind
    .all(networks, scope)
    .flatMap(({ id, tags }) =>
      Object.entries(tags).map(([key, value]) => ({ type: kind.type, id, key, value, tags: { [key]: value } })),
    );
}

function shape({ type, id, key, value }: TagOfThing): TagDescription {
  return { Key: key, ResourceId: id, ResourceType: type, Value: value };
}
