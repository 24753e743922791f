import { formatArn, parseArn } from '../../kernel/index.ts';
import { conditionValues } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/rds.ts';
import type { Database } from '../../store/index.ts';
import { dbInstanceArn, dbInstanceKey, dbInstances } from './records/db-instance.ts';
import { rdsArn, type Tag } from './records/scope.ts';
import { subnetGroupKey, subnetGroups } from './records/subnet-group.ts';
import { tagPairs } from './tags.ts';

type Said = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

/** A question about one thing; what it says of the thing's tags is read when a policy asks. */
type Ask = (action: keyof Operations, resource: string, said?: Said) => AccessQuestion;

/**
 * What each RDS operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
export function rdsAuthorization(db: Database) {
  const ask: Ask = (action, resource, said = {}) => {
    const context = conditionValues({ resourceTags: () => storedTags(db, resource), ...said });
    return { action: `rds:${action}`, resource, context };
  };
  return {
    ...onInstances(ask),
    ...onSubnetGroups(ask),
    AddTagsToResource: ({ ResourceName: arn, Tags }) => [
      ask('AddTagsToResource', arn, { requestTags: tagPairs(Tags) }),
    ],
    DescribeDBEngineVersions: () => [ask('DescribeDBEngineVersions', '*')],
    DescribeOrderableDBInstanceOptions: () => [ask('DescribeOrderableDBInstanceOptions', '*')],
    ListTagsForResource: ({ ResourceName: arn }) => [ask('ListTagsForResource', arn)],
    RemoveTagsFromResource: ({ ResourceName: arn, TagKeys: tagKeys }) => [
      ask('RemoveTagsFromResource', arn, { tagKeys }),
    ],
  } satisfies Authorization<Operations>;
}

function onInstances(ask: Ask) {
  function onInstance(action: keyof Operations) {
    return ({ DBInstanceIdentifier: id }: { readonly DBInstanceIdentifier: string }, context: RequestContext) => [
      ask(action, instanceOf(context, id)),
    ];
  }

  return {
    CreateDBInstance: (input, context) => {
      const requestTags = tagPairs(input.Tags);
      const arn = instanceOf(context, input.DBInstanceIdentifier);
      const keys = {
        'rds:DatabaseClass': input.DBInstanceClass,
        'rds:DatabaseEngine': input.Engine,
        'rds:DatabaseName': input.DBName,
        'rds:ManageMasterUserPassword': input.ManageMasterUserPassword ?? false,
      };
      return [
        ask('CreateDBInstance', arn, { keys, requestTags }),
        ask('CreateDBInstance', groupOf(context, input.DBSubnetGroupName ?? 'default')),
        ...(requestTags.length === 0 ? [] : [ask('AddTagsToResource', arn, { requestTags })]),
        ...(input.ManageMasterUserPassword === true ? [createSecret(context)] : []),
      ];
    },
    DeleteDBInstance: onInstance('DeleteDBInstance'),
    DescribeDBInstances: ({ DBInstanceIdentifier: id = '*' }, context) => [
      ask('DescribeDBInstances', id.startsWith('arn:') ? id : instanceOf(context, id)),
    ],
    ModifyDBInstance: (input, context) => [
      ask('ModifyDBInstance', instanceOf(context, input.DBInstanceIdentifier), {
        keys: { 'rds:ManageMasterUserPassword': input.ManageMasterUserPassword },
      }),
      ...(input.ManageMasterUserPassword === true ? [createSecret(context)] : []),
    ],
    RebootDBInstance: onInstance('RebootDBInstance'),
    StartDBInstance: onInstance('StartDBInstance'),
    StopDBInstance: onInstance('StopDBInstance'),
  } satisfies Authorization<Operations>;
}

function onSubnetGroups(ask: Ask) {
  function onGroup(action: keyof Operations) {
    return ({ DBSubnetGroupName: name }: { readonly DBSubnetGroupName: string }, context: RequestContext) => [
      ask(action, groupOf(context, name)),
    ];
  }

  return {
    CreateDBSubnetGroup: ({ DBSubnetGroupName: name, Tags }, context) => {
      const requestTags = tagPairs(Tags);
      const arn = groupOf(context, name);
      return [
        ask('CreateDBSubnetGroup', arn, { requestTags }),
        ...(requestTags.length === 0 ? [] : [ask('AddTagsToResource', arn, { requestTags })]),
      ];
    },
    DeleteDBSubnetGroup: onGroup('DeleteDBSubnetGroup'),
    DescribeDBSubnetGroups: ({ DBSubnetGroupName: name = '*' }, context) => [
      ask('DescribeDBSubnetGroups', groupOf(context, name)),
    ],
    ModifyDBSubnetGroup: onGroup('ModifyDBSubnetGroup'),
  } satisfies Authorization<Operations>;
}

function instanceOf({ account, region }: RequestContext, id: string): string {
  return dbInstanceArn({ account, region, id: id.toLowerCase() });
}

function groupOf(context: RequestContext, name: string): string {
  return rdsArn(context, `subgrp:${name.toLowerCase()}`);
}

/** The tags of what an ARN names; undefined when it is not there. */
function storedTags(db: Database, arn: string): readonly Tag[] | undefined {
  const parsed = parseArn(arn);
  if (parsed === undefined) return undefined;
  const [kind, id = ''] = parsed.resource.split(':');
  return kind === 'db'
    ? db.get(dbInstances, dbInstanceKey(parsed, id))?.row.tags
    : db.get(subnetGroups, subnetGroupKey(parsed, id))?.row.tags;
}

/** RDS makes the secret with its caller's rights. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html */
function createSecret({ account, region }: RequestContext): AccessQuestion {
  return {
    action: 'secretsmanager:CreateSecret',
    resource: formatArn('secretsmanager', region, account, 'secret:rds!db-*'),
    context: conditionValues({}),
  };
}
