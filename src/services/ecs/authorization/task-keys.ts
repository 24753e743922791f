import type { CapacityProviderStrategyItem, NetworkConfiguration } from '../../../protocol/generated/ecs.ts';
import type { Scope } from '../records/scope.ts';
import { parseTaskCpu, parseTaskMemory } from '../task-definitions/sizes.ts';
import { askedProvider } from './resources.ts';

interface TaskSize {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

/** Whole numbers of CPU units and MiB, also of `1 vCPU` and `2 GB`. */
export function sizeKeys(size: () => TaskSize | undefined) {
  return {
    'ecs:task-cpu': () => amount(size()?.cpu, parseTaskCpu),
    'ecs:task-memory': () => amount(size()?.memory, parseTaskMemory),
  };
}

function amount(text: string | undefined, parse: (text: string) => number | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = parse(text) ?? Number(text);
  return Number.isNaN(parsed) ? text : String(parsed);
}

export function providerKeys(scope: Scope, strategy: readonly CapacityProviderStrategyItem[] | undefined) {
  return { 'ecs:capacity-provider': (strategy ?? []).map((item) => askedProvider(scope, item.capacityProvider)) };
}

/** Of an awsvpc configuration; public addresses are off unless it says so. */
export function networkKeys(configuration: NetworkConfiguration | undefined) {
  const given = configuration?.awsvpcConfiguration;
  return {
    'ecs:auto-assign-public-ip': given === undefined ? undefined : given.assignPublicIp === 'ENABLED',
    'ecs:subnet': given?.subnets,
  };
}

interface Volume {
  readonly managedEBSVolume?: object | undefined;
}

export function volumeKeys(volumes: readonly Volume[] | undefined) {
  return {
    'ecs:enable-ebs-volumes': (volumes ?? []).some(({ managedEBSVolume }) => managedEBSVolume !== undefined),
  };
}
