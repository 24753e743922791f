import { minSessionSeconds } from './limits.ts';
import type { RoleRecord } from './records/entities.ts';

const trust = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      { Sid: '', Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  },
  undefined,
  2,
);

/** For `awslogs-create-group`, which AWS's managed policy does not cover. */
const createLogGroups = {
  name: 'CreateLogGroups',
  document: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'logs:CreateLogGroup', Resource: '*' }],
  }),
};

type RoleContent = Omit<RoleRecord, 'account' | 'id' | 'createdAtMs' | 'uses'>;

function role(name: string, policies: Partial<Pick<RoleRecord, 'attached' | 'inline'>> = {}): RoleContent {
  const common = { path: '/', trust, trusted: {}, tags: [], maxSessionSeconds: minSessionSeconds };
  return { name, ...common, attached: [], inline: [], ...policies };
}

/**
 * Roles that tasks name in AWS's and others' walks, with the policies they have. `ecsTaskExecutionRole` is what ECS's console makes when it is first
 * used; the task roles may nothing until somebody lets them.
 */
export const furniture: readonly RoleContent[] = [
  role('ecsTaskExecutionRole', {
    attached: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
    inline: [createLogGroups],
  }),
  role('ecsTaskRole'),
  role('webAppTaskRole'),
  role('web-api-task-role'),
];

const ordered = (content: RoleContent): string =>
  JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
const unchanged = new Set(furniture.map(ordered));

/** Whether a role is still what `furnishAccount` made: a user's own may take its place. */
export function isFurniture({ account: _account, id: _id, createdAtMs: _at, uses, ...content }: RoleRecord): boolean {
  return uses === 0 && unchanged.has(ordered(content));
}
