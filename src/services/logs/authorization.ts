import { conditionValues, questionsOnEach } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/logs.ts';
import type { Database } from '../../store/index.ts';
import { scopeOf } from './core.ts';
import { maxLiveTailGroups } from './limits.ts';
import { groupNameOf, logGroupArn, logGroupKey, logGroups } from './records/log-group.ts';

type Keys = Pick<ConditionSources, 'requestTags' | 'tagKeys'>;

interface Named {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** How groups and streams are asked about. */
function asker(database: Database) {
  function ask(
    action: string,
    resource: string,
    of: { readonly group: string; readonly context: RequestContext; readonly said?: Keys },
  ): AccessQuestion {
    const resourceTags = () => {
      const row = database.get(logGroups, logGroupKey(scopeOf(of.context), of.group))?.row;
      return row && tagPairs(row.tags);
    };
    return { action: `logs:${action}`, resource, context: conditionValues({ resourceTags, ...of.said }) };
  }

  /** About a group by name or ARN, or one of its streams. An ARN of another account, region or kind stays as it is. */
  function onGroup(
    action: string,
    identifier: string,
    of: { readonly context: RequestContext; readonly stream?: string; readonly said?: Keys },
  ): AccessQuestion {
    const scope = scopeOf(of.context);
    const group = groupNameOf(scope, identifier);
    const resource = group === undefined ? identifier : `${logGroupArn(scope, group)}:log-stream:${of.stream ?? ''}`;
    return ask(action, resource, { group: group ?? '', ...of });
  }

  /** About a group by ARN, as the actions that tag any resource name it. */
  function onArn(
    action: string,
    arn: string,
    of: { readonly context: RequestContext; readonly said?: Keys },
  ): AccessQuestion {
    const scope = scopeOf(of.context);
    const group = groupNameOf(scope, arn);
    return ask(action, group === undefined ? arn : logGroupArn(scope, group), { group: group ?? '', ...of });
  }

  return { onGroup, onArn };
}

type Asker = ReturnType<typeof asker>;

/**
 * What each operation of CloudWatch Logs asks of the caller's policies. Groups are asked about as their streams are, with nothing after
 * `log-stream:`, so policies name them with `:*`; only for the actions that tag by ARN they are named without.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
 */
export function logsAuthorization(database: Database) {
  const asks = asker(database);
  return { ...groupAndStreamQuestions(asks), ...tagQuestions(asks) };
}

function groupAndStreamQuestions({ onGroup, onArn }: Asker) {
  function unmasking({ unmask, ...named }: Named & { readonly unmask?: boolean | undefined }, context: RequestContext) {
    return unmask === true ? [onGroup('Unmask', nameIn(named), { context })] : [];
  }

  return {
    CreateLogGroup: ({ logGroupName, tags = {} }, context) => {
      const said = { requestTags: tagPairs(tags) };
      const create = onGroup('CreateLogGroup', logGroupName, { context, said });
      if (said.requestTags.length === 0) return [create];
      const tag = onArn('TagResource', logGroupArn(scopeOf(context), logGroupName), { context, said });
      return [create, { ...tag, or: onGroup('TagLogGroup', logGroupName, { context, said }) }];
    },
    CreateLogStream: ({ logGroupName, logStreamName: stream }, context) => [
      onGroup('CreateLogStream', logGroupName, { context, stream }),
    ],
    DeleteLogGroup: ({ logGroupName }, context) => [onGroup('DeleteLogGroup', logGroupName, { context })],
    DeleteLogStream: ({ logGroupName, logStreamName: stream }, context) => [
      onGroup('DeleteLogStream', logGroupName, { context, stream }),
    ],
    DeleteRetentionPolicy: ({ logGroupName }, context) => [onGroup('DeleteRetentionPolicy', logGroupName, { context })],
    DescribeLogGroups: (_input, context) => [onGroup('DescribeLogGroups', '', { context })],
    DescribeLogStreams: (input, context) => [onGroup('DescribeLogStreams', nameIn(input), { context })],
    FilterLogEvents: (input, context) => [
      onGroup('FilterLogEvents', nameIn(input), { context }),
      ...unmasking(input, context),
    ],
    GetLogEvents: (input, context) => [
      onGroup('GetLogEvents', nameIn(input), { context, stream: input.logStreamName }),
      ...unmasking(input, context),
    ],
    PutLogEvents: ({ logGroupName, logStreamName: stream }, context) => [
      onGroup('PutLogEvents', logGroupName, { context, stream }),
    ],
    PutLogGroupDeletionProtection: ({ logGroupIdentifier }, context) => [
      onGroup('PutLogGroupDeletionProtection', logGroupIdentifier, { context }),
    ],
    PutRetentionPolicy: ({ logGroupName }, context) => [onGroup('PutRetentionPolicy', logGroupName, { context })],
    StartLiveTail: ({ logGroupIdentifiers }, context) =>
      questionsOnEach(
        logGroupIdentifiers,
        { max: maxLiveTailGroups, any: () => ({ action: 'logs:StartLiveTail', resource: '*' }) },
        (identifier) => onGroup('StartLiveTail', identifier, { context }),
      ),
  } satisfies Authorization<Operations>;
}

function tagQuestions({ onGroup, onArn }: Asker) {
  return {
    ListTagsForResource: ({ resourceArn }, context) => [onArn('ListTagsForResource', resourceArn, { context })],
    ListTagsLogGroup: ({ logGroupName }, context) => [onGroup('ListTagsLogGroup', logGroupName, { context })],
    TagLogGroup: ({ logGroupName, tags }, context) => [
      onGroup('TagLogGroup', logGroupName, { context, said: { requestTags: tagPairs(tags) } }),
    ],
    TagResource: ({ resourceArn, tags }, context) => [
      onArn('TagResource', resourceArn, { context, said: { requestTags: tagPairs(tags) } }),
    ],
    UntagLogGroup: ({ logGroupName, tags }, context) => [
      onGroup('UntagLogGroup', logGroupName, { context, said: { tagKeys: tags } }),
    ],
    UntagResource: ({ resourceArn, tagKeys }, context) => [
      onArn('UntagResource', resourceArn, { context, said: { tagKeys } }),
    ],
  } satisfies Authorization<Operations>;
}

/** The handler refuses a request with both or neither. */
function nameIn({ logGroupName, logGroupIdentifier }: Named): string {
  return logGroupName ?? logGroupIdentifier ?? '';
}

function tagPairs(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
