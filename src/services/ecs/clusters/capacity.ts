import { parseArn } from '../../../kernel/index.ts';
import type { CapacityProvider, CapacityProviderStrategyItem } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import { maxCapacityProvidersPerCluster } from '../limits.ts';
import type { StrategyItem } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';

/** The providers every account has. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html */
export const builtInProviders = ['FARGATE', 'FARGATE_SPOT'] as const;
export type BuiltInProvider = (typeof builtInProviders)[number];

const maxWeight = 1000;
const maxBase = 100_000;
const maxStrategyItems = 20;

export function isBuiltIn(name: string): name is BuiltInProvider {
  return (builtInProviders as readonly string[]).includes(name);
}

/** A built-in provider as DescribeCapacityProviders shows it. */
export function describedProvider(scope: Scope, name: BuiltInProvider): CapacityProvider {
  return {
    capacityProviderArn: `arn:aws:ecs:${scope.region}:${scope.account}:capacity-provider/${name}`,
    name,
    status: 'ACTIVE',
    type: name,
    tags: [],
  };
}

/** The name in a reference by name or ARN. */
export function providerName(reference: string): string {
  return parseArn(reference)?.resource.replace(/^capacity-provider\//, '') ?? reference;
}

/**
 * The capacity providers of a cluster, by name, each once.
 * @throws InvalidParameterException for one that does not exist and for more than 20
 */
export function checkedProviders(given: readonly string[]): readonly string[] {
  const names = [...new Set(given.map(providerName))];
  if (names.length > maxCapacityProvidersPerCluster) {
    throw invalidParameter(`capacityProviders can have at most ${maxCapacityProvidersPerCluster} items.`);
  }
  for (const name of names) {
    if (!isBuiltIn(name)) {
      throw invalidParameter(
        `The specified capacity provider '${name}' was not found. Specify a valid capacity provider and try again.`,
      );
    }
  }
  return names;
}

/**
 * A capacity provider strategy with its defaults (weight 0, base 0), of a cluster, service or task.
 * @param associated the names of the cluster's capacity providers
 * @throws InvalidParameterException with AWS's sentence
 */
export function checkedStrategy(
  given: readonly CapacityProviderStrategyItem[],
  associated: readonly string[],
): readonly StrategyItem[] {
  const items = given.map(({ capacityProvider, weight = 0, base = 0 }) => ({
    capacityProvider: providerName(capacityProvider),
    weight,
    base,
  }));
  if (items.length > maxStrategyItems) {
    throw invalidParameter(`A capacity provider strategy can have at most ${maxStrategyItems} items.`);
  }
  if (new Set(items.map((item) => item.capacityProvider)).size !== items.length) {
    throw invalidParameter('A capacity provider strategy cannot contain a capacity provider more than once.');
  }
  for (const { capacityProvider, weight, base } of items) {
    if (!associated.includes(capacityProvider)) {
      throw invalidParameter(
        'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.',
      );
    }
    if (!Number.isInteger(weight) || weight < 0 || weight > maxWeight) {
      throw invalidParameter(
        `The weight of capacity provider ${capacityProvider} should be between 0 and ${maxWeight}, but was ${weight}`,
      );
    }
    if (!Number.isInteger(base) || base < 0 || base > maxBase) {
      throw invalidParameter(
        `The base of capacity provider ${capacityProvider} should be between 0 and ${maxBase}, but was ${base}`,
      );
    }
  }
  if (items.filter((item) => item.base > 0).length > 1) {
    throw invalidParameter(
      'Only one capacity provider in a capacity provider strategy can have a base greater than zero.',
    );
  }
  return items;
}
