import { conditionValues } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import { passRoleQuestion } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import type { Database } from '../../store/index.ts';
import { namedTrail, trailArn, trailKey, trails } from './records/trail.ts';
import { tagPairs } from './tags.ts';

/**
 * What each CloudTrail operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
 */
export function cloudTrailAuthorization(database: Database) {
  function ask(
    action: keyof Operations,
    context: RequestContext,
    name: string,
    said: Pick<ConditionSources, 'requestTags' | 'tagKeys'> = {},
  ): AccessQuestion {
    const named = namedTrail(context, name);
    const resourceTags = () => database.get(trails, trailKey(named, named.name))?.row.tags;
    return {
      action: `cloudtrail:${action}`,
      resource: trailArn(named),
      context: conditionValues({ resourceTags, ...said }),
    };
  }
  const onAll = (action: keyof Operations) => () => [{ action: `cloudtrail:${action}`, resource: '*' }];
  const onName = (action: keyof Operations) => (input: { readonly Name: string }, context: RequestContext) => [
    ask(action, context, input.Name),
  ];
  const passing = (role: string | undefined) =>
    role === undefined || role === '' ? [] : [passRoleQuestion(role, 'cloudtrail.amazonaws.com')];

  return {
    AddTags: ({ ResourceId: arn, TagsList }, context) => [
      ask('AddTags', context, arn, { requestTags: tagPairs(TagsList) }),
    ],
    CreateTrail: (input, context) => {
      const requestTags = tagPairs(input.TagsList);
      return [
        ask('CreateTrail', context, input.Name, { requestTags }),
        ...(requestTags.length === 0 ? [] : [ask('AddTags', context, input.Name, { requestTags })]),
        ...passing(input.CloudWatchLogsRoleArn),
      ];
    },
    DeleteTrail: onName('DeleteTrail'),
    DescribeTrails: onAll('DescribeTrails'),
    GetEventSelectors: ({ TrailName: name }, context) => [ask('GetEventSelectors', context, name)],
    GetTrail: onName('GetTrail'),
    GetTrailStatus: onName('GetTrailStatus'),
    ListTags: ({ ResourceIdList: arns }, context) => arns.map((arn) => ask('ListTags', context, arn)),
    ListTrails: onAll('ListTrails'),
    LookupEvents: onAll('LookupEvents'),
    PutEventSelectors: ({ TrailName: name }, context) => [ask('PutEventSelectors', context, name)],
    RemoveTags: ({ ResourceId: arn, TagsList }, context) => [
      ask('RemoveTags', context, arn, { tagKeys: tagPairs(TagsList).map(({ key }) => key) }),
    ],
    StartLogging: onName('StartLogging'),
    StopLogging: onName('StopLogging'),
    UpdateTrail: (input, context) => [ask('UpdateTrail', context, input.Name), ...passing(input.CloudWatchLogsRoleArn)],
  } satisfies Authorization<Operations>;
}
