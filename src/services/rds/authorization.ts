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

/**
 * What each RDS operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
export function rdsAuthorization(db: Database) {
  function storedTags(arn: string): readonly Tag[] | undefined {
    const parsed = parseArn(arn);
    const [kind, id = ''] = (parsed?.resource ?? '').split(':');
    if (parsed === undefined) return undefined;
    return kind === 'db'
      ? db.get(dbInstances, dbInstanceKey(parsed, id))?.row.tags
      : db.get(subnetGroups, subnetGroupKey(parsed, id))?.row.tags;
  }

  function ask(action: keyof Operations, resource: string, said: Said = {}): AccessQuestion {
    const context = conditionValues({ resourceTags: () => storedTags(resource), ...said });
    return { action: `rds:${action}`, resource, context };
  }

  function onInstance(action: keyof Operations) {
    return ({ DBInstanceIdentifier: id }: { readonly DBInstanceIdentifier: string }, context: RequestContext) => [
      ask(action, dbInstanceArn({ ...context, id: id.toLowerCase() })),
    ];
  }

  function group(context: RequestContext, name: string): string {
    return rdsArn(context, `subgrp:${name.toLowerCase()}`);
  }

  function onGroup(action: keyof Operations) {
    return ({ DBSubnetGroupName: name }: { readonly DBSubnetGroupName: string }, context: RequestContext) => [
      ask(action, group(context, name)),
    ];
  }

  function onAny(action: keyof Operations) {
    return (): readonly AccessQuestion[] => [ask(action, '*')];
  }

  return {
    AddTagsToResource: ({ ResourceName: arn, Tags }) => [
      ask('AddTagsToResource', arn, { requestTags: tagPairs(Tags) }),
    ],
    CreateDBInstance: (input, context) => {
      const requestTags = tagPairs(input.Tags);
      const arn = dbInstanceArn({ ...context, id: input.DBInstanceIdentifier.toLowerCase() });
      const keys = {
        'rds:DatabaseClass': input.DBInstanceClass,
        'rds:DatabaseEngine': input.Engine,
        'rds:DatabaseName': input.DBName,
        'rds:ManageMasterUserPassword': input.ManageMasterUserPassword ?? false,
      };
      return [
        ask('CreateDBInstance', arn, { keys, requestTags }),
        ask('CreateDBInstance', group(context, input.DBSubnetGroupName ?? 'default')),
        ...(requestTags.length === 0 ? [] : [ask('AddTagsToResource', arn, { requestTags })]),
        ...(input.ManageMasterUserPassword === true ? [createSecret(context)] : []),
      ];
    },
    CreateDBSubnetGroup: ({ DBSubnetGroupName: name, Tags }, context) => {
      const requestTags = tagPairs(Tags);
      const arn = group(context, name);
      return [
        ask('CreateDBSubnetGroup', arn, { requestTags }),
        ...(requestTags.length === 0 ? [] : [ask('AddTagsToResource', arn, { requestTags })]),
      ];
    },
    DeleteDBInstance: onInstance('DeleteDBInstance'),
    DeleteDBSubnetGroup: onGroup('DeleteDBSubnetGroup'),
    DescribeDBEngineVersions: onAny('DescribeDBEngineVersions'),
    DescribeDBInstances: ({ DBInstanceIdentifier: id = '*' }, context) => [
      ask('DescribeDBInstances', id.startsWith('arn:') ? id : dbInstanceArn({ ...context, id: id.toLowerCase() })),
    ],
    DescribeDBSubnetGroups: ({ DBSubnetGroupName: name = '*' }, context) => [
      ask('DescribeDBSubnetGroups', group(context, name)),
    ],
    DescribeOrderableDBInstanceOptions: onAny('DescribeOrderableDBInstanceOptions'),
    ListTagsForResource: ({ ResourceName: arn }) => [ask('ListTagsForResource', arn)],
    ModifyDBInstance: (input, context) => [
      ask('ModifyDBInstance', dbInstanceArn({ ...context, id: input.DBInstanceIdentifier.toLowerCase() }), {
        keys: { 'rds:ManageMasterUserPassword': input.ManageMasterUserPassword },
      }),
      ...(input.ManageMasterUserPassword === true ? [createSecret(context)] : []),
    ],
    ModifyDBSubnetGroup: onGroup('ModifyDBSubnetGroup'),
    RebootDBInstance: onInstance('RebootDBInstance'),
    RemoveTagsFromResource: ({ ResourceName: arn, TagKeys: tagKeys }) => [
      ask('RemoveTagsFromResource', arn, { tagKeys }),
    ],
    StartDBInstance: onInstance('StartDBInstance'),
    StopDBInstance: onInstance('StopDBInstance'),
  } satisfies Authorization<Operations>;
}

/** RDS makes the secret with its caller's rights. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html */
function createSecret({ account, region }: RequestContext): AccessQuestion {
  return {
    action: 'secretsmanager:CreateSecret',
    resource: formatArn('secretsmanager', region, account, 'secret:rds!db-*'),
    context: conditionValues({}),
  };
}
