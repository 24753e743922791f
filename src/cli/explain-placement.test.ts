import { expect, test } from 'vitest';
import { constraintOf, placementLines, strategyOf } from './explain-placement.ts';

test('[PL-34] what is given on the command line is what the API takes', () => {
  expect(constraintOf('distinctInstance')).toEqual({ type: 'distinctInstance' });
  expect(constraintOf('attribute:a == b')).toEqual({ type: 'memberOf', expression: 'attribute:a == b' });
  expect(strategyOf('random')).toEqual({ type: 'random' });
  expect(strategyOf('spread:attribute:ecs.availability-zone')).toEqual({
    type: 'spread',
    field: 'attribute:ecs.availability-zone',
  });
});

test('[PL-34] the answer in lines, the best first', () => {
  const base = { of: 'service web', launchType: 'EC2', group: 'service:web', cpuUnits: 256, memoryMiB: 512 };
  const arn = (id: string): string => `arn:aws:ecs:us-east-1:123456789012:container-instance/shop/${id}`;
  const one = { ec2InstanceId: 'i-1', zone: 'us-east-1a', reasons: [], ranks: [] };
  expect(
    placementLines({
      ...base,
      strategies: ['binpack:cpu'],
      instances: [
        { ...one, containerInstanceArn: arn('no'), verdict: 'refused', reasons: [{ reason: 'AGENT', detail: 'away' }] },
        { ...one, containerInstanceArn: arn('so'), verdict: 'worse', ranks: [{ strategy: 'binpack:cpu', value: 9 }] },
        { ...one, containerInstanceArn: arn('yes'), verdict: 'best', ranks: [{ strategy: 'binpack:cpu', value: 2 }] },
      ],
    }),
  ).toEqual([
    'A task of service web: launch type EC2, group service:web, 256 CPU units, 512 MiB; strategies: binpack:cpu',
    'YES  yes  i-1  us-east-1a  here (binpack:cpu 2)',
    '-    so  i-1  us-east-1a  room, but another ranks above it (binpack:cpu 9)',
    'NO   no  i-1  us-east-1a',
    '     AGENT: away',
  ]);
  expect(placementLines({ ...base, strategies: [], instances: [] }).slice(1)).toEqual([
    'The cluster has no container instances.',
  ]);
});
