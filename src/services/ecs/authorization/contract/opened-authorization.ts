import type { Questions } from '../../../../protocol/api/index.ts';
import type { Operations } from '../../../../protocol/generated/ecs.ts';
import { testContext, written } from '../../../../testkit/index.ts';
import { aTask, account, openEcs, scope, type OpenedEcs } from '../../contract/opened-ecs.ts';
import { taskKey, tasks } from '../../records/task.ts';
import { presentRows } from '../../references.ts';
import { ecsAuthorization } from '../index.ts';

export const arn = `arn:aws:ecs:us-east-1:${account}:`;
export const role = `arn:aws:iam::${account}:role/`;
/** Of a task that there is. */
export const id = '0123456789abcdef0123456789abcdef';
/** Of a container instance that there is not. */
export const instance = 'fedcba9876543210fedcba9876543210';
export const container = { name: 'app', image: 'nginx' };
export const tags = [{ key: 'stage', value: 'test' }];

export type Asks = ReturnType<typeof ecsAuthorization>;

export interface OpenedAuthorization {
  readonly ecs: OpenedEcs;
  readonly asks: Asks;
  /** What an operation asks, a line each: ARNs of ECS as `~…`, of roles as `@…`, with the values of `keys`. */
  asked<Name extends keyof Asks>(
    name: Name,
    input: Operations[Name]['input'],
    keys?: readonly string[],
  ): readonly string[];
}

/** Cluster `web` with a task, and task definition `web`, whose second revision has roles and tags; for tests only. */
export async function openAuthorization(): Promise<OpenedAuthorization> {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', { clusterName: 'web', tags: [{ key: 'Owner', value: 'ann' }] });
  const definition = { family: 'web', cpu: '256', memory: '512', containerDefinitions: [container] };
  await ecs.call('RegisterTaskDefinition', definition);
  await ecs.call('RegisterTaskDefinition', {
    ...definition,
    cpu: '1 vCPU',
    memory: '2GB',
    taskRoleArn: 'app',
    executionRoleArn: `${role}pull`,
    tags: [{ key: 'team', value: 'shop' }],
  });
  await ecs.db.transact((tx) => {
    tx.put(tasks, taskKey(scope, 'web', id), aTask({ id, tags }));
  });
  const asks = ecsAuthorization(presentRows(ecs.db));
  return {
    ecs,
    asks,
    asked(name, input, keys) {
      const questions = asks[name] as unknown as Questions<typeof input>;
      return questions(input, testContext()).map((question) => short(written(question, keys)));
    },
  };
}

function short(text: string): string {
  return text.replaceAll(arn, '~').replaceAll(role, '@');
}
