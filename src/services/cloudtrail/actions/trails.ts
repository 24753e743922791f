import { InvalidArgument } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { changedTrail, neededTrail, presentRows, type CloudTrailCore, type CloudTrailHandler } from '../core.ts';
import { describedSettings, describedTrail } from '../described.ts';
import { maxListed, maxTrailsPerRegion } from '../limits.ts';
import { namedTrail, trailArn, trailKey, trails, type TrailRecord } from '../records/trail.ts';
import { changedSettings, checkName } from '../settings.ts';
import { addedTags } from '../tags.ts';

export function createTrail({ database, logs }: CloudTrailCore): CloudTrailHandler<'CreateTrail'> {
  return async (input, { account, region }) => {
    const { Name: name, TagsList: tags, ...settings } = input;
    checkName(name);
    const scope = { account, region };
    const fresh: TrailRecord = {
      ...scope,
      name,
      bucket: input.S3BucketName,
      includeGlobalServiceEvents: true,
      isMultiRegion: false,
      isLogging: false,
      tags: addedTags([], tags),
    };
    const trail = changedSettings(fresh, settings, scope, logs);
    const key = trailKey(scope, name);
    await database.transact((tx) => {
      if (tx.get(trails, key) !== undefined) {
        throw new ApiError('TrailAlreadyExistsException', `Trail ${name} already exists for customer: ${account}`);
      }
      if (database.table(trails).count('region', `${account}/${region}`) >= maxTrailsPerRegion) {
        const message = `User: ${account} already has ${maxTrailsPerRegion} trails in ${region}.`;
        throw new ApiError('MaximumNumberOfTrailsExceededException', message);
      }
      tx.create(trails, key, trail);
    });
    return describedSettings(trail);
  };
}

export function updateTrail({ database, logs }: CloudTrailCore): CloudTrailHandler<'UpdateTrail'> {
  return async ({ Name: name, ...settings }, { account, region }) => {
    const scope = { account, region };
    const { result } = await database.transact((tx) => {
      const trail = changedSettings(changedTrail(tx, scope, name), settings, scope, logs);
      tx.put(trails, trailKey(trail, trail.name), trail);
      return trail;
    });
    return describedSettings(result);
  };
}

export function deleteTrail({ database, deliveries }: CloudTrailCore): CloudTrailHandler<'DeleteTrail'> {
  return async ({ Name: name }, { account, region }) => {
    const { result } = await database.transact((tx) => {
      const trail = changedTrail(tx, { account, region }, name);
      tx.delete(trails, trailKey(trail, trail.name));
      return trail;
    });
    deliveries.forget(result);
    return {};
  };
}

export function getTrail({ database }: CloudTrailCore): CloudTrailHandler<'GetTrail'> {
  return ({ Name: name }, { account, region }) => ({
    Trail: describedTrail(neededTrail(presentRows(database), { account, region }, name)),
  });
}

/** Without names: the trails of this region, and multi-region trails of others unless includeShadowTrails is false. */
export function describeTrails({ database }: CloudTrailCore): CloudTrailHandler<'DescribeTrails'> {
  return ({ trailNameList: names = [], includeShadowTrails: shadows = true }, { account, region }) => {
    const { rows } = database.table(trails).page('account', account, { limit: maxListed });
    const here = rows.map(({ row }) => row).filter((row) => row.region === region || (shadows && row.isMultiRegion));
    if (names.length === 0) return { trailList: here.map(describedTrail) };
    const wanted = new Set(
      names.map((name) => {
        const named = namedTrail({ account, region }, name);
        return name.startsWith('arn:') ? trailArn(named) : named.name;
      }),
    );
    return { trailList: here.filter((row) => wanted.has(row.name) || wanted.has(trailArn(row))).map(describedTrail) };
  };
}

/** Those of all regions. */
export function listTrails({ database }: CloudTrailCore): CloudTrailHandler<'ListTrails'> {
  return ({ NextToken: after }, { account }) => {
    try {
      const page = database
        .table(trails)
        .page('account', account, { limit: maxListed, ...(after === undefined ? {} : { after }) });
      return {
        Trails: page.rows.map(({ row }) => ({ TrailARN: trailArn(row), Name: row.name, HomeRegion: row.region })),
        ...(page.next === undefined ? {} : { NextToken: page.next }),
      };
    } catch (error) {
      if (!(error instanceof InvalidArgument)) throw error;
      throw new ApiError('InvalidNextTokenException', 'The NextToken is not valid');
    }
  };
}
