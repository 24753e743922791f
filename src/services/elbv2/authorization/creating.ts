import { formatArn } from '../../../kernel/index.ts';
import type { AccessQuestion, Authorization, RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/elbv2.ts';
import { listenerArn, parseListenerArn, ruleArn } from '../records/listener.ts';
import { loadBalancerPath, parseLoadBalancerArn } from '../records/load-balancer.ts';
import { tagPairs, type Ask, type Said } from './ask.ts';
import { listenerKeys, subnetsOf } from './keys.ts';

/** Operations that create. With tags they also ask about tagging what is made, whose id is not known yet. */
export function creatingQuestions(ask: Ask) {
  function created(
    by: keyof Operations,
    { on, made }: { readonly on: string; readonly made: string },
    said: Said,
  ): readonly AccessQuestion[] {
    const { requestTags = [] } = said;
    const keys = { 'elasticloadbalancing:CreateAction': by };
    return [ask(by, on, said), ...(requestTags.length === 0 ? [] : [ask('AddTags', made, { requestTags, keys })])];
  }

  return {
    CreateListener: (input) => {
      const on = input.LoadBalancerArn;
      const name = parseLoadBalancerArn(on);
      const made = name === undefined ? on : listenerArn({ loadBalancer: name, id: '*' });
      const said = { keys: listenerKeys(input), requestTags: tagPairs(input.Tags) };
      return created('CreateListener', { on, made }, said);
    },
    CreateLoadBalancer: (input, context) => {
      const type = input.Type === 'network' ? 'network' : 'application';
      const arn = ofAccount(context, `loadbalancer/${loadBalancerPath({ type, name: input.Name, id: '*' })}`);
      const keys = {
        'elasticloadbalancing:Scheme': input.Scheme ?? 'internet-facing',
        'elasticloadbalancing:SecurityGroup': input.SecurityGroups,
        'elasticloadbalancing:Subnet': subnetsOf(input),
      };
      return created('CreateLoadBalancer', { on: arn, made: arn }, { keys, requestTags: tagPairs(input.Tags) });
    },
    CreateRule: ({ ListenerArn: on, Tags }) => {
      const name = parseListenerArn(on);
      const made = name === undefined ? on : ruleArn(name, '*');
      return created('CreateRule', { on, made }, { requestTags: tagPairs(Tags) });
    },
    CreateTargetGroup: ({ Name, Tags }, context) => {
      const arn = ofAccount(context, `targetgroup/${Name}/*`);
      return created('CreateTargetGroup', { on: arn, made: arn }, { requestTags: tagPairs(Tags) });
    },
  } satisfies Authorization<Operations>;
}

function ofAccount({ account, region }: RequestContext, resource: string): string {
  return formatArn('elasticloadbalancing', region, account, resource);
}
