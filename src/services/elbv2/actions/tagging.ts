import type { Transaction } from '../../../store/index.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler, type Rows } from '../core.ts';
import {
  loadBalancerNotFound,
  listenerNotFound,
  notImplemented,
  ruleNotFound,
  targetGroupNotFound,
  validationError,
} from '../errors.ts';
import { maxTaggedPerCall } from '../limits.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import type { Scope, Tag } from '../records/scope.ts';
import { targetGroupKey, targetGroups } from '../records/target-group.ts';
import { findListener, findLoadBalancer, findRule, findTargetGroup } from '../references.ts';
import { checkedTags, mergedTags, withoutTags } from '../tags.ts';

/** A thing with tags, whatever its kind. */
interface Tagged {
  readonly tags: readonly Tag[];
  write(tx: Transaction, tags: readonly Tag[]): void;
}

/** @throws the NotFound error of the ARN's kind, ValidationError for what is no ARN of this service */
function taggedThing(rows: Rows, scope: Scope, arn: string): Tagged {
  const [, kind = ''] = /^arn:[^:]*:elasticloadbalancing:[^:]*:[^:]*:([^/]+)\//.exec(arn) ?? [];
  switch (kind) {
    case 'loadbalancer': {
      const row = findLoadBalancer(rows, scope, arn);
      if (row === undefined) throw loadBalancerNotFound(arn);
      return {
        tags: row.tags,
        write: (tx, tags) => tx.put(loadBalancers, loadBalancerKey(row, row.name), { ...row, tags }),
      };
    }
    case 'targetgroup': {
      const row = findTargetGroup(rows, scope, arn);
      if (row === undefined) throw targetGroupNotFound(arn);
      return {
        tags: row.tags,
        write: (tx, tags) => tx.put(targetGroups, targetGroupKey(row, row.name), { ...row, tags }),
      };
    }
    case 'listener': {
      const row = findListener(rows, scope, arn);
      if (row === undefined) throw listenerNotFound(arn);
      return { tags: row.tags, write: (tx, tags) => tx.put(listeners, listenerKey(row), { ...row, tags }) };
    }
    case 'listener-rule':
      return taggedRule(rows, scope, arn);
    case 'truststore':
      throw notImplemented('A trust store');
    default:
      throw validationError(`'${arn}' is not a valid ARN`);
  }
}

/** The default rule has no tags of its own. */
function taggedRule(rows: Rows, scope: Scope, arn: string): Tagged {
  const found = findRule(rows, scope, arn);
  if (found === undefined) throw ruleNotFound(arn);
  const { listener, rule } = found;
  if (rule === undefined) {
    return {
      tags: [],
      write: (_tx, tags) => {
        if (tags.length > 0) throw notImplemented('Tagging a default rule');
      },
    };
  }
  return {
    tags: rule.tags,
    write(tx, tags) {
      // Another rule of the listener may have been tagged in the same transaction.
      const present = tx.get(listeners, listenerKey(listener)) ?? listener;
      const rules = present.rules.map((one) => (one.id === rule.id ? { ...one, tags } : one));
      tx.put(listeners, listenerKey(listener), { ...present, rules });
    },
  };
}

function checkedArns(given: readonly string[]): readonly string[] {
  if (given.length === 0) throw validationError('At least one resource ARN must be specified');
  if (given.length > maxTaggedPerCall) {
    throw validationError(`At most ${maxTaggedPerCall} resource ARNs can be specified, but were ${given.length}`);
  }
  return [...new Set(given)];
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html */
export function addTags({ db }: Elbv2Deps): Elbv2Handler<'AddTags'> {
  return async ({ ResourceArns, Tags }, context) => {
    const arns = checkedArns(ResourceArns);
    const added = checkedTags(Tags);
    await db.transact((tx) => {
      for (const arn of arns) {
        const thing = taggedThing(tx, scopeOf(context), arn);
        thing.write(tx, mergedTags(thing.tags, added));
      }
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveTags.html */
export function removeTags({ db }: Elbv2Deps): Elbv2Handler<'RemoveTags'> {
  return async ({ ResourceArns, TagKeys }, context) => {
    const arns = checkedArns(ResourceArns);
    await db.transact((tx) => {
      for (const arn of arns) {
        const thing = taggedThing(tx, scopeOf(context), arn);
        thing.write(tx, withoutTags(thing.tags, TagKeys));
      }
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
export function describeTags({ db }: Elbv2Deps): Elbv2Handler<'DescribeTags'> {
  return ({ ResourceArns }, context) => ({
    TagDescriptions: checkedArns(ResourceArns).map((arn) => ({
      ResourceArn: arn,
      Tags: taggedThing(presentRows(db), scopeOf(context), arn).tags.map(({ key, value }) => ({
        Key: key,
        Value: value,
      })),
    })),
  });
}
