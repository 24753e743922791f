import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { rulesNotFound, validationError } from '../errors.ts';
import { describedDefaultRule, describedRule } from '../listeners/described.ts';
import { listPage } from '../paging.ts';
import { findRule, neededListener } from '../references.ts';

/**
 * The rules of a listener by ascending priority, the default rule last; or rules by their ARNs.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html
 */
export function describeRules({ db }: Elbv2Deps): Elbv2Handler<'DescribeRules'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { ListenerArn: arn, RuleArns: arns = [] } = input;
    if (arn !== undefined && arns.length > 0) {
      throw validationError('A listener ARN and rule ARNs cannot be specified at the same time');
    }
    if (arns.length > 0) {
      const found = [...new Set(arns)].map((one) => findRule(rows, scope, one));
      if (found.includes(undefined)) throw rulesNotFound();
      return {
        Rules: found
          .filter((one) => one !== undefined)
          .map(({ listener, rule }) =>
            rule === undefined ? describedDefaultRule(listener) : describedRule(listener, rule),
          ),
      };
    }
    if (arn === undefined) throw validationError('You must specify either rule ARNs or a listener ARN');
    const listener = neededListener(rows, scope, arn);
    const all = [...listener.rules.map((rule) => describedRule(listener, rule)), describedDefaultRule(listener)];
    const { items, next } = listPage(all, ({ RuleArn = '' }) => RuleArn.split('/').at(-1) ?? '', input);
    return { Rules: items, ...next };
  };
}
