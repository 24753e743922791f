import type { CommandContext } from './command.ts';
import type { Settings } from './options.ts';
import { signedClient } from './signed-client.ts';

/** What `GET /longshore/placement` answers. */
export interface PlacementAnswer {
  readonly of: string;
  readonly launchType: string;
  readonly group: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly strategies: readonly string[];
  readonly instances: readonly {
    readonly containerInstanceArn: string;
    readonly ec2InstanceId?: string;
    readonly zone?: string;
    readonly verdict: 'best' | 'worse' | 'refused';
    readonly reasons: readonly { readonly reason: string; readonly detail: string }[];
    readonly ranks: readonly { readonly strategy: string; readonly value: number }[];
  }[];
}

/** `longshore explain placement`: where a task would go now, and why not elsewhere. */
export async function explainPlacement(
  settings: Settings,
  { environment, print }: Pick<CommandContext, 'environment' | 'print'>,
): Promise<number> {
  const group = settings.get('group');
  const answer = await signedClient(settings, environment).own<PlacementAnswer>('ecs', '/longshore/placement', {
    cluster: settings.require('cluster'),
    of: settings.argument(1),
    launchType: settings.require('launch-type'),
    ...(group === undefined ? {} : { group }),
    placementConstraints: JSON.stringify(settings.all('constraint').map(constraintOf)),
    placementStrategy: JSON.stringify(settings.all('strategy').map(strategyOf)),
  });
  for (const line of placementLines(answer)) print(line);
  return answer.instances.some(({ verdict }) => verdict === 'best') ? 0 : 1;
}

export function constraintOf(text: string): object {
  return text === 'distinctInstance' ? { type: text } : { type: 'memberOf', expression: text };
}

/** `spread:attribute:ecs.availability-zone` has its field behind the first colon. */
export function strategyOf(text: string): object {
  const colon = text.indexOf(':');
  return colon < 0 ? { type: text } : { type: text.slice(0, colon), field: text.slice(colon + 1) };
}

const order = { best: 0, worse: 1, refused: 2 } as const;

/** The answer for people. */
export function placementLines(answer: PlacementAnswer): readonly string[] {
  const { of, launchType, group, cpuUnits, memoryMiB, strategies } = answer;
  const best = answer.instances.filter(({ verdict }) => verdict === 'best').length;
  const instances = [...answer.instances].sort((a, b) => order[a.verdict] - order[b.verdict]);
  return [
    `A task of ${of}: launch type ${launchType}, group ${group}, ${cpuUnits} CPU units, ${memoryMiB} MiB; strategies: ${strategies.join(', ') || 'none (by chance)'}`,
    ...(instances.length === 0 ? ['The cluster has no container instances.'] : []),
    ...instances.flatMap((one) => {
      const name = `${one.containerInstanceArn.split('/').at(-1) ?? ''}  ${one.ec2InstanceId ?? ''}  ${one.zone ?? ''}`;
      const ranks = one.ranks.map(({ strategy, value }) => `${strategy} ${value}`).join(', ');
      const why = one.reasons.map(({ reason, detail }) => `     ${reason}: ${detail}`);
      if (one.verdict === 'refused') return [`NO   ${name}`, ...why];
      const verdict =
        one.verdict === 'worse'
          ? 'room, but another ranks above it'
          : best === 1
            ? 'here'
            : 'here, or there: by chance';
      return [`${one.verdict === 'best' ? 'YES ' : '-   '} ${name}  ${verdict}${ranks === '' ? '' : ` (${ranks})`}`];
    }),
  ];
}
