import type { CreateServiceRequest, DeploymentConfiguration, LoadBalancers } from '../protocol/generated/ecs.ts';
import type { SimIds } from './sim-ids.ts';
import { simPair } from './sim-targets.ts';
import { subnets } from './sim-users.ts';

/** What a service runs, in the few words that the simulation has for it. */
export interface SimContent {
  readonly family: string;
  readonly fargate: boolean;
  readonly balanced: boolean;
}

const good: readonly SimContent[] = [
  { family: 'fargate-service', fargate: true, balanced: false },
  { family: 'fargate-service', fargate: true, balanced: true },
  { family: 'bridge-service', fargate: false, balanced: false },
];
const bad: readonly SimContent[] = [
  { family: 'fargate-missing', fargate: true, balanced: true },
  { family: 'fargate-crash', fargate: true, balanced: false },
  { family: 'fargate-sick', fargate: true, balanced: true },
  { family: 'bridge-crash', fargate: false, balanced: false },
];
const percents: readonly DeploymentConfiguration[] = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 100, maximumPercent: 150 },
  { minimumHealthyPercent: 50, maximumPercent: 100 },
  { minimumHealthyPercent: 50, maximumPercent: 200 },
  { minimumHealthyPercent: 0, maximumPercent: 100 },
];
const roleArn = 'arn:aws:iam::123456789012:role/ecs';
const hook = {
  hookTargetArn: 'arn:aws:lambda:us-east-1:123456789012:function:check',
  roleArn,
  lifecycleStages: [
    ...(['POST_SCALE_UP', 'TEST_TRAFFIC_SHIFT', 'PRE_PRODUCTION_TRAFFIC_SHIFT'] as const),
    ...(['PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'] as const),
  ],
} as const;

/** Something that runs, or does not, of those that fit. */
export function pickContent(
  ids: SimIds,
  { works, fits }: { readonly works: boolean; fits(content: SimContent): boolean },
) {
  return ids.pick((works ? good : bad).filter(fits)) ?? good[2];
}

/** Percents, a circuit breaker, and some strategy. */
export function pickConfiguration(ids: SimIds): DeploymentConfiguration {
  const strategy = ids.pick(['ROLLING', 'ROLLING', 'BLUE_GREEN', 'CANARY', 'LINEAR'] as const) ?? 'ROLLING';
  const hooks = strategy !== 'ROLLING' && ids.happens(0.3);
  return {
    ...ids.pick(percents),
    strategy,
    deploymentCircuitBreaker: { enable: ids.happens(0.7), rollback: ids.happens(0.6) },
    bakeTimeInMinutes: ids.between(0, 1),
    ...(strategy === 'CANARY' ? { canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 1 } } : {}),
    ...(strategy === 'LINEAR' ? { linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 1 } } : {}),
    ...(hooks ? { lifecycleHooks: [hook] } : {}),
  };
}

/** The members of CreateService and UpdateService that say what runs, and where. */
export function contentRequest(
  name: string,
  { family, fargate, balanced }: SimContent,
): Pick<CreateServiceRequest, 'taskDefinition' | 'networkConfiguration'> & { readonly loadBalancers: LoadBalancers } {
  const pair = simPair(name);
  return {
    taskDefinition: family,
    loadBalancers: balanced
      ? [
          {
            targetGroupArn: pair.groups[0],
            containerName: 'app',
            containerPort: 80,
            advancedConfiguration: {
              alternateTargetGroupArn: pair.groups[1],
              productionListenerRule: pair.rule,
              roleArn,
            },
          },
        ]
      : [],
    ...(fargate ? { networkConfiguration: { awsvpcConfiguration: { subnets } } } : {}),
  };
}
