import { formatArn } from '../../kernel/index.ts';
import {
  ApiError,
  conditionValues,
  passRoleQuestion,
  type AccessQuestion,
  type Authorization,
  type ConditionSources,
  type Questions,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ssm.ts';
import { findParameter, presentRows, scopeOf, type Input, type SsmDeps } from './core.ts';
import { readName } from './names.ts';
import { managedInstanceArn } from './records/managed-instance.ts';
import { parameterArn } from './records/parameter.ts';

type Sources = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;
type Deps = Pick<SsmDeps, 'db' | 'clock'>;

/** The name without a selector; what can be no name stays as it is, for the handler to refuse. */
function bareId(text: string): string {
  try {
    return readName(text).id;
  } catch (error) {
    if (error instanceof ApiError) return text;
    throw error;
  }
}

function aboutParameter(
  action: string,
  { db, clock }: Deps,
  asked: { readonly name: string; readonly sources?: Sources; readonly context: RequestContext },
): AccessQuestion {
  const { name, sources = {}, context } = asked;
  const scope = scopeOf(context);
  const id = bareId(name);
  const row = findParameter(presentRows(db), scope, { id, nowMs: clock.nowMs() });
  return {
    action: `ssm:${action}`,
    resource: row === undefined && id.startsWith('arn:') ? id : parameterArn({ ...scope, name: row?.name ?? id }),
    context: conditionValues({ ...sources, resourceTags: () => row?.tags, service: 'ssm' }),
  };
}

function requestTags(tags: Input<'PutParameter'>['Tags'] = []): Sources {
  return { requestTags: tags.map(({ Key, Value }) => ({ key: Key, value: Value })) };
}

/**
 * What each operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
export function ssmAuthorization(deps: Deps): Authorization<Operations> {
  const one =
    (action: string): Questions<{ readonly Name: string }> =>
    (input, context) => [aboutParameter(action, deps, { name: input.Name, context })];
  const many =
    (action: string): Questions<{ readonly Names: readonly string[] }> =>
    (input, context) =>
      input.Names.map((name) => aboutParameter(action, deps, { name, context }));
  const resource =
    <I extends { readonly ResourceId: string }>(
      action: string,
      sources: (input: I) => Sources = () => ({}),
    ): Questions<I> =>
    (input, context) => [aboutParameter(action, deps, { name: input.ResourceId, sources: sources(input), context })];
  const anything =
    (action: string): Questions<object> =>
    (_, { region, account }) => [{ action: `ssm:${action}`, resource: formatArn('ssm', region, account, '*') }];
  const put: Questions<Input<'PutParameter'>> = (input, context) => {
    const keys = { 'ssm:Overwrite': input.Overwrite ?? false, 'ssm:Policies': input.Policies };
    const sources = { keys, ...requestTags(input.Tags) };
    const question = aboutParameter('PutParameter', deps, { name: input.Name, sources, context });
    // Tags on creation are a permission of their own.
    return (input.Tags ?? []).length === 0 ? [question] : [question, { ...question, action: 'ssm:AddTagsToResource' }];
  };
  return {
    AddTagsToResource: resource<Input<'AddTagsToResource'>>('AddTagsToResource', (input) => requestTags(input.Tags)),
    CreateActivation: (input, { account, region }) => [
      {
        action: 'ssm:CreateActivation',
        resource: formatArn('ssm', region, account, '*'),
        context: conditionValues(requestTags(input.Tags)),
      },
      passRoleQuestion(`arn:aws:iam::${account}:role/${input.IamRole}`, 'ssm.amazonaws.com'),
    ],
    DeleteActivation: anything('DeleteActivation'),
    DeleteParameter: one('DeleteParameter'),
    DeleteParameters: many('DeleteParameters'),
    DeregisterManagedInstance: (input, context) => [
      {
        action: 'ssm:DeregisterManagedInstance',
        resource: managedInstanceArn({ ...scopeOf(context), id: input.InstanceId }),
      },
    ],
    DescribeActivations: anything('DescribeActivations'),
    DescribeInstanceInformation: anything('DescribeInstanceInformation'),
    DescribeParameters: anything('DescribeParameters'),
    GetParameter: one('GetParameter'),
    GetParameterHistory: one('GetParameterHistory'),
    GetParameters: many('GetParameters'),
    GetParametersByPath: (input, context) => [
      {
        action: 'ssm:GetParametersByPath',
        resource: parameterArn({ ...scopeOf(context), name: input.Path }),
        context: conditionValues({ keys: { 'ssm:Recursive': input.Recursive ?? false } }),
      },
    ],
    LabelParameterVersion: one('LabelParameterVersion'),
    ListTagsForResource: resource('ListTagsForResource'),
    PutParameter: put,
    RemoveTagsFromResource: resource<Input<'RemoveTagsFromResource'>>('RemoveTagsFromResource', (input) => ({
      tagKeys: input.TagKeys,
    })),
    UnlabelParameterVersion: one('UnlabelParameterVersion'),
  };
}
