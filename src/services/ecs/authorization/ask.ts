import {
  conditionValues,
  questionsOnEach,
  type AccessQuestion,
  type Authorization,
  type ConditionSources,
  type RequestContext,
} from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { effectiveSetting } from '../account-settings/settings.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { Tag } from '../records/scope.ts';
import type { Rows } from '../references.ts';
import { storedTags } from './stored-tags.ts';

export type EcsAuthorization = Authorization<Operations>;

type Keys = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

/** A question about one resource; what it says of the resource's tags is read when a policy asks. */
export function ask(
  rows: Rows,
  action: keyof Operations | 'Poll' | 'StartTelemetrySession',
  resource: string,
  said: Keys = {},
): AccessQuestion {
  return {
    action: `ecs:${action}`,
    resource,
    context: conditionValues({ service: 'ecs', resourceTags: () => storedTags(rows, resource), ...said }),
  };
}

/** A question about an action that has no resource. */
export function askAny(action: keyof Operations, keys?: ConditionSources['keys']): AccessQuestion {
  const name = `ecs:${action}`;
  if (keys === undefined) return { action: name, resource: '*' };
  return { action: name, resource: '*', context: conditionValues({ keys }) };
}

/** A question for each of the things that a request names; see questionsOnEach. */
export function askEach(
  named: readonly string[] | undefined,
  of: {
    readonly max: number;
    readonly action: keyof Operations;
    readonly keys?: ConditionSources['keys'];
  },
  question: (name: string) => AccessQuestion,
): readonly AccessQuestion[] {
  return questionsOnEach(named, { max: of.max, any: () => askAny(of.action, of.keys) }, question);
}

interface GivenTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/** Tags as a request gives them. */
export function givenTags(tags: readonly GivenTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ key = '', value = '' }) => ({ key, value }));
}

/**
 * Whoever creates with tags must be allowed to tag, unless the account setting tagResourceAuthorization is off for the caller.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
 */
export function askTagging(
  rows: Rows,
  context: RequestContext,
  created: { readonly by: keyof Operations; readonly resource: string; readonly tags: readonly Tag[] },
): readonly AccessQuestion[] {
  const { by, resource, tags } = created;
  if (tags.length === 0) return [];
  const name = 'tagResourceAuthorization';
  const setting = effectiveSetting(rows, { scope: scopeOf(context), principalArn: context.caller.arn, name });
  if (setting === 'off') return [];
  return [ask(rows, 'TagResource', resource, { requestTags: tags, keys: { 'ecs:CreateAction': by } })];
}
